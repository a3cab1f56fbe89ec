"""The window in a real browser: a hand-over by keyboard alone, without scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from servicekit.tokens import Purpose
from servicekit.web.session import COOKIE
from tests.pages.browser import SIZES, focused, free_port, serving, too_wide, violations
from tests.rules.documents.desk import ID_CARD, PASSPORT, Desk, uid
from tests.way.memory_documents import PEOPLE, MemoryDocuments, documents_app

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONG = "Nguyễn Thị Hồng von der Heide-Rantzau zu Wolfeschlegelsteinhausen"


class Screen:
    """A clerk before the window's screen; two documents lie at window 1 for somebody in the house."""

    def __init__(self, office: MemoryDocuments, address: str, browser: Browser) -> None:
        self.office, self.address, self.browser = office, address, browser
        self.card, self.passport = office.eva.at_window(ID_CARD, PASSPORT)
        other = Desk(office.world, uid("Hồng"), uid("her visit"))
        office.names.known[other.person] = LONG
        (self.received,) = other.received(PASSPORT)

    async def page(self, size: str = "desk", person: str = "window_1", script: bool = False) -> Any:
        width, height = SIZES[size]
        context = await self.browser.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=script, locale="de-DE"
        )
        session = self.office.sessions.sign(PEOPLE[person].staff, self.office.clock.now())
        secure = self.address.replace("http://", "https://")
        await context.add_cookies([{"name": COOKIE, "value": session, "url": secure, "secure": True}])
        page: Any = await context.new_page()
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        return page


@pytest_asyncio.fixture(loop_scope="session")
async def screen(tmp_path: Path, browser: Browser) -> AsyncIterator[Screen]:
    office, port = MemoryDocuments(tmp_path), free_port()
    app = documents_app(office)
    app.state.origins = frozenset({f"http://127.0.0.1:{port}"})
    async with serving(app, port) as address:
        yield Screen(office, address, browser)


async def test_two_documents_are_handed_over_by_keyboard_alone(screen: Screen) -> None:
    page, eva = await screen.page(), screen.office.eva
    await page.goto(f"{screen.address}/amt/ausgabe")
    await focused(page, "#scan")
    await page.keyboard.type(eva.number(ID_CARD))
    await page.keyboard.press("Enter")  # as the scanner sends it
    await page.wait_for_url("**/amt/ausgabe/*")
    await focused(page, "#scan")
    await page.keyboard.type(eva.number(ID_CARD))
    await page.keyboard.press("Enter")
    await page.get_by_text("Die Nummer stimmt.").wait_for()
    await focused(page, "#recipient_role")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")  # recognised by the photo
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")  # the old one voided and returned
    await page.keyboard.press("Enter")
    await focused(page, "button[name=confirmed]")
    assert await page.locator("h1").inner_text() == "Jetzt ausgeben?"
    await page.keyboard.press("Enter")
    await page.get_by_text("Antragstellende Person, ausgegeben an Fenster 1").wait_for()
    assert screen.office.world.document(screen.card).place == "holder"
    await focused(page, "a.kern-btn--primary")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/amt/ausgabe/{screen.passport}**")
    await focused(page, "#scan")
    assert page.said == []


async def test_a_wrong_scan_keeps_the_cursor_and_all_that_was_chosen(screen: Screen) -> None:
    page = await screen.page("phone")
    await page.goto(f"{screen.address}/amt/ausgabe/{screen.card}")
    await page.get_by_label("Bevollmächtigte Person").check()
    await page.get_by_label("Ausweis gesehen").check()
    await page.locator("#scan").fill("C99X00T47")
    await page.locator("#scan").press("Enter")
    await page.get_by_role("alert").wait_for()
    await focused(page, "#scan")
    assert await page.get_by_label("Dokument scannen").input_value() == "C99X00T47"
    assert await page.get_by_label("Bevollmächtigte Person").is_checked()
    assert await page.get_by_label("Ausweis gesehen").is_checked()
    assert (await page.title()).startswith("Fehler: ")
    assert not await too_wide(page)


async def test_a_delivery_goes_into_the_safe_by_keyboard(screen: Screen) -> None:
    page = await screen.page()
    await page.goto(f"{screen.address}/amt/lieferung")
    await focused(page, "#bin-1")
    await page.keyboard.type("C-12")
    await page.keyboard.press("Tab")
    await page.keyboard.type("Nguy")  # the second person by the first letters
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.get_by_text("Nichts. Was gescannt ist").wait_for()
    assert screen.office.world.document(screen.received).bin == "C-12"


@pytest.mark.parametrize("language", ["de", "en"])
async def test_what_a_pickup_link_says_is_a_page_anybody_can_read(screen: Screen, language: str) -> None:
    invitation = screen.office.world.document(screen.card).invitation_id
    assert invitation is not None
    until = screen.office.clock.now() + timedelta(days=120)
    token = screen.office.tokens.sign(Purpose.PICKUP, invitation, until)
    page = await screen.page("phone", script=True)
    await page.context.clear_cookies()
    await page.goto(f"{screen.address}/{language}/abholung/{token}")
    assert await page.locator("html").get_attribute("lang") == language
    assert await violations(page) == []
    assert not await too_wide(page)


async def test_on_a_phone_the_step_of_each_row_is_in_sight(screen: Screen) -> None:
    page = await screen.page("phone")
    for path in ("/amt/abholliste", "/amt/lieferung"):
        await page.goto(screen.address + path)
        steps = await page.locator(".office-cards :is(button, input:not([type=hidden]))").all()
        boxes = [await one.bounding_box() for one in steps]
        assert boxes and all(box["x"] >= 0 and box["x"] + box["width"] <= SIZES["phone"][0] for box in boxes)
