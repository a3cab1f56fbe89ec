"""The raised level in a real browser: the task is solved by itself, under the strict policy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright

from services.booking import commands as ask
from services.booking.rules.opening import SetProtectionLevel
from services.booking.rules.settings import ProtectionLevel
from tests.pages.browser import FLAGS, free_port, serving, too_wide, violations
from tests.pages.test_choosing import TIMES, Street
from tests.way.memory_office import MemoryOffice, an_app, events_of

CONTACT = "**/de/kontakt?service=id_card_apply"
TAKE = "Diesen Termin nehmen"


@pytest.fixture
async def street(tmp_path: Path, chromium: str, seeded_office: MemoryOffice) -> AsyncIterator[Street]:
    office, port = MemoryOffice(tmp_path).like(seeded_office), free_port()
    raised = SetProtectionLevel(site="flensburg", level=ProtectionLevel.RAISED)
    await office.execute(ask.SetUp(site="flensburg", steps=(raised,)), office.context())
    app = an_app(office)
    app.state.origins = frozenset({f"http://127.0.0.1:{port}"})
    async with serving(app, port) as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield Street(office, address, browser)
        await browser.close()


async def stands(page: Any) -> None:
    assert await violations(page) == [], page.url
    assert not await too_wide(page), page.url


async def test_pressed_at_once_it_goes_on_by_itself_when_the_task_is_solved(street: Street) -> None:
    page = await street.page("/de" + TIMES, script=True)
    await stands(page)
    await page.get_by_role("button", name=TAKE).click()
    await page.wait_for_url(CONTACT, timeout=120_000)
    assert events_of(street.office)["BookingOpened"] == 1
    assert page.said == []
