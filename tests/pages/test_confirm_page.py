"""The confirm page in a real browser: no script is needed, opening confirms nothing, cookie and origin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from buergerbuero_contracts.booking import BookingOpened
from buergerbuero_contracts.envelope import Item
from servicekit.tokens import Purpose
from services.booking import commands as ask
from services.booking.contact import normal_contact
from services.booking.rules.calendar import instant
from tests.pages.browser import SIZES, free_port, serving
from tests.way.memory_office import MemoryOffice, an_app, events_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

ITEMS = (Item(service="passport_apply"), Item(service="registration", quantity=2))


class Mailed:
    """A person with a confirm link, and the office behind it."""

    def __init__(self, office: MemoryOffice, address: str, browser: Browser, booking: UUID) -> None:
        self.office, self.address, self.browser, self.booking = office, address, browser, booking

    def link(self, language: str = "de", purpose: Purpose = Purpose.CONFIRM) -> str:
        token = self.office.tokens.sign(purpose, self.booking, self.office.clock.now().replace(year=2027), 1)
        return f"{self.address}/{language}/t/{token}"

    async def page(self, size: str = "desk", **options: Any) -> Any:
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


@pytest_asyncio.fixture(loop_scope="session")
async def mailed(tmp_path: Path, browser: Browser, seeded_office: MemoryOffice) -> AsyncIterator[Mailed]:
    office, port = MemoryOffice(tmp_path).like(seeded_office), free_port()
    outcome = await office.execute(
        ask.ReserveSlot(
            site="flensburg", starts_at=instant(date(2026, 12, 1), time(9)), items=ITEMS, persons=2
        ),
        office.context(),
    )
    booking = outcome.of(BookingOpened).booking_id
    contact = normal_contact("Nguyễn Żółć", "eva@example.org")
    await office.execute(ask.GiveContact(booking_id=booking, contact=contact), office.context())
    app = an_app(office)
    app.state.origins = frozenset({f"http://127.0.0.1:{port}"})
    async with serving(app, port) as address:
        yield Mailed(office, address, browser, booking)


async def test_a_person_confirms_on_a_phone_without_scripts(mailed: Mailed) -> None:
    page = await mailed.page("phone")
    await page.goto(mailed.link())
    assert await page.title() == "Möchten Sie diesen Termin bestätigen? – Bestätigung – Bürgerbüro Flensburg"
    await page.get_by_role("button", name="Termin bestätigen").click()
    await page.wait_for_load_state()
    assert await page.locator("h1").inner_text() == "Ihr Termin ist bestätigt"
    await page.goto(mailed.link())
    assert "schon bestätigt" in await page.locator("main").inner_text()
    assert events_of(mailed.office)["BookingConfirmed"] == 1
    assert page.said == []


async def test_an_opened_link_confirms_nothing_even_with_scripts(mailed: Mailed) -> None:
    page = await mailed.page(script=True)
    await page.goto(mailed.link())
    await page.wait_for_load_state("networkidle")
    assert "BookingConfirmed" not in events_of(mailed.office)
    assert page.said == []


async def test_the_device_cookie_and_the_origin_reach_us(mailed: Mailed) -> None:
    page = await mailed.page()
    sent: list[dict[str, str]] = []

    async def seen(request: Any) -> None:
        if request.method == "POST":
            sent.append(await request.all_headers())

    page.on("request", lambda request: asyncio.ensure_future(seen(request)))
    await page.goto(mailed.link())
    await page.get_by_role("button", name="Termin bestätigen").click()
    await page.wait_for_load_state()
    assert sent[0]["origin"] == mailed.address and sent[0]["sec-fetch-site"] == "same-origin"
    assert mailed.link().rsplit("/", 1)[1] not in sent[0].get("referer", "")
    cookies = await page.context.cookies()
    assert [cookie["name"] for cookie in cookies] == ["__Host-booking-device"]
