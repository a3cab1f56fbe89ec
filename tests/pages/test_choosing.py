"""Screens 1 to 3 in a real browser: no script, arrows, a week beside each other; one place on a phone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.pages.browser import SIZES, focused, free_port, serving, tab_walk, too_wide, violations
from tests.way.memory_office import MemoryOffice, an_app, events_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

TIMES = "/zeit?service=id_card_apply"


class Street:
    """Anybody with a browser before the office."""

    def __init__(self, office: MemoryOffice, address: str, browser: Browser) -> None:
        self.office, self.address, self._browser = office, address, browser

    async def page(self, path: str, size: str = "phone", **options: Any) -> Any:
        """A fresh browser on one of the pages; its console must stay silent where nothing is refused."""
        width, height = SIZES[size]
        context = await self._browser.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=options.pop("script", False),
            **options,
        )
        page: Any = await context.new_page()
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        await page.goto(self.address + path)
        return page


@pytest_asyncio.fixture(loop_scope="session")
async def street(tmp_path: Path, browser: Browser, seeded_office: MemoryOffice) -> AsyncIterator[Street]:
    office, port = MemoryOffice(tmp_path).like(seeded_office), free_port()
    app = an_app(office)
    app.state.origins = frozenset({f"http://127.0.0.1:{port}"})
    async with serving(app, port) as address:
        yield Street(office, address, browser)


async def _stands(page: Any) -> None:
    """What each page must stand, whatever it says."""
    assert await violations(page) == [], page.url
    assert not await too_wide(page), page.url
    assert await page.locator("h1").count() == 1
    for one in await tab_walk(page, 60):
        assert one["outline"] and not one["covered"], (page.url, one)
        assert min(one["w"], one["h"]) >= 24, (page.url, one)


async def test_from_the_first_screen_to_the_contact_on_a_phone_without_a_script(street: Street) -> None:
    page = await street.page("/de/")
    await page.get_by_label("Ihr Anliegen").fill("perso")
    await page.get_by_role("button", name="Suchen").click()
    await page.get_by_role("link", name="Personalausweis beantragen").click()
    await page.get_by_role("button", name="Freie Zeiten ansehen").click()
    await page.get_by_text("Dienstag, 1. Dezember 2026", exact=True).click()
    group = page.get_by_role("group", name="Dienstag, 1. Dezember 2026, vormittags")
    await group.get_by_role("radio", name="10:00 Uhr").check()
    await group.locator("xpath=..").get_by_role("button", name="Weiter mit der gewählten Zeit").click()
    await page.wait_for_url("**/de/kontakt?service=id_card_apply")
    assert "1. Dezember 2026, 10:00 Uhr" in await page.locator("main").inner_text()
    await page.go_back()
    await page.get_by_role("button", name="Diesen Termin nehmen").click()
    await page.wait_for_url("**/de/kontakt?service=id_card_apply")
    assert "25. November 2026" in await page.locator("main").inner_text()
    assert events_of(street.office)["BookingOpened"] == 1
    assert page.said == []


async def test_on_a_phone_one_day_is_open_and_every_time_is_a_large_target_f41(street: Street) -> None:
    page = await street.page("/de" + TIMES, "small", script=True)
    assert await page.locator("details[open]").count() == 1
    radios = page.locator("details[open] input[type=radio]")
    await radios.first.focus()
    await page.keyboard.press("ArrowDown")
    assert await radios.nth(1).is_checked()
    box = await radios.nth(1).locator("xpath=..").bounding_box()
    assert box["height"] >= 44


async def test_where_there_is_room_the_days_stand_beside_each_other(street: Street) -> None:
    page = await street.page("/de" + TIMES, "desk", script=True)
    days = page.locator(".office-week > details")
    boxes = [await days.nth(number).bounding_box() for number in range(5)]
    assert len({round(box["y"]) for box in boxes}) == 1
    assert [box["x"] for box in boxes] == sorted({box["x"] for box in boxes})
    assert await page.locator("summary:visible").count() == 0
    last = page.get_by_role("group", name="Dienstag, 1. Dezember 2026, vormittags")
    time = last.get_by_role("radio", name="10:00 Uhr")
    await time.check()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/de/kontakt?service=id_card_apply")


async def test_arrows_reach_every_time_of_the_week_f41(street: Street) -> None:
    page = await street.page("/de" + TIMES + "&uhrzeit=ab-14", "desk", script=True)
    radios = page.locator("form input[type=radio]")
    await radios.first.focus()
    seen = set()
    for _ in range(await radios.count()):
        await page.keyboard.press("ArrowDown")
        seen.add(await page.evaluate("document.activeElement.value"))
    assert len(seen) == await radios.count()


async def test_nothing_chosen_moves_the_focus_to_what_is_wrong_without_a_script(street: Street) -> None:
    page = await street.page("/de" + TIMES, script=True)
    await page.locator("form > .office-buttons button").click()
    await page.wait_for_load_state()
    assert (await page.title()).startswith("Fehler: ")
    await focused(page, "#errors")
    await page.keyboard.press("Tab")
    assert (
        await page.evaluate("document.activeElement.innerText") == "Uhrzeit: Bitte wählen Sie eine Uhrzeit."
    )
    await _stands(page)
