"""``make verify-week WEEK=2026-W47``: the figures of a closed week once more, from the topics.

Every read model is built anew in an empty schema of its own, from the beginning of its topics exactly up to
the positions that the version names; the figures from there are compared with the published ones. Nothing of
the running read models is used or touched, and nothing is left behind.

Promises: says which figure differs, which topic no longer holds what it held, and whether the seal is
genuine. Shown by ``tests/broker/test_verify_week.py``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from aiokafka import TopicPartition

from servicekit.consumer_rule import GapDetected
from servicekit.kafka import Kafka
from servicekit.past import KafkaPast
from servicekit.postgres import Connection, connect
from servicekit.project import Projector
from servicekit.projection import Projection
from servicekit.rebuild import create_generation

from .history import History, read_weeks
from .projections import PROJECTIONS
from .versions import Position, Seal, Version, differences
from .weeks import Week

_DROP = "SELECT format('DROP SCHEMA IF EXISTS %I CASCADE', $1::text)"
_ENTER = "SELECT set_config('search_path', quote_ident($1) || ', public', false)"
_SEEN = "SELECT topic, partition, position, epoch, next_offset FROM checkpoint WHERE consumer = $1"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found. ``problems`` is empty if the version stands."""

    version: Version
    records: int
    problems: tuple[str, ...]


def checked(projection: Projection) -> Projection:
    """The same read model under a name of its own, so that its schema is no generation of the live one."""
    service, model, version = projection.name.split(".")
    return replace(projection, name=f"{service}.{model}_check.{version}")


async def verify_week(
    week: Week, number: int | None, owner_url: str, kafka: Kafka, seal: Seal
) -> Verdict | None:
    """Recompute a version of a week, the newest if ``number`` is None; None if there is no such version."""
    owner = await connect(owner_url, application="verify-week")
    try:
        versions = [one for one in await History(owner).of(week) if number in (None, one.number)]
        if not versions:
            return None
        version = versions[-1]
        if doubt := seal.doubt(version):
            return Verdict(version, 0, (doubt,))
        return await _compared(version, week, owner, owner_url, kafka)
    finally:
        await owner.close()


async def _compared(version: Version, week: Week, owner: Connection, owner_url: str, kafka: Kafka) -> Verdict:
    told, problems, records = version.told, list[str](), 0
    try:
        for projection in PROJECTIONS:
            await _drop(owner, projection)
            schema = await create_generation(owner, checked(projection), 1)
            wanted = [one for one in told.positions if one.consumer == projection.name]
            read, missing = await _fill(projection, schema, wanted, owner_url, kafka)
            records += read
            problems += missing
        figures, _positions = await read_weeks(_reader(owner), [week], version.made_at)
    finally:
        for projection in PROJECTIONS:
            await _drop(owner, projection)
    if week not in figures:
        problems.append("the topics tell nothing about this week")
    else:
        problems += differences(told.figures, figures[week])
    return Verdict(version, records, tuple(problems))


async def _drop(owner: Connection, projection: Projection) -> None:
    await owner.execute(await owner.fetchval(_DROP, checked(projection).schema(1)))


async def _fill(
    projection: Projection, schema: str, wanted: Sequence[Position], owner_url: str, kafka: Kafka
) -> tuple[int, list[str]]:
    """Apply the topics up to the wanted positions; how many records, and where less was there."""

    async def open_connection() -> Connection:
        return await connect(owner_url, application="verify-week")

    again = checked(projection)
    projector, past = (
        Projector(again, open_connection, schema=schema),
        KafkaPast(kafka.reader(), again.topics),
    )
    limits = {TopicPartition(one.topic, one.partition): one.next_offset for one in wanted}
    records = 0
    try:
        ends = await past.ends()
        held = {place: min(limit, ends.get(place, 0)) for place, limit in limits.items()}
        async for place, page in past.pages(held):
            records += len(page)
            try:
                await projector.apply(place.topic, place.partition, page)
            except GapDetected:
                continue  # what is missing comes behind, or the positions below tell
        connection = await open_connection()
        await connection.execute(_ENTER, schema)
        seen = {(row[0], row[1]): row[2] for row in await connection.fetch(_SEEN, again.name)}
        await connection.close()
    finally:
        await past.close()
        await projector.close()
    return records, [
        f"{one.topic}/{one.partition}: position {one.position} is not there any more"
        for one in wanted
        if one.position is not None and seen.get((one.topic, one.partition)) != one.position
    ]


def _reader(owner: Connection) -> Any:
    """Connections on the schemas of the check, by the names of the live read models."""
    names = {projection.name: checked(projection).schema(1) for projection in PROJECTIONS}

    @asynccontextmanager
    async def read(name: str) -> AsyncIterator[Connection]:
        await owner.execute(_ENTER, names[name])
        yield owner

    return read
