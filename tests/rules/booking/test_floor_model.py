"""Whatever happens on the floor, in whatever order: nobody is lost, doubled, or at two counters."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from buergerbuero_contracts.booking import (
    AdmissionMode,
    CallOutOfOrderReason,
    CitizenCalled,
    NothingDeliveredReason,
    OverrideReason,
    ParkReason,
    ReturnReason,
)
from servicekit.decider import Refused
from services.booking import floor_commands as f
from services.booking.contact import ContactData
from services.booking.rules.visit_state import INSIDE, Visit, VisitStatus, visit_id_of
from services.booking.streams import counter_stream, door_stream, visit_stream
from tests.rules.booking.flensburg import flensburg, standing
from tests.rules.booking.memory import MemoryLog, Office
from tests.rules.booking.office import THURSDAY, at

COUNTERS = ("counter_1", "counter_2", "counter_3", "counter_6")
CLOCKS = ("10:00", "10:20", "10:40", "11:00", "11:20")
_READY: list[tuple[MemoryLog, tuple[UUID, ...]]] = []
PERSON, DESK = st.integers(0, len(CLOCKS) - 1), st.sampled_from(COUNTERS[:3])


async def ready() -> tuple[Office, tuple[UUID, ...]]:
    """Five people with appointments, three open counters; nobody is there yet."""
    if not _READY:
        office = await flensburg()
        bookings = [
            (await standing(office, clock, ContactData(clock, f"p{n}@example.org"))).booking_id
            for n, clock in enumerate(CLOCKS)
        ]
        office.now = at("09:55")
        for code in COUNTERS[:3]:
            await office.ask(f.OpenCounter(site="flensburg", counter=code))
        _READY.append((office.log, tuple(bookings)))
    log, known = _READY[0]
    return Office(log=log.copy(), commands=5_000, now=at("09:55")), known


@dataclass(frozen=True)
class Do:
    """One thing that somebody tries."""

    what: str
    person: int
    counter: str
    minutes: int

    def command(self, booking: UUID) -> f.OfFloor:
        """As a command on the person, or at the counter."""
        visit = visit_id_of(booking)
        match self.what:
            case "admit":
                return f.AdmitCitizen(
                    booking_id=booking,
                    site="flensburg",
                    door="main",
                    people=1 + self.person % 2,
                    mode=AdmissionMode.NAME,
                    override=OverrideReason.QUIET_HOUSE,
                )
            case "next":
                return f.CallNext(site="flensburg", counter=self.counter)
            case "pick":
                why = CallOutOfOrderReason.CHILD
                return f.CallVisit(visit_id=visit, counter=self.counter, reason=why)
            case "return":
                return f.ReturnToQueue(visit_id=visit, reason=ReturnReason.CAME_LATE)
            case "park":
                return f.ParkVisit(visit_id=visit, reason=ParkReason.FORM)
            case "start":
                return f.StartService(visit_id=visit, counter=self.counter)
            case "finish":
                return f.FinishService(visit_id=visit, reason=NothingDeliveredReason.INFORMATION_ONLY)
            case "transfer":
                return f.TransferVisit(visit_id=visit, counter=self.counter)
            case "close":
                return f.CloseCounter(site="flensburg", counter=self.counter)
            case "open":
                return f.OpenCounter(site="flensburg", counter=self.counter)
        plain: dict[str, Callable[..., f.OfFloor]] = {
            "recall": f.Recall,
            "lost": f.MarkNotFound,
            "resume": f.ResumeVisit,
            "leave": f.LeaveVisit,
        }
        return plain[self.what](visit_id=visit)


WHAT = st.sampled_from(
    ["admit"] * 4
    + ["next"] * 4
    + ["start", "finish"] * 3
    + ["pick", "return", "park", "resume", "transfer", "recall", "recall", "lost", "leave", "close", "open"]
)
STEPS = st.lists(st.builds(Do, WHAT, PERSON, DESK, st.integers(0, 3)), min_size=10, max_size=50)
FITS: dict[str, VisitStatus] = {
    "admit": VisitStatus.NONE,
    "pick": VisitStatus.WAITING,
    "start": VisitStatus.CALLED,
    "recall": VisitStatus.CALLED,
    "lost": VisitStatus.CALLED,
    "finish": VisitStatus.IN_SERVICE,
    "park": VisitStatus.IN_SERVICE,
    "transfer": VisitStatus.IN_SERVICE,
    "resume": VisitStatus.PARKED,
    "return": VisitStatus.GONE,
    "leave": VisitStatus.WAITING,
}
"""In which state a step fits."""


def aimed(step: Do, office: Office, bookings: tuple[UUID, ...]) -> f.OfFloor:
    """The step as a command, mostly on somebody whom it suits, and at the counter that called."""
    visits = visits_of(office, bookings)
    fit = [one for one in bookings if visits[visit_id_of(one)].status is FITS.get(step.what)]
    booking = (fit or bookings)[step.person % len(fit or bookings)]
    called_at = visits[visit_id_of(booking)].counter
    if step.what == "start" and step.minutes and called_at:
        step = replace(step, counter=called_at)
    return step.command(booking)


def visits_of(office: Office, bookings: tuple[UUID, ...]) -> dict[UUID, Visit]:
    return {id_: office.log.state(visit_stream(id_)) for id_ in map(visit_id_of, bookings)}


async def everything_fits(office: Office, bookings: tuple[UUID, ...]) -> None:
    """Visits, counters, room and line tell the same story."""
    visits = visits_of(office, bookings)
    at_counters = {
        code: day.visit_id
        for code in COUNTERS
        if (day := office.log.state(counter_stream("flensburg", code, THURSDAY))).visit_id
    }
    assert at_counters == {visit.occupies: id_ for id_, visit in visits.items() if visit.occupies}
    assert len(set(at_counters.values())) == len(at_counters)
    room = office.log.state(door_stream("flensburg", THURSDAY))
    inside = {id_ for id_, visit in visits.items() if visit.status in INSIDE}
    assert room.inside == inside
    assert room.occupancy == sum(room.visits[id_] for id_ in inside)
    line = [one.visit_id for one in (await office.queue("flensburg", THURSDAY)).people]
    waiting = [id_ for id_, visit in visits.items() if visit.status is VisitStatus.WAITING]
    assert sorted(line) == sorted(waiting)


async def played(steps: list[Do]) -> None:
    office, bookings = await ready()
    for step in steps:
        office.now = min(office.now + timedelta(minutes=step.minutes), at("17:00"))
        try:
            await office.ask(aimed(step, office, bookings))
        except Refused:
            continue
        await everything_fits(office, bookings)
    await drained(office, bookings)


async def drained(office: Office, bookings: tuple[UUID, ...]) -> None:
    """A counter that was never used calls whoever waits: each of them once."""
    waiting = [id_ for id_, one in visits_of(office, bookings).items() if one.status is VisitStatus.WAITING]
    here = [id_ for id_ in waiting if office.log.state(visit_stream(id_)).target is None]
    await office.ask(f.OpenCounter(site="flensburg", counter="counter_6"))
    called = Counter[UUID]()
    for _ in range(len(here)):
        events = await office.ask(f.CallNext(site="flensburg", counter="counter_6"))
        (call,) = (event for event in events if isinstance(event, CitizenCalled))
        called[call.visit_id] += 1
        await office.ask(f.StartService(visit_id=call.visit_id, counter="counter_6"))
        done = f.FinishService(visit_id=call.visit_id, reason=NothingDeliveredReason.INFORMATION_ONLY)
        await office.ask(done)
    assert called == Counter(here)
    await everything_fits(office, bookings)


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_the_floor_never_loses_or_doubles_a_person(steps: list[Do]) -> None:
    asyncio.run(played(steps))
