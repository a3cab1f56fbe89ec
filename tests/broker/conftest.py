"""What several files about consumers begin with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from buergerbuero_contracts import topics
from servicekit.testing.databases import Database
from tests.broker.feed_world import Way
from tests.broker.tally import Model, make_topic, projection

Databases = Callable[[str], Database]


@pytest_asyncio.fixture
async def way(
    database: Databases, kafka: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Callable[..., Any]]:
    """Makes ways, each with a topic and a group of its own."""
    made: list[Way] = []

    async def make(partitions: int = 1) -> Way:
        mark = uuid4().hex[:12]
        topic, name = f"test.{mark}", f"booking.tally{mark}.v1"
        monkeypatch.setitem(topics._OWNERS, topic, "booking")
        await make_topic(kafka, topic, partitions)
        model = await Model(database("booking"), projection(name, (topic,))).make()
        made.append(Way(model, kafka, topic, name))
        return made[-1]

    yield make
    for one in made:
        await one.model.close()
