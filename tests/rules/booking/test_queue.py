"""Who is next: the five groups, walk-ins in between, and nobody lost or doubled."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buergerbuero_contracts.booking import BookingKind
from buergerbuero_contracts.envelope import Item
from services.booking.rules.catalogue import Service
from services.booking.rules.queue import Line, Waiting, for_counter, in_order
from services.booking.rules.settings import SiteSettings
from tests.rules.booking.office import CARD, at, uid

TEN = at("10:00")


def person(
    name: str,
    admitted: str,
    planned: str | None = None,
    *,
    kind: BookingKind | None = None,
    again: bool = False,
    counter: str | None = None,
    service: str = "id_card_apply",
) -> Waiting:
    usual = BookingKind.APPOINTMENT if planned else BookingKind.WALK_IN
    return Waiting(
        visit_id=uid(name),
        kind=kind or usual,
        admitted_at=at(admitted),
        planned_at=at(planned) if planned else None,
        again=again,
        counter=counter,
        public_number=name,
        items=(Item(service=service),),
    )


def names(*people: Waiting, turns: int = 0, every: int = 3) -> list[str]:
    line = in_order(Line(people, turns), TEN, SiteSettings(walk_in_every=every))
    return [one.public_number for one in line]


def test_the_groups_follow_each_other() -> None:
    early, walk_in = person("early", "09:52", "10:10"), person("walk-in", "09:00")
    again = person("again", "09:10", "09:15", again=True)
    due, emergency = person("due", "09:50", "09:55"), person("emergency", "09:59", kind=BookingKind.EMERGENCY)
    assert names(early, walk_in, again, due, emergency) == ["emergency", "due", "again", "walk-in", "early"]


def test_due_appointments_go_by_their_planned_start_not_by_their_coming() -> None:
    assert names(person("b", "09:20", "09:50"), person("a", "09:45", "09:40")) == ["a", "b"]
    assert names(person("on time", "09:55", "10:00"), person("soon", "09:50", "10:05")) == ["on time", "soon"]


def test_resumed_and_transferred_go_by_their_first_waiting_time() -> None:
    later, sooner = (
        person("later", "09:30", "09:35", again=True),
        person("sooner", "09:05", "09:50", again=True),
    )
    assert names(later, sooner) == ["sooner", "later"]


DUE = [person(f"d{n}", "09:00", f"09:{10 + n}") for n in range(7)]
WALK_INS = [person(f"w{n}", f"08:{10 + n}") for n in range(3)]


@pytest.mark.parametrize(
    ("turns", "every", "line"),
    [
        (0, 3, "d0 d1 d2 w0 d3 d4 d5 w1 d6 w2"),
        (2, 3, "d0 w0 d1 d2 d3 w1 d4 d5 d6 w2"),
        (3, 3, "w0 d0 d1 d2 w1 d3 d4 d5 w2 d6"),
        (9, 3, "w0 d0 d1 d2 w1 d3 d4 d5 w2 d6"),
        (0, 0, "d0 d1 d2 d3 d4 d5 d6 w0 w1 w2"),
    ],
)
def test_a_walk_in_comes_after_every_third_appointment(turns: int, every: int, line: str) -> None:
    assert names(*WALK_INS, *DUE, turns=turns, every=every) == line.split()


def test_without_due_appointments_a_walk_in_still_waits_for_the_resumed() -> None:
    again = person("again", "09:00", "09:05", again=True)
    assert names(*WALK_INS, again) == ["again", "w0", "w1", "w2"]


CATALOGUE = {
    "id_card_apply": Service(code="id_card_apply", sets=frozenset({"identity", "move"})),
    "id_card_pickup": Service(code="id_card_pickup", sets=frozenset({"pickup"})),
}


def test_a_counter_gets_those_whom_it_can_serve() -> None:
    apply, pick_up = (
        person("apply", "09:00", "09:10"),
        person("pick-up", "09:00", "09:05", service="id_card_pickup"),
    )
    sent = person("sent", "09:01", "09:06", again=True, counter="counter_2")
    people = [pick_up, sent, apply]

    def line(counter: str, *skills: str) -> list[str]:
        return [one.public_number for one in for_counter(people, counter, skills, CATALOGUE)]

    assert line("counter_1", "identity") == ["apply"]
    assert line("counter_2", "move", "certificates") == ["sent", "apply"]
    assert line("window_1", "pickup") == ["pick-up"]


MINUTES = st.integers(-120, 120)
PEOPLE = st.lists(
    st.builds(
        lambda id_, kind, came, plan, again: Waiting(
            visit_id=id_,
            kind=kind,
            admitted_at=TEN + timedelta(minutes=came),
            planned_at=None if plan is None else TEN + timedelta(minutes=plan),
            again=again,
            items=CARD,
        ),
        st.uuids(),
        st.sampled_from(list(BookingKind)),
        MINUTES,
        st.none() | MINUTES,
        st.booleans(),
    ),
    max_size=30,
    unique_by=lambda one: one.visit_id,
)


@settings(max_examples=300, deadline=None)
@given(PEOPLE, st.integers(0, 12), st.integers(0, 4), MINUTES)
def test_the_line_never_loses_or_doubles_a_person(
    people: list[Waiting], turns: int, every: int, minute: int
) -> None:
    now, rule = TEN + timedelta(minutes=minute), SiteSettings(walk_in_every=every)
    line = in_order(Line(tuple(people), turns), now, rule)
    assert sorted(_ids(line)) == sorted(_ids(people))
    assert line == in_order(Line(tuple(reversed(people)), turns), now, rule)


@settings(max_examples=150, deadline=None)
@given(PEOPLE, st.integers(0, 4))
def test_calling_the_head_again_and_again_calls_everybody_once_in_the_order_of_the_line(
    people: list[Waiting], turns: int
) -> None:
    """The line is computed anew for each call: what was first in it stays first."""
    whole = _ids(in_order(Line(tuple(people), turns), TEN))
    waiting, called, count = list(people), list[UUID](), turns
    while waiting:
        head = in_order(Line(tuple(waiting), count), TEN)[0]
        waiting.remove(head)
        called.append(head.visit_id)
        if head.kind is not BookingKind.EMERGENCY and not head.again:
            count = 0 if head.planned_at is None else count + 1
    assert called == whole


def _ids(people: list[Waiting]) -> list[UUID]:
    return [one.visit_id for one in people]
