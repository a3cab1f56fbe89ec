"""Kafka as far as relay and feeds lean on it: partitions, batches, groups, and everything that may be late.

Promises what the real one promises and nothing more: one batch is stored whole, in its order, at the end of
its partition; no answer to it says nothing; a batch that was given up may still arrive; a group hands each
partition to one member, and a member that was expelled or froze does not know it yet; what was
not committed comes again. Offsets have no holes. Shown by ``tests/simulation/test_simulation.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any
from unittest.mock import patch

from aiokafka.errors import KafkaConnectionError

from buergerbuero_contracts import parse
from buergerbuero_contracts.cloudevents import Headers, Raw, parse_headers
from buergerbuero_contracts.errors import InvalidEvent
from servicekit import project
from servicekit.relay_plan import NOTHING, Mark, Place, Sighting, Tail

from .faults import Faults
from .loop import SimulatedLoop
from .story import Story

NETWORK = 0.003
"""Seconds that a message travels, at most."""
LATE = 0.8
"""Seconds by which a batch that was given up may still arrive, at most."""
BATCH = 40
"""Records that one batch takes."""


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record in its partition. ``timestamp`` in milliseconds."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    timestamp: int = 0


class Told(tuple[tuple[str, bytes | None], ...]):
    """Headers of a stored record, read once: they are read many times, and never change."""

    read: Headers | None = None


class Batch:
    """aiokafka's builder: ``append`` answers None when it takes no more."""

    def __init__(self) -> None:
        self.records: list[tuple[bytes, bytes | None, Any]] = []

    def append(self, *, timestamp: None, key: bytes, value: bytes | None, headers: Any) -> object | None:
        """One record more, if there is room."""
        if len(self.records) == BATCH:
            return None
        self.records.append((key, value, headers))
        return self

    def record_count(self) -> int:
        """How many."""
        return len(self.records)


@dataclass(eq=False)
class Cluster:
    """All topics, and the groups that read them."""

    loop: SimulatedLoop
    story: Story
    faults: Faults
    partitions: Mapping[str, int]
    records: dict[Place, list[StoredRecord]] = field(default_factory=dict)
    lost: set[Place] = field(default_factory=set)
    """Partitions that have lost what they had acknowledged."""
    groups: dict[str, Any] = field(default_factory=dict)
    """Consumer groups by name (``groups.py``)."""

    def __post_init__(self) -> None:
        for topic, count in self.partitions.items():
            for number in range(count):
                self.records[Place(topic, number)] = []

    def copy_of(self, other: Cluster) -> None:
        """Begin with another one's records; its groups have read them and left."""
        self.records = {place: list(records) for place, records in other.records.items()}
        for name, group in other.groups.items():
            self.groups[name] = replace(group, members=[], committed=dict(group.committed))

    def lose(self, place: Place, part: float) -> None:
        """A power cut of all replicas: the last records of a partition, or all of them."""
        there = self.records[place]
        self.story.tell("tail lost", *place, len(there) - int(len(there) * part))
        self.lost.add(place)
        del there[int(len(there) * part) :]
        for group in self.groups.values():
            group.tell(place)

    def store(self, place: Place, batch: Batch) -> int:
        """At the end of a partition; the offset of the first."""
        there = self.records[place]
        base = len(there)
        if fault := self.faults.strikes("tail lost", "kafka"):
            soon = self.loop.random.random() * self.loop.random.choice((NETWORK, 0.05, 0.5))
            self.loop.call_later(soon, self.lose, place, fault.more, context=self.loop.nobody)
        for key, value, headers in batch.records:
            there.append(StoredRecord(*place, len(there), key, value, Told(headers)))
        for group in self.groups.values():
            group.tell(place)
        return base


class MemoryWire:
    """The relay's way to the cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster, self._loop = cluster, cluster.loop

    async def renew(self) -> None:
        """A new producer; what the old one sent may still arrive."""
        await asyncio.sleep(0)

    async def batches(self) -> Callable[[], Batch]:
        """A maker of empty batches."""
        await asyncio.sleep(0)
        return Batch

    async def send(self, batches: Mapping[Place, Batch]) -> Mapping[Place, int]:
        """Each batch meets its own fate, then all answer."""
        done = {place: self._one(place, batch) for place, batch in batches.items()}
        answers = await asyncio.gather(*done.values(), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return {place: answer for place, answer in zip(done, answers, strict=True) if isinstance(answer, int)}

    def _one(self, place: Place, batch: Batch) -> asyncio.Future[int]:
        cluster, loop = self._cluster, self._loop
        done: asyncio.Future[int] = loop.create_future()
        sent, answered = (loop.random.random() * NETWORK for _ in range(2))
        lost = cluster.faults.strikes("batch refused", "kafka")
        late = cluster.faults.strikes("batch late", "kafka")
        silent = cluster.faults.strikes("acknowledgement lost", "kafka")
        fault = lost or late or silent
        if fault is not None:
            cluster.story.tell(fault.kind, place, len(batch.records))
        if late is not None and lost is None:
            sent = loop.random.random() * LATE

        def arrive() -> None:
            base = None if lost else cluster.store(place, batch)
            if fault is None and not done.done():
                loop.call_later(answered, _set, done, base, context=loop.nobody)

        loop.call_later(sent, arrive, context=loop.nobody)
        if fault is not None:
            loop.call_later(NETWORK + answered, _fail, done, context=loop.nobody)
        return done

    async def tails(self, marks: Mapping[Place, Mark]) -> Mapping[Place, Tail]:
        """How each partition ends."""
        await asyncio.sleep(self._loop.random.random() * NETWORK)
        return {place: self._tail(self._cluster.records[place], mark) for place, mark in marks.items()}

    @staticmethod
    def _tail(records: Sequence[StoredRecord], mark: Mark) -> Tail:
        stands = 0 < mark.expected <= len(records)
        last = sighting(records[-1]) if records else NOTHING
        return Tail(0, len(records), last, sighting(records[mark.expected - 1]) if stands else NOTHING)

    async def read(self, spans: Mapping[Place, tuple[int, int]]) -> Mapping[Place, Sequence[Sighting]]:
        """Records of partitions; one that has lost some meanwhile gives no answer."""
        await asyncio.sleep(self._loop.random.random() * NETWORK)
        there = self._cluster.records
        if any(end > len(there[place]) for place, (_start, end) in spans.items()):
            raise TimeoutError("gives no record")
        return {
            place: [sighting(record) for record in there[place][start:end]]
            for place, (start, end) in spans.items()
        }


@lru_cache(maxsize=100_000)
def _parsed(raw: tuple[tuple[str, bytes | None], ...]) -> Headers:
    return parse_headers(raw)


def _quick(raw: Raw) -> Headers:
    if not isinstance(raw, Told):
        return _parsed(tuple(raw))
    raw.read = raw.read or parse_headers(raw)
    return raw.read


@contextmanager
def parsed_once() -> Iterator[None]:
    """For the length of a block headers are parsed once."""
    with patch.object(project, "parse_headers", _quick), patch.object(parse, "parse_headers", _quick):
        yield


def sighting(record: StoredRecord) -> Sighting:
    """What its headers say."""
    try:
        found = _quick(record.headers)
    except InvalidEvent:
        return NOTHING
    return Sighting(found.position, found.prev, found.epoch)


def _set(done: asyncio.Future[int], base: int | None) -> None:
    if base is not None and not done.done():
        done.set_result(base)


def _fail(done: asyncio.Future[int]) -> None:
    if not done.done():
        done.set_exception(KafkaConnectionError("no answer"))
