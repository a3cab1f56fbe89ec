"""Door and counter in a real browser: a morning with the keyboard alone, and a session that ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from buergerbuero_contracts.booking import BookingOpened, Channel
from buergerbuero_contracts.envelope import Item
from servicekit.web.codes import spoken_code
from services.booking import commands as ask
from services.booking.contact import normal_contact
from services.booking.rules.calendar import instant
from tests.pages.browser import SIZES, focused, free_port, serving
from tests.way.memory_office import MemoryOffice, an_app, events_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

TUESDAY = date(2026, 12, 1)


class Floor:
    """An office on a real server, its bookings of the morning, and browsers before it."""

    def __init__(self, office: MemoryOffice, address: str, browser: Browser, bookings: list[UUID]) -> None:
        self.office, self.address, self.browser, self.bookings = office, address, browser, bookings

    def code(self, number: int) -> str:
        return spoken_code(self.office.code_key, self.bookings[number])

    async def page(self, person: str, size: str = "desk", script: bool = False) -> Any:
        """A browser in which somebody has logged in, with the keyboard."""
        width, height = SIZES[size]
        viewport: Any = {"width": width, "height": height}
        context = await self.browser.new_context(viewport=viewport, java_script_enabled=script)
        page: Any = await context.new_page()
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        await page.goto(f"{self.address}/amt/einlass")
        await page.locator(f'button[value="{person}"]').focus()
        await enter(page)
        return page


async def enter(page: Any) -> None:
    """The Enter key where the cursor stands, and the page that it leads to."""
    await focused(page, "main *")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


@pytest_asyncio.fixture(loop_scope="session")
async def floor(tmp_path: Path, browser: Browser, seeded_office: MemoryOffice) -> AsyncIterator[Floor]:
    office, port = MemoryOffice(tmp_path).like(seeded_office), free_port()
    bookings = [
        await _booked(office, minute, name) for minute, name in ((0, "Nguyễn Żółć"), (20, "Ole Holm"))
    ]
    office.clock.at = instant(TUESDAY, time(9))
    app = an_app(office)
    app.state.origins = frozenset({f"http://127.0.0.1:{port}"})
    async with serving(app, port) as address:
        yield Floor(office, address, browser, bookings)


async def _booked(office: MemoryOffice, minute: int, name: str) -> UUID:
    """A caller's appointment, confirmed at once."""
    command = ask.ReserveSlot(
        site="flensburg",
        starts_at=instant(TUESDAY, time(9, minute)),
        items=(Item(service="id_card_apply"),),
        channel=Channel.PHONE,
        contact=normal_contact(name, phone=f"0461 1234{minute:02}{len(name):02}"),
    )
    booking: UUID = (await office.execute(command, office.context())).of(BookingOpened).booking_id
    return booking


async def test_a_morning_with_the_keyboard_alone(floor: Floor) -> None:
    door = await floor.page("door_1")
    await focused(door, "#code")
    await door.keyboard.type(floor.code(0))
    await enter(door)
    assert await door.locator(".office-said__word").inner_text() == "Einlass – Platz nehmen"
    await focused(door, "#code")  # and is there again
    await door.keyboard.type(floor.code(1))
    await enter(door)
    assert await door.locator(".office-said__word").inner_text() == "zu früh (9:20)"
    assert "zu früh" in await door.title()
    counter = await floor.page("desk_1")
    await counter.goto(f"{floor.address}/amt/schalter/counter_1")
    for _step in ("open", "call", "start", "finish"):
        await enter(counter)
    counted = events_of(floor.office)
    assert [counted.get(name) for name in ("CitizenAdmitted", "CitizenCalled", "ServiceFinished")] == [
        1,
        1,
        1,
    ]
    assert "Niemand wartet" in await counter.locator("main").inner_text()
    refusal = "Failed to load resource: the server responded with a status of 409 (Conflict)"
    assert door.said == [refusal] and counter.said == []


async def test_a_session_lasts_in_a_real_browser_and_ends_with_the_button(floor: Floor) -> None:
    page = await floor.page("desk_1")
    assert "Jens Carstens" in await page.locator("header").inner_text()
    cookies = await page.context.cookies()
    assert [(one["name"], one["secure"], one["httpOnly"]) for one in cookies] == [
        ("__Host-staff", True, True)
    ]
    await page.get_by_role("button", name="Abmelden").click()
    await page.wait_for_load_state()
    assert await page.context.cookies() == []
    await page.goto(f"{floor.address}/amt/schalter")
    assert page.url == f"{floor.address}/dev/anmelden?next=/amt/schalter"
