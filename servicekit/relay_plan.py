"""The relay's pure part: which event goes where and after which one, and what a topic has lost.

Promises: nothing here does I/O; ``prev`` is a function of the log and of ``type_public`` alone, so
a repeat carries the same value; a round ends before the first event that its batch does not take.
Shown by ``tests/rules/test_relay_plan.py`` and the model in ``tests/rules/test_relay_model.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from buergerbuero_contracts.cloudevents import headers, partition_for


class LogGap(RuntimeError):
    """The log is not what ``append_events`` writes: a position or a key is missing."""


class Place(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int


class Public(NamedTuple):
    """Where a type goes, and from which position on it does."""

    topic: str
    since: int


class Mark(NamedTuple):
    """What stood last in a partition when we looked: the offset after it, and its position."""

    expected: int
    last: int


class Sighting(NamedTuple):
    """A record as the relay reads it back."""

    position: int
    prev: int
    epoch: int


NOTHING = Sighting(-1, -1, -1)
"""No record there, or one without valid headers."""


class Tail(NamedTuple):
    """How a partition ends: first and next offset, its last record, the record just before the mark."""

    start: int
    end: int
    last: Sighting
    before: Sighting


class Row(NamedTuple):
    """One event as the log gives it out. ``age`` is in seconds since its commit."""

    position: int
    category: str
    stream_id: UUID
    version: int
    event_id: UUID
    type: str
    schema_version: int
    data: str
    meta: str
    age: float


class Round(NamedTuple):
    """What goes out together: everything up to ``upto``. ``heads`` are the last public positions then."""

    upto: int
    batches: dict[Place, Any]
    heads: dict[Place, int]


class _Meta(msgspec.Struct):
    """The part of ``meta`` that travels, as the text that it is."""

    at: str
    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None
    key: str | None = None


_meta = msgspec.json.Decoder(_Meta)
_partition = lru_cache(maxsize=65536)(partition_for)


@dataclass(frozen=True)
class Planner:
    """Turns rows of one service's log into record batches. ``source`` is the service's ``ce_source``."""

    source: str
    epoch: int
    public: Mapping[str, Public]
    partitions: Mapping[str, int]

    def places(self) -> list[Place]:
        """Every partition that this service writes."""
        topics = sorted({public.topic for public in self.public.values()})
        return [Place(topic, n) for topic in topics for n in range(self.partitions[topic])]

    def place(self, position: int, type_name: str, key: str | None) -> Place | None:
        """Where an event goes; None for a private one."""
        public = self.public.get(type_name)
        if public is None or position < public.since:
            return None
        if key is None:
            raise LogGap(f"{type_name} at position {position} is public and has no key")
        return Place(public.topic, _partition(key, self.partitions[public.topic]))

    def plan(
        self, rows: Iterable[Row], after: int, prev: Mapping[Place, int], new: Callable[[], Any]
    ) -> Round:
        """One batch per partition, in log order. ``new`` makes an empty batch (aiokafka's builder)."""
        heads, batches, upto = dict(prev), dict[Place, Any](), after
        for row in rows:
            if row.position != upto + 1:
                raise LogGap(f"position {upto + 1} is missing")
            meta = _meta.decode(row.meta)
            place = self.place(row.position, row.type, meta.key)
            if place is not None:
                if place not in batches:
                    batches[place] = new()
                envelope = self._envelope(row, meta, heads.get(place, 0))
                if (
                    batches[place].append(
                        timestamp=None, key=str(meta.key).encode(), value=row.data.encode(), headers=envelope
                    )
                    is None
                ):
                    break
                heads[place] = row.position
            upto = row.position
        return Round(upto, batches, heads)

    def _envelope(self, row: Row, meta: _Meta, prev: int) -> list[tuple[str, bytes]]:
        return headers(
            source=self.source,
            event_id=str(row.event_id),
            type_name=row.type,
            subject=f"{row.category}/{row.stream_id}",
            time=meta.at,
            position=row.position,
            prev=prev,
            epoch=self.epoch,
            streamversion=row.version,
            schema_version=row.schema_version,
            correlation_id=meta.correlation_id,
            causation_id=meta.causation_id,
            traceparent=meta.traceparent,
        )


def lost(mark: Mark, tail: Tail) -> bool:
    """Whether a partition no longer ends as marked.

    Its very last record proves nothing: once new ones follow a loss, it looks right.
    """
    if mark.expected <= tail.start:
        return False  # nothing was claimed, or it was taken away on purpose, from the front
    return tail.end < mark.expected or tail.before.position != mark.last


def held(records: Iterable[Sighting], seen: int | None) -> int | None:
    """The position that a reader of these records holds at the end, by the consumers' own rule.

    It starts with ``seen``: 0 at a partition's first record, None where earlier ones were removed.
    """
    for record in records:
        if record.position > (seen or 0) and (seen is None or record.prev == seen):
            seen = record.position
    return seen
