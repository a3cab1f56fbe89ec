"""A small read model for the tests of the consuming side, and a topic's chain of events to feed it.

``story`` has the last event of each booking, ``tally`` counts events by day and type. A booking for
100 persons or more is refused by the database: the poison.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid5

import asyncpg
import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from buergerbuero_contracts.cloudevents import headers, source
from servicekit.kafka import Kafka
from servicekit.log import NAMESPACE
from servicekit.postgres import Connection, connect
from servicekit.project import Projector
from servicekit.projection import Projection, Row, Seen, Step, last_per_key
from servicekit.rebuild import ensure_first_generations
from servicekit.testing.databases import Database

BOOKING = "buergerbuero.booking.events.v1"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Told(msgspec.Struct, frozen=True):
    """What the read model wants to know of an event."""

    booking_id: UUID
    persons: int = 1


class Cancelled(msgspec.Struct, frozen=True):
    """A reader of the time before there were other reasons."""

    booking_id: UUID
    reason: Literal["citizen", "office"] = "citizen"
    persons: int = 1


def story_rows(seen: Sequence[Seen]) -> list[Row]:
    """The last event of each booking, and the most persons it ever was for."""
    last = last_per_key(seen, lambda one: one.data.booking_id)
    most: Counter[UUID] = Counter()
    for one in seen:
        most[one.data.booking_id] = max(most[one.data.booking_id], one.data.persons)
    return sorted((key, one.type, one.position, most[key]) for key, one in last.items())


def tally_rows(seen: Sequence[Seen]) -> list[Row]:
    """How often each type was told on each day."""
    counts = Counter((one.at.date(), one.type) for one in seen)
    return sorted((day, kind, n) for (day, kind), n in counts.items())


STORY = """
INSERT INTO story (booking_id, last, position, persons)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::int[])
ON CONFLICT (booking_id) DO UPDATE
    SET last = excluded.last, position = excluded.position,
        persons = greatest(story.persons, excluded.persons)"""
TALLY = """
INSERT INTO tally (day, type, n) SELECT * FROM unnest($1::date[], $2::text[], $3::int[])
ON CONFLICT (day, type) DO UPDATE SET n = tally.n + excluded.n"""
DROP_GENERATIONS = """
SELECT format('DROP SCHEMA %I CASCADE', nspname) FROM pg_namespace WHERE starts_with(nspname, $1)"""


def projection(name: str = "booking.tally.v1", topics: tuple[str, ...] = (BOOKING,)) -> Projection:
    """The read model, under a name of the test's own where it shares a cluster."""
    return Projection(
        name=name,
        topics=topics,
        reads={
            "BookingOpened": Told,
            "ConfirmationRequested": Told,
            "BookingConfirmed": Told,
            "BookingRescheduled": Told,
            "BookingCancelled": Cancelled,
        },
        steps=(Step(story_rows, STORY), Step(tally_rows, TALLY)),
        schema_sql=Path(__file__).with_name("tally.sql"),
        tables=("story", "tally"),
    )


@dataclass(frozen=True)
class Record:
    """Shaped like a Kafka record."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    timestamp: int = 0


def booking(number: int) -> UUID:
    """The id of the test's booking ``number``."""
    return uuid5(NAMESPACE, f"booking {number}")


@dataclass
class Chain:
    """What a relay would have written to a topic, in one partition unless told otherwise."""

    topic: str = BOOKING
    service: str = "booking"
    epoch: int = 1
    position: int = 0
    prev: Counter[int] = field(default_factory=Counter)
    offsets: Counter[int] = field(default_factory=Counter)

    def tell(
        self,
        kind: str,
        number: int,
        *,
        partition: int = 0,
        version: int = 1,
        reason: str | None = None,
        persons: int = 1,
    ) -> Record:
        """The next event: ``kind`` happened to the booking ``number``."""
        self.position += 1
        data: dict[str, Any] = {"booking_id": booking(number), "persons": persons}
        data |= {"reason": reason} if reason else {}
        envelope = headers(
            source=source(self.service, "flensburg"),
            event_id=str(uuid5(NAMESPACE, f"{self.service} {self.position}")),
            type_name=kind,
            subject=f"booking/{booking(number)}",
            time=(NOON + timedelta(hours=self.position)).isoformat(),
            position=self.position,
            prev=self.prev[partition],
            epoch=self.epoch,
            streamversion=1,
            schema_version=version,
            correlation_id=str(booking(number)),
        )
        self.prev[partition] = self.position
        return self.record(str(booking(number)).encode(), msgspec.json.encode(data), envelope, partition)

    def record(
        self,
        key: bytes | None,
        value: bytes | None,
        envelope: Sequence[tuple[str, bytes | None]],
        partition: int = 0,
    ) -> Record:
        """A record as it stands, at the next offset."""
        offset = self.offsets[partition]
        self.offsets[partition] += 1
        return Record(self.topic, partition, offset, key, value, envelope, int(time.time() * 1000))

    def again(self, *records: Record) -> list[Record]:
        """The same events published once more, at new offsets."""
        return [self.record(one.key, one.value, one.headers, one.partition) for one in records]

    def story(self, numbers: Iterable[int]) -> list[Record]:
        """Opened and confirmed, one booking after another."""
        return [self.tell(kind, n) for n in numbers for kind in ("BookingOpened", "BookingConfirmed")]


