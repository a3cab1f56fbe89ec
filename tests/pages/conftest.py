"""One seeded office, from which each test goes on by itself; one town with one browser for looking."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

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
async def town(
    chromium: str, seeded_office: MemoryOffice, template: Databases, tmp_path_factory: Any
) -> AsyncIterator[Town]:
    """All servers and a browser, for tests that only look."""
    services = ("documents", "notification", "reporting")
    own: dict[str, Database] = {name: await copied(template(name), f"{name}_town") for name in services}
    async with (
        open_town(tmp_path_factory.mktemp("town"), seeded_office, own.__getitem__) as town,
        async_playwright() as playwright,
    ):
        town.browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield town
        await town.browser.close()
    for database in own.values():
        await dropped(database)
