"""One browser for all page tests; a seeded office, from which each goes on by itself; a town for looking."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from servicekit.testing.databases import Database, copied, dropped
from tests.conftest import Databases
from tests.pages.browser import FLAGS
from tests.pages.town import Town, open_town
from tests.way.memory_office import MemoryOffice


@pytest.fixture(scope="session")
def seeded_office(tmp_path_factory: Any) -> MemoryOffice:
    office = MemoryOffice(tmp_path_factory.mktemp("office"))
    asyncio.run(office.set_up())
    return office


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def started_browser(chromium: str) -> AsyncIterator[Browser]:
    """A start takes seconds: there is one in a run, in the session's event loop."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(started_browser: Browser) -> AsyncIterator[Browser]:
    """The browser, for a test in the session's loop; what it opens is closed at its end, cookies and all."""
    before = list(started_browser.contexts)
    yield started_browser
    for context in started_browser.contexts:
        if context not in before:
            await context.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def town(
    started_browser: Browser, seeded_office: MemoryOffice, template: Databases, tmp_path_factory: Any
) -> AsyncIterator[Town]:
    """All servers and the browser, for tests that only look."""
    services = ("documents", "notification", "reporting")
    own: dict[str, Database] = {name: await copied(template(name), f"{name}_town") for name in services}
    async with open_town(tmp_path_factory.mktemp("town"), seeded_office, own.__getitem__) as town:
        town.browser = started_browser
        yield town
    for database in own.values():
        await dropped(database)
