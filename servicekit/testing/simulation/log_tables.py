"""The log's tables: what ``append_events`` and its like do, in Python, and the statements that read them.

Promises: judges as the SQL does: repeats first, then expected versions and guards, each request on what the
ones before it left; positions without holes; side rows in the same moment. ``tests/log`` shows the real one,
``tests/simulation/test_twins.py`` that this one answers alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

import msgspec

from buergerbuero_contracts.envelope import Event
from servicekit import append_sql, own_log, postgres, timers
from servicekit.log import EventTypes

from .append import PERSON, Live, Request, person_row, requests
from .database import GROWS, LOG_LOCK, Record, Run, Server, Session, Wait

SOON = 0.02
"""Seconds after an append at which the power may fail: what is not on the disk soon will be."""
_meta = msgspec.json.Decoder(dict[str, Any])


@lru_cache(maxsize=100_000)
def _decoded(kind: type[Event], data: str) -> Event:
    return kind.model_validate_json(data)


class QuickTypes(EventTypes):
    """Decodes each text once: events are frozen, and a simulation reads the same ones many times."""

    def decode(self, name: str, version: int, data: str | bytes) -> Event:
        """The event as today's model."""
        return _decoded(self._types[name], str(data))


@dataclass(frozen=True)
class Stored:
    """A row of ``event``."""

    position: int
    category: str
    stream_id: UUID
    version: int
    event_id: UUID
    type: str
    schema_version: int
    data: str
    meta: str
    recorded_at: datetime
    command_id: UUID
    at: datetime
    key: str | None
    moment: float = 0.0
    """The loop's time when it was stored, whatever the database's clock said."""

    @cached_property
    def row(self) -> Record:
        """As a statement tells it; nobody changes it."""
        names = ("position", "category", "stream_id", "version", "event_id", "type", "schema_version")
        told = Record({name: getattr(self, name) for name in (*names, "data", "meta")})
        told.update(command_id=str(self.command_id), recorded_at=self.recorded_at)
        return told


@dataclass(slots=True)
class TimerRow:
    """A row of ``timer``."""

    due_at: datetime
    claimed_until: datetime | None = None
    attempts: int = 0


