"""Every page, in every language, at every size and in every theme: axe, structure, keyboard, reflow, spacing.

German at three sizes, light and dark, in forced colours, with wide spacing and by keyboard; every other
language on a phone. The rows are in ``table.py``.
"""

from __future__ import annotations

from typing import Any

import pytest

from servicekit.web.words import HTML_LANG
from tests.pages.judge import STYLED, accessible, sized, spaced, structured, walked
from tests.pages.table import CITIZENS, ROWS, Row
from tests.pages.town import Town

pytestmark = pytest.mark.asyncio(loop_scope="session")
REFUSED = "Failed to load resource: the server responded with a status of "
SPOKEN = [row for row in CITIZENS if row.spoken]


async def opened(town: Town, row: Row, language: str = "de") -> Any:
    """The page of a row, in a browser that may run scripts; its console stays silent."""
    page = await town.page(row.who)
    answer = await page.goto(town.address(row, language))
    if row.press:
        for field, text in row.typed.items():
            await page.locator(field).fill(town.filled(text))
        async with page.expect_navigation() as awaited:
            await page.locator(row.press).first.click()
        answer = await awaited.value
    assert answer.status == row.status
    town.seen[row.name, language] = await answer.text()
    assert [line for line in page.said if not line.startswith(REFUSED)] == []
    return page


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_in_german_it_stands_every_size_and_theme(town: Town, row: Row) -> None:
    page = await opened(town, row)
    await structured(page, "de")
    await sized(page, "desk")
    await accessible(page)
    await page.emulate_media(color_scheme="dark")
    await accessible(page, *STYLED)
    await sized(page, "phone")
    await accessible(page, *STYLED)
    await page.emulate_media(color_scheme="light")
    await accessible(page)
    await spaced(page)
    await sized(page, "small")
    await accessible(page, *STYLED)
    await page.emulate_media(forced_colors="active", reduced_motion="reduce")
    await accessible(page, *STYLED)
    await sized(page, "small" if row.kind == "citizen" else "desk")
    await walked(page)
    await page.close()


@pytest.mark.parametrize("row", SPOKEN, ids=lambda row: row.name)
async def test_in_every_other_language_it_stands_a_phone(town: Town, row: Row) -> None:
    for language in town.languages:
        if language != "de":
            page = await opened(town, row, language)
            await structured(page, HTML_LANG[language])
            await sized(page, "small")
            await sized(page, "phone")
            await accessible(page)
            await page.close()
