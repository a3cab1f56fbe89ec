"""One seeded office for all page tests; each goes on from it on its own."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.way.memory_office import MemoryOffice


@pytest.fixture(scope="session")
def seeded_office(tmp_path_factory: Any) -> MemoryOffice:
    office = MemoryOffice(tmp_path_factory.mktemp("office"))
    asyncio.run(office.set_up())
    return office
