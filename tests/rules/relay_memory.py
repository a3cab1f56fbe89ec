"""The relay's two ends in memory: a log, and a broker that loses answers, is late, and forgets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aiokafka.errors import KafkaConnectionError

from buergerbuero_contracts.cloudevents import parse_headers
from servicekit.relay import Log, State, Wire
from servicekit.relay_plan import NOTHING, Mark, Place, Public, Row, Sighting, Tail

AT = "2026-11-23T08:00:00Z"
TOPIC = "events"
CAPACITY = 4
"""Records per batch, so that rounds end early."""


def row(position: int, key: str | None, type_name: str = "SlotReserved") -> Row:
    """One event of the log."""
    keyed = f', "key": "{key}"' if key is not None else ""
    meta = f'{{"at": "{AT}", "correlation_id": "{UUID(int=position)}"{keyed}}}'
    return Row(position, "booking", UUID(int=1), position, UUID(int=position), type_name, 1, "{}", meta, 0.0)


class Batch:
    """Takes ``CAPACITY`` records."""

    def __init__(self) -> None:
        self.records: list[Sighting] = []

    def append(self, *, timestamp: None, key: bytes, value: bytes, headers: Any) -> object | None:
        if len(self.records) == CAPACITY:
            return None
        found = parse_headers(headers)
        self.records.append(Sighting(found.position, found.prev, found.epoch))
        return self.records[-1]

    def record_count(self) -> int:
        return len(self.records)


@dataclass
class MemoryLog:
    """A log with its checkpoint; the lock is whoever asks."""

    rows: list[Row]
    position: int = 0
    epoch: int = 1
    marks: dict[Place, Mark] = field(default_factory=dict)
    table: dict[str, Public] = field(default_factory=dict)

    def open(self) -> Callable[[], Any]:
        """For ``Relay.open_log``."""

        @asynccontextmanager
        async def opened() -> AsyncIterator[Log]:
            yield self

        return opened

    async def lead(self) -> bool:
        return True

    async def public(self, publish: Mapping[str, str], _sent: int) -> Mapping[str, Public]:
        for name, topic in publish.items():
            self.table.setdefault(name, Public(topic, self.position + 1))
        return self.table

    async def state(self) -> State:
        return State(self.position, self.epoch, dict(self.marks))

    async def page(self, after: int, limit: int) -> Sequence[Row]:
        return self.rows[after : after + limit]

    async def page_back(self, upto: int, types: Sequence[str]) -> Sequence[tuple[int, str, str]]:
        found = [one for one in self.rows[:upto] if one.type in types]
        return [(one.position, one.type, one.meta.rpartition('"key": "')[2][:-2]) for one in reversed(found)][
            :3
        ]

    async def head(self) -> int:
        return len(self.rows)

    async def move(self, old: int, new: int, marks: Mapping[Place, Mark]) -> bool:
        if self.position != old:
            return False
        self.position = new
        self.marks.update(marks)
        return True

    async def people(self, wire: Wire, epoch: int) -> None:
        pass


@dataclass
class MemoryKafka:
    """One topic. ``fates`` says for each batch what becomes of it; when they run out, all is well.

    ``lost`` the answer is lost; ``refused`` nothing is stored; ``late`` it is stored before a later
    batch, although the sender was told that it failed; ``tail`` the partition first loses records;
    ``stray`` it is stored much later, ``filled`` now, just where the partition has lost as many records.
    """

    fates: Iterator[str]
    partitions: int = 2
    records: dict[Place, list[Sighting]] = field(default_factory=lambda: defaultdict(list))
    late: list[tuple[Place, list[Sighting]]] = field(default_factory=list)
    stray: list[tuple[Place, list[Sighting]]] = field(default_factory=list)
    single: bool = False
    """The planted fault: records sent one by one in a pipeline instead of as one batch."""

    async def renew(self) -> None:
        pass

    async def batches(self) -> Callable[[], Any]:
        return Batch

    async def send(self, batches: Mapping[Place, Any]) -> Mapping[Place, int]:
        answers = {}
        for place, batch in batches.items():
            parts = [[one] for one in batch.records] if self.single else [batch.records]
            bases = [self._store(place, part) for part in parts]
            answers[place] = -1 if None in bases else min(base for base in bases if base is not None)
        if -1 in answers.values():
            raise KafkaConnectionError("no answer")
        return answers

    def _store(self, place: Place, records: list[Sighting]) -> int | None:
        """The base offset, or None for no answer."""
        fate = next(self.fates, "stored")
        there = self.records[place]
        if fate == "tail":
            del there[len(there) // 2 :]
        if fate == "filled":
            self._fill()
        if fate in ("late", "stray"):
            (self.late if fate == "late" else self.stray).append((place, records))
        if fate in ("late", "stray", "refused"):
            return None
        base = len(there)
        there += records
        for where, waiting in self.late:
            self.records[where] += waiting
        self.late.clear()
        return None if fate == "lost" else base

    def _fill(self) -> None:
        for where, waiting in self.stray:
            there = self.records[where]
            if len(there) >= len(waiting):
                there[len(there) - len(waiting) :] = waiting
        self.stray.clear()

    async def tails(self, marks: Mapping[Place, Mark]) -> Mapping[Place, Tail]:
        return {place: self._tail(self.records[place], mark) for place, mark in marks.items()}

    @staticmethod
    def _tail(records: list[Sighting], mark: Mark) -> Tail:
        stands = 0 < mark.expected <= len(records)
        last = records[-1] if records else NOTHING
        return Tail(0, len(records), last, records[mark.expected - 1] if stands else NOTHING)

    async def read(self, spans: Mapping[Place, tuple[int, int]]) -> Mapping[Place, Sequence[Sighting]]:
        return {place: self.records[place][start:end] for place, (start, end) in spans.items()}
