"""The room of a site and date: counts that never go wrong, numbers that are given once."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from buergerbuero_contracts.booking import AdmissionRefusal, AdmissionRefused, BookingKind
from servicekit.testing.rules import Given, given, like
from services.booking.rules import admission
from services.booking.rules.admission import (
    CorrectOccupancy,
    CountEntry,
    CountExit,
    CountReturn,
    InferExit,
    RecordRefusal,
    Room,
)
from services.booking.rules.floor_events import EntryCounted, ExitCounted, OccupancyCorrected
from tests.rules.booking.office import BOOKING, THURSDAY, at, uid


def enter(name: object = "v", people: int = 1, kind: BookingKind = BookingKind.APPOINTMENT) -> CountEntry:
    return CountEntry(
        site="flensburg", day=THURSDAY, door="main", visit_id=uid(name), kind=kind, people=people
    )


def exit_(name: object = "v") -> InferExit:
    return InferExit(site="flensburg", day=THURSDAY, visit_id=uid(name))


def back(name: object = "v") -> CountReturn:
    return CountReturn(site="flensburg", day=THURSDAY, visit_id=uid(name))


def out(people: int) -> CountExit:
    return CountExit(site="flensburg", day=THURSDAY, door="main", people=people)


def room(*commands: admission.Command) -> Given[Room, admission.Command]:
    world = given(admission.DECIDER)
    for command in commands:
        world = world.and_given(*world.when(command).events)
    return world


def test_people_come_in_with_a_number_of_their_kind() -> None:
    first = room().when(enter("a", people=2))
    first.then(like(EntryCounted, people=2, occupancy=2, public_number="A001", door="main"))
    room(enter("a", people=2)).when(enter("b")).then(like(EntryCounted, occupancy=3, public_number="A002"))
    for kind, number in ((BookingKind.PICKUP, "P001"), (BookingKind.EMERGENCY, "E001")):
        room(enter("a")).when(enter("b", kind=kind)).then(like(EntryCounted, public_number=number))


def test_after_999_people_of_a_kind_the_next_letter_follows() -> None:
    crowded = Given(admission.DECIDER)
    state = crowded.state
    given_so_far = dict.fromkeys(("A",), 999)
    full = Room(occupancy=0, given=given_so_far, visits=state.visits, inside=state.inside)
    assert admission.enter(enter("b"), full).public_number == "B001"


def test_a_visit_enters_once() -> None:
    room(enter("a")).when(enter("a")).refused("wrong-state")


def test_the_end_of_a_visit_lets_its_people_out_once() -> None:
    inside = room(enter("a", people=2), enter("b"))
    inside.when(exit_("a")).then(like(ExitCounted, people=2, occupancy=1, door=None))
    room(enter("a"), exit_("a")).when(exit_("a")).nothing()
    inside.when(exit_("stranger")).nothing()


def test_who_comes_back_is_counted_in_again_with_the_same_number() -> None:
    gone = room(enter("a", people=2), exit_("a"))
    gone.when(back("a")).then(like(EntryCounted, people=2, occupancy=2, public_number=None))
    room(enter("a")).when(back("a")).nothing()
    gone.when(back("stranger")).nothing()


def test_exits_are_counted_and_never_empty_the_room_below_zero() -> None:
    room(enter("a", people=2)).when(out(1)).then(like(ExitCounted, people=1, occupancy=1, visit_id=None))
    room(enter("a")).when(out(5)).then(like(ExitCounted, people=5, occupancy=0))


def test_somebody_who_counted_is_right() -> None:
    correct = CorrectOccupancy(site="flensburg", day=THURSDAY, people=4)
    room(enter("a")).when(correct).then(like(OccupancyCorrected, occupancy=4))
    room(enter("a"), correct).when(correct).nothing()
    room(enter("a"), correct).when(enter("b")).then(like(EntryCounted, occupancy=5))


@pytest.mark.parametrize(
    "step", [out(0), out(1000), CorrectOccupancy(site="flensburg", day=THURSDAY, people=-1)]
)
def test_what_is_no_number_of_people_is_refused(step: admission.Command) -> None:
    room(enter("a")).when(step).refused("invalid-input")


def test_a_refusal_is_recorded_and_changes_nothing() -> None:
    refuse = RecordRefusal(
        site="flensburg",
        door="main",
        reason=AdmissionRefusal.TOO_LATE,
        at=at("10:20"),
        booking_id=BOOKING,
    )
    then = room(enter("a")).when(refuse)
    then.then(like(AdmissionRefused, reason="too-late", booking_id=BOOKING, door="main"))
    assert then.after == then.before


NAMES = st.sampled_from("abcdefgh")
STEPS = st.lists(
    st.one_of(
        st.builds(enter, NAMES, st.integers(1, 4), st.sampled_from(list(BookingKind))),
        st.builds(exit_, NAMES),
        st.builds(back, NAMES),
        st.builds(out, st.integers(1, 6)),
    ),
    max_size=40,
)


@settings(max_examples=200, deadline=None)
@for_all(STEPS)
def test_numbers_are_unique_and_the_room_is_never_emptier_than_empty(steps: list[admission.Command]) -> None:
    world, numbers, steps_taken = room(), list[str](), count()
    for step in steps:
        then = world.when(step)
        for event in then.events:
            if isinstance(event, EntryCounted) and event.public_number:
                numbers.append(event.public_number)
        world = world.and_given(*then.events)
        assert world.state.occupancy >= 0
        assert world.state.inside <= world.state.visits.keys()
        next(steps_taken)
    assert len(set(numbers)) == len(numbers) == len(world.state.visits)
