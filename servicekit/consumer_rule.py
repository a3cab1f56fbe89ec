"""The consumer rule: which records of a partition count, and what the others mean. Pure.

Promises: a repeat, whether delivered or published again, counts once; a record whose predecessor is
missing is never applied; an event that cannot be read holds back later ones of its key and nothing
else. Shown by ``tests/rules/test_consumer_rule.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

import asyncpg
import msgspec

from servicekit.log import Busy
from servicekit.read_model import NoGeneration

E = TypeVar("E")
DATA_ERRORS = ("21", "22", "23", "44", "P0")
"""SQLSTATE classes for which the rows are at fault. Any other is the connection's, lock's, schema's."""


SURROUNDINGS = (
    *(OSError, TimeoutError, MemoryError, asyncpg.InterfaceError, asyncpg.InternalClientError),
    *(Busy, NoGeneration),
)
"""Errors outside the server that say nothing about an event either."""


class Link(Protocol):
    """What a record's headers say about its place in the partition's chain."""

    @property
    def position(self) -> int:
        """The event's position in its log."""

    @property
    def prev(self) -> int:
        """The position of the public event before it in the same partition; 0 for the first."""

    @property
    def epoch(self) -> int:
        """The log's epoch; each restore of the producer raises it."""


class Checkpoint(msgspec.Struct, frozen=True):
    """How far a consumer has come in one partition; without a position it has accepted nothing yet."""

    position: int | None = None
    epoch: int = 0
    next_offset: int = 0

    def past(self, offset: int) -> Checkpoint:
        """The same, but ``offset`` need not be read again."""
        return Checkpoint(self.position, self.epoch, max(self.next_offset, offset + 1))


class Verdict(StrEnum):
    """What a record is to a consumer."""

    APPLY = "apply"
    REPEAT = "repeat"
    ABANDONED = "abandoned"  # from an old relay of a timeline that a restore has ended
    RESTORED = "restored"  # the producer was restored: stop, the runbook rebuilds
    GAP = "gap"


def judge(seen: Checkpoint, link: Link) -> Verdict:
    """The rule itself. Without a position any record is accepted: retention may have removed older ones."""
    if seen.position is None:
        return Verdict.APPLY
    if link.epoch != seen.epoch:
        return Verdict.ABANDONED if link.epoch < seen.epoch else Verdict.RESTORED
    if link.position <= seen.position:
        return Verdict.REPEAT
    return Verdict.APPLY if link.prev == seen.position else Verdict.GAP


class GapDetected(Exception):
    """Events between ``seen`` and a record are missing. ``next_offset`` is where they may be read again."""

    def __init__(self, topic: str, partition: int, seen: Checkpoint, prev: int) -> None:
        super().__init__(f"{topic}/{partition}: {prev} should follow {seen.position}")
        self.position, self.prev, self.next_offset = seen.position, prev, seen.next_offset


class ProducerRestored(Exception):
    """A record of a higher epoch, at ``offset``: nothing from there on may be applied here."""

    def __init__(self, topic: str, partition: int, offset: int) -> None:
        super().__init__(f"{topic}/{partition}: higher epoch at offset {offset}")
        self.offset = offset


class Unreadable(Exception):
    """This event can never be applied by this version. ``reason`` is a metric's label."""

    def __init__(self, reason: str, error: str) -> None:
        super().__init__(error)
        self.reason = reason


class Incoming(msgspec.Struct, frozen=True):
    """A record with its headers read, or with the reason why they could not be."""

    record: Any
    headers: Any
    unreadable: str = ""

    @property
    def key(self) -> bytes:
        """The partition key; empty where there is none."""
        return self.record.key or b""


@dataclass(frozen=True, slots=True)
class Held:
    """An event to park. ``key`` None holds nothing else back and leaves the chain as it is."""

    one: Incoming
    key: bytes | None
    reason: str
    error: str


@dataclass(slots=True)
class Sifted(Generic[E]):
    """What one batch of a partition comes to."""

    seen: Checkpoint
    apply: list[tuple[Incoming, E]] = field(default_factory=list)
    park: list[Held] = field(default_factory=list)
    repeats: int = 0
    gap: int | None = None
    restored_at: int | None = None

    def park_all(self, reason: str, error: str) -> None:
        """Nothing of this may be applied after all."""
        self.park += [Held(one, one.key, reason, error) for one, _event in self.apply]
        self.apply = []

    def outcome(self, topic: str, partition: int) -> Checkpoint:
        """How far this came; raises what stops the partition. For when all that counts is committed."""
        if self.restored_at is not None:
            raise ProducerRestored(topic, partition, self.restored_at)
        if self.gap is not None:
            raise GapDetected(topic, partition, self.seen, self.gap)
        return self.seen

    def after(self, before: Sifted[E]) -> Sifted[E]:
        """This batch as the second part of one: a gap stays one until the position moves on."""
        if self.gap is None and self.seen.position == before.seen.position:
            self.gap = before.gap
        return self


def sift(
    seen: Checkpoint,
    blocked: Iterable[bytes],
    records: Iterable[Incoming],
    decode: Callable[[Incoming], E | None],
) -> Sifted[E]:
    """Judge ``records`` in order. ``decode`` is pure; its errors are the event's; None is a type not read."""
    result: Sifted[E] = Sifted(seen)
    held = set(blocked)
    for one in records:
        offset = one.record.offset
        if one.headers is None:
            result.park.append(Held(one, None, "headers", one.unreadable))
            result.seen = result.seen.past(offset)
            continue
        if result.seen.position is None and offset == 0 and one.headers.prev != 0:
            # Nothing was removed before offset 0, so the topic was made anew and lacks its beginning.
            result.seen = Checkpoint(0, one.headers.epoch, 0)
        verdict = judge(result.seen, one.headers)
        if verdict is Verdict.RESTORED:
            result.restored_at = offset
            break
        if verdict is Verdict.GAP:
            # Read on: what is missing may come behind, published again.
            result.gap = one.headers.prev if result.gap is None else result.gap
            continue
        if verdict is not Verdict.APPLY:
            result.repeats += 1
            result.seen = result.seen.past(offset)
            continue
        result.gap = None
        result.seen = Checkpoint(one.headers.position, one.headers.epoch, offset + 1)
        try:
            event = decode(one)
        except Exception as error:
            if not blames_event(error):
                raise
            why = (error.reason, str(error)) if isinstance(error, Unreadable) else ("failed", repr(error))
            result.park.append(Held(one, one.key, *why))
            held.add(one.key)
            continue
        if event is None:
            continue
        if one.key in held:
            result.park.append(Held(one, one.key, "behind", ""))
        else:
            result.apply.append((one, event))
    return result


def blames_event(error: Exception) -> bool:
    """Whether an error may count as a failed try of the events, and not of their surroundings.

    Lost connections, locks, time limits, full disks, a cached statement or a constraint that a
    migration replaces (40xxx, 42xxx, 53xxx, 55xxx, 57xxx, 0Axxx) say nothing about an event.
    """
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "").startswith(DATA_ERRORS)
    return not isinstance(error, SURROUNDINGS)


def pack(headers: Iterable[tuple[str, bytes | None]]) -> bytes:
    """Headers as they came, for a parked event."""
    return msgspec.msgpack.encode(list(headers))


def unpack(headers: bytes) -> list[tuple[str, bytes | None]]:
    """The headers of a parked event."""
    return msgspec.msgpack.decode(headers, type=list[tuple[str, bytes | None]])
