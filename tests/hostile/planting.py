"""Hostile records brought into topics, and rows into logs, which the relays then send like any other.

Promises: every topic and every log has its turn; what broker or database did not take is counted by reason.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import uuid4

import asyncpg
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from buergerbuero_contracts.cloudevents import parse_headers
from buergerbuero_contracts.errors import InvalidEvent
from buergerbuero_contracts.people import parse_person
from buergerbuero_contracts.topics import PEOPLE, SERVICES, TOPICS, owner_of
from servicekit.kafka import Kafka
from tests.chaos.evidence import Place
from tests.hostile.people import person
from tests.hostile.records import TIME, Forged, Records, Row
from tests.way.platform import Platform

TOGETHER = 50
"""Rows of one transaction."""
_STORE = """
WITH alone AS MATERIALIZED (SELECT pg_advisory_xact_lock(1, 0))
INSERT INTO event (position, category, stream_id, version, event_id, type, schema_version, data, meta)
SELECT (SELECT coalesce(max(position), 0) FROM event) + r.nr, 'hostile', r.stream, 1, gen_random_uuid(),
       r.type, r.version, r.data::json, r.meta::json
FROM alone, unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[])
    WITH ORDINALITY r (stream, type, version, data, meta, nr)
RETURNING stream_id, position"""


@dataclass
class Planted:
    """What was brought in: forged records with their offsets, rows with their positions."""

    forged: dict[tuple[Place, int], Forged] = field(default_factory=dict)
    rows: dict[tuple[str, int], Row] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    """What database or broker did not take, by its reason."""


async def plant(platform: Platform, seed: int, numbers: Sequence[int], real: Sequence[Any]) -> Planted:
    """So many, a half of them forged, a half as rows; every topic and every log has its turn."""
    planted, records = Planted(), Records(seed, [one for one in real if one.topic != PEOPLE])
    people = [one for one in real if one.topic == PEOPLE]
    forged, rows = list[Forged](), list[Row]()
    for number in numbers:
        draw = Random(f"{seed}:{number}")  # noqa: S311 - a story, no secret
        if number % 2:
            rows.append(records.row(number, draw.choice(list(SERVICES))))
        elif number % 20:
            forged.append(records.forged(number, draw.choice(list(SERVICES.values())), draw.randrange(6)))
        else:
            forged.append(person(seed, number, people))
    await asyncio.gather(_forge(platform, forged, planted), store(platform, rows, planted))
    return planted


async def _forge(platform: Platform, forged: Sequence[Forged], planted: Planted) -> None:
    producer = Kafka(platform.kafka).producer()

    async def send(one: Forged) -> None:
        try:
            sent = await producer.send_and_wait(
                one.topic, one.value, one.key, one.partition, headers=list(one.headers)
            )
        except KafkaError as error:
            planted.refused[type(error).__name__] += 1
        else:
            planted.forged[Place(one.topic, one.partition), sent.offset] = one

    await producer.start()
    try:
        for start in range(0, len(forged), TOGETHER):
            await asyncio.gather(*map(send, forged[start : start + TOGETHER]))
    finally:
        await producer.stop()


async def store(platform: Platform, rows: Sequence[Row], planted: Planted) -> None:
    """Rows as their service stores them, some at once; those that are no JSON to the database stay out."""
    for service in SERVICES:
        mine = [one for one in rows if one.service == service]
        connection = await asyncpg.connect(platform.databases[service].app_url)
        try:
            for start in range(0, len(mine), TOGETHER):
                await _some(connection, mine[start : start + TOGETHER], planted)
        finally:
            await connection.close()


async def _some(connection: Any, rows: Sequence[Row], planted: Planted) -> None:
    columns = [(one.stream, one.type, one.schema_version, one.data, _meta(one)) for one in rows]
    try:
        stored = await connection.fetch(_STORE, *zip(*columns, strict=True))
    except asyncpg.PostgresError as error:
        if len(rows) > 1:
            for one in rows:
                await _some(connection, [one], planted)
        else:
            planted.refused[type(error).__name__] += 1
        return
    by_stream = {one.stream: one for one in rows}
    for stream, position in stored:
        planted.rows[by_stream[stream].service, position] = by_stream[stream]


def _meta(row: Row) -> str:
    told = {"at": TIME, "command_id": str(uuid4()), "correlation_id": str(uuid4()), "actor": {"kind": "seed"}}
    return json.dumps(told | {"key": row.key})


async def real(address: str, most: int = 200) -> list[Any]:
    """The first records of every partition that services themselves have sent."""
    result = list[Any]()
    async with Kafka(address).reader() as reader:
        for name, number in [(name, nr) for name, spec in TOPICS.items() for nr in range(spec.partitions)]:
            part = TopicPartition(name, number)
            end = (await reader.end_offsets([part]))[part]
            reader.assign([part])
            reader.seek(part, 0)
            while await reader.position(part) < min(end, most):
                result += (await reader.getmany(part, timeout_ms=5000)).get(part, ())
    return list(filter(_by_a_service, result))


def _by_a_service(record: Any) -> bool:
    try:
        if record.topic == PEOPLE:
            change = parse_person(record)
            return change is not None and change.person is not None
        return parse_headers(record.headers).service == owner_of(record.topic)
    except InvalidEvent:
        return False
