"""The confirm page and the ticket in a real browser: no script, any size, keyboard, axe, weight."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Browser, async_playwright

from buergerbuero_contracts.booking import BookingOpened
from buergerbuero_contracts.envelope import Item
from servicekit.tokens import Purpose
from services.booking import commands as ask
from services.booking.contact import normal_contact
from services.booking.rules.calendar import instant
from tests.pages.browser import FLAGS, SIZES, free_port, serving, tab_walk, too_wide, violations
from tests.way.memory_office import MemoryOffice, an_app, events_of

ITEMS = (Item(service="passport_apply"), Item(service="registration", quantity=2))
KILOBYTES = {"document": 15, "stylesheet": 30, "font": 64}


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


@pytest.fixture
async def mailed(tmp_path: Path, chromium: str, seeded_office: MemoryOffice) -> AsyncIterator[Mailed]:
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
    async with serving(app, port) as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield Mailed(office, address, browser, booking)
        await browser.close()


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


@pytest.mark.parametrize(("language", "size"), [*(("de", size) for size in SIZES), ("en", "phone")])
async def test_pages_are_accessible_at_every_size(mailed: Mailed, language: str, size: str) -> None:
    page = await mailed.page(size, script=True)
    await page.goto(mailed.link(language))
    await _stands(page)
    await page.locator("form button").click()
    await page.wait_for_load_state()
    await _stands(page)
    await page.goto(mailed.link(language, Purpose.TICKET) + "/absagen")
    await _stands(page)
    await page.locator("form button").click()
    await page.wait_for_load_state()
    assert await page.evaluate("document.activeElement.id") == "errors"
    await _stands(page, begins_at_error=True)
    await page.goto(f"{mailed.address}/{language}/t/unknown")
    await _stands(page)


async def _stands(page: Any, *, begins_at_error: bool = False) -> None:
    """What each page must stand, whatever it is about."""
    assert await violations(page) == [], page.url
    assert not await too_wide(page), page.url
    assert await page.locator("h1").count() == 1
    walked = await tab_walk(page)
    first_is_skip_link = walked[0]["name"] in ("Zum Inhalt springen", "Skip to content")
    assert first_is_skip_link != begins_at_error
    for one in walked:
        assert one["outline"] and not one["covered"], one
        assert min(one["w"], one["h"]) >= 24, one


@pytest.mark.parametrize(
    "mode", [{"color_scheme": "dark"}, {"forced_colors": "active"}, {"reduced_motion": "reduce"}]
)
async def test_the_confirm_page_stands_other_ways_of_seeing(mailed: Mailed, mode: dict[str, Any]) -> None:
    page = await mailed.page(script=True, **mode)
    await page.goto(mailed.link())
    assert await violations(page) == []


async def test_a_first_view_is_light(mailed: Mailed) -> None:
    page = await mailed.page()
    sizes: dict[str, int] = {}

    async def finished(request: Any) -> None:
        told = await request.sizes()
        kind = request.resource_type
        sizes[kind] = sizes.get(kind, 0) + told["responseBodySize"]

    waiting: list[asyncio.Future[None]] = []
    page.on("requestfinished", lambda request: waiting.append(asyncio.ensure_future(finished(request))))
    await page.goto(mailed.link(), wait_until="networkidle")
    await asyncio.gather(*waiting)
    assert sizes.keys() == KILOBYTES.keys()
    for kind, most in KILOBYTES.items():
        assert sizes[kind] <= most * 1000, (kind, sizes)
