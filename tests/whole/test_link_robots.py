"""Mail gateways open every link of every mail, with scripts on; some press the first button they find (F25).

Every kind of mail of a booking's life comes over the whole platform; a real browser is the gateway.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
import pytest
from playwright.async_api import Browser, async_playwright

from tests.pages.browser import FLAGS
from tests.way.citizen import Citizen, link_token
from tests.way.platform import Platform

TUESDAY, THURSDAY = "2026-12-15", "2026-12-17"
WISH: dict[str, Any] = {
    "site": "flensburg",
    "items": [{"service": "id_card_apply"}],
    "suits": {"earliest": "2026-12-01", "latest": "2026-12-18"},
}
MEANT_BY_PEOPLE = ("BookingConfirmed", "BookingCancelled", "BookingRescheduled", "WishConfirmed", "WishEnded")
OF_THE_BOOKINGS = """SELECT type, count(*) FROM event WHERE type = ANY($1::text[]) GROUP BY type"""


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        await browser.close()


def mailed(platform: Platform) -> list[str]:
    """The links of the mails of four people: asked, moved, cancelled, and on the waiting list."""
    asked, moved, cancelled, waiting = (Citizen(platform, name) for name in ("Ada", "Bo", "Cem", "Dörte"))
    for person in (asked, moved, cancelled):
        person.reserve(person.free(TUESDAY)[-1])
        person.give_contact()
    for person in (moved, cancelled):
        person.confirm()
    moved.command("reschedule", {"starts_at": moved.free(THURSDAY)[0]}, link_token(moved.mail(2)))
    cancelled.command("cancel", {"date": TUESDAY}, link_token(cancelled.mail(2)))
    contact = {"name": waiting.name, "email": waiting.email}
    assert waiting.post("/wishes", WISH | {"contact": contact}).status_code == 202
    mails = [asked.mail(1), *(one.mail(number) for one in (moved, cancelled) for number in (1, 2, 3))]
    return list(dict.fromkeys(link for mail in (*mails, waiting.mail(1)) for link in mail["links"]))


async def happened(platform: Platform) -> Counter[str]:
    """How often each thing was done that only a person may mean."""
    connection = await asyncpg.connect(platform.databases["booking"].app_url)
    try:
        rows = await connection.fetch(OF_THE_BOOKINGS, MEANT_BY_PEOPLE)
    finally:
        await connection.close()
    return Counter({row["type"]: row["count"] for row in rows})


async def open_all(browser: Browser, links: Sequence[str], *, press: bool) -> int:
    """Open each, run what the page would run, and perhaps press its first button; how many were pressed."""
    page, pressed = await browser.new_page(), 0
    for link in links:
        if not link.startswith("http"):
            continue
        answer = await page.goto(link, wait_until="networkidle")
        assert answer is not None and answer.status in (200, 409, 410), link  # it may be used or over
        first = page.locator("main button[type=submit]")
        if press and await first.count():
            await first.first.click()
            await page.wait_for_load_state("networkidle")
            pressed += 1
    return pressed


async def test_a_robot_confirms_and_cancels_nothing_whatever_it_opens(
    platform: Platform, browser: Browser
) -> None:
    links = mailed(platform)
    assert len(links) > 6
    before = await happened(platform)
    await open_all(browser, links, press=False)
    assert await happened(platform) - before == Counter()

    assert await open_all(browser, links, press=True) > 2
    done = await happened(platform) - before
    assert done.keys() <= {"BookingConfirmed", "WishConfirmed"}, done
