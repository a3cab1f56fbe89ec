"""A log that is a list, and a clock that a test moves.

Promises: what is decided and stored stands there as in the real log, but for what only a database can show.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from servicekit.log import (
    Answer,
    Busy,
    Context,
    Decision,
    Meta,
    Person,
    Recorded,
    Request,
    Status,
    Stream,
    Undecided,
)
from services.booking.administration import DECIDERS

START = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
"""A Wednesday, nine o'clock in Flensburg."""


class MemoryLog:
    """The log as a list: store and submit in one."""

    def __init__(self) -> None:
        self.events: list[Recorded] = []
        self.streams: dict[Stream, list[Recorded]] = {}
        self._folded: dict[Stream, tuple[int, Any]] = {}
        self.people: dict[UUID, Person] = {}
        self.uses: dict[tuple[str, str, UUID], datetime] = {}
        self.away = False

    def copy(self) -> MemoryLog:
        """Another log with the same past."""
        log = MemoryLog()
        log.events, log.people, log.uses = list(self.events), dict(self.people), dict(self.uses)
        log.streams = {stream: list(events) for stream, events in self.streams.items()}
        log._folded = dict(self._folded)
        return log

    async def load(self, streams: Iterable[Stream]) -> dict[Stream, list[Recorded]]:
        """All events of each stream."""
        return {stream: list(self.streams.get(stream, ())) for stream in streams}

    async def carried_out(self, command_id: UUID) -> list[Recorded]:
        """All events of a command."""
        return [one for one in self.events if one.meta.command_id == command_id]

    async def person(self, person_id: UUID) -> Person | None:
        """The present row."""
        return self.people.get(person_id)

    def state(self, stream: Stream, upto: int = 0) -> Any:
        """The fold of a stream, up to a position or to its end."""
        decider, found = DECIDERS[stream.category], self.streams.get(stream, [])
        if upto:
            return decider.fold(one.event for one in found if one.position <= upto)
        folded, state = self._folded.get(stream, (0, None))
        state = decider.fold((one.event for one in found[folded:]), state)
        self._folded[stream] = (len(found), state)
        return state

    def version(self, stream: Stream) -> int:
        """How many events it has."""
        return len(self.streams.get(stream, ()))

    async def submit(self, work: Request | Undecided) -> tuple[Answer, Decision]:
        """Decide and store."""
        if self.away:
            raise Busy
        if isinstance(work, Undecided):
            before = (one for stream in work.planned for one in self.streams.get(stream, ()))
            if any(one.meta.command_id == work.context.command_id for one in before):
                return Answer(Status.REPEATED), Decision(())
            decision = work.decide({stream: self.state(stream) for stream in work.planned})
            work = Request(work.context, work.settled, decision)
        if any(self.version(stream) != version for stream, version in work.expected.items()):
            return Answer(Status.CONFLICT), work.decision
        for guard in work.decision.effects.guards:
            used = sum(
                (kind, key) == (guard.kind, guard.key)
                and subject != guard.subject
                and until > work.context.at
                for (kind, key, subject), until in self.uses.items()
            )
            if used >= guard.maximum:
                return Answer(Status.LIMITED, guard=guard), work.decision
        self._store(work.context, work.decision)
        return Answer(Status.APPENDED, len(self.events)), work.decision

    def _store(self, context: Context, decision: Decision) -> None:
        for use in decision.effects.uses:
            self.uses.pop((use.kind, use.key, use.subject), None)
            if use.until is not None:
                self.uses[use.kind, use.key, use.subject] = use.until
        self.people |= {person.person_id: person for person in decision.effects.people}
        for stream, event in decision.events:
            version, position = self.version(stream) + 1, len(self.events) + 1
            meta = Meta(context.at, context.command_id, context.correlation_id, {"kind": context.actor.kind})
            event_id = uuid5(context.command_id, str(position))
            self.events.append(Recorded(position, stream, version, event_id, event, meta))
            self.streams.setdefault(stream, []).append(self.events[-1])


@dataclass
class MemoryClock:
    """A clock that a test moves."""

    at: datetime = START

    def now(self) -> datetime:
        """The present moment."""
        return self.at

    def pass_(self, **units: float) -> None:
        """Let time go by."""
        self.at += timedelta(**units)
