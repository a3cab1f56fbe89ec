"""What is left of a run: logs, topics, read models, mails, and what was answered. Plain data for the checks.

Promises: read from PostgreSQL and Kafka directly, past all code that is under test but that of headers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg
from aiokafka import TopicPartition

from buergerbuero_contracts.topics import SERVICES as TOPIC_OF
from servicekit.kafka import Kafka
from servicekit.relay_plan import NOTHING
from servicekit.testing.simulation.topics import sighting
from tests.chaos.history import Call
from tests.chaos.sink import Mail

POISON = b"nobody"
"""The key of records that a fault plants."""
_LOG = """
SELECT position, stream_id::text, version, event_id::text, type, data::text, meta::text, recorded_at
FROM event ORDER BY position"""
_PUBLIC = "SELECT type, since FROM type_public"
_RELAYED = "SELECT position FROM relay_state"
_MODELS = "SELECT name, schema FROM projection_current"
_SEEN = "SELECT topic, partition, position FROM checkpoint WHERE consumer = $1"
_ALL_SEEN = "SELECT consumer, topic, partition, position FROM reactions.checkpoint"
_PARKED = 'SELECT consumer, topic, partition, "offset", reason FROM parked_event'
_ENTER = "SELECT set_config('search_path', quote_ident($1) || ', public', false)"
_TIMERS = "SELECT kind, subject::text, due_at FROM timer"
_LIVE = "SELECT booking_id::text FROM appointment WHERE live"


class Place(NamedTuple):
    """A partition."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Event:
    """A row of a log. ``at`` is when the database stored it, by the platform's clock."""

    position: int
    stream: str
    version: int
    event_id: str
    type: str
    data: Mapping[str, Any]
    meta: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """A record of a topic; position -1 if its headers say nothing, or if it is poison of ours."""

    place: Place
    offset: int
    position: int
    prev: int
    text: str


class Parked(NamedTuple):
    """An event that a consumer set aside."""

    consumer: str
    place: Place
    offset: int
    reason: str


@dataclass
class Side:
    """One service's database. ``seen`` maps (consumer, place) to the position that the consumer reached."""

    log: Sequence[Event] = ()
    public: Mapping[str, int] = field(default_factory=dict)
    relayed: int = 0
    seen: Mapping[tuple[str, Place], int | None] = field(default_factory=dict)
    parked: Sequence[Parked] = ()
    timers: Sequence[tuple[str, str, datetime]] = ()
    live: frozenset[str] = frozenset()
    """Bookings that have a place, as the read model of appointments has it."""


@dataclass
class Evidence:
    """All of it. ``topics`` has a list for each partition; ``planted`` are offsets of poison.

    ``lost`` are topics that were made anew: what was planted there may never have been read.
    """

    now: datetime
    sides: Mapping[str, Side]
    topics: Mapping[Place, Sequence[Sent]]
    calls: Sequence[Call] = ()
    mails: Sequence[Mail] = ()
    refused: frozenset[str] = frozenset()
    planted: frozenset[tuple[Place, int]] = frozenset()
    lost: frozenset[str] = frozenset()
    texts: dict[str, str] = field(default_factory=dict)
    """Log files and metrics by name, for the search for what is personal."""


async def side(url: str, service: str, at: Callable[[datetime], datetime]) -> Side:
    """What a service's database says. ``at`` turns the database's moments into the platform's."""
    connection: Any = await asyncpg.connect(url)
    try:
        found = Side()
        if service in TOPIC_OF:
            found.log = [_event(row, at) for row in await connection.fetch(_LOG)]
            found.public = {row[0]: row[1] for row in await connection.fetch(_PUBLIC)}
            found.relayed = await connection.fetchval(_RELAYED)
            found.timers = [tuple(row) for row in await connection.fetch(_TIMERS)]
        await _readers(connection, found)
    finally:
        await connection.close()
    return found


def _event(row: Any, at: Callable[[datetime], datetime]) -> Event:
    position, stream, version, event_id, kind, data, meta, recorded = row
    return Event(position, stream, version, event_id, kind, json.loads(data), json.loads(meta), at(recorded))


async def _readers(connection: Any, found: Side) -> None:
    """Checkpoints, parked events and rows of the current generations."""
    seen = {(one[0], Place(one[1], one[2])): one[3] for one in await connection.fetch(_ALL_SEEN)}
    parked = list[Parked]()
    models = [(row[0], row[1]) for row in await connection.fetch(_MODELS)]
    for name, schema in [*models, ("", "reactions")]:
        await connection.fetch(_ENTER, schema)
        if name:
            seen |= {(name, Place(one[0], one[1])): one[2] for one in await connection.fetch(_SEEN, name)}
        parked += [
            Parked(row[0], Place(row[1], row[2]), row[3], row[4]) for row in await connection.fetch(_PARKED)
        ]
        if name.startswith("booking.appointments"):
            found.live = frozenset(row[0] for row in await connection.fetch(_LIVE))
    found.seen, found.parked = seen, parked


async def topics(bootstrap: str, partitions: Mapping[str, int]) -> dict[Place, list[Sent]]:
    """Every record of these topics, from the start of each partition."""
    found: dict[Place, list[Sent]] = {}
    async with Kafka(bootstrap).reader() as reader:
        for topic, count in partitions.items():
            for number in range(count):
                part = TopicPartition(topic, number)
                start = (await reader.beginning_offsets([part]))[part]
                end = (await reader.end_offsets([part]))[part]
                found[Place(topic, number)] = records = []
                if start < end:
                    reader.assign([part])
                    reader.seek(part, start)
                while start < end:
                    for one in (await reader.getmany(part, timeout_ms=5000)).get(part, ()):
                        start = one.offset + 1
                        records.append(sent(one))
    return found


def sent(one: Any) -> Sent:
    """A record as Kafka gives it."""
    seen = NOTHING if one.key == POISON else sighting(one)
    text = b" ".join([one.key or b"", one.value or b"", *(value or b"" for _, value in one.headers)])
    place = Place(one.topic, one.partition)
    return Sent(place, one.offset, seen.position, seen.prev, text.decode(errors="replace"))
