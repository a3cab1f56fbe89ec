"""The report of a week in a real browser: on one sheet, and light."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright
from pypdf import PdfReader

from tests.conftest import Databases
from tests.pages.browser import FLAGS, ROOT, free_port, serving
from tests.rules.reporting.story import sampled
from tests.way.book import open_book
from tests.way.week_desk import MONDAY, app_of, busy_week, full_week

WEEK = "/berichte/woche/2026-W47"


@pytest.fixture
async def office(chromium: str, database: Databases) -> AsyncIterator[tuple[str, Browser]]:
    """A server with a full week, and a browser."""
    async with open_book(database("reporting")) as book:
        looks = [("registration", "2026-11-20", 4), ("passport_apply", None, None)]
        await book.tell([*busy_week(), *full_week(), sampled(MONDAY, *looks)])
        async with (
            serving(app_of(book, ROOT / "build/assets"), free_port()) as address,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            yield address, browser
            await browser.close()


async def test_the_week_prints_on_one_sheet(office: tuple[str, Browser]) -> None:
    """A4 landscape, read by a library that did not write it; what does not fit stays on the screen."""
    address, browser = office
    page: Any = await browser.new_page()
    await page.goto(address + WEEK)
    sheets = PdfReader(BytesIO(await page.pdf(prefer_css_page_size=True))).pages
    assert len(sheets) == 1
    assert (round(sheets[0].mediabox.width), round(sheets[0].mediabox.height)) == (842, 595)
    text = sheets[0].extract_text()
    for said in ("Wochenbericht KW 47/2026", "Kontakte gesamt", "Ziel 14", "Besuche", "Rückstand nach Alter"):
        assert said in text
    assert "Dieselben Zahlen als Tabelle" not in text


async def test_the_week_is_light(office: tuple[str, Browser]) -> None:
    address, browser = office
    page: Any = await browser.new_page()
    body = await (await page.goto(address + WEEK)).body()
    assert len(gzip.compress(body)) < 60_000
    assert not await page.evaluate("document.scripts.length")
