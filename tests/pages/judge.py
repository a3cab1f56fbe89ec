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
ACCEPTED = frozenset({"color-contrast", "th-has-data-cells", "frame-tested"})
"""What axe may leave undecided: text over drawings; headers of groups of rows, whose cells stand in the rows
below; what is in a frame without scripts. Text that nobody sees is looked for by ourselves."""
SOUND = {"h1": 1, "main": 1, "titled": True, "scripts": 0}
"""What the structure of a page must be; lists of what must not be there are empty."""


HERE = Path(__file__)
LOOKING = [ROOT / "node_modules/axe-core/axe.min.js", HERE.with_suffix(".js")]
"""What a browser is given before any page: not loaded by pages, whose policy forbids scripts and stays on."""


async def judge(page: Any, question: str, *words: Any) -> Any:
    """One answer of ``judge.js``."""
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
    """By Tab through the page, with less motion wished for: what moves by itself, what is covered, small,
    without an outline or not reached.
    """
    moving = [f"moves: {one}" for one in await judge(page, "moving")]
    for _ in range(await judge(page, "start")):
        await page.keyboard.press("Tab")
    return [*moving, *await judge(page, "walk")]
