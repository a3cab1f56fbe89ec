"""Every read model of reporting is built anew beside the running one, with equal sorted hashes."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from uuid import uuid5

import pytest
import pytest_asyncio

from buergerbuero_contracts.cloudevents import headers, source
from buergerbuero_contracts.topics import topic_of
from servicekit.feed import Feed
from servicekit.kafka import Kafka
from servicekit.log import NAMESPACE
from servicekit.projection import Projection
from servicekit.rebuild import rebuild
from servicekit.subscriber import consuming
from servicekit.testing.databases import Database
from services.reporting.projections import PROJECTIONS
from tests.broker.tally import Chain, Model, Record, publish, until
from tests.rules.reporting.story import Told
from tests.way.long_story import long_story

PARTITIONS = 6


def records(story: Iterable[Told]) -> list[Record]:
    """The story on the topics of its services, as their relays would have sent it."""
    chains: dict[str, Chain] = {}
    found = []
    for told in story:
        event, service = told.event, told.event.service
        chain = chains.setdefault(service, Chain(topic_of(service), service))
        key = event.partition_key().encode()
        partition = zlib.crc32(key) % PARTITIONS
        chain.position += 1
        stream = str(uuid5(NAMESPACE, event.partition_key()))
        envelope = headers(
            source=source(service, "flensburg"),
            event_id=str(uuid5(NAMESPACE, f"{service} {chain.position}")),
            type_name=type(event).__name__,
            subject=f"{event.category}/{stream}",
            time=told.at.isoformat(),
            position=chain.position,
            prev=chain.prev[partition],
            epoch=1,
            streamversion=1,
            schema_version=event.schema_version,
            correlation_id=stream,
        )
        chain.prev[partition] = chain.position
        found.append(chain.record(key, event.to_json().encode(), envelope, partition))
    return found


STORY = records(long_story())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(fresh_topics: str) -> str:
    """Kafka on which the story was told once."""
    await publish(fresh_topics, STORY)
    return fresh_topics


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("read_model", PROJECTIONS, ids=lambda one: one.name)
async def test_a_rebuilt_read_model_has_equal_hashes(
    told: str, database: Callable[[str], Database], read_model: Projection
) -> None:
    model = await Model(database("reporting"), read_model).make()
    mine = [one for one in STORY if one.topic in read_model.topics]
    ends = {(one.topic, one.partition): chain_position(one) for one in mine}

    async def there() -> bool:
        rows = await model.fetch("SELECT topic, partition, position FROM checkpoint")
        return {(topic, partition): position for topic, partition, position in rows} == ends

    feed, broker = Feed(model.projector()), consuming(Kafka(told))
    feed.attach(broker)
    await broker.start()
    try:
        await until(there, "all of the story")
        made = await rebuild(read_model, model.database.owner_url, Kafka(told), verify=True)
    finally:
        await broker.stop()
        await model.close()
    assert made.schema.endswith("_g2")
    assert made.records == len(mine)
    assert set(made.hashes) == set(read_model.tables)
    assert not [table for table, text in made.hashes.items() if text.startswith("0:")], "a table is empty"


def chain_position(record: Record) -> int:
    """The position that a record carries."""
    return int(next(value for name, value in record.headers if name == "ce_sequence") or b"0")
