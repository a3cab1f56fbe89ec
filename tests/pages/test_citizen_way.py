"""The citizen's whole way in a real browser: on a phone without scripts from the search to the undone
cancellation; the warning of a reserved time, a time that is over, double clicks and the way back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from buergerbuero_contracts.booking import BookingOpened
from servicekit.tokens import Purpose
from tests.pages.browser import SIZES, free_port, serving, tab_walk, too_wide, violations
from tests.way.memory_office import MemoryOffice, an_app, events_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

STARTS = "/zeit?service=passport_apply&service=registration&persons=2"


class Street:
    """Anybody with a browser before the office, who reads the mails too."""

    def __init__(self, office: MemoryOffice, address: str, browser: Browser) -> None:
        self.office, self.address, self._browser = office, address, browser

    async def page(self, path: str, size: str = "phone", **options: Any) -> Any:
        """A fresh browser on one of the pages."""
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

    def booking(self) -> UUID:
        """The newest one."""
        opened = [one.event for one in self.office.log.events if isinstance(one.event, BookingOpened)]
        return opened[-1].booking_id

    def mailed(self, purpose: Purpose = Purpose.CONFIRM, attempt: int = 1) -> str:
        """The path of the link in the mail."""
        until = self.office.clock.now().replace(year=2027)
        return f"/de/t/{self.office.tokens.sign(purpose, self.booking(), until, attempt)}"


@pytest_asyncio.fixture(loop_scope="session")
async def street(tmp_path: Path, browser: Browser, seeded_office: MemoryOffice) -> AsyncIterator[Street]:
    office, port = MemoryOffice(tmp_path).like(seeded_office), free_port()
    app = an_app(office)
    app.state.origins = frozenset({f"http://127.0.0.1:{port}"})
    async with serving(app, port) as address:
        yield Street(office, address, browser)


async def press(page: Any, label: str) -> None:
    await page.get_by_role("button", name=label, exact=True).first.click()
    await page.wait_for_load_state()


async def headed(page: Any, text: str) -> None:
    """Waits for the page with this heading."""
    await expect(page.locator("h1")).to_have_text(text)


async def main(page: Any) -> str:
    text: str = await page.locator("main").inner_text()
    return text


async def on_contact(street: Street, size: str = "phone", language: str = "de", **options: Any) -> Any:
    page = await street.page(f"/{language}{STARTS}", size, **options)
    await press(page, {"de": "Diesen Termin nehmen", "en": "Take this appointment"}[language])
    return page


async def test_booked_confirmed_moved_cancelled_and_undone_on_a_phone_without_a_script(
    street: Street,
) -> None:
    page = await street.page("/de/")
    await page.get_by_label("Ihr Anliegen").fill("reisepass")
    await press(page, "Suchen")
    await page.get_by_role("link", name="Reisepass beantragen", exact=True).first.click()
    await page.wait_for_load_state()
    await (
        page.get_by_role("button", name="Freie Zeiten")
        .or_(page.get_by_role("link", name="Freie Zeiten"))
        .first.click()
    )
    await page.wait_for_load_state()
    await press(page, "Diesen Termin nehmen")
    await headed(page, "Ihre Angaben")

    await page.get_by_label("Vor- und Nachname").fill("Łukasz Sørensen-O’Brien")
    await page.keyboard.press("Enter")  # the main button, not the one that asks for more time
    await page.wait_for_selector("#errors")
    assert (await page.title()).startswith("Fehler: ")
    assert await page.locator("#errors a").count() == 1
    await press(page, "Zeit verlängern")
    assert await page.get_by_label("Vor- und Nachname").input_value() == "Łukasz Sørensen-O’Brien"
    await page.get_by_label("E-Mail-Adresse").fill("lukasz@example.org")
    await press(page, "Termin reservieren")
    await headed(page, "Prüfen Sie Ihr Postfach")
    assert "l…@example.org" in await main(page)

    await page.goto(street.address + street.mailed())
    await press(page, "Termin bestätigen")
    await headed(page, "Ihr Termin ist bestätigt")
    assert "Łukasz Sørensen-O’Brien" in await main(page)

    await page.get_by_role("link", name="Termin verschieben").click()
    await page.wait_for_load_state()
    await headed(page, "Wann möchten Sie stattdessen kommen?")
    await page.locator("details[open] input[type=radio]").nth(2).check()
    await press(page, "Termin verschieben")
    assert "Ihr Termin ist verschoben" in await main(page)

    await page.get_by_role("link", name="Termin absagen").click()
    await page.wait_for_load_state()
    code = await page.locator(".office-code").first.inner_text()
    await page.get_by_label("Tag des Termins oder Code").fill(code)
    await press(page, "Termin absagen")
    await headed(page, "Ihr Termin ist abgesagt")
    await press(page, "Absage zurücknehmen")
    await headed(page, "Ihr Termin ist bestätigt")

    happened = events_of(street.office)
    once = ("BookingOpened", "ConfirmationRequested", "BookingConfirmed", "BookingRescheduled")
    assert [happened[name] for name in (*once, "BookingCancelled", "CancellationUndone")] == [1] * 6
    assert [said for said in page.said if "422" not in said] == []


async def test_the_warning_shows_itself_and_can_be_pressed_without_a_script(street: Street) -> None:
    page = await on_contact(street)
    warning = page.get_by_role("status").get_by_role("button", name="Zeit verlängern")
    await expect(warning).to_have_count(0)
    session = await page.context.new_cdp_session(page)
    await page.reload()
    await session.send("Animation.enable")
    await session.send("Animation.setPlaybackRate", {"playbackRate": 600})  # eight minutes in 0.8 s
    await expect(warning).to_be_visible(timeout=15_000)
    await expect(page.get_by_role("status")).to_contain_text("nur noch bis 9:10 Uhr", use_inner_text=True)
    street.office.clock.pass_(minutes=9)
    await warning.click()
    await page.wait_for_load_state()
    assert "reserviert bis 9:19 Uhr" in await main(page)


async def test_the_warning_is_spared_by_reduced_motion_and_covers_no_focus(street: Street) -> None:
    page = await on_contact(street, "small", script=True, reduced_motion="reduce")
    street.office.clock.pass_(minutes=8.5)
    await page.reload()
    await expect(page.locator(".office-clock__warning")).to_be_visible()
    await stands(page)


async def stands(page: Any) -> None:
    """What every page must stand, whatever it says."""
    assert await violations(page) == [], page.url
    assert not await too_wide(page), page.url
    assert await page.locator("h1").count() == 1
    for one in await tab_walk(page, 60):
        assert one["outline"] and not one["covered"], (page.url, one)
        assert min(one["w"], one["h"]) >= 24, (page.url, one)


async def test_a_time_that_is_over_offers_others_on_the_same_page(street: Street) -> None:
    page = await on_contact(street, script=True)
    await page.get_by_label("Vor- und Nachname").fill("Eva")
    await page.get_by_label("E-Mail-Adresse").fill("eva@example.org")
    street.office.clock.pass_(days=1)
    await press(page, "Termin reservieren")
    await page.wait_for_selector("#errors")
    assert await page.get_by_label("E-Mail-Adresse").input_value() == "eva@example.org"
    await stands(page)
    await page.locator("#instead input").nth(1).check()
    await press(page, "Termin reservieren")
    await headed(page, "Prüfen Sie Ihr Postfach")


async def test_a_double_click_asks_once_and_the_way_back_leads_on(street: Street) -> None:
    page = await on_contact(street)
    await page.get_by_label("Vor- und Nachname").fill("Eva")
    await page.get_by_label("E-Mail-Adresse").fill("eva@example.org")
    await page.get_by_role("button", name="Termin reservieren").dblclick(no_wait_after=True)
    await page.wait_for_url("**/postfach-pruefen")
    await page.go_back()  # the form is spent and leads to where the booking is
    await headed(page, "Prüfen Sie Ihr Postfach")
    assert events_of(street.office)["ConfirmationRequested"] == 1
