"""What every page must stand, whatever it is about: axe, structure, keyboard, reflow, spacing, colours.

Promises: each check gives what is wrong in words, nothing if nothing is; a page is left as it was found.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.pages.browser import ROOT, SIZES, TAGS

COLOURS = ("color-contrast", "link-in-text-block")
SPACE = ("target-size", "scrollable-region-focusable")
"""The rules of axe whose answer another theme, and those whose answer another size can change."""
ACCEPTED = frozenset({"color-contrast"})
"""What axe may leave undecided: text over drawings. Text that nobody sees is looked for by ourselves."""
SMALLEST = 24
"""Side of a target in pixels (WCAG 2.5.8); a label belongs to its field's target."""
SOUND = {"h1": 1, "main": 1, "titled": True, "scripts": 0}
"""What the structure of a page must be; lists of what must not be there are empty."""


async def judge(page: Any, question: str, *words: Any) -> Any:
    """One answer of ``judge.js``, which is brought to the page with axe the first time."""
    if not await page.evaluate("'judge' in window"):
        await page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8"))
        await page.evaluate(Path(__file__).with_name("judge.js").read_text("utf-8"))
    return await page.evaluate(f"words => judge.{question}(...words)", words)


async def accessible(page: Any, *rules: str) -> list[str]:
    """What axe finds, by all its rules or by these, and what it leaves undecided that is not accepted."""
    found = await judge(page, "axe", TAGS, rules)
    undecided = [f"undecided: {one}" for one in found["incomplete"] if one.split(":")[0] not in ACCEPTED]
    return [*found["violations"], *undecided]


async def visible(page: Any) -> list[str]:
    """Text in the colour of its ground."""
    return [f"unseen: {one}" for one in await judge(page, "unseen")]


async def structured(page: Any, language: str) -> list[str]:
    """More or less than one heading and one main part, another language, a script, a field without a name."""
    found = await judge(page, "structure")
    return [
        f"{what}: {is_}" for what, is_ in found.items() if is_ != (SOUND | {"lang": language}).get(what, [])
    ]


async def sized(page: Any, size: str) -> list[str]:
    """The window gets this size: what sticks out, so that the page scrolls sideways."""
    width, height = SIZES[size]
    await page.set_viewport_size({"width": width, "height": height})
    return [f"too wide at {width} px: {one}" for one in await judge(page, "wide")]


async def spaced(page: Any) -> list[str]:
    """With the spacing that readers may set: what is cut off, and what scrolls sideways."""
    cut, wide = await judge(page, "spaced"), await judge(page, "wide")
    await judge(page, "unspaced")
    return [
        *(f"cut off with spacing: {one}" for one in cut),
        *(f"too wide with spacing: {one}" for one in wide),
    ]


async def walked(page: Any) -> list[str]:
    """By Tab through the page, with less motion wished for: what is covered, small, bare of an outline, not
    reached; and what moves by itself.
    """
    wrong = [f"moves for {one} ms" for one in await judge(page, "moving")]
    await judge(page, "start")
    while one := await judge(page, "step"):
        wrong += [f"{what}: {one['html']}" for what in ("covered", "bare") if one[what]]
        if min(one["width"], one["height"]) < SMALLEST:
            wrong.append(f"small: {one['width']:.0f} × {one['height']:.0f}: {one['html']}")
        await page.keyboard.press("Tab")
    return [*wrong, *(f"not reached: {one}" for one in await judge(page, "missed"))]
