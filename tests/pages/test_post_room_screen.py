"""The post room's screen in a real browser, by keyboard alone and without scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.conftest import Databases
from tests.log.post_room import World, open_post_room
from tests.pages.browser import SIZES, focused, free_port, serving, tab_walk, too_wide, violations
from tests.way.post_room import CLERK, an_app

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATH = "/amt/posteingang"


class Screen:
    """A clerk before the screen, and the post room behind it."""

    def __init__(self, world: World, address: str, browser: Browser) -> None:
        self.world, self.address, self.browser = world, address, browser

    async def page(self, size: str = "desk", path: str = PATH, script: bool = False) -> Any:
        width, height = SIZES[size]
        context = await self.browser.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=script,
            locale="de-DE",
            extra_http_headers=CLERK,
        )
        page: Any = await context.new_page()
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        await page.goto(self.address + path)
        return page

    async def logged(self) -> list[tuple[str, str, str | None]]:
        """Channel, service and file number of each item, in the order in which they came."""
        rows = await self.world.pool.fetch(
            "SELECT data ->> 'channel', data ->> 'service', file_number FROM event "
            "LEFT JOIN item_case ON item_id = stream_id WHERE type = 'ItemReceived' ORDER BY position"
        )
        return [(row[0], row[1], row[2]) for row in rows]


@pytest_asyncio.fixture(loop_scope="session")
async def screen(browser: Browser, fresh_database: Databases) -> AsyncIterator[Screen]:
    port = free_port()
    async with (
        open_post_room(fresh_database("documents").app_url) as world,
        serving(an_app(world, f"http://127.0.0.1:{port}"), port) as address,
    ):
        yield Screen(world, address, browser)


async def ready(page: Any) -> None:
    """The cursor is where the next item begins."""
    await focused(page, "input[name=file_number]")


async def typed(page: Any, *keys: str) -> None:
    """Press keys one after another; text is typed."""
    for key in keys:
        await (page.keyboard.press(key) if key[0].isupper() else page.keyboard.type(key))


async def test_letters_are_logged_with_enter_and_what_stays_the_same_sticks(screen: Screen) -> None:
    page = await screen.page()
    await ready(page)
    await typed(page, "33-1")
    await typed(page, "Shift+Tab", "bewohner", "Tab", "Enter")  # the matter by its first letters
    await page.wait_for_selector("#said")
    assert await page.locator("#said").inner_text() == "1 Eingang aufgenommen: Brief, Bewohnerparkausweis"
    for file_number in ("33-2", ""):  # the second one: only the file number is typed; the third has none
        await ready(page)
        async with page.expect_navigation():
            await typed(page, *filter(None, [file_number, "Enter"]))
    service = "resident_parking"
    assert await screen.logged() == [
        ("letter", service, "33-1"),
        ("letter", service, "33-2"),
        ("letter", service, None),
    ]
    assert await page.locator("input[name=file_number]").input_value() == ""


async def test_the_list_is_worked_off_by_keyboard(screen: Screen) -> None:
    page = await screen.page()
    await page.get_by_role("button", name="×10").press("Enter")
    await page.wait_for_selector("#said")
    boxes = page.get_by_role("checkbox")
    assert await boxes.count() == 10
    for nr in (0, 1):
        await boxes.nth(nr).press("Space")
    await page.get_by_label("Mit den angekreuzten").focus()
    await typed(page, "auskunft", "Tab")
    await typed(page, "Enter")
    await page.get_by_text("2 Eingänge bearbeitet.").wait_for()
    assert await page.get_by_role("checkbox").count() == 8


async def test_an_item_waits_for_papers_and_is_answered(screen: Screen) -> None:
    page = await screen.page()
    await ready(page)
    async with page.expect_navigation():
        await typed(page, "Enter")
    await page.locator("tbody a").first.click()
    await page.get_by_label("alter Ausweis oder Pass").check()
    await page.get_by_label("Name").fill("Nguyễn Żółć")
    await page.get_by_label("E-Mail").press("Enter")
    await page.wait_for_selector("#said")
    assert "wartet auf Unterlagen" in await page.locator("main").inner_text()
    assert "Nguyễn Żółć" in await page.locator("main").inner_text()
    await page.get_by_role("button", name="Unterlagen vermerken").press("Enter")
    await page.get_by_text("Die Unterlagen sind vermerkt.").wait_for()
    await page.get_by_role("button", name="Beantworten").press("Enter")
    await page.get_by_text("Der Eingang ist beantwortet.").wait_for()
    await page.get_by_role("button", name="Wieder öffnen").press("Enter")
    await page.get_by_text("Der Eingang ist wieder offen.").wait_for()


async def test_a_mistake_is_told_and_nothing_typed_is_lost(screen: Screen) -> None:
    page = await screen.page()
    await page.get_by_label("Anzahl").fill("51")
    await page.get_by_label("Aktenzeichen").fill("33-7")
    await page.get_by_label("Aktenzeichen").press("Enter")
    await page.wait_for_selector("#refused")
    assert (await page.title()).startswith("Fehler: ")
    assert await page.get_by_label("Aktenzeichen").input_value() == "33-7"
    assert await page.get_by_label("Anzahl").get_attribute("aria-invalid") == "true"
    assert await screen.logged() == []


async def test_the_screen_fits_and_every_control_is_reached(screen: Screen) -> None:
    for size in ("desk", "small"):
        page = await screen.page(size, script=True)
        await page.get_by_role("button", name="×10").press("Enter")
        await page.wait_for_selector("#said")
        assert await violations(page) == []
        assert not await too_wide(page)
        walked = await tab_walk(page)
        assert [one["name"] for one in walked if not one["outline"]] == []
        seen_whole = [one for one in walked if one["h"] < SIZES[size][1]]  # not the table, which is longer
        assert [one["name"] for one in seen_whole if one["covered"]] == []
        await page.locator("tbody a").first.click()
        await page.wait_for_selector("#outcome")
        assert await violations(page) == []
        assert not await too_wide(page)
        assert page.said == []
