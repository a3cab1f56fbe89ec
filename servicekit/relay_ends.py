"""The relay's two thin ends: its connection to PostgreSQL, and its batches to Kafka.

Promises: one direct connection does the relay's lock, reads and checkpoint, so a lost connection
is a lost lock; ``send`` returns only when every batch has an answer; after any error the producer
is thrown away. Shown by ``tests/broker/test_relay.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from buergerbuero_contracts.cloudevents import parse_headers
from buergerbuero_contracts.errors import InvalidEvent
from buergerbuero_contracts.topics import owner_of
from servicekit.kafka import Kafka
from servicekit.people import People
from servicekit.postgres import Connection, connect
from servicekit.relay import Log, State, Wire
from servicekit.relay_plan import NOTHING, Mark, Place, Public, Row, Sighting, Tail

LOCK_CLASS = 2
"""Advisory lock class of the relay; 1 is the log, 3 migrations, 4 single-process projections."""
SEND_SECONDS = 15.0
"""For a producer's start and for a round's answers."""
PATIENCE = 5.0
"""Seconds for a record that must be there, and for a producer to go away."""
BACK = 10_000
"""Events per page when reading backwards."""

_LEAD = "SELECT pg_try_advisory_lock($1, 0)"
_PUBLISH = """
INSERT INTO type_public (type, topic, since)
SELECT p.type, p.topic, 1 + greatest($3::bigint, (SELECT position FROM relay_state),
                                     (SELECT coalesce(max(last_position), 0) FROM relay_partition))
FROM unnest($1::text[], $2::text[]) p (type, topic) ON CONFLICT (type) DO NOTHING"""
_PUBLIC = "SELECT type, topic, since FROM type_public"
_STATE = "SELECT position, epoch FROM relay_state"
_MARKS = "SELECT topic, partition, expected_offset, last_position FROM relay_partition"
_PAGE = """
SELECT position, category, stream_id, version, event_id, type, schema_version, data::text, meta::text,
       extract(epoch FROM clock_timestamp() - recorded_at)::float8
FROM event WHERE position > $1 ORDER BY position LIMIT $2"""
_PAGE_BACK = """
SELECT position, type, meta ->> 'key' FROM event
WHERE position <= $1 AND type = ANY ($2::text[]) ORDER BY position DESC LIMIT $3"""
_HEAD = "SELECT coalesce(max(position), 0) FROM event"
_MOVE = """
WITH moved AS (UPDATE relay_state SET position = $2 WHERE position = $1 RETURNING 1), marked AS (
    INSERT INTO relay_partition (topic, partition, expected_offset, last_position)
    SELECT m.* FROM unnest($3::text[], $4::int[], $5::bigint[], $6::bigint[]) m, moved
    ON CONFLICT (topic, partition) DO UPDATE
        SET expected_offset = excluded.expected_offset, last_position = excluded.last_position)
SELECT count(*) FROM moved"""


class TopicMoved(RuntimeError):
    """A type is to go to another topic than before: that breaks the chains of both."""


class PostgresLog:
    """The relay's connection. Every statement is a transaction of its own."""

    def __init__(self, connection: Connection, people: People | None) -> None:
        self._connection, self._people = connection, people

    async def lead(self) -> bool:
        """The session's lock: gone with the connection, never with a transaction."""
        return bool(await self._connection.fetchval(_LEAD, LOCK_CLASS))

    async def public(self, publish: Mapping[str, str], sent: int) -> Mapping[str, Public]:
        """Types that an older or newer version publishes count too: ``prev`` must not depend on ours."""
        await self._connection.execute(_PUBLISH, list(publish), list(publish.values()), sent)
        table = {type_name: Public(*rest) for type_name, *rest in await self._connection.fetch(_PUBLIC)}
        moved = sorted(name for name, topic in publish.items() if table[name].topic != topic)
        if moved:
            raise TopicMoved(", ".join(moved))
        return table

    async def state(self) -> State:
        """Checkpoint, epoch and marks; only the holder of the lock changes them."""
        position, epoch = await self._connection.fetchrow(_STATE) or (0, 1)
        marks = {Place(*row[:2]): Mark(*row[2:]) for row in await self._connection.fetch(_MARKS)}
        return State(position, epoch, marks)

    async def page(self, after: int, limit: int) -> Sequence[Row]:
        """Events beyond ``after``, by position."""
        return [Row(*row) for row in await self._connection.fetch(_PAGE, after, limit)]

    async def page_back(self, upto: int, types: Sequence[str]) -> Sequence[tuple[int, str, str]]:
        """(position, type, key) up to ``upto``, latest first."""
        return [
            (row[0], row[1], row[2])
            for row in await self._connection.fetch(_PAGE_BACK, upto, list(types), BACK)
        ]

    async def head(self) -> int:
        """The last position."""
        return int(await self._connection.fetchval(_HEAD))

    async def move(self, old: int, new: int, marks: Mapping[Place, Mark]) -> bool:
        """Compare and set, marks included, in one statement."""
        columns = list(zip(*((*place, *mark) for place, mark in marks.items()), strict=True)) or [()] * 4
        return bool(await self._connection.fetchval(_MOVE, old, new, *columns))

    async def people(self, wire: Wire, epoch: int) -> None:
        """Nothing, for a service that owns no people."""
        if self._people is not None:
            await self._people.step(self._connection, wire, epoch)