@dataclass
class Model:
    """The read model in a database, and what the tests ask of it."""

    database: Database
    projection: Projection
    open: list[Projector] = field(default_factory=list)

    async def connection(self) -> Connection:
        """As the running service connects."""
        return await connect(self.database.app_url, application="test")

    def projector(self) -> Projector:
        """A projector of its own, closed with the model."""
        self.open.append(Projector(self.projection, self.connection))
        return self.open[-1]

    async def make(self) -> Model:
        """The first generation, empty, whatever an earlier test left."""
        owner = await connect(self.database.owner_url, application="test")
        prefix = self.projection.schema(0).removesuffix("0")
        for (drop,) in await owner.fetch(DROP_GENERATIONS, prefix):
            await owner.execute(drop)
        await owner.execute("DELETE FROM projection_current WHERE name = $1", self.projection.name)
        await owner.close()
        await ensure_first_generations(self.database.owner_url, [self.projection])
        return self

    async def close(self) -> None:
        """Let go of all connections."""
        for one in self.open:
            await one.close()

    async def fetch(self, query: str, *values: Any) -> list[Any]:
        """Rows from the current generation, as the superuser."""
        admin: asyncpg.Connection[Any] = await asyncpg.connect(self.database.admin_url)
        try:
            schema = await admin.fetchval(
                "SELECT schema FROM projection_current WHERE name = $1", self.projection.name
            )
            await admin.execute("SELECT set_config('search_path', $1 || ', public', false)", schema)
            return [tuple(row) for row in await admin.fetch(query, *values)]
        finally:
            await admin.close()

    async def stories(self) -> dict[UUID, str]:
        """The last event of each booking."""
        return dict(await self.fetch("SELECT booking_id, last FROM story"))

    async def tallies(self) -> dict[str, int]:
        """How often each type was told."""
        return dict(await self.fetch("SELECT type, sum(n)::int FROM tally GROUP BY type"))

    async def parked(self) -> list[tuple[int | None, bytes | None, str]]:
        """Position, key and reason of what is parked."""
        return await self.fetch('SELECT position, key, reason FROM parked_event ORDER BY partition, "offset"')

    async def position(self, partition: int = 0) -> int | None:
        """The checkpoint of a partition."""
        rows = await self.fetch("SELECT position FROM checkpoint WHERE partition = $1", partition)
        return rows[0][0] if rows else None

    async def tables(self) -> tuple[list[Any], list[Any]]:
        """Everything in both tables, in order."""
        return (
            await self.fetch("SELECT * FROM story ORDER BY 1"),
            await self.fetch("SELECT * FROM tally ORDER BY 1, 2"),
        )


async def send(producer: AIOKafkaProducer, records: Iterable[Record]) -> None:
    """Send records to their partitions, in order, as the relay does."""
    waiting = [
        await producer.send(one.topic, one.value, one.key, one.partition, headers=list(one.headers))
        for one in records
    ]
    await asyncio.gather(*waiting)


async def publish(bootstrap: str, records: Iterable[Record]) -> None:
    """``send`` with a producer of its own."""
    producer = Kafka(bootstrap).producer()
    await producer.start()
    try:
        await send(producer, records)
    finally:
        await producer.stop()


async def make_topic(bootstrap: str, topic: str, partitions: int = 1) -> None:
    """Create one topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, partitions, 1)])
    finally:
        await admin.close()


async def until(true: Callable[[], Awaitable[bool]], what: str, seconds: float = 30) -> None:
    """Wait for a condition; fail with its name."""
    deadline = time.monotonic() + seconds
    while not await true():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        await asyncio.sleep(0.05)  # between two looks at a condition, not instead of one
