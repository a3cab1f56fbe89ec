"""``make screenshots``: the main pages as pictures in ``docs/images``, on a phone and on a desk.

Promises: the pictures are of the town that the browser suite looks at, so they show what is tested, and only
invented people. They are small enough to be committed: 8 bits a dot, the height of the window.
"""

from __future__ import annotations

import pytest

from tests.pages.browser import ROOT, SIZES
from tests.pages.table import ROWS
from tests.pages.town import Town

FOLDER = ROOT / "docs/images"
PICTURES = {
    "first screen": ("phone", "desk"),
    "service with appointment": ("phone",),
    "times": ("phone", "desk"),
    "contact": ("phone",),
    "contact, nothing typed": ("phone",),
    "check your mailbox": ("phone",),
    "confirm": ("phone",),
    "ticket": ("phone", "desk"),
    "wish, an offer": ("phone",),
    "door, too early": ("desk",),
    "counter, serving": ("desk",),
    "document at the window": ("desk",),
    "post room": ("desk",),
}
"""Which pages, at which sizes."""

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("name", PICTURES)
async def test_take(town: Town, name: str) -> None:
    row = next(row for row in ROWS if row.name == name)
    for size in PICTURES[name]:
        page = await town.new_page(row.who)
        width, height = SIZES[size]
        await page.set_viewport_size({"width": width, "height": height})
        await page.goto(town.address(row))
        if row.press:
            for field, text in row.typed.items():
                await page.locator(field).fill(town.filled(text))
            await page.locator(row.press).first.click()
            await page.wait_for_load_state()
        file = name.replace(", ", "-").replace(" ", "-")
        await page.screenshot(path=FOLDER / f"{file}-{size}.png")
        await page.context.close()