def open_log(url: str, people: People | None = None) -> Callable[[], AbstractAsyncContextManager[Log]]:
    """Connections for ``Relay``, with the app role's ``url``."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Log]:
        connection = await connect(url, application="relay")
        try:
            yield PostgresLog(connection, people)
        finally:
            connection.terminate()  # frees the lock without waiting for a server that is gone

    return opened


class KafkaWire:
    """Batches out, sightings in."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka
        self._producer: AIOKafkaProducer | None = None

    async def renew(self) -> None:
        """An idempotent producer can stay stuck after an error; the next ``batches`` makes a new one.

        Not by ``stop``: that waits for every batch, and such a producer tries for ever. ``send`` awaits
        all that matters; what still arrives is a repeat.
        """
        producer, self._producer = self._producer, None
        if producer is None:
            return
        if (sender := producer._sender.sender_task) is not None:
            sender.cancel()
            await asyncio.wait([sender], timeout=PATIENCE)
        producer._closed = True
        await asyncio.wait([asyncio.ensure_future(producer.client.close())], timeout=PATIENCE)

    async def batches(self) -> Callable[[], Any]:
        """The running producer's builder; its ``append`` answers None when it takes no more."""
        if self._producer is None:
            self._producer = self._kafka.producer()
            async with asyncio.timeout(SEND_SECONDS):
                await self._producer.start()
        make: Callable[[], Any] = self._producer.create_batch
        return make

    async def send(self, batches: Mapping[Place, Any]) -> Mapping[Place, int]:
        """All at once, one batch per partition; raises the first error after every one has ended."""
        sent = [self._one(place, batch) for place, batch in batches.items()]
        async with asyncio.timeout(SEND_SECONDS):
            ends = await asyncio.gather(*sent, return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        return {place: end for place, end in zip(batches, ends, strict=True) if isinstance(end, int)}

    async def _one(self, place: Place, batch: Any) -> int:
        if self._producer is None:
            raise KafkaError("the producer that made this batch is gone")
        answer = await self._producer.send_batch(batch, place.topic, partition=place.partition)
        return int((await answer).offset)

    async def tails(self, marks: Mapping[Place, Mark]) -> Mapping[Place, Tail]:
        """Asked of the brokers afresh each time: a topic made anew has other leaders."""
        parts = {TopicPartition(*place): mark for place, mark in marks.items()}
        async with self._kafka.reader() as reader:
            starts, ends = await reader.beginning_offsets(parts), await reader.end_offsets(parts)
            last = await _look(reader, {part: ends[part] - 1 for part in parts if ends[part] > starts[part]})
            claimed = {part: mark.expected - 1 for part, mark in parts.items()}
            stands = {part: at for part, at in claimed.items() if starts[part] <= at < ends[part]}
            before = await _look(reader, stands)
        return {
            Place(*part): Tail(starts[part], ends[part], last.get(part, NOTHING), before.get(part, NOTHING))
            for part in parts
        }

    async def read(self, spans: Mapping[Place, tuple[int, int]]) -> Mapping[Place, Sequence[Sighting]]:
        """Records of event topics; their offsets have no holes."""
        found: dict[Place, list[Sighting]] = {place: [] for place in spans}
        async with self._kafka.reader() as reader:
            for place, (start, end) in spans.items():
                part, records = TopicPartition(*place), found[place]
                reader.assign([part])
                reader.seek(part, start)
                while len(records) < end - start:
                    records += [_sighting(record) for record in await _some(reader, part)]
                del records[end - start :]
        return found


async def _look(
    reader: AIOKafkaConsumer, offsets: Mapping[TopicPartition, int]
) -> dict[TopicPartition, Sighting]:
    """The record at one offset of each partition."""
    if not offsets:
        return {}
    reader.assign(list(offsets))
    for part, offset in offsets.items():
        reader.seek(part, offset)
    return {part: _sighting((await _some(reader, part))[0]) for part in offsets}


async def _some(reader: AIOKafkaConsumer, part: TopicPartition) -> Sequence[Any]:
    records: Sequence[Any] | None = (await reader.getmany(part, timeout_ms=int(PATIENCE * 1000))).get(part)
    if not records:
        raise TimeoutError(f"{part.topic}-{part.partition} gives no record")
    return records


def _sighting(record: Any) -> Sighting:
    """What the relay needs of a record; what somebody else put there is seen as such."""
    try:
        found = parse_headers(record.headers)
    except (InvalidEvent, ValueError, LookupError):
        return NOTHING
    if found.service != (owner_of(record.topic) or found.service):
        return NOTHING
    return Sighting(found.position, found.prev, found.epoch)
