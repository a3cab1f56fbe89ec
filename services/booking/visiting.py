"""Commands on a visit carried out: the visit, the counters and the room it touches change together.

Promises: what a step means for counters and room follows from the visit before and after it, by one
rule for all steps; a visit that changed between choosing the streams and deciding is chosen again.
Shown by ``tests/rules/booking/test_floor.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, assert_never
from uuid import UUID

from buergerbuero_contracts.booking import BookingKind
from servicekit.decider import Refused
from servicekit.handle import Handler, Outcome
from servicekit.log import Busy, Context, Decision, Effects, Person, Recorded, States, Stream

from . import floor_commands as f
from . import pickups
from .case import Outdated, Part
from .rules import admission, catalogue, counter, visit
from .rules import visit_commands as c
from .rules.booking_state import Booking
from .rules.booking_state import folded as booked
from .rules.calendar import midnight
from .rules.settings import ExitMode
from .rules.site import Site
from .rules.visit_state import INSIDE, Visit, VisitStatus
from .streams import counter_stream, door_stream, visit_stream
from .surroundings import Surroundings, site_of

TRIES = 5
MOVES_PEOPLE = (f.MarkNotFound, f.ReturnToQueue, f.FinishService, f.LeaveVisit)
"""Commands after which people may be out of the room, or in it again."""
DELIVERS = (f.FinishService, f.CorrectVisit)
"""Commands that say what was delivered, and so which documents will be ordered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseVisit:
    """End the visit with its day, if it is still open."""

    visit_id: UUID


Asked = f.OfVisit | CloseVisit


@dataclass(frozen=True, slots=True)
class Visiting:
    """A command, and what it meets. ``known`` is the visit as it was when the streams were chosen."""

    command: Asked
    context: Context
    site: Site
    known: Visit
    person: Person | None = None

    @property
    def stream(self) -> Stream:
        """The visit's stream."""
        return visit_stream(self.known.visit_id)

    @property
    def booking(self) -> Stream:
        """The booking that it belongs to."""
        return Stream("booking", self.known.booking_id)

    @property
    def door(self) -> Stream | None:
        """The room, if the step may change who is in it and nobody counts exits."""
        inferred = self.site.opening.settings.exit_mode is ExitMode.INFERRED
        moves = isinstance(self.command, (*MOVES_PEOPLE, CloseVisit))
        return door_stream(self.known.site, self.known.day) if inferred and moves else None

    def counter(self, code: str) -> Stream:
        """A counter on the day of the visit."""
        return counter_stream(self.known.site, code, self.known.day)

    @property
    def streams(self) -> tuple[Stream, ...]:
        """All that the step may change, and the booking that it reads."""
        codes = {self.known.occupies} if self.known.occupies else set[str]()
        if isinstance(self.command, f.CallVisit):
            codes.add(self.command.counter)
        door = (self.door,) if self.door else ()
        return (self.stream, self.booking, *map(self.counter, sorted(codes)), *door)

    def decide(self, states: States) -> Decision:
        """The visit's events, and those of counters and room that follow from them."""
        before: Visit = states[self.stream]
        if before != self.known:
            raise Outdated
        row = self._row()
        events = visit.decide(self._step(states[self.booking], row), before)
        if not events:
            return Decision(())
        after = visit.DECIDER.fold(events, before)
        own = tuple((self.stream, event) for event in events)
        parts = (*own, *self._counters(before, after, states), *self._room(before, after, states))
        return Decision(parts, row)

    def _row(self) -> Effects:
        """A service after which a document is made keeps its person longer."""
        if not isinstance(self.command, DELIVERS):
            return Effects()
        return pickups.kept_for_document(self.person, self.command.delivered, self.context.at)

    def _counters(self, before: Visit, after: Visit, states: States) -> tuple[Part, ...]:
        if before.occupies == after.occupies:
            return ()
        place: dict[str, Any] = {"site": before.site, "day": before.day, "visit_id": before.visit_id}
        steps: list[counter.Free | counter.Occupy] = []
        if before.occupies:
            steps.append(counter.Free(counter=before.occupies, **place))
        if after.occupies:
            steps.append(counter.Occupy(counter=after.occupies, **place))
        return tuple(
            (stream, event)
            for step in steps
            for stream in (self.counter(step.counter),)
            for event in counter.decide(step, states[stream])
        )

    def _room(self, before: Visit, after: Visit, states: States) -> tuple[Part, ...]:
        was, is_ = before.status in INSIDE, after.status in INSIDE
        door = self.door
        if was == is_ or door is None:
            return ()
        step = admission.CountReturn if is_ else admission.InferExit
        moved = step(site=before.site, day=before.day, visit_id=before.visit_id)
        return tuple((door, event) for event in admission.decide(moved, states[door]))

    def _step(self, booking: Booking, row: Effects) -> c.Command:
        """The command as the visit's rules know it."""
        at, settings, who = self.context.at, self.site.opening.settings, _who(booking, row)
        match self.command:
            case f.CallVisit(counter=code, reason=reason):
                return c.Call(counter=code, reason=reason, at=at)
            case f.Recall():
                return c.Recall(at=at, settings=settings)
            case f.MarkNotFound():
                return c.MarkNotFound(at=at, who=who, settings=settings)
            case f.ReturnToQueue(reason=why):
                return c.ReturnToQueue(reason=why, at=at)
            case f.StartService(counter=code):
                return c.StartService(counter=code, at=at)
            case f.ParkVisit(reason=what):
                return c.Park(reason=what, at=at)
            case f.ResumeVisit():
                return c.Resume(at=at)
            case f.TransferVisit(counter=target):
                return c.Transfer(counter=target, at=at)
            case f.FinishService(delivered=delivered, reason=nothing):
                return c.Finish(delivered=delivered, reason=nothing, at=at, who=who)
            case f.LeaveVisit():
                return c.Leave(at=at)
            case f.CorrectVisit(delivered=delivered, reason=nothing):
                return c.Correct(delivered=delivered, reason=nothing, at=at, who=who)
            case CloseVisit():
                return c.Close(at=min(at, last_moment(self.known.day)), who=who)
            case _:
                assert_never(self.command)


