"""What every page must stand, whatever it is about: axe, structure, keyboard, reflow, spacing, colours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.pages.browser import ROOT, SIZES, TAGS

STYLED = ("color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block")
"""The rules of axe whose answer another size or theme of the same document can change."""
ACCEPTED = frozenset({"color-contrast"})
"""What axe may leave undecided: text over drawings. Text that nobody sees is looked for by ourselves."""
SMALLEST = 24
"""Side of a target in pixels (WCAG 2.5.8); a label belongs to its field's target."""


async def judge(page: Any, question: str, *words: Any) -> Any:
    """One answer of ``judge.js``, which is brought to the page with axe the first time."""
    if not await page.evaluate("'judge' in window"):
        await page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8"))
        await page.evaluate(Path(__file__).with_name("judge.js").read_text("utf-8"))
    return await page.evaluate(f"words => judge.{question}(...words)", words)


async def accessible(page: Any, *rules: str) -> None:
    """Nothing that axe finds (by all its rules, or by these), and nothing undecided but what is accepted."""
    found = await judge(page, "axe", TAGS, rules)
    assert found["violations"] == []
    assert [one for one in found["incomplete"] if one.split(":")[0] not in ACCEPTED] == []
    assert await judge(page, "unseen") == []


async def structured(page: Any, language: str) -> None:
    """One heading, one main part, its language, no script, no style of its own, every field named."""
    assert await judge(page, "structure") == {
        "h1": 1,
        "main": 1,
        "lang": language,
        "titled": True,
        "scripts": 0,
        "styles": [],
        "handlers": [],
        "hurried": [],
        "unnamed": [],
    }


async def sized(page: Any, size: str) -> None:
    """The window gets this size; the page fits into its width."""
    width, height = SIZES[size]
    await page.set_viewport_size({"width": width, "height": height})
    assert await judge(page, "wide") == []


async def spaced(page: Any) -> None:
    """With the spacing that readers may set nothing is cut off and nothing scrolls sideways."""
    assert await judge(page, "spaced") == []
    assert await judge(page, "wide") == []
    await judge(page, "unspaced")


async def walked(page: Any) -> None:
    """Tab reaches every control, in sight, with an outline and large enough; nothing moves by itself."""
    assert await judge(page, "moving") == []
    await judge(page, "start")
    while one := await judge(page, "step"):
        assert one["outlined"] and not one["covered"], one
        assert min(one["width"], one["height"]) >= SMALLEST, one
        await page.keyboard.press("Tab")
    assert await judge(page, "missed") == []
