"""The page of letters in a real browser, by keyboard alone and without scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright

from tests.conftest import Databases
from tests.pages.browser import FLAGS, ROOT, SIZES, focused, free_port, serving
from tests.way.delivery_desk import an_app, called
from tests.way.mail_story import Story, asked
from tests.way.mail_world import World, open_world

PATH = "/amt/zustellung"
CLERK = {"Authorization": "Bearer dev:lead@flensburg"}


class Screen:
    """A clerk before the page, with a letter that waits and a call to make."""

    def __init__(self, world: World, address: str, browser: Browser) -> None:
        self.world, self.address, self.browser = world, address, browser

    async def page(self, size: str = "desk", script: bool = False) -> Any:
        width, height = SIZES[size]
        context = await self.browser.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=script,
            locale="de-DE",
            extra_http_headers=CLERK,
        )
        page: Any = await context.new_page()
        await page.goto(self.address + PATH)
        return page


@pytest.fixture
async def screen(chromium: str, fresh_database: Databases, tmp_path: Path) -> AsyncIterator[Screen]:
    port = free_port()
    async with (
        open_world(fresh_database("notification"), tmp_path) as world,
        serving(an_app(world, f"http://127.0.0.1:{port}", ROOT / "build/assets"), port) as address,
        async_playwright() as playwright,
    ):
        story = await asked(world, Story(), email="hard@example.org", phone="+49461123456", name="Max Żółć")
        await world.happened(story.confirmed())
        await called(world)
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield Screen(world, address, browser)
        await browser.close()


async def test_letters_are_printed_and_ticked_off_by_keyboard(screen: Screen) -> None:
    page = await screen.page()
    await focused(page, "button[formaction$='.pdf']")
    async with page.context.expect_event("response", lambda one: one.url.endswith(".pdf")) as awaited:
        await page.keyboard.press("Enter")
    answer = await awaited.value
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    assert await page.get_by_role("checkbox", name="Erika Mustermann").is_checked(), "the page stays"
    await page.get_by_role("button", name="Gedruckt, abhaken").press("Enter")
    await page.get_by_text("Kein Brief wartet").wait_for()
    assert (await screen.world.types()).count("LetterPrinted") == 1
    assert "Max Żółć" in await page.locator("main").inner_text(), "the call is still to be made"