def _who(booking: Booking, row: Effects) -> c.Who:
    revision = max([booking.person_revision, *(person.revision for person in row.people)])
    return c.Who(booking.person_id, revision or None, booking.kind is BookingKind.PICKUP)


def last_moment(day: date) -> datetime:
    """What is closed with a day is closed on that day, whenever somebody gets to it."""
    return midnight(day + timedelta(days=1)) - timedelta(seconds=1)


async def of_visit(handler: Handler, around: Surroundings, command: Asked, context: Context) -> Outcome:
    """Carry out one command on a visit. Refuses ``not-found``; raises ``Busy`` if it never holds still."""
    for _ in range(TRIES):
        known = folded(await history(handler, command.visit_id))
        if known.status is VisitStatus.NONE:
            raise Refused("not-found")
        site = site_of(around, known.site)
        _must_fit(command, known, site)
        person = await _person(handler, known) if isinstance(command, DELIVERS) else None
        case = Visiting(command, context, site, known, person)
        try:
            return await handler.run(context, case.streams, case.decide)
        except Outdated:
            continue
    raise Busy


def _must_fit(command: Asked, known: Visit, site: Site) -> None:
    """Counters and services that a command names are those of the site."""
    match command:
        case f.CallVisit(counter=str() as code) | f.TransferVisit(counter=str() as code):
            must_exist(site, code)
    match command:
        case f.TransferVisit(counter=str() as code):
            skills = frozenset(site.opening.counters[code].skills)
            if not all(need & skills for need in catalogue.needs(site.catalogue, known.items)):
                raise Refused("skill-missing")
        case f.FinishService() | f.CorrectVisit():
            services = [item.service for item in command.delivered]
            if not all(code in site.catalogue for code in services):
                raise Refused("unknown-service")
            if len(set(services)) < len(services):
                raise Refused("invalid-input", errors={"delivered": "twice"})


def must_exist(site: Site, code: str) -> None:
    """Refuses ``unknown-counter``."""
    if code not in site.opening.counters:
        raise Refused("unknown-counter")


async def _person(handler: Handler, known: Visit) -> Person | None:
    """Whose visit it is; None if the row is not booking's own, or there is none."""
    stream = Stream("booking", known.booking_id)
    booking = booked((await handler.store.load([stream]))[stream])
    return await handler.store.person(booking.person_id) if booking.person_id else None


async def history(handler: Handler, visit_id: UUID) -> Sequence[Recorded]:
    """The events of a visit; empty for an unknown one."""
    stream = visit_stream(visit_id)
    return (await handler.store.load([stream]))[stream]


def folded(events: Sequence[Recorded]) -> Visit:
    """The visit after stored events."""
    return visit.DECIDER.fold(one.event for one in events)
