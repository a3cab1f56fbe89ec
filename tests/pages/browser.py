"""A real browser on a real server, and what every page must stand: axe, width, keyboard, weight."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "EN-301-549", "best-practice"]
SIZES = {"desk": (1280, 900), "phone": (390, 844), "small": (320, 256)}
_AXE = """t => axe.run(document, {runOnly: {type: 'tag', values: t}, resultTypes: ['violations']})
    .then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' | ')))"""
_FOCUS = """async () => {
    const e = document.activeElement, s = getComputedStyle(e);
    for (let n = 0, still = 0, y; n < 240 && still < 4; n++) {  // the page glides to the focus
        await new Promise(requestAnimationFrame);
        const now = e.getBoundingClientRect().y;
        still = now === y ? still + 1 : 0;
        y = now;
    }
    const r = e.getBoundingClientRect();
    const at = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
    return {name: e === document.body ? '' : (e.innerText || e.value || e.id).trim(),
            w: r.width, h: r.height,
            covered: !(at && (e === at || e.contains(at) || at.contains(e))),
            outline: parseFloat(s.outlineWidth) > 0 || s.boxShadow !== 'none'}; }"""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@asynccontextmanager
async def serving(app: Any, port: int) -> AsyncIterator[str]:
    """The application on a real server; gives its address."""
    options: Any = {"interface": Interfaces.ASGINL, "websockets": False, "backlog": 128, "backpressure": 256}
    server = Server(app, "127.0.0.1", port, **options)

    async def run() -> None:  # a task of its own: a lifespan must end where it began
        async with app.lifespan():
            await server.serve()

    task = asyncio.get_running_loop().create_task(run())
    try:
        while not await _answers(port):
            if task.done():
                task.result()
            await asyncio.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()  # type: ignore[no-untyped-call]
        await asyncio.wait([task], timeout=10)


async def _answers(port: int) -> bool:
    try:
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return False
    writer.close()
    return True


async def violations(page: Any) -> list[str]:
    """What axe finds. Evaluated, not added as a tag: the page's CSP stays on."""
    await page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8"))
    found: list[str] = await page.evaluate(_AXE, TAGS)
    return found


async def focused(page: Any, selector: str) -> None:
    """Wait until the cursor is there: `autofocus` acts with the first frame, after the page has loaded."""
    await page.locator(f"{selector}:focus").wait_for()


async def too_wide(page: Any) -> bool:
    """True if the page scrolls sideways."""
    return bool(await page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


async def tab_walk(page: Any, most: int = 40) -> list[dict[str, Any]]:
    """Every element that Tab reaches, in order."""
    await page.evaluate("document.activeElement.blur()")
    walked: list[dict[str, Any]] = []
    for _ in range(most):
        await page.keyboard.press("Tab")
        one = await page.evaluate(_FOCUS)
        if not one["name"] or (walked and one["name"] == walked[0]["name"]):
            break
        walked.append(one)
    return walked
