"""The waiting list in a real browser: a wish, its proof and its offer, on a phone without a script."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright

from buergerbuero_contracts.booking import BookingOpened
from buergerbuero_contracts.envelope import Item
from services.booking import commands as ask
from services.booking.contact import ContactData
from services.booking.rules.calendar import local_date
from services.booking.rules.limits import Origin
from tests.pages.browser import FLAGS, SIZES, free_port, serving
from tests.way.booking_desk import TUESDAY
from tests.way.memory_office import MemoryOffice, an_app, events_of
from tests.way.waiting_desk import fire_due, mailed, wishes_of

FORM = "frueher?service=id_card_apply"


class Wishing:
    """A person with a browser, and the office behind it."""

    def __init__(self, office: MemoryOffice, address: str, browser: Browser) -> None:
        self.office, self.address, self.browser = office, address, browser

    async def open(self, path: str, size: str = "phone", language: str = "de", script: bool = False) -> Any:
        """A fresh browser page."""
        width, height = SIZES[size]
        context = await self.browser.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=script
        )
        page: Any = await context.new_page()
        await page.goto(f"{self.address}/{language}/{path}")
        return page

    def link(self) -> str:
        """What the mail about the latest wish opens."""
        return f"frueher/{mailed(self.office, wishes_of(self.office)[-1])}"

    async def comes_back(self) -> None:
        """Tuesday at nine was booked, is cancelled, and is offered."""
        office, origin = self.office, Origin("another device", "another net")
        starts_at = datetime.fromisoformat(TUESDAY)
        reserve = ask.ReserveSlot(
            site="flensburg", starts_at=starts_at, items=(Item(service="id_card_apply"),), origin=origin
        )
        booked: BookingOpened = (await office.execute(reserve, office.context())).of(BookingOpened)
        contact = ContactData("Otto", "otto@example.org")
        for step in (
            ask.GiveContact(booking_id=booked.booking_id, contact=contact, origin=origin),
            ask.ConfirmBooking(booking_id=booked.booking_id),
            ask.CancelBooking(booking_id=booked.booking_id, typed_day=local_date(starts_at)),
        ):
            await office.execute(step, office.context())
        office.clock.pass_(minutes=10)
        await fire_due(office)


@pytest.fixture
async def wishing(tmp_path: Path, chromium: str, seeded_office: MemoryOffice) -> AsyncIterator[Wishing]:
    office, port = MemoryOffice(tmp_path).like(seeded_office), free_port()
    app = an_app(office)
    app.state.origins = frozenset({f"http://127.0.0.1:{port}"})
    async with serving(app, port) as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield Wishing(office, address, browser)
        await browser.close()


async def test_a_person_wishes_proves_and_takes_on_a_phone_without_scripts(wishing: Wishing) -> None:
    page = await wishing.open(FORM)
    await page.get_by_label("Vor- und Nachname").fill("Erika Mustermann")
    await page.get_by_label("E-Mail-Adresse").fill("erika@example.org")
    await page.get_by_label("Vormittags, bis 12 Uhr").check()
    await page.get_by_label("Mittwoch").uncheck()
    await page.get_by_role("button", name="Auf die Warteliste").click()
    assert await page.locator("h1").inner_text() == "Prüfen Sie Ihr Postfach"
    page = await wishing.open(wishing.link())
    await page.get_by_role("button", name="Wunsch bestätigen").click()
    assert await page.locator("h1").inner_text() == "Sie stehen auf der Warteliste"
    await wishing.comes_back()
    await page.reload()
    await page.get_by_role("button", name="Diesen Termin nehmen").click()
    assert await page.locator("h1").inner_text() == "Ihr Termin ist bestätigt"
    assert events_of(wishing.office)["WishFulfilled"] == 1
