"""What the relay's tests share: a log with events of two public types and a private one, and readers."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4, uuid5

import asyncpg
from aiokafka import TopicPartition

from buergerbuero_contracts.cloudevents import Headers, parse_headers, partition_for
from servicekit.kafka import Kafka
from servicekit.log import NAMESPACE
from servicekit.people import People
from servicekit.relay import Relay
from servicekit.relay_ends import KafkaWire, open_log
from servicekit.testing.databases import Database
from servicekit.testing.kafka import TopicPlan, forget_topics, make_topics

PARTITIONS = 3
PUBLIC = ("SlotReserved", "SlotReleased")
AT = "2026-11-23T08:00:00Z"

_WRITE = """
INSERT INTO event (position, category, stream_id, version, event_id, type, schema_version, data, meta)
SELECT (SELECT coalesce(max(position), 0) FROM event) + e.nr, 'day_plan', e.stream, e.version, e.id, e.type,
       1, e.data::json, e.meta::json
FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY
     e (stream, version, id, type, data, meta, nr)"""


@dataclass(frozen=True, slots=True)
class Seen:
    """A record of the topic."""

    partition: int
    offset: int
    key: str
    value: dict[str, Any]
    headers: Headers

    @property
    def position(self) -> int:
        """In the log."""
        return self.headers.position


@dataclass
class World:
    """One log, one topic of its own, and whatever relays the test starts between them."""

    database: Database
    bootstrap: str
    topic: str
    people: People | None = None
    stream: UUID = field(default_factory=uuid4)
    versions: Counter[UUID] = field(default_factory=Counter)

    @property
    def kafka(self) -> Kafka:
        """The cluster."""
        return Kafka(self.bootstrap)

    async def make_topic(self) -> None:
        """Create the topic, empty."""
        await make_topics(self.bootstrap, {self.topic: TopicPlan(PARTITIONS)})

    async def lose_topic(self) -> None:
        """What a broker's broken disk does: the topic is there and has nothing."""
        await forget_topics(self.bootstrap, [self.topic])
        await until(self._gone)
        await self.make_topic()

    async def _gone(self) -> bool:
        admin = self.kafka.admin()
        await admin.start()
        try:
            return self.topic not in await admin.list_topics()
        finally:
            await admin.close()

    def relay(self, **changes: Any) -> Relay:
        """A relay of this log; ``changes`` replace its parts."""
        parts: dict[str, Any] = {
            "source": "/buergerbuero/flensburg/booking",
            "publish": dict.fromkeys(PUBLIC, self.topic),
            "partitions": {self.topic: PARTITIONS},
            "open_log": open_log(self.database.app_url, self.people),
            "wire": KafkaWire(self.kafka),
        }
        return Relay(**{**parts, **changes})

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection of the app role."""
        connection = await asyncpg.connect(self.database.app_url)
        try:
            yield connection
        finally:
            await connection.close()

    async def write(self, *events: tuple[str, str] | tuple[str, str, dict[str, Any]]) -> int:
        """Append (type, key[, data]) events at once, as the log would; the last position."""
        rows: list[tuple[Any, ...]] = []
        for type_name, key, *data in events:
            self.versions[self.stream] += 1
            version = self.versions[self.stream]
            meta = {
                "at": AT,
                "command_id": str(uuid4()),
                "correlation_id": str(uuid5(NAMESPACE, key)),
                "actor": {"kind": "citizen", "id": "-"},
                **({"key": key} if type_name in PUBLIC else {}),
            }
            body = json.dumps(data[0] if data else {"n": version})
            rows.append((self.stream, version, uuid4(), type_name, body, json.dumps(meta)))
        async with self.connected() as connection:
            await connection.execute(_WRITE, *zip(*rows, strict=True))
            return int(await connection.fetchval("SELECT max(position) FROM event"))

    async def checkpoint(self) -> int:
        """Where the relay stands."""
        async with self.connected() as connection:
            return int(await connection.fetchval("SELECT position FROM relay_state"))

    async def sent(self, relay: Relay, position: int | None = None) -> None:
        """Let ``relay`` run until the checkpoint is at the log's head (or at ``position``)."""
        async with self.connected() as connection:
            head = position or int(await connection.fetchval("SELECT coalesce(max(position), 0) FROM event"))

        async def there() -> bool:
            return await self.checkpoint() >= head

        async with running(relay):
            await until(there)

    async def repeated(self, relay: Relay, records: int) -> None:
        """Let ``relay`` run until the topic holds ``records`` more than now."""
        wanted = len(await self.topic_records()) + records

        async def there() -> bool:
            return len(await self.topic_records()) >= wanted

        async with running(relay):
            await until(there)

    async def raw_records(self) -> list[Any]:
        """All records, partition by partition, in the order of their offsets."""
        parts = [TopicPartition(self.topic, n) for n in range(PARTITIONS)]
        found: list[Any] = []
        async with self.kafka.reader() as reader:
            starts, ends = await reader.beginning_offsets(parts), await reader.end_offsets(parts)
            for part in parts:
                at = starts[part]
                if at < ends[part]:
                    reader.assign([part])
                    reader.seek(part, at)
                while at < ends[part]:
                    for one in (await reader.getmany(part, timeout_ms=5000)).get(part, ()):
                        at = one.offset + 1
                        found.append(one)
        return found

    async def topic_records(self) -> list[Seen]:
        """The same with envelope and data read."""
        return [_seen(one) for one in await self.raw_records()]

    async def sizes(self) -> dict[int, int]:
        """The next offset of each partition."""
        parts = [TopicPartition(self.topic, n) for n in range(PARTITIONS)]
        async with self.kafka.reader() as reader:
            return {part.partition: end for part, end in (await reader.end_offsets(parts)).items()}

    async def public_events(self) -> list[tuple[int, str]]:
        """(position, key) of every event that must be in the topic."""
        async with self.connected() as connection:
            rows = await connection.fetch(
                "SELECT position, meta->>'key' FROM event WHERE type = ANY($1::text[]) ORDER BY position",
                PUBLIC,
            )
        return [(row[0], row[1]) for row in rows]


