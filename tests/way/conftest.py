"""Offices in memory with a client before them, for the stories of the HTTP edges of booking and documents."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from tests.way.booking_desk import Desk
from tests.way.memory_documents import MemoryDocuments, Window, documents_app
from tests.way.memory_office import MemoryOffice, an_app, behind


@pytest.fixture(scope="session")
def seeded_office(tmp_path_factory: Any) -> tuple[MemoryOffice, Any]:
    office = MemoryOffice(tmp_path_factory.mktemp("office"))
    asyncio.run(office.set_up())
    return office, an_app(office)


@pytest.fixture
def desk(tmp_path: Path, seeded_office: tuple[MemoryOffice, Any]) -> Any:
    first, app = seeded_office
    office = MemoryOffice(tmp_path).like(first)
    behind(app, office)
    with TestClient(app) as client:
        yield Desk(office, client)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return documents_app(MemoryDocuments(tmp_path_factory.mktemp("app")))


@pytest.fixture
def window(tmp_path: Path, app: Any) -> Iterator[Window]:
    made = Window(MemoryDocuments(tmp_path), app)
    with made.client:
        yield made
