"""The reports of a week and a year in a real browser: no script, any size, axe."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright

from tests.conftest import Databases
from tests.pages.browser import FLAGS, ROOT, SIZES, free_port, serving, too_wide, violations
from tests.rules.reporting.story import sampled
from tests.way.book import open_book
from tests.way.week_desk import MONDAY, app_of, busy_week, full_week

PATHS = ("/berichte/woche/2026-W47", "/berichte/jahr/2026")
"""A full week, and its year."""


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


async def test_reports_are_accessible_and_fit_every_size(office: tuple[str, Browser]) -> None:
    address, browser = office
    for path in PATHS:
        for size, (width, height) in SIZES.items():
            page: Any = await browser.new_page(viewport={"width": width, "height": height})
            await page.goto(address + path)
            assert not await too_wide(page), (path, size)
            if size == "phone":
                assert await violations(page) == [], path
            await page.close()
