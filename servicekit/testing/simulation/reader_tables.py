"""The tables of relay, read models and reactions: checkpoints, parked events, and who reads which schema.

Promises: a checkpoint's row is locked until its transaction ends, as ``FOR UPDATE`` does; changes of a
transaction that does not commit are undone; an uncommitted row is seen by nobody who first takes that lock.
Shown by ``tests/simulation/test_simulation.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from servicekit import log_feed, parking, past, project, react, rebuild, relay_ends
from servicekit.read_model import REACTIONS
from servicekit.relay_plan import Mark, Place, Public

from .database import GROWS, Record, Run, Session, Wait, put
from .log_tables import LogTables

Key = tuple[str, str, int]
FIRST = "first"
"""The name of every projection's first generation."""


def _scoped(consumer: str, schema: str) -> str:
    return f"{consumer} in {schema}" if schema else consumer


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of ``checkpoint``."""

    position: int | None
    epoch: int
    next_offset: int


@dataclass
class ReaderTables:
    """Checkpoints and parked events of all consumers of one service, and its relay's state."""

    log: LogTables
    checkpoints: dict[Key, Kept] = field(default_factory=dict)
    parked: list[dict[str, Any]] = field(default_factory=list)
    relayed: int = 0
    epoch: int = 1
    marks: dict[Place, Mark] = field(default_factory=dict)
    public: dict[str, Public] = field(default_factory=dict)
    current: dict[str, str] = field(default_factory=dict)
    """The generation of each projection that has another one than the first."""
    tables: dict[str, Callable[[str], object]] = field(default_factory=dict)
    """What stands in a table in a generation, for comparing two."""

    def kept(self, consumer: str, topic: str, partition: int) -> Kept | None:
        """How far the generation that counts has come."""
        name = _scoped(consumer, self.current.get(consumer, ""))
        return self.checkpoints.get((name, topic, partition))

    def copy_of(self, other: ReaderTables) -> None:
        """Begin where another one stands."""
        self.checkpoints, self.parked = dict(other.checkpoints), list(other.parked)
        self.relayed, self.epoch = other.relayed, other.epoch
        self.marks, self.public = dict(other.marks), dict(other.public)

    # --- consumers

    # --- generations

    def enter(self, session: Session, name: str) -> Sequence[Record] | Wait:
        """The generation that counts, which stays that until the commit."""
        server = self.log.server
        if server.holders.get(("switch", name), session) is not session:
            return Wait(("switch", name))
        server.try_lock(session, ("share", name, session), until_commit=True)
        session.schema = self.current.get(name, "")
        return [Record(schema=session.schema or FIRST)]

    def enter_fixed(self, session: Session, schema: str) -> Sequence[Record]:
        """A generation, whichever counts."""
        session.schema = "" if schema == FIRST else schema
        return [Record(schema=schema)]

    def counts(self, _session: Session, name: str) -> Sequence[Record]:
        """The generation that counts now."""
        return [Record(schema=self.current.get(name, FIRST))]

    def lock_current(self, session: Session, name: str) -> Sequence[Record] | Wait:
        """The same, and nobody is in it until the commit."""
        server = self.log.server
        for lock, holder in server.holders.items():
            if isinstance(lock, tuple) and lock[:2] == ("share", name) and holder is not session:
                return Wait(lock)
        if not server.try_lock(session, ("switch", name), until_commit=True):
            return Wait(("switch", name))
        return self.counts(session, name)

    def switch(self, session: Session, name: str, schema: str) -> str:
        """Another generation counts."""
        put(session, self.current, name, schema)
        return "UPDATE 1"

    def all_seen(self, session: Session, consumer: str) -> Sequence[tuple[Any, ...]]:
        """How far a generation has come everywhere."""
        name = _scoped(consumer, session.schema)
        return [
            (topic, partition, row.position, row.epoch, row.next_offset)
            for (one, topic, partition), row in self.checkpoints.items()
            if one == name
        ]

    def table_hash(self, session: Session, table: str) -> Sequence[Record]:
        """What stands in a table."""
        return [Record(table_hash=self.tables[table](session.schema))]

    # --- checkpoints

    def seen(self, session: Session, consumer: str, topic: str, partition: int) -> Any:
        """The checkpoint's row, locked."""
        key = (_scoped(consumer, session.schema), topic, partition)
        if key not in self.checkpoints:
            return []
        if not self.log.server.try_lock(session, ("checkpoint", key), until_commit=True):
            return Wait(("checkpoint", key))
        row = self.checkpoints.get(key)
        if row is None:
            return []
        return [Record(position=row.position, epoch=row.epoch, next_offset=row.next_offset)]

    def first(self, session: Session, consumer: str, topic: str, partition: int, position: int | None) -> Any:
        """A first row; whoever is later waits for the other's commit."""
        key = (_scoped(consumer, session.schema), topic, partition)
        if not self.log.server.try_lock(session, ("checkpoint", key), until_commit=True):
            return Wait(("checkpoint", key))
        if key not in self.checkpoints:
            self.checkpoints[key] = Kept(position, 0, 0)
            session.undo.append(lambda: self.checkpoints.__delitem__(key))
        return "INSERT 0 1"

    def move(
        self,
        session: Session,
        consumer: str,
        topic: str,
        partition: int,
        position: int | None,
        epoch: int,
        next_offset: int,
        old: int | None,
    ) -> str:
        """Compare and set."""
        key = (_scoped(consumer, session.schema), topic, partition)
        before = self.checkpoints[key]
        if before.position != old:
            return "UPDATE 0"
        self.checkpoints[key] = Kept(position, epoch, next_offset)
        session.undo.append(lambda: self.checkpoints.__setitem__(key, before))
        return "UPDATE 1"

    def pass_over(
        self,
        session: Session,
        schema: str | None,
        consumer: str,
        topic: str,
        partition: int,
        old: int | None,
        position: int | None,
        epoch: int,
        next_offset: int,
    ) -> Sequence[Record] | Wait:
        """``pass_over``: compare and set in one statement."""
        if schema is None:
            if isinstance(entered := self.enter(session, consumer), Wait):
                return entered
        elif schema != REACTIONS:
            self.enter_fixed(session, schema)
        key = (_scoped(consumer, session.schema), topic, partition)
        if not self.log.server.try_lock(session, ("checkpoint", key), until_commit=True):
            return Wait(("checkpoint", key))
        before = self.checkpoints.get(key)
        if before is None or before.position != old:
            return [Record(pass_over=False)]
        put(session, self.checkpoints, key, Kept(position, epoch, next_offset))
        return [Record(pass_over=True)]

    def park(self, session: Session, consumer: str, topic: str, partition: int, *columns: Any) -> Any:
        """Set events aside."""
        names = ("offset", "position", "key", "reason", "error", "headers", "value")
        told = []
        for row in zip(*columns, strict=True):
            made = {
                "consumer": _scoped(consumer, session.schema),
                "topic": topic,
                "partition": partition,
            } | dict(zip(names, row, strict=True))
            self.parked.append(made)
            session.undo.append(lambda made=made: self.parked.remove(made))  # type: ignore[misc]
            told.append(Record(reason=made["reason"], offset=made["offset"], position=made["position"]))
        return told

    def blocked(self, session: Session, consumer: str, topic: str, partition: int) -> Sequence[Record]:
        """Keys that wait."""
        place = (_scoped(consumer, session.schema), topic, partition)
        return [
            Record(key=one["key"])
            for one in self.parked
            if (one["consumer"], one["topic"], one["partition"]) == place and one["key"] is not None
        ]

    def waiting(self, session: Session, consumer: str) -> Sequence[Record]:
        """How many are parked."""
        name = _scoped(consumer, session.schema)
        return [Record(events=sum(one["consumer"] == name for one in self.parked), age=0.0)]

    def alone(self, session: Session, lock_class: int, name: str) -> Sequence[Record]:
        """The lock of a consumer that there may be only one of."""
        return [Record(taken=self.log.server.try_lock(session, (lock_class, name)))]

    # --- the relay

    def lead(self, session: Session, lock_class: int) -> Sequence[Record]:
        """The lock of the one that sends."""
        return [Record(taken=self.log.server.try_lock(session, (lock_class, 0)))]

    def publish(self, _session: Session, types: Sequence[str], topics: Sequence[str], sent: int) -> str:
        """Types become public from the next position on."""
        since = 1 + max(self.relayed, sent, *(mark.last for mark in self.marks.values()))
        for name, topic in zip(types, topics, strict=True):
            self.public.setdefault(name, Public(topic, since))
        return "INSERT"

    def page(self, _session: Session, after: int, most: int) -> Sequence[tuple[Any, ...]] | Wait:
        """Events as the relay sends them."""
        return [
            (
                one.position, one.category, one.stream_id, one.version, one.event_id, one.type,
                one.schema_version, one.data, one.meta, 0.0,
            )
            for one in self.log.events[after : after + most]
        ] or GROWS  # fmt: skip

    def page_back(self, _session: Session, upto: int, types: Sequence[str], most: int) -> Any:
        """Backwards, for the last public position of each partition."""
        found = [one for one in reversed(self.log.events[:upto]) if one.type in types]
        return [(one.position, one.type, one.key) for one in found[:most]]

    def move_relay(self, _session: Session, old: int, new: int, *columns: Any) -> Any:
        """Compare and set, marks included."""
        if self.relayed != old:
            return [Record(moved=0)]
        self.relayed = new
        self.log.server.unflushed.clear()
        for topic, partition, expected, last in zip(*columns, strict=True):
            self.marks[Place(topic, partition)] = Mark(expected, last)
        return [Record(moved=1)]

    def statements(self) -> Mapping[str, Run]:
        """The kit's statements on these tables."""
        found: dict[str, Any] = {
            project._ENTER: self.enter,
            react._ENTER: lambda _session, name: [Record(schema=name)],
            project._ENTER_FIXED: self.enter_fixed,
            rebuild._CURRENT: self.counts,
            rebuild._LOCK: self.lock_current,
            rebuild._SWITCH: self.switch,
            rebuild._SEEN: self.all_seen,
            rebuild._HASH: self.table_hash,
            past._HEAD: lambda _session: [(len(self.log.events) + 1,)],
            parking._SEEN: self.seen,
            parking._FIRST: self.first,
            parking._MOVE: self.move,
            parking._OVER: self.pass_over,
            parking._PARK: self.park,
            parking._BLOCKED: self.blocked,
            parking._STATE: self.waiting,
            log_feed._ALONE: self.alone,
            relay_ends._LEAD: self.lead,
            relay_ends._PUBLISH: self.publish,
            relay_ends._PUBLIC: lambda _session: [(name, *row) for name, row in self.public.items()],
            relay_ends._STATE: lambda _session: [(self.relayed, self.epoch)],
            relay_ends._MARKS: lambda _session: [(*place, *mark) for place, mark in self.marks.items()],
            relay_ends._PAGE: self.page,
            relay_ends._PAGE_BACK: self.page_back,
            relay_ends._HEAD: lambda _session: [(len(self.log.events),)],
            relay_ends._MOVE: self.move_relay,
        }
        return found
