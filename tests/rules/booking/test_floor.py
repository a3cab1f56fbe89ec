"""Whole commands of the floor on a log in memory: counters, queue, the end of the day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from buergerbuero_contracts.booking import (
    CallOutOfOrderReason,
    CitizenLeft,
    CounterClosed,
    NothingDeliveredReason,
    ParkReason,
    PauseReason,
    ReturnReason,
    ServiceFinished,
    VisitCorrected,
)
from buergerbuero_contracts.envelope import Event, Item
from servicekit.decider import Refused
from services.booking import commands as ask
from services.booking import floor_commands as f
from services.booking.rules.opening import ConfigureSite
from services.booking.rules.settings import ExitMode, SiteSettings
from services.booking.rules.visit_state import VisitStatus
from services.booking.streams import door_stream
from tests.rules.booking.memory import Office
from tests.rules.booking.office import THURSDAY, at, uid
from tests.rules.booking.on_floor import (
    CARD,
    call_next,
    counter,
    inside,
    opened,
    room,
    status,
)

# --- counters and the queue


async def test_the_next_person_is_called_served_and_done(office: Office) -> None:
    visit = await inside(office)
    await opened(office, "counter_1")
    called = await call_next(office)
    assert (called.visit_id, called.counter, called.call_no) == (visit, "counter_1", 1)
    assert counter(office).visit_id == visit
    with pytest.raises(Refused, match="counter-busy"):
        await call_next(office)
    await office.ask(f.StartService(visit_id=visit, counter="counter_1"))
    events = await office.ask(f.FinishService(visit_id=visit, delivered=CARD))
    (finished,) = (event for event in events if isinstance(event, ServiceFinished))
    assert finished.delivered == CARD and finished.person_id is not None
    assert counter(office).visit_id is None
    assert room(office).occupancy == 0
    with pytest.raises(Refused, match="queue-empty"):
        await call_next(office)


@pytest.mark.parametrize("state", ["closed", "paused"])
async def test_only_an_open_counter_calls(office: Office, state: str) -> None:
    await inside(office)
    if state == "paused":
        await opened(office, "counter_1")
        pause = f.PauseCounter(site="flensburg", counter="counter_1", reason=PauseReason.BREAK)
        await office.ask(pause)
    with pytest.raises(Refused, match="counter-busy"):
        await call_next(office)
    with pytest.raises(Refused, match="unknown-counter"):
        await call_next(office, "counter_99")


async def test_a_repeated_call_meets_the_person_it_called(office: Office) -> None:
    first, second = await inside(office, "10:00", "Eva"), await inside(office, "10:15", "Ole")
    await opened(office, "counter_1", "counter_2")
    once = await call_next(office, "counter_1", "a double click")
    again = await call_next(office, "counter_1", "a double click")
    assert once == again and once.visit_id == first
    assert (await call_next(office, "counter_2")).visit_id == second
    await office.ask(f.StartService(visit_id=first, counter="counter_1"))
    await office.ask(f.FinishService(visit_id=first, delivered=CARD))
    assert (await call_next(office, "counter_1", "a double click")).visit_id == first


async def test_another_counter_was_faster_so_the_next_person_comes(office: Office) -> None:
    """The line is a moment old: its head is called already."""
    first, second = await inside(office, "10:00", "Eva"), await inside(office, "10:15", "Ole")
    await opened(office, "counter_1", "counter_2")
    stale = await office.queue("flensburg", THURSDAY)
    assert (await call_next(office, "counter_1")).visit_id == first

    async def old_line(_site: str, _day: object) -> object:
        return stale

    office.queue = old_line  # type: ignore[method-assign, assignment]
    assert (await call_next(office, "counter_2")).visit_id == second
    await opened(office, "counter_3")
    with pytest.raises(Refused, match="queue-empty"):
        await call_next(office, "counter_3")


async def test_picking_another_person_needs_a_reason(office: Office) -> None:
    first, second = await inside(office, "10:00", "Eva"), await inside(office, "10:15", "Ole")
    await opened(office, "counter_1", "counter_2")
    with pytest.raises(Refused, match="reason-missing"):
        await office.ask(f.CallVisit(visit_id=second, counter="counter_1"))
    why = CallOutOfOrderReason.ACCESSIBILITY
    await office.ask(f.CallVisit(visit_id=second, counter="counter_1", reason=why))
    await office.ask(f.CallVisit(visit_id=first, counter="counter_2"), "head")
    assert await office.ask(f.CallVisit(visit_id=first, counter="counter_2"), "head")
    with pytest.raises(Refused, match="not-found"):
        await office.ask(f.CallVisit(visit_id=uid("nobody"), counter="counter_2"))


async def test_a_person_not_found_leaves_the_room_and_may_come_back(office: Office) -> None:
    visit = await inside(office)
    await opened(office, "counter_1")
    await call_next(office)
    for _ in range(2):
        office.passes(minutes=3)
        await office.ask(f.Recall(visit_id=visit))
    await office.ask(f.MarkNotFound(visit_id=visit))
    assert (room(office).occupancy, counter(office).visit_id) == (0, None)
    await office.ask(f.ReturnToQueue(visit_id=visit, reason=ReturnReason.CAME_LATE))
    assert (room(office).occupancy, status(office, visit)) == (1, VisitStatus.WAITING)
    assert (await call_next(office)).visit_id == visit


async def test_a_parked_visit_frees_the_counter_and_is_called_again(office: Office) -> None:
    visit = await inside(office)
    await opened(office, "counter_1")
    await call_next(office)
    await office.ask(f.StartService(visit_id=visit, counter="counter_1"))
    await office.ask(f.ParkVisit(visit_id=visit, reason=ParkReason.PHOTO))
    assert (counter(office).visit_id, room(office).occupancy) == (None, 1)
    await office.ask(f.ResumeVisit(visit_id=visit))
    assert (await call_next(office)).visit_id == visit


async def test_a_transfer_goes_where_somebody_can_do_it(office: Office) -> None:
    visit = await inside(office)
    await opened(office, "counter_1", "counter_2")
    await call_next(office)
    await office.ask(f.StartService(visit_id=visit, counter="counter_1"))
    with pytest.raises(Refused, match="skill-missing"):
        await office.ask(f.TransferVisit(visit_id=visit, counter="window_1"))
    await office.ask(f.TransferVisit(visit_id=visit, counter="counter_2"))
    with pytest.raises(Refused, match="queue-empty"):
        await call_next(office, "counter_1")
    assert (await call_next(office, "counter_2")).visit_id == visit


@pytest.mark.parametrize(
    ("delivered", "code"),
    [((), "reason-missing"), ((Item(service="magic"),), "unknown-service"), (CARD * 2, "invalid-input")],
)
async def test_a_finish_names_what_was_delivered(
    office: Office, delivered: tuple[Item, ...], code: str
) -> None:
    visit = await inside(office)
    await opened(office, "counter_1")
    await call_next(office)
    await office.ask(f.StartService(visit_id=visit, counter="counter_1"))
    with pytest.raises(Refused, match=code):
        await office.ask(f.FinishService(visit_id=visit, delivered=delivered))


@pytest.mark.parametrize("told", ["at the finish", "by a correction"])
async def test_a_service_that_makes_a_document_keeps_the_person_for_it(office: Office, told: str) -> None:
    visit = await inside(office)
    await opened(office, "counter_1")
    await call_next(office)
    await office.ask(f.StartService(visit_id=visit, counter="counter_1"))
    if told == "by a correction":
        nothing = NothingDeliveredReason.INFORMATION_ONLY
        await office.ask(f.FinishService(visit_id=visit, delivered=(), reason=nothing))
        assert all(row.keep_until < office.now + timedelta(days=89) for row in office.log.people.values())
        events = await office.ask(f.CorrectVisit(visit_id=visit, delivered=CARD))
    else:
        events = await office.ask(f.FinishService(visit_id=visit, delivered=CARD))
    (done,) = (event for event in events if isinstance(event, ServiceFinished | VisitCorrected))
    assert done.person_id is not None
    row = office.log.people[done.person_id]
    assert row.revision == done.person_revision
    assert row.keep_until > office.now + timedelta(days=89)


async def test_where_exits_are_counted_the_end_of_a_visit_lets_nobody_out(office: Office) -> None:
    counted = SiteSettings(exit_mode=ExitMode.COUNTED)
    step = ConfigureSite(site="flensburg", settings=counted)
    await office.ask(ask.SetUp(site="flensburg", steps=(step,)))
    visit = await inside(office)
    await office.ask(f.LeaveVisit(visit_id=visit))
    assert room(office).occupancy == 1
    await office.ask(f.CountExit(site="flensburg", door="main", people=1))
    assert room(office).occupancy == 0


# --- the end of the day


async def test_the_day_ends_an_hour_after_closing_and_forgets_nobody(office: Office) -> None:
    """Thursday closes at 17:30."""
    served, waiting = await inside(office, "10:00", "Eva"), await inside(office, "10:15", "Ole")
    await opened(office, "counter_1")
    assert (await call_next(office)).visit_id == served
    await office.ask(f.StartService(visit_id=served, counter="counter_1"))
    with pytest.raises(Refused, match="day-open"):
        await office.ask(f.CloseDay(site="flensburg", day=THURSDAY))
    key = ("close-day", door_stream("flensburg", THURSDAY).id)
    assert office.log.armed[key] == at("18:30")
    office.now = at("18:30")
    await office.fire_due()
    assert key not in office.log.armed
    ends: list[Event] = [
        one.event for one in office.log.events if isinstance(one.event, ServiceFinished | CitizenLeft)
    ]
    assert {(type(event), event.visit_id) for event in ends} == {  # type: ignore[attr-defined]
        (ServiceFinished, served),
        (CitizenLeft, waiting),
    }
    assert (room(office).occupancy, counter(office).status.value) == (0, "closed")
    assert await office.ask(f.CloseDay(site="flensburg", day=THURSDAY)) == []


async def test_a_day_that_got_longer_is_closed_later(office: Office) -> None:
    await inside(office)
    key = ("close-day", door_stream("flensburg", THURSDAY).id)
    early = at("12:00")
    office.log.armed[key] = early
    office.now = early
    await office.fire_due()
    assert office.log.armed[key] == at("18:30")
    assert not any(isinstance(one.event, CitizenLeft | CounterClosed) for one in office.log.events)


async def test_what_is_closed_the_next_morning_ended_on_its_day(office: Office) -> None:
    visit = await inside(office)
    office.now = at("18:30") + timedelta(hours=14)
    await office.ask(f.CloseDay(site="flensburg", day=THURSDAY))
    (left,) = (one.event for one in office.log.events if isinstance(one.event, CitizenLeft))
    assert (left.visit_id, left.at) == (visit, at("23:59") + timedelta(seconds=59))
