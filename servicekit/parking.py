"""Parked events: what a consumer could not apply, kept beside its checkpoint until somebody helps.

Promises: an event is parked in the transaction that moves the checkpoint past it; later events of
its key follow it here, in order; nothing is thrown away. All statements expect the tables of one
consumer on the search path: a generation's, or those of the schema ``reactions``.
Shown by ``tests/broker/test_parking.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import structlog
from prometheus_client import Counter

from servicekit.consumer_rule import Checkpoint, Held, Sifted, pack, unpack
from servicekit.postgres import Connection, Pool, fetch_one
from servicekit.read_model import read_model

log = structlog.get_logger()
PARKED = Counter("parked_total", "Events set aside", ["projection", "reason"])
ERROR_CHARACTERS = 500

_PARK = """
INSERT INTO parked_event (consumer, topic, partition, "offset", position, key, reason, error, headers, value)
SELECT $1, $2, $3, * FROM unnest($4::bigint[], $5::bigint[], $6::bytea[], $7::text[], $8::text[], $9::bytea[],
                                 $10::bytea[])
ON CONFLICT DO NOTHING
RETURNING reason, "offset", position"""
_BLOCKED = """
SELECT DISTINCT key FROM parked_event
WHERE consumer = $1 AND topic = $2 AND partition = $3 AND key IS NOT NULL"""
_OLDEST = """
SELECT * FROM parked_event WHERE consumer = $1 AND key = $2 ORDER BY topic, partition, position LIMIT 1"""
_REMOVE = """
DELETE FROM parked_event WHERE consumer = $1 AND topic = $2 AND partition = $3 AND position = $4"""
_LIST = """
SELECT * FROM parked_event WHERE consumer = $1 ORDER BY parked_at, topic, partition, "offset" """
_STATE = """
SELECT count(*) AS events, coalesce(extract(epoch FROM clock_timestamp() - min(parked_at)), 0)::float8 AS age
FROM parked_event WHERE consumer = $1"""
_SEEN = """
SELECT position, epoch, next_offset FROM checkpoint WHERE consumer = $1 AND topic = $2 AND partition = $3
FOR UPDATE"""
_FIRST = """
INSERT INTO checkpoint (consumer, topic, partition, position, epoch, next_offset)
VALUES ($1, $2, $3, $4, 0, 0)
ON CONFLICT DO NOTHING"""
_MOVE = """
UPDATE checkpoint SET position = $4, epoch = $5, next_offset = $6
WHERE consumer = $1 AND topic = $2 AND partition = $3 AND position IS NOT DISTINCT FROM $7"""

_OVER = "SELECT pass_over($1, $2, $3, $4, $5, $6, $7, $8)"


@dataclass(frozen=True, slots=True)
class Where:
    """One consumer's place: a partition of a topic."""

    consumer: str
    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Parked:
    """A parked event, shaped like the record it was. ``position`` None: its headers were not readable."""

    topic: str
    partition: int
    offset: int
    position: int | None
    key: bytes | None
    reason: str
    error: str
    parked_at: datetime
    headers: list[tuple[str, bytes | None]]
    value: bytes | None

    @classmethod
    def of(cls, row: asyncpg.Record) -> Parked:
        """From a row of ``parked_event``."""
        kept = {name: row[name] for name in cls.__dataclass_fields__}
        return cls(**{**kept, "headers": unpack(row["headers"])})


async def park(connection: Connection, where: Where, held: Sequence[Held]) -> None:
    """Set events aside; inside the transaction that moves the checkpoint. A repeat changes nothing."""
    if not held:
        return
    rows = [
        (
            one.one.record.offset,
            None if one.key is None else one.one.headers.position,
            one.key,
            one.reason,
            one.error.replace("\0", "")[:ERROR_CHARACTERS],
            pack(one.one.record.headers),
            one.one.record.value,
        )
        for one in held
    ]
    place = (where.consumer, where.topic, where.partition)
    for row in await connection.fetch(_PARK, *place, *zip(*rows, strict=True)):
        PARKED.labels(where.consumer, row["reason"]).inc()
        log.warning(
            "event_parked", consumer=where.consumer, topic=where.topic, partition=where.partition, **row
        )


async def lock(connection: Connection, where: Where, first: int | None = None) -> Checkpoint:
    """The checkpoint, locked until the transaction ends; made with position ``first`` if there is none."""
    place = (where.consumer, where.topic, where.partition)
    row = await connection.fetchrow(_SEEN, *place)
    if row is None:
        await connection.execute(_FIRST, *place, first)
        row = await fetch_one(connection, _SEEN, *place)
    return Checkpoint(row["position"], row["epoch"], row["next_offset"])


async def move(connection: Connection, where: Where, old: Checkpoint, new: Checkpoint) -> bool:
    """Store ``new`` if the position is still that of ``old``."""
    place = (where.consumer, where.topic, where.partition)
    done = await connection.execute(_MOVE, *place, new.position, new.epoch, new.next_offset, old.position)
    return bool(done == "UPDATE 1")


async def passed(
    connection: Connection, schema: str | None, where: Where, old: Checkpoint, sifted: Sifted[Any]
) -> bool:
    """Move the checkpoint past a batch of which nothing is to be applied or parked, in one statement.

    ``schema`` as the consumer's tables lie, None for the current generation. False, and nothing done: the
    batch holds something, or the checkpoint was no longer at ``old``.
    """
    if sifted.apply or sifted.park or sifted.gap is not None or sifted.restored_at is not None:
        return False
    place, new = (where.consumer, where.topic, where.partition), sifted.seen
    moved = (old.position, new.position, new.epoch, new.next_offset)
    return new == old or bool(await connection.fetchval(_OVER, schema, *place, *moved))


async def blocked(connection: Connection, where: Where) -> set[bytes]:
    """Keys whose events wait. Read after the checkpoint is locked."""
    rows = await connection.fetch(_BLOCKED, where.consumer, where.topic, where.partition)
    return {row["key"] for row in rows}


async def oldest(connection: Connection, consumer: str, key: bytes) -> Parked | None:
    """The first parked event of a key."""
    row = await connection.fetchrow(_OLDEST, consumer, key)
    return None if row is None else Parked.of(row)


async def remove(connection: Connection, where: Where, position: int | None) -> bool:
    """Forget one parked event, which has been applied."""
    done = await connection.execute(_REMOVE, where.consumer, where.topic, where.partition, position)
    return bool(done == "DELETE 1")


async def waiting(connection: Connection, consumer: str) -> tuple[int, float]:
    """How many events are parked, and for how many seconds the oldest."""
    row = await fetch_one(connection, _STATE, consumer)
    return row["events"], row["age"]


async def parked(pool: Pool, consumer: str) -> list[Parked]:
    """The parked events of a projection or a reaction, oldest first; for the command ``parked``."""
    async with read_model(pool, consumer) as connection:
        return [Parked.of(row) for row in await connection.fetch(_LIST, consumer)]
