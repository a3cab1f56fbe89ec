"""Every page, in every language, at every size and in every theme: axe, structure, keyboard, reflow, spacing.

German at three sizes, light and dark, in forced colours, with wide spacing and by keyboard; every other
language on a phone. The rows are in ``table.py``. A size or a theme changes nothing of a document but its
looks, so axe looks at all of it once, and again for what looks can change.
"""

from __future__ import annotations

from typing import Any

import pytest

from servicekit.web.words import HTML_LANG
from tests.pages.judge import COLOURS, SPACE, accessible, sized, spaced, structured, visible, walked
from tests.pages.table import ROWS, Row
from tests.pages.town import Town

pytestmark = pytest.mark.asyncio(loop_scope="session")
REFUSED = "Failed to load resource: the server responded with a status of "
SPOKEN = [row for row in ROWS if row.spoken]
CALM: dict[str, Any] = {"color_scheme": "light", "forced_colors": "none", "reduced_motion": "no-preference"}


async def opened(town: Town, row: Row, language: str = "de") -> tuple[Any, list[str]]:
    """The page of a row in a browser that may run scripts, and what its console says."""
    page = await town.page(row.who)
    await page.emulate_media(**CALM)
    page.said.clear()
    answer = await page.goto(town.address(row, language))
    if row.press.endswith("summary"):
        await page.locator(row.press).first.click()
    elif row.press:
        for field, text in row.typed.items():
            await page.locator(field).fill(town.filled(text))
        async with page.expect_response(lambda one: one.request.is_navigation_request()) as awaited:
            await page.locator(row.press).first.click()
        answer = await awaited.value
        await page.wait_for_load_state()
    assert answer.status == row.status
    town.seen[row.name, language] = await answer.text()
    return page, [f"console: {line}" for line in page.said if not line.startswith(REFUSED)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_in_german_it_stands_every_size_and_theme(town: Town, row: Row) -> None:
    page, wrong = await opened(town, row)
    wrong += [*await sized(page, "desk"), *await accessible(page, *SPACE)]
    wrong += [*await sized(page, "phone"), *await accessible(page), *await structured(page, "de")]
    wrong += await spaced(page)
    await page.emulate_media(color_scheme="dark")
    wrong += [*await accessible(page, *COLOURS), *await visible(page)]
    await page.emulate_media(forced_colors="active", reduced_motion="reduce")
    wrong += [*await sized(page, "small"), *await accessible(page, *SPACE), *await visible(page)]
    await sized(page, "small" if row.kind == "citizen" else "desk")
    wrong += await walked(page)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("row", SPOKEN, ids=lambda row: row.name)
async def test_in_every_other_language_it_stands_a_phone(town: Town, row: Row) -> None:
    found = {}
    for language in town.languages:
        if language != "de":
            page, wrong = await opened(town, row, language)
            wrong += [*await sized(page, "small"), *await sized(page, "phone")]
            found[language] = [
                *wrong,
                *await accessible(page),
                *await structured(page, HTML_LANG[language]),
            ]
    assert not any(found.values()), found
