"""Topics and logs become read models: one transaction per partition and batch, checkpoint included.

Promises: each event counts once, whatever is delivered or published again; rows and checkpoint
change together or not at all; an event that cannot be applied is parked with the later ones of its
key after three failed tries alone, and everything else goes on; a gap is never stepped over. Knows
no FastStream: ``feed.py`` brings the records. Shown by ``tests/rules/test_consumer_rule.py`` and
``tests/broker/test_project.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import structlog
from asyncpg.pgproto.pgproto import UUID  # as Python's own, and sooner made and sent
from prometheus_client import Counter, Gauge

from buergerbuero_contracts.cloudevents import parse_headers
from buergerbuero_contracts.errors import InvalidEvent
from buergerbuero_contracts.registry import EVENTS
from buergerbuero_contracts.topics import owner_of
from buergerbuero_contracts.upcast import UnknownVersion, upcast
from servicekit import parking
from servicekit.consumer_rule import Checkpoint, Incoming, Sifted, Unreadable, blames_event, sift
from servicekit.faults import fault_point
from servicekit.own_log import LogRecord
from servicekit.parking import Where
from servicekit.postgres import Connect, Connection
from servicekit.projection import LOG, Projection, Seen
from servicekit.read_model import NoGeneration

log = structlog.get_logger()
PER_PARTITION = ["projection", "partition"]
POSITION = Gauge("projection_position", "Last position applied", PER_PARTITION)
REPEATS = Counter("projection_repeats_total", "Records that had been seen before", PER_PARTITION)
RETRIES = Counter("projection_retries_total", "Transactions that were tried again", PER_PARTITION)

TRIES = 3
"""Failed tries of an event alone before it is parked."""
PAUSE = 0.05
"""Seconds between them."""
RECONNECTS = (0.0, 0.2, 1.0)
"""Seconds before each new connection when the surroundings failed; then the caller hears of it."""

_ENTER = "SELECT enter_projection($1)"
_ENTER_FIXED = "SELECT set_config('search_path', quote_ident($1) || ', public', true)"


def read_record(topic: str, record: Any) -> Incoming:
    """A record with its headers read, if they are readable and its source owns the topic."""
    try:
        headers = record.envelope() if isinstance(record, LogRecord) else parse_headers(record.headers)
    except InvalidEvent as error:
        return Incoming(record, None, str(error))
    if topic != LOG and headers.service != owner_of(topic):
        return Incoming(record, None, "source does not own the topic")
    return Incoming(record, headers)


class Reader:
    """Records as a projection sees them: only the types and fields that it reads."""

    def __init__(self, reads: Mapping[str, type[msgspec.Struct]]) -> None:
        self._decoders = {name: msgspec.json.Decoder(shape) for name, shape in reads.items()}

    def wants(self, one: Incoming) -> bool:
        """Whether the record is of a type that is read, or cannot be judged."""
        return one.headers is None or one.headers.type in self._decoders

    def __call__(self, one: Incoming) -> Seen | None:
        """None for a type that is not read; ``Unreadable`` for what this version cannot read."""
        headers, value, name = one.headers, one.record.value, one.headers.type
        decoder = self._decoders.get(name)
        if decoder is None:
            return None
        version = headers.schema_version
        try:
            if name in EVENTS and version != EVENTS[name].schema_version:
                data = msgspec.convert(upcast(name, version, msgspec.json.decode(value)), decoder.type)
            else:
                data = decoder.decode(value)
        except UnknownVersion as error:
            raise Unreadable("version", str(error)) from error
        except (ValueError, TypeError, LookupError, RecursionError, InvalidEvent) as error:
            raise Unreadable("data", str(error)) from error
        key = one.key.decode(errors="replace")
        return Seen(name, data, UUID(headers.spelt_id), headers.time, key, one.record.topic, headers.position)


class Projector:
    """Applies records to one projection, in its current generation or in a given one.

    It owns one connection, made by ``connect`` and made anew after any trouble with it.
    """

    def __init__(self, projection: Projection, connect: Connect, *, schema: str | None = None) -> None:
        self.projection, self._connect, self._schema = projection, connect, schema
        self.name, self.topics = projection.name, projection.topics
        self.service = projection.name.partition(".")[0]
        self._decode = Reader(projection.reads)
        self._connection: Connection | None = None
        self._alone = asyncio.Lock()
        self._at: dict[Where, Checkpoint] = {}

    async def apply(self, topic: str, partition: int, records: Sequence[Any]) -> Checkpoint:
        """Apply records of one partition, in order; how far it has come then.

        Raises ``GapDetected`` while events are missing and ``ProducerRestored`` at a higher epoch,
        both after what could be applied is committed; anything else means that the surroundings
        failed and the same records must be brought again.
        """
        return await self.take(topic, partition, [read_record(topic, record) for record in records])

    async def take(self, topic: str, partition: int, incoming: Sequence[Incoming]) -> Checkpoint:
        """``apply`` for records whose headers are read."""
        async with self._alone:
            sifted = await self._settle(Where(self.name, topic, partition), incoming)
        return sifted.outcome(topic, partition)

    async def _settle(self, where: Where, incoming: Sequence[Incoming]) -> Sifted[Seen]:
        """All at once, or by halves down to the events that fail alone."""
        try:
            return await self._try(where, incoming)
        except Exception as error:
            if not blames_event(error):
                raise
            failure = error
        if len(incoming) > 1:
            middle = len(incoming) // 2
            first = await self._settle(where, incoming[:middle])
            if first.restored_at is not None:
                return first
            return (await self._settle(where, incoming[middle:])).after(first)
        for _ in range(TRIES - 1):
            await asyncio.sleep(PAUSE)
            try:
                return await self._try(where, incoming)
            except Exception as error:
                if not blames_event(error):
                    raise
                failure = error
        return await self._try(where, incoming, failure)

    async def _try(
        self, where: Where, incoming: Sequence[Incoming], failure: Exception | None = None
    ) -> Sifted[Seen]:
        """One transaction, on a new connection where the last one or its surroundings failed."""
        for pause in RECONNECTS:
            try:
                return await self._transaction(where, incoming, failure)
            except Exception as error:
                if blames_event(error):
                    raise
                await self.close()
                RETRIES.labels(self.name, _partition(where)).inc()
                log.warning("projection_retry", consumer=self.name, error=type(error).__name__)
                await asyncio.sleep(pause)
        return await self._transaction(where, incoming, failure)

    async def _transaction(
        self, where: Where, incoming: Sequence[Incoming], failure: Exception | None
    ) -> Sifted[Seen]:
        if (known := self._at.pop(where, None)) and not any(map(self._decode.wants, incoming)):
            sifted = sift(known, (), incoming, self._decode)
            if await parking.passed(await self._connected(), self._schema, where, known, sifted):
                return self._noted(where, known, sifted)
        async with self._tables() as connection:
            old = await parking.lock(connection, where, 0 if where.topic == LOG else None)
            sifted = sift(old, await parking.blocked(connection, where), incoming, self._decode)
            if failure is not None:
                sifted.park_all("failed", f"{type(failure).__name__}: {failure}")
            await self._run(connection, [event for _one, event in sifted.apply])
            await parking.park(connection, where, sifted.park)
            if sifted.seen != old:
                await parking.move(connection, where, old, sifted.seen)
            fault_point("project.before_commit")
        fault_point("project.after_commit")
        return self._noted(where, old, sifted)

    async def _run(self, connection: Connection, seen: Sequence[Seen]) -> None:
        """One statement per step, with one array per column."""
        for step in self.projection.steps if seen else ():
            if rows := step.rows(seen):
                await connection.execute(step.sql, *zip(*rows, strict=True))

    def _noted(self, where: Where, old: Checkpoint, sifted: Sifted[Seen]) -> Sifted[Seen]:
        self._at[where] = sifted.seen
        if sifted.seen.position != old.position:
            POSITION.labels(self.name, _partition(where)).set(sifted.seen.position or 0)
        if sifted.repeats:
            REPEATS.labels(self.name, _partition(where)).inc(sifted.repeats)
        return sifted

    async def unpark(self, key: str) -> int:
        """Apply the parked events of ``key`` in order; how many. The first that fails again raises.

        Each has a transaction of its own, under the checkpoint's lock; while one is left, later
        events of the key go on being parked behind it.
        """
        done = 0
        async with self._alone:
            while await self._unpark_one(key.encode()):
                done += 1
        return done

    async def _unpark_one(self, key: bytes) -> bool:
        async with self._tables() as connection:
            first = await parking.oldest(connection, self.name, key)
            if first is None:
                return False
            where = Where(self.name, first.topic, first.partition)
            await parking.lock(connection, where)
            if await parking.remove(connection, where, first.position):
                event = self._decode(read_record(first.topic, first))
                await self._run(connection, [event] if event else [])
        return True

    async def waiting(self) -> tuple[int, float]:
        """How many events are parked, and for how many seconds the oldest."""
        async with self._alone, self._tables() as connection:
            return await parking.waiting(connection, self.name)

    async def seen(self, topic: str, partition: int) -> Checkpoint:
        """How far this projection has come in a partition."""
        async with self._alone, self._tables() as connection:
            where = Where(self.name, topic, partition)
            return await parking.lock(connection, where, 0 if topic == LOG else None)

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
        return self._connection

    @asynccontextmanager
    async def _tables(self) -> AsyncIterator[Connection]:
        """A transaction on the generation's tables, safe from a switch until the commit."""
        connection = await self._connected()
        async with connection.transaction():
            if self._schema is not None:
                await connection.execute(_ENTER_FIXED, self._schema)
            elif await connection.fetchval(_ENTER, self.name) is None:
                raise NoGeneration(self.name)
            yield connection

    async def close(self) -> None:
        """Let go of the connection at once; the next call makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()


def _partition(where: Where) -> str:
    return f"{where.topic}/{where.partition}"
