"""The pick-up page in a real browser: booked once on a phone without a script, by arrows, in a lost race."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright

from tests.pages.browser import FLAGS, SIZES, free_port, serving, tab_walk, too_wide, violations
from tests.way.memory_office import MemoryOffice, an_app, events_of
from tests.way.pickup_desk import ID_CARD, PASSPORT, Waiting, pick_in


class Invited:
    """A person with a grant, the office behind it, and a browser."""

    def __init__(self, office: MemoryOffice, address: str, browser: Browser) -> None:
        self.office, self.address, self.browser = office, address, browser
        self.waiting = Waiting(office, ID_CARD, PASSPORT)

    def link(self, language: str = "de") -> str:
        return f"{self.address}/{language}/abholtermin/{self.waiting.grant()}"

    async def page(self, size: str = "phone", **options: Any) -> Any:
        """A fresh browser page without scripts, whose console must stay silent."""
        width, height = SIZES[size]
        context = await self.browser.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=options.pop("script", False),
            **options,
        )
        page: Any = await context.new_page()
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        return page


@pytest.fixture
async def invited(tmp_path: Path, chromium: str, seeded_office: MemoryOffice) -> AsyncIterator[Invited]:
    office, port = MemoryOffice(tmp_path).like(seeded_office), free_port()
    app = an_app(office)
    app.state.origins = frozenset({f"http://127.0.0.1:{port}"})
    async with serving(app, port) as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield Invited(office, address, browser)
        await browser.close()


async def test_a_person_books_on_a_phone_without_scripts_and_goes_back(invited: Invited) -> None:
    page = await invited.page()
    await page.goto(invited.link())
    await page.get_by_text("Dienstag, 1. Dezember 2026", exact=True).click()
    time = page.get_by_role("radio", name="10:00 Uhr")
    await page.get_by_role("group", name="Dienstag, 1. Dezember 2026, vormittags").locator(time).check()
    await page.get_by_role("button", name="Abholtermin buchen").click()
    await page.wait_for_load_state()
    assert await page.locator("h1").inner_text() == "Ihr Termin ist bestätigt"
    assert "1. Dezember 2026, 10:00 Uhr" in await page.locator("main").inner_text()
    await page.go_back()  # nothing is kept in the browser, so the page is asked for again
    await page.wait_for_load_state()
    assert "schon bestätigt" in await page.locator("main").inner_text()
    assert events_of(invited.office)["BookingConfirmed"] == 1
    assert page.said == []


async def test_every_time_is_read_with_its_day_and_reached_by_arrows_f41(invited: Invited) -> None:
    page = await invited.page("small", script=True)
    await page.goto(invited.link())
    groups = page.locator("details[open] fieldset")
    assert await groups.count() >= 1
    assert "Mittwoch, 25. November 2026, vormittags" in await groups.first.locator("legend").inner_text()
    radios = page.locator("details[open] input[type=radio]")
    await radios.first.focus()
    await page.keyboard.press("ArrowDown")
    assert await radios.nth(1).is_checked()
    box = await radios.nth(1).locator("xpath=..").bounding_box()
    assert box["height"] >= 44


async def test_a_lost_race_leads_to_what_is_still_free(invited: Invited) -> None:
    page = await invited.page(script=True)
    await page.goto(invited.link())
    chosen = page.locator("details[open] input[type=radio]").nth(3)
    start = await chosen.get_attribute("value")
    await chosen.check()
    await pick_in(invited.office, Waiting(invited.office, PASSPORT, name="faster"), start)
    await page.get_by_role("button", name="Abholtermin buchen").click()
    await page.wait_for_load_state()
    assert (await page.title()).startswith("Fehler: ")
    assert await page.locator("#errors a").count() == 1
    assert await page.locator("#instead input[type=radio]").count() == 3
    await _stands(page)


async def _stands(page: Any) -> None:
    """What the page must stand, whatever it says."""
    assert await violations(page) == [], page.url
    assert not await too_wide(page), page.url
    assert await page.locator("h1").count() == 1
    for one in await tab_walk(page):
        assert one["outline"] and not one["covered"], one
        assert min(one["w"], one["h"]) >= 24, one
