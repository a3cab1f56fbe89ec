"""What has to be true after hostile requests and records.

Promises: what nobody can read has been set aside once by every consumer of its topic, hopeless rows by
whoever reads their type, and nothing but hostile rows beside; every consumer is at the end of each partition;
positions of logs have no holes; copies of people are as their owners have them; processors rest.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from buergerbuero_contracts.cloudevents import partition_for
from buergerbuero_contracts.topics import PEOPLE_OWNERS, SERVICES, TOPICS
from servicekit.projection import LOG
from tests.chaos.evidence import Place
from tests.hostile.planting import Planted
from tests.hostile.values import MARK
from tests.way.platform import SERVICES as EVERYBODY
from tests.way.platform import Platform
from tests.way.program import Program

_HEAD = "SELECT count(*), coalesce(max(position), 0), (SELECT position FROM relay_state) FROM event"
_PUBLIC = """
SELECT p.topic, e.meta ->> 'key', e.position FROM event e JOIN type_public p USING (type)
WHERE e.position >= p.since ORDER BY e.position"""
_MODELS = "SELECT name, schema FROM projection_current"
_ENTER = "SELECT set_config('search_path', quote_ident($1) || ', public', false)"
_SEEN = "SELECT consumer, topic, partition, position FROM checkpoint"
_PARKED = 'SELECT consumer, topic, partition, "offset", position, reason FROM parked_event'
_COPIES = "SELECT person_id::text, revision, name, email FROM person_copy WHERE owner = $1"
_PEOPLE = "SELECT person_id::text, revision, name, email FROM person"
_MARKED = "SELECT count(*) FROM event WHERE category <> 'hostile' AND concat(data, meta, type) LIKE $1"
_TICK = os.sysconf("SC_CLK_TCK")


class Aside(NamedTuple):
    """An event that a consumer set aside; ``position`` is None where nobody could tell it."""

    consumer: str
    place: Place
    offset: int
    position: int | None
    reason: str


@dataclass
class Found:
    """How far everybody has come. ``seen`` maps (consumer, place) to a position, ``last`` to its end."""

    heads: dict[str, tuple[int, int]] = field(default_factory=dict)
    last: dict[Place, int] = field(default_factory=dict)
    seen: dict[tuple[str, Place], int | None] = field(default_factory=dict)
    aside: set[Aside] = field(default_factory=set)
    waiting: list[str] = field(default_factory=list)

    @property
    def behind(self) -> list[str]:
        """Relays and consumers that have not come to the end."""
        ends = {(name, place): self.end(name, place) for name, place in self.seen}
        return self.waiting + [
            f"{name} at {place}: {at} of {ends[name, place]}"
            for (name, place), at in self.seen.items()
            if (at or 0) < ends[name, place]
        ]

    def end(self, consumer: str, place: Place) -> int:
        """The last position that a consumer can see there."""
        return self.heads[consumer.partition(".")[0]][1] if place.topic == LOG else self.last.get(place, 0)


async def found(platform: Platform) -> Found:
    """All of it, as it is now."""
    result = Found()
    for service in EVERYBODY:
        connection: Any = await asyncpg.connect(platform.databases[service].admin_url)
        try:
            if service in SERVICES:
                count, head, relayed = await connection.fetchrow(_HEAD)
                result.heads[service] = count, head
                result.waiting += [f"{service}'s relay at {relayed} of {head}"] if relayed < head else []
                for topic, key, position in await connection.fetch(_PUBLIC):
                    result.last[Place(topic, partition_for(key, TOPICS[topic].partitions))] = position
            for name, schema in [*map(tuple, await connection.fetch(_MODELS)), ("", "reactions")]:
                await connection.fetch(_ENTER, schema)
                mine = [row for row in await connection.fetch(_SEEN) if name in ("", row[0])]
                result.seen |= {(row[0], Place(row[1], row[2])): row[3] for row in mine}
                parked = [row for row in await connection.fetch(_PARKED) if name in ("", row[0])]
                result.aside |= {Aside(row[0], Place(row[1], row[2]), *row[3:]) for row in parked}
        finally:
            await connection.close()
    return result


def holes(found: Found) -> list[str]:
    """Logs with positions that nobody has."""
    return [
        f"{name}: {count} events up to {head}" for name, (count, head) in found.heads.items() if count != head
    ]


def set_aside_wrongly(found: Found, before: Found, planted: Planted) -> list[str]:
    """What was set aside and should not have been, and the other way round."""
    wrong, readers = [], _readers()
    reads: dict[str, set[str]] = {}
    for consumer, place in found.seen:
        reads.setdefault(consumer, set()).add(place.topic)
    for consumer, topics in reads.items():
        service = consumer.partition(".")[0]
        new = [one for one in found.aside - before.aside if one.consumer == consumer]
        unread = {(one.place, one.offset) for one in new if one.reason == "headers"}
        wanted = {at for at, one in planted.forged.items() if one.unreadable and one.topic in topics}
        wrong += [f"{consumer} has not set aside {at} {planted.forged[at]}" for at in wanted - unread]
        wrong += [f"{consumer} has set aside {at} {planted.forged.get(at)}" for at in unread - wanted]
        other = [one for one in new if one.reason != "headers"]
        by = {(_log_of(one.place, service), one.position): one for one in other}
        for at, one in by.items():
            row = planted.rows.get((at[0], at[1] or 0))
            if row is None or row.good:
                wrong.append(f"{consumer} has set aside {one} {row}")
        for at, row in planted.rows.items():
            mine = SERVICES[row.service] in topics or (LOG in topics and row.service == service)
            if (
                row.hopeless
                and mine
                and (consumer not in readers or row.type in readers[consumer])
                and at not in by
            ):
                wrong.append(f"{consumer} has not set aside {at} {row}")
    return wrong


def _log_of(place: Place, service: str) -> str:
    return (
        service if place.topic == LOG else next(name for name, own in SERVICES.items() if own == place.topic)
    )


def _readers() -> dict[str, frozenset[str]]:
    """The types that each read model reads. Reactions read all that the contracts know."""
    wirings = [import_module(f"services.{name}.wiring").WIRING for name in EVERYBODY]
    return {one.name: frozenset(one.reads) for wiring in wirings for one in wiring.service.projections}


async def people_that_differ(platform: Platform) -> list[str]:
    """Copies of people that are not what their owner has."""
    owned, wrong = {}, []
    for owner in PEOPLE_OWNERS:
        owned[owner] = {tuple(row) for row in await _rows(platform, owner, _PEOPLE)}
    for service in ("documents", "notification"):
        for owner in PEOPLE_OWNERS:
            if owner != service:
                strange = {tuple(row) for row in await _rows(platform, service, _COPIES, owner)} - owned[
                    owner
                ]
                wrong += [f"{service} has of {owner}: {one}" for one in strange]
    return wrong


async def marked(platform: Platform) -> list[str]:
    """Logs, and log files, that hold what hostile requests carried."""
    wrong = []
    for service in SERVICES:
        if many := (await _rows(platform, service, _MARKED, f"%{MARK}%"))[0][0]:
            wrong.append(f"{many} events of {service}")
    return wrong + [one.log.name for one in platform.programs if MARK in one.told()]


async def _rows(platform: Platform, service: str, query: str, *values: Any) -> list[Any]:
    connection: Any = await asyncpg.connect(platform.databases[service].admin_url)
    try:
        return list(await connection.fetch(query, *values))
    finally:
        await connection.close()


def cpu(programs: Sequence[Program]) -> float:
    """Seconds of a processor that these processes have used so far."""
    used = 0
    for one in programs:
        fields = Path(f"/proc/{one.pid}/stat").read_text().rpartition(")")[2].split()
        used += int(fields[11]) + int(fields[12])
    return used / _TICK


def busy(programs: Sequence[Program], seconds: float) -> float:
    """The share of a processor that they use for so long."""
    before, begun = cpu(programs), time.monotonic()
    time.sleep(seconds)
    return (cpu(programs) - before) / (time.monotonic() - begun)


def memory(program: Program) -> float:
    """Its resident memory in MB."""
    pages = int(Path(f"/proc/{program.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