@dataclass(eq=False)
class LogTables:
    """Events and what is stored beside them."""

    server: Server
    events: list[Stored] = field(default_factory=list)
    streams: dict[UUID, list[Stored]] = field(default_factory=dict)
    ids: set[UUID] = field(default_factory=set)
    timers: dict[tuple[str, UUID], TimerRow] = field(default_factory=dict)
    uses: dict[tuple[str, str, UUID], datetime | None] = field(default_factory=dict)
    people: dict[UUID, dict[str, Any]] = field(default_factory=dict)

    def copy_of(self, other: LogTables) -> None:
        """Begin where another one stands."""
        self.events, self.ids = list(other.events), set(other.ids)
        self.streams = {key: list(rows) for key, rows in other.streams.items()}
        self.timers = {key: TimerRow(row.due_at) for key, row in other.timers.items()}
        self.uses, self.people = dict(other.uses), {key: dict(row) for key, row in other.people.items()}

    # --- appending

    def append(self, session: Session, locked: bool, at: datetime, *parts: Any) -> Sequence[Record] | Wait:
        """``append_events``."""
        if not self.server.try_lock(session, LOG_LOCK):
            return Wait(LOG_LOCK)
        head, now = len(self.events), self.server.clock.now()
        asked = requests(parts)
        if session.lazy:
            before = LogTables(self.server)
            before.copy_of(self)
            self.server.unflushed.append((self.server.loop.now, lambda: self.copy_of(before)))
        live = Live({use: until for use, until in self.uses.items() if until is not None and until > at})
        answers = [self._judge(one, at, now, live) for one in asked]
        self.server.unlock(session, LOG_LOCK)
        if self.server.faults.strikes("power cut", self.server.name):
            loop = self.server.loop
            loop.call_later(loop.random.random() * SOON, self.server.power_cut, context=loop.nobody)
        if step := self.server.faults.strikes("clock steps", self.server.name):
            self.server.step_clock(step.more)
        told = [(one.command, status) for one, (status, _, _) in zip(asked, answers, strict=True)]
        self.server.story.tell("appends", self.server.name, *told)
        columns = zip(*answers, strict=True) if answers else ((), (), ())
        status, guard, retry = map(list, columns)
        return [Record(head=head, db_now=now, status=status, guard=guard, retry=retry)]

    def append_fenced(
        self, session: Session, fence: int, at: datetime, *parts: Any
    ) -> Sequence[Record] | Wait:
        """``append_fenced``."""
        if not self.server.try_lock(session, LOG_LOCK):
            return Wait(LOG_LOCK)
        if len(self.events) != fence:
            now = self.server.clock.now()
            return [Record(head=len(self.events), db_now=now, status=None, guard=None, retry=None)]
        return self.append(session, False, at, *parts)

    def _judge(
        self, one: Request, at: datetime, now: datetime, live: Live
    ) -> tuple[str, int | None, datetime | None]:
        if one.first is not None and one.first in self.ids:
            return "repeated", None, None
        if any(len(self.streams.get(stream, ())) != version for stream, version in one.expected):
            return "conflict", None, None
        for number, kind, key, most, subject in one.guards:
            used, until = live.others(kind, key, subject, most)
            if used >= most:
                return "limited", number, until
        self._store(one, now)
        live.more += [use[:3] for use in one.uses if use[3] is not None and use[3] > at]
        return "appended", None, None

    def _store(self, one: Request, now: datetime) -> None:
        for category, stream, version, event_id, type_name, schema, data, meta in one.events:
            known = _meta.decode(meta)
            row = Stored(
                len(self.events) + 1, category, stream, version, event_id, type_name, schema, data, meta, now,
                UUID(known["command_id"]), datetime.fromisoformat(known["at"]), known.get("key"),
                self.server.loop.now,
            )  # fmt: skip
            self.events.append(row)
            self.streams.setdefault(stream, []).append(row)
            self.ids.add(event_id)
        for kind, key, subject, until in one.uses:
            self.uses[kind, key, subject] = until
        last = {(kind, subject): (due, claimed) for kind, subject, due, claimed in one.timers}
        for timer, (due, claimed) in last.items():
            held = self.timers.get(timer)
            if due is not None:
                self.timers[timer] = TimerRow(due)
            elif held is not None and claimed in (None, held.due_at):
                del self.timers[timer]
        for person_id, revision, *rest in one.people:
            before = self.people.get(person_id)
            after = {**person_row(person_id, revision, *rest), "changed_at": now}
            if before is None or (before["revision"] < revision and before["erased"] <= after["erased"]):
                self.people[person_id] = after
        self.server.release(GROWS.lock)

    # --- reading

    def lock_log(self, session: Session, cursor: int, categories: Sequence[str]) -> Any:
        """``log_lock``."""
        if not self.server.try_lock(session, LOG_LOCK):
            return Wait(LOG_LOCK)
        return self.tail(session, cursor, categories)

    def unlock_log(self, session: Session) -> str:
        """``log_unlock``."""
        self.server.unlock(session, LOG_LOCK)
        return "SELECT 1"

    def tail(self, _session: Session, cursor: int, categories: Sequence[str]) -> Sequence[Record]:
        """Head, time, and events behind a cursor."""
        head, now = len(self.events), self.server.clock.now()
        rows = [one for one in self.events[cursor:] if one.category in categories]
        if not rows:
            return [Record(head=head, db_now=now, position=None)]
        return [Record(one.row, head=head, db_now=now) for one in rows]

    def head(self, _session: Session) -> Sequence[Record]:
        """The last position, and the time."""
        return [Record(head=len(self.events), db_now=self.server.clock.now())]

    def followed(self, _session: Session, categories: Sequence[str], upto: int) -> Sequence[Record]:
        """All events of some categories."""
        return [one.row for one in self.events[:upto] if one.category in categories]

    def load(self, _session: Session, streams: Sequence[UUID]) -> Sequence[Record]:
        """All events of some streams."""
        return [one.row for key in streams for one in self.streams.get(key, ())]

    def carried_out(self, _session: Session, first: UUID) -> Sequence[Record]:
        """All events of the command with this first one."""
        command_id = next((one.command_id for one in self.events if one.event_id == first), None)
        return [one.row for one in self.events if one.command_id == command_id]

    def person(self, _session: Session, person_id: UUID) -> Sequence[Record]:
        """A row of ``person``."""
        row = self.people.get(person_id)
        return [] if row is None else [Record({name: row[name] for name in PERSON})]

    def read(self, _session: Session, after: int, most: int) -> Sequence[Record] | Wait:
        """The log in position order, for a projection."""
        return [one.row for one in self.events[after : after + most]] or GROWS

    # --- timers

    def claim(
        self, _session: Session, at: datetime, lease: float, subjects: Sequence[UUID] | None, most: int
    ) -> Sequence[Record]:
        """Claim what is due."""
        now = self.server.clock.now()
        due = sorted(
            (row.due_at, key)
            for key, row in self.timers.items()
            if row.due_at <= at
            and (row.claimed_until is None or not now <= row.claimed_until <= now + timedelta(minutes=15))
            and (subjects is None or key[1] in subjects)
        )[:most]
        for _due_at, key in due:
            self.timers[key].claimed_until = now + timedelta(seconds=lease)
            self.timers[key].attempts += 1
        return [
            Record(kind=kind, subject=subject, due_at=due_at, attempts=self.timers[kind, subject].attempts)
            for due_at, (kind, subject) in due
        ]

    def later(self, _session: Session, kind: str, subject: UUID, due_at: datetime, seconds: float) -> str:
        """Leave a claimed timer for a while."""
        row = self.timers.get((kind, subject))
        if row is not None and row.due_at == due_at:
            row.claimed_until = self.server.clock.now() + timedelta(seconds=seconds)
        return "UPDATE"

    def done(self, _session: Session, kind: str, subject: UUID, due_at: datetime) -> str:
        """Forget a timer."""
        row = self.timers.get((kind, subject))
        if row is not None and row.due_at == due_at:
            del self.timers[kind, subject]
        return "DELETE"

    def overdue(self, _session: Session, at: datetime) -> Sequence[Record]:
        """How many are past their moment."""
        late = [(at - row.due_at).total_seconds() for row in self.timers.values() if row.due_at <= at]
        return [Record(count=len(late), oldest=max(late, default=0.0))]

    def statements(self) -> Mapping[str, Run]:
        """The kit's statements on these tables."""
        return {
            append_sql.APPEND: self.append,
            append_sql.FENCED: self.append_fenced,
            append_sql.LOCK: self.lock_log,
            append_sql.UNLOCK: self.unlock_log,
            append_sql.HEAD: self.head,
            append_sql.LOAD: self.load,
            append_sql.FOLLOWED: self.followed,
            append_sql.TAIL: self.tail,
            postgres._LOAD: self.load,
            postgres._CARRIED_OUT: self.carried_out,
            postgres._PERSON: self.person,
            own_log._READ: self.read,
            timers._CLAIM: self.claim,
            timers._LATER: self.later,
            timers._DONE: self.done,
            timers._OVERDUE: self.overdue,
        }