def _seen(one: Any) -> Seen:
    headers = parse_headers(one.headers)
    return Seen(one.partition, one.offset, one.key.decode(), json.loads(one.value), headers)


def reader_holds(records: Iterable[Seen]) -> tuple[list[int], int]:
    """What a consumer that follows the rule has applied at the end, and how many records it dropped."""
    held: dict[int, int] = {}
    applied: list[int] = []
    dropped = 0
    for record in records:
        seen = held.get(record.partition, 0)
        if record.position > seen and record.headers.prev == seen:
            held[record.partition] = record.position
            applied.append(record.position)
        else:
            dropped += 1
    return applied, dropped


async def assert_whole(world: World, after_loss: bool = False) -> int:
    """Every public event is in its partition, in order, its chain unbroken; the number of repeats.

    ``after_loss``: records that were lost come again behind later ones, so only a reader sees order.
    """
    records = await world.topic_records()
    events = await world.public_events()
    applied, dropped = reader_holds(records)
    assert sorted(applied) == [position for position, _key in events], "events are missing for a reader"
    places = {position: partition_for(key, PARTITIONS) for position, key in events}
    assert all(record.partition == places[record.position] for record in records)
    for partition in range(PARTITIONS):
        mine = [one for one in records if one.partition == partition]
        first = list(dict.fromkeys(one.position for one in mine))
        assert after_loss or first == sorted(first), "first appearances do not ascend"
        chain = dict(zip(sorted(first), [0, *sorted(first)], strict=False))
        assert all(one.headers.prev == chain[one.position] for one in mine), "a repeat has another prev"
    return dropped


@asynccontextmanager
async def running(*relays: Relay) -> AsyncIterator[Sequence[asyncio.Task[None]]]:
    """Relays as tasks, stopped in order; one that failed fails the test."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(relay.run(stop)) for relay in relays]
    try:
        yield tasks
    finally:
        stop.set()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for end in ended:
        if isinstance(end, BaseException):
            raise end


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    """Wait for a condition, not for a time."""
    async with asyncio.timeout(seconds):
        while not await true():  # noqa: ASYNC110 - the condition is another program's
            await asyncio.sleep(0.02)
