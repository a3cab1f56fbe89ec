"""A visit: every row of its table, and everything that has no row."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from buergerbuero_contracts.booking import (
    CallOutOfOrderReason,
    CitizenCalled,
    CitizenLeft,
    CitizenNotFound,
    LeaveReason,
    NothingDeliveredReason,
    ReturnReason,
    ServiceFinished,
    ServiceStarted,
    VisitCorrected,
    VisitOpened,
    VisitParked,
    VisitResumed,
    VisitReturned,
    VisitTransferred,
)
from buergerbuero_contracts.envelope import Event, Item
from servicekit.testing.rules import Given, given, like
from services.booking.rules import visit
from services.booking.rules import visit_commands as c
from services.booking.rules.visit_state import Visit, VisitStatus
from tests.rules.booking.office import PERSON, at, on
from tests.rules.booking.visits import (
    CALL,
    CLOSE,
    DELIVERED,
    FINISH,
    LEAVE,
    LOST,
    NOTHING,
    OPEN,
    PARK,
    PICKUP,
    RESUME,
    STAGES,
    START,
    WHO,
    after,
    called,
)

FRIDAY = date(2026, 12, 4)
RECALL = c.Recall(at=at("10:04"))
MISS = c.MarkNotFound(at=at("10:08"), who=WHO)
RETURN = c.ReturnToQueue(reason=ReturnReason.CAME_LATE, at=at("10:12"))
TRANSFER = c.Transfer(counter="counter_2", at=at("10:07"))
CORRECT = c.Correct(delivered=(), reason=NOTHING, at=at("11:00"))


def at_stage(name: str) -> Given[Visit, c.Command]:
    return given(visit.DECIDER, *STAGES[name])


def follows(*commands: c.Command) -> Given[Visit, c.Command]:
    return given(visit.DECIDER, *after(*commands))


ROWS: list[tuple[str, c.Command, type[Event], str]] = [
    ("none", OPEN, VisitOpened, "waiting"),
    ("waiting", CALL, CitizenCalled, "called"),
    ("waiting", LEAVE, CitizenLeft, "gone"),
    ("waiting", CLOSE, CitizenLeft, "closed"),
    ("called", RECALL, CitizenCalled, "called"),
    ("called", RETURN, VisitReturned, "waiting"),
    ("called", START, ServiceStarted, "in_service"),
    ("called", CLOSE, CitizenLeft, "closed"),
    ("gone", RETURN, VisitReturned, "waiting"),
    ("in_service", PARK, VisitParked, "parked"),
    ("in_service", TRANSFER, VisitTransferred, "waiting"),
    ("in_service", FINISH, ServiceFinished, "finished"),
    ("in_service", CLOSE, ServiceFinished, "closed"),
    ("parked", RESUME, VisitResumed, "waiting"),
    ("parked", LEAVE, CitizenLeft, "gone"),
    ("parked", CLOSE, CitizenLeft, "closed"),
    ("finished", CORRECT, VisitCorrected, "finished"),
]
"""The rows of the table: state, command, event, next state. MarkNotFound has tests of its own."""

QUIET = {
    *(("waiting", "ReturnToQueue"), ("in_service", "StartService"), ("parked", "Park")),
    *(("gone", "Leave"), ("gone", "MarkNotFound"), ("finished", "Finish")),
    *((state, "Close") for state in ("none", "gone", "finished", "closed")),
}
"""A repeat whose effect already holds, and a day that ends over what has ended."""


@pytest.mark.parametrize(("state", "command", "event", "next_state"), ROWS)
def test_a_row_of_the_table(state: str, command: c.Command, event: type[Event], next_state: str) -> None:
    then = at_stage(state).when(command).then(like(event))
    assert then.after.status is VisitStatus(next_state)


EVERY = [OPEN, CALL, RECALL, MISS, RETURN, START, PARK, RESUME, TRANSFER, FINISH, LEAVE, CLOSE, CORRECT]
OWN_TESTS = {("called", "MarkNotFound")}


@pytest.mark.parametrize("state", list(STAGES))
@pytest.mark.parametrize("command", EVERY, ids=lambda command: type(command).__name__)
def test_what_has_no_row_is_refused_or_holds_already(state: str, command: c.Command) -> None:
    name = type(command).__name__
    if any((state, name) == (row[0], type(row[1]).__name__) for row in ROWS) or (state, name) in OWN_TESTS:
        return
    then = at_stage(state).when(command)
    if (state, name) in QUIET:
        then.nothing()
    else:
        then.refused("wrong-state")


def test_the_opening_says_what_the_queue_and_the_display_need() -> None:
    opened = given(visit.DECIDER).when(OPEN).of(VisitOpened)
    assert (opened.public_number, opened.planned_at, opened.at) == ("A001", at("10:00"), at("09:55"))


# --- calls


def test_a_call_out_of_order_tells_why() -> None:
    call = c.Call(counter="counter_1", at=at("10:02"), reason=CallOutOfOrderReason.CHILD)
    at_stage("waiting").when(call).then(
        like(CitizenCalled, call_no=1, counter="counter_1", reason="child", public_number="A001")
    )


@pytest.mark.parametrize(("seconds", "code"), [(0, "recall-later"), (59, "recall-later"), (60, None)])
def test_a_recall_waits_a_minute_since_the_last_call(seconds: int, code: str | None) -> None:
    then = follows(OPEN, *called("10:02", "10:04")).when(
        c.Recall(at=at("10:04") + timedelta(seconds=seconds))
    )
    if code:
        assert then.refused(code).details == {"retry_at": at("10:05")}
    else:
        then.then(like(CitizenCalled, call_no=3, counter="counter_1"))


@pytest.mark.parametrize(
    ("calls", "clock", "code"),
    [
        (("10:02", "10:04"), "10:20", "recall-first"),
        (("10:02", "10:03", "10:04"), "10:06", "recall-first"),
        (("10:02", "10:03", "10:04"), "10:07", None),
    ],
    ids=["two calls", "four minutes since the first", "three calls and five minutes"],
)
def test_nobody_is_not_found_before_three_calls_and_five_minutes(
    calls: tuple[str, ...], clock: str, code: str | None
) -> None:
    then = follows(OPEN, *called(*calls)).when(c.MarkNotFound(at=at(clock), who=WHO))
    if code:
        then.refused(code)
    else:
        then.then(like(CitizenNotFound, call_no=3, person_id=PERSON, person_revision=3))


def test_a_person_who_was_returned_gets_three_calls_again() -> None:
    returned = follows(*LOST, RETURN, *called("10:15"))
    returned.when(c.MarkNotFound(at=at("10:30"), who=WHO)).refused("recall-first")
    assert returned.state.calls == 4


def test_only_the_counter_that_called_may_start() -> None:
    start = c.StartService(counter="counter_2", at=at("10:03"))
    refused = at_stage("called").when(start).refused("wrong-state")
    assert refused.details["counter"] == "counter_1"


def test_who_comes_back_the_next_day_is_not_put_back_into_the_queue() -> None:
    tomorrow = c.ReturnToQueue(reason=ReturnReason.CAME_LATE, at=on(FRIDAY, "10:00"))
    at_stage("gone").when(tomorrow).refused("past-read-only")


def test_a_parked_or_transferred_person_waits_again_and_keeps_the_first_waiting_time() -> None:
    resumed = at_stage("parked").when(RESUME).after
    assert (resumed.again, resumed.opened_at, resumed.counter) == (True, at("09:55"), "")
    moved = at_stage("in_service").when(TRANSFER).after
    assert (moved.again, moved.target) == (True, "counter_2")


# --- the end


def test_a_finish_names_the_person_the_plan_and_what_was_delivered() -> None:
    at_stage("in_service").when(FINISH).then(
        like(
            ServiceFinished,
            counter="counter_1",
            delivered=DELIVERED,
            planned_at=at("10:00"),
            person_id=PERSON,
            person_revision=3,
            inaccurate=False,
        )
    )


@pytest.mark.parametrize("command", [c.Finish, c.Correct])
def test_nothing_delivered_needs_a_reason(command: type[c.Finish] | type[c.Correct]) -> None:
    state = "in_service" if command is c.Finish else "finished"
    at_stage(state).when(command(delivered=(), reason=None, at=at("10:20"))).refused("reason-missing")
    why = command(delivered=(), reason=NothingDeliveredReason.INFORMATION_ONLY, at=at("10:20"))
    at_stage(state).when(why).then(
        like(ServiceFinished if command is c.Finish else VisitCorrected, reason="information_only")
    )


@pytest.mark.parametrize("state", ["waiting", "called", "in_service", "parked"])
def test_a_pick_up_finishes_from_any_open_state(state: str) -> None:
    """The document is out: the window is no counter that calls."""
    card = (Item(service="id_card_pickup"),)
    finish = c.Finish(delivered=card, reason=None, at=at("10:20"), who=PICKUP)
    at_stage(state).when(finish).then(like(ServiceFinished, delivered=card))
    at_stage("gone").when(finish).refused("wrong-state")


def test_a_forgotten_end_is_inaccurate_and_named_a_reason() -> None:
    at_stage("in_service").when(CLOSE).then(
        like(ServiceFinished, inaccurate=True, delivered=(), reason="day_end", person_id=PERSON)
    )
    at_stage("parked").when(CLOSE).then(like(CitizenLeft, reason=LeaveReason.DAY_END))


def test_a_correction_is_for_the_same_day_and_replaces_the_list() -> None:
    at_stage("finished").when(CORRECT).then(like(VisitCorrected, delivered=(), reason=NOTHING))
    same = c.Correct(delivered=DELIVERED, reason=None, at=at("11:00"))
    at_stage("finished").when(same).nothing()
    late = c.Correct(delivered=(), reason=NOTHING, at=on(FRIDAY, "08:00"))
    at_stage("finished").when(late).refused("past-read-only")


def test_a_correction_tells_what_it_replaces_and_whose_visit_it_was() -> None:
    """Documents orders what a correction adds, for the person of the visit."""
    twice = c.Correct(delivered=(*DELIVERED, *DELIVERED), reason=None, at=at("11:00"), who=WHO)
    at_stage("finished").when(twice).then(
        like(VisitCorrected, replaced=DELIVERED, person_id=PERSON, person_revision=WHO.person_revision)
    )


def test_f40_a_second_call_after_not_found_keeps_the_first_wait_and_the_visit() -> None:
    """Planned 9:05, admitted 9:00, called thrice, not found, returned, called, served: one visit."""
    opening = c.OpenVisit(
        visit_id=OPEN.visit_id,
        booking_id=OPEN.booking_id,
        site="flensburg",
        public_number="A007",
        items=OPEN.items,
        planned_at=at("09:05"),
        at=at("09:00"),
    )
    history = after(
        opening,
        *called("09:10", "09:12", "09:14"),
        c.MarkNotFound(at=at("09:16"), who=WHO),
        c.ReturnToQueue(reason=ReturnReason.CAME_LATE, at=at("09:20")),
        *called("09:30"),
        c.StartService(counter="counter_1", at=at("09:31")),
        c.Finish(delivered=DELIVERED, reason=None, at=at("09:40"), who=WHO),
    )
    told: dict[str, list[tuple[str, object]]] = {}
    visits: set[UUID] = set()
    for event in history:
        told.setdefault(type(event).__name__, []).append((f"{event.at:%H:%M}", event))  # type: ignore[attr-defined]
        visits.add(event.visit_id)  # type: ignore[attr-defined]
    first = min(event.at for event in history if isinstance(event, CitizenCalled))
    assert first - at("09:00") == timedelta(minutes=10)
    assert first - at("09:05") == timedelta(minutes=5)
    assert [event.call_no for event in history if isinstance(event, CitizenCalled)] == [1, 2, 3, 4]
    assert {event.public_number for event in history if isinstance(event, CitizenCalled)} == {"A007"}
    assert len(visits) == 1 and len(told["ServiceFinished"]) == 1
    assert list(told)[-1] == "ServiceFinished" and "CitizenLeft" not in told
    names = [type(event).__name__ for event in history]
    assert names.index("CitizenNotFound") < names.index("VisitReturned")
    (started,), (finished,) = (
        [event.at for event in history if isinstance(event, kind)]
        for kind in (ServiceStarted, ServiceFinished)
    )
    assert finished - started == timedelta(minutes=9)
