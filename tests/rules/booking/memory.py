"""A log in memory, for commands through ``Handlers``: versions, repeats, guards, timers, people.

It stores what the real log would store, one request after another; ``tests/log`` shows the real one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from buergerbuero_contracts.envelope import NIL, Event
from servicekit.handle import Handler
from servicekit.log import (
    Actor,
    Answer,
    Arm,
    Context,
    Decision,
    Due,
    Effects,
    Guard,
    Meta,
    Person,
    Recorded,
    Request,
    Status,
    Stream,
    Undecided,
)
from services.booking.administration import DECIDERS, PLANNED
from services.booking.handlers import Handlers
from services.booking.rules.day_state import DayPlan
from services.booking.rules.limits import OPEN_KINDS
from services.booking.rules.pickup import Invitation
from services.booking.rules.protection import Holds
from services.booking.rules.queue import Line
from services.booking.rules.site import CATEGORIES, Site, apply
from services.booking.rules.wish_state import Waiting
from services.booking.timers import HOLD_EXPIRY, timers
from tests.rules.booking.line import line_of
from tests.rules.booking.wishes import active_wishes, open_wishes

WEDNESDAY_AT_NINE = datetime.fromisoformat("2026-12-02T08:00Z")
LONG_AGO = datetime.fromisoformat("1970-01-01T00:00Z")


@dataclass
class MemoryLog:
    """Store and committer in one. ``before_decide`` may change the log between load and decision."""

    events: list[Recorded] = field(default_factory=list)
    uses: dict[tuple[str, str, UUID], datetime] = field(default_factory=dict)
    armed: dict[tuple[str, UUID], datetime] = field(default_factory=dict)
    people: dict[UUID, Person] = field(default_factory=dict)
    before_decide: Callable[[], Awaitable[None]] | None = None
    streams: dict[Stream, list[Recorded]] = field(default_factory=dict)

    def copy(self) -> MemoryLog:
        """The same log, to go on by itself."""
        streams = {stream: list(events) for stream, events in self.streams.items()}
        return MemoryLog(
            list(self.events), dict(self.uses), dict(self.armed), dict(self.people), None, streams
        )

    async def load(self, streams: Iterable[Stream]) -> dict[Stream, list[Recorded]]:
        """All events of each stream."""
        return {stream: list(self.streams.get(stream, ())) for stream in streams}

    async def carried_out(self, command_id: UUID) -> list[Recorded]:
        """All events of a command."""
        return [one for one in self.events if one.meta.command_id == command_id]

    async def person(self, person_id: UUID) -> Person | None:
        """The present row."""
        return self.people.get(person_id)

    async def __call__(self, work: Request | Undecided) -> tuple[Answer, Decision]:
        """Judge and store one request."""
        if isinstance(work, Undecided):
            meanwhile, self.before_decide = self.before_decide, None
            if meanwhile is not None:
                await meanwhile()
            before = (one for stream in work.planned for one in self.streams.get(stream, ()))
            if any(one.meta.command_id == work.context.command_id for one in before):
                return Answer(Status.REPEATED), Decision(())
            states = {stream: self.state(stream) for stream in work.planned}
            decision, expected = work.decide(states), dict(work.settled)
        else:
            decision, expected = work.decision, dict(work.expected)
        ids = [uuid5(work.context.command_id, str(n)) for n in range(len(decision.events))]
        if ids and any(one.event_id == ids[0] for one in self.events):
            return Answer(Status.REPEATED), decision
        if any(self.version(stream) != version for stream, version in expected.items()):
            return Answer(Status.CONFLICT), decision
        for guard in decision.effects.guards:
            if self.used(guard, work.context.at) >= guard.maximum:
                return Answer(Status.LIMITED, guard=guard), decision
        self._store(work.context, decision, ids)
        return Answer(Status.APPENDED, len(self.events)), decision

    def used(self, guard: Guard, at: datetime) -> int:
        """Live uses of others."""
        return sum(
            (kind, key) == (guard.kind, guard.key) and subject != guard.subject and until > at
            for (kind, key, subject), until in self.uses.items()
        )

    def version(self, stream: Stream) -> int:
        """How many events a stream has."""
        return len(self.streams.get(stream, ()))

    def state(self, stream: Stream) -> Any:
        """The fold of a stream."""
        return DECIDERS[stream.category].fold(one.event for one in self.streams.get(stream, ()))

    def _store(self, context: Context, decision: Decision, ids: Sequence[UUID]) -> None:
        meta = Meta(context.at, context.command_id, context.correlation_id, {"kind": context.actor.kind})
        for event_id, (stream, event) in zip(ids, decision.events, strict=True):
            version = self.version(stream) + 1
            one = Recorded(len(self.events) + 1, stream, version, event_id, event, meta)
            self.events.append(one)
            self.streams.setdefault(stream, []).append(one)
        self._effects(decision.effects)

    def _effects(self, effects: Effects) -> None:
        for use in effects.uses:
            self.uses[use.kind, use.key, use.subject] = use.until or LONG_AGO
        for timer in effects.timers:
            if isinstance(timer, Arm):
                self.armed[timer.kind, timer.subject] = timer.due_at
            elif timer.due_at in (None, self.armed.get((timer.kind, timer.subject))):
                self.armed.pop((timer.kind, timer.subject), None)
        for person in effects.people:
            known = self.people.get(person.person_id)
            if known is None or known.revision < person.revision:
                self.people[person.person_id] = person


def holder_of(
    uses: Mapping[tuple[str, str, UUID], datetime], kind: str, keys: Sequence[str], at: datetime
) -> UUID | None:
    """Who counts for one of these keys."""
    live = (
        subject for (of, key, subject), until in uses.items() if of == kind and key in keys and until > at
    )
    return next(live, None)


def counted_for(
    uses: Mapping[tuple[str, str, UUID], datetime], subject: UUID, at: datetime
) -> Mapping[str, str]:
    """For which network or mailbox an open booking counts."""
    return {
        kind: key
        for (kind, key, who), until in uses.items()
        if kind in OPEN_KINDS and who == subject and until > at
    }


@dataclass
class Office:
    """Booking in one hand: a log, a clock that stands still, and everything around."""

    log: MemoryLog = field(default_factory=MemoryLog)
    now: datetime = WEDNESDAY_AT_NINE
    draw: float = 0.5
    commands: int = 0
    latest_holds: Holds = Holds(0, 0)  # noqa: RUF009 - it cannot be changed
    invited: dict[UUID, Invitation] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Wire the handlers to the log."""
        handler = Handler(self.log, self.log, DECIDERS, planned=PLANNED, timers=timers)
        self.handlers = Handlers(handler, self)

    def context(self, name: object = None, by: str = "citizen") -> Context:
        """The next command's surroundings; the same name is the same command."""
        self.commands += 1
        command = uuid5(NIL, f"command {self.commands if name is None else name}")
        return Context(command, self.now, Actor(by), command)

    async def ask(self, command: Any, name: object = None) -> list[Event]:
        """Carry out a command; gives its events."""
        outcome = await self.handlers.execute(command, self.context(name))
        return [event for _stream, event in outcome.events]

    async def fire_due(self) -> int:
        """Fire every timer that is due, as the timer role would."""
        due = [(key, at) for key, at in self.log.armed.items() if at <= self.now]
        for (kind, subject), due_at in due:
            await self.handlers.fire(Due(kind, subject, due_at), self.now)
        return len(due)

    def passes(self, **time: float) -> None:
        """Time goes by."""
        self.now += timedelta(**time)

    # --- the surroundings

    def sites(self) -> Sequence[str]:
        """All sites."""
        return list(self._sites())

    def site(self, code: str) -> Site:
        """A site as last set."""
        return self._sites()[code]

    def _sites(self) -> dict[str, Site]:
        events = (one.event for one in self.log.events if one.stream.category in CATEGORIES)
        return dict(apply({}, events))

    async def plans(self, site: str, first: date, last: date) -> Sequence[DayPlan]:
        """The plans of these dates."""
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return [self.log.state(Stream.named("day_plan", site, day)) for day in days]

    def plan(self, stream: Stream) -> DayPlan:
        """A plan, folded anew: never the same object, so no answer is kept."""
        plan: DayPlan = self.log.state(stream)
        return plan

    async def stands(self, day: Stream, still: Callable[[DayPlan], bool], command_id: UUID) -> bool:
        """Nothing is kept in memory."""
        return False

    async def expire_due(self, site: str, day: date, at: datetime) -> int:
        """Fire the due holds of a day."""
        (plan,) = await self.plans(site, day, day)
        due = [
            Due(kind, subject, due_at)
            for (kind, subject), due_at in self.log.armed.items()
            if kind == HOLD_EXPIRY and due_at <= at and subject in plan.slots
        ]
        for timer in due:
            await self.handlers.fire(timer, at)
        return len(due)

    async def holds(self, site: str, first: datetime, last: datetime) -> Holds:
        """What a test says became of the latest holds."""
        return self.latest_holds

    async def invitation(self, invitation_id: UUID) -> Invitation | None:
        """What a test says documents called for."""
        return self.invited.get(invitation_id)

    async def holder(self, kind: str, keys: Sequence[str], at: datetime) -> UUID | None:
        """Who counts for one of them, by the guards' uses."""
        return holder_of(self.log.uses, kind, keys, at)

    async def counted(self, subject: UUID, at: datetime) -> Mapping[str, str]:
        """What a subject counts for."""
        return counted_for(self.log.uses, subject, at)

    async def queue(self, site: str, day: date) -> Line:
        """Who waits."""
        return line_of(self.log.streams, site, day)

    async def wishes(self, site: str, day: date) -> Sequence[Waiting]:
        """Who waits for such a day."""
        return active_wishes(self.log.streams, site, day)

    async def wishes_of(self, booking_id: UUID) -> Sequence[UUID]:
        """What is wished for a booking."""
        return open_wishes(self.log.streams, booking_id)

    def hashed(self, kind: str, value: str) -> str:
        """A stand-in for the keyed hash."""
        return f"{kind}#{value}"

    def chance(self) -> float:
        """The same draw each time."""
        return self.draw
