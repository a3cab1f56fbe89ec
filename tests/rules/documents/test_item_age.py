"""Ages in working days: over weekends, holidays and clock changes, and what the citizen's turn leaves out."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buergerbuero_contracts.envelope import Event
from services.documents.rules.calendar import instant, is_working_day, local_date
from services.documents.rules.item_age import (
    AgeClass,
    Turn,
    age,
    age_class,
    ages,
    arrivals,
    first_day,
    overdue_at,
    turn_of,
)
from tests.rules.documents import items as past

DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))


@pytest.mark.parametrize(
    ("received_on", "today", "days"),
    [
        (date(2026, 11, 23), date(2026, 11, 23), 0),
        (date(2026, 11, 23), date(2026, 11, 24), 1),
        (date(2026, 11, 20), date(2026, 11, 23), 1),
        (date(2026, 11, 21), date(2026, 11, 23), 0),  # Saturday's post begins on Monday
        (date(2026, 11, 22), date(2026, 11, 24), 1),
        (date(2026, 12, 24), date(2026, 12, 28), 1),  # Christmas is a Friday and a Saturday
        (date(2026, 12, 25), date(2026, 12, 28), 0),
        (date(2026, 10, 31), date(2026, 11, 2), 0),  # Reformation Day
        (date(2026, 4, 2), date(2026, 4, 7), 1),  # Easter
        (date(2026, 11, 22), date(2026, 11, 22), 0),  # still the weekend
    ],
)
def test_an_item_grows_older_on_working_days_only(received_on: date, today: date, days: int) -> None:
    assert age(received_on, today) == days


@pytest.mark.parametrize(
    ("days", "wanted"),
    [(0, "0-1"), (1, "0-1"), (2, "2-3"), (3, "2-3"), (4, "4-5"), (5, "4-5"), (6, "over-5"), (99, "over-5")],
)
def test_ages_come_in_four_classes(days: int, wanted: str) -> None:
    assert age_class(days) is AgeClass(wanted)


def test_the_days_of_waiting_for_the_citizen_are_left_out_of_the_own_age() -> None:
    monday = date(2026, 11, 23)
    turns = [Turn(monday + timedelta(days=1), citizen=True), Turn(monday + timedelta(days=8), citizen=False)]
    found = ages(monday, turns, monday + timedelta(days=9))
    assert (found.age, found.own) == (7, 2)  # Tuesday, and Wednesday of the next week


def test_while_the_citizen_has_to_act_the_own_age_stands_still() -> None:
    monday = date(2026, 11, 23)
    turns = [Turn(monday, citizen=True)]
    assert [ages(monday, turns, monday + timedelta(days=n)).own for n in range(12)] == [0] * 12


@pytest.mark.parametrize(
    ("event", "citizen"),
    [
        (past.received, None),
        (past.assigned, False),
        (past.requested, True),
        (past.copy_came, None),
        (past.all_came, False),
        (past.answered, True),
        (past.forwarded, True),
        (past.reopened, False),
    ],
    ids=lambda one: type(one).__name__,
)
def test_whose_turn_it_is_after_each_event(event: Event, citizen: bool | None) -> None:
    turn = turn_of(type(event).__name__, event, past.MONDAY)
    assert (turn.citizen if turn else None) is citizen


def test_overdue_papers_are_the_citizens_once_more_and_then_the_offices() -> None:
    kind = "PapersOverdue"
    assert turn_of(kind, past.reminded, past.DUE + timedelta(days=1)) is None
    assert turn_of(kind, past.given_up, past.NEXT_DUE + timedelta(days=1)) == (date(2026, 12, 23), False)


def test_papers_are_overdue_when_the_post_of_the_next_working_day_has_been_opened() -> None:
    assert overdue_at(date(2026, 12, 24)) == datetime(2026, 12, 28, 11, tzinfo=UTC)
    assert overdue_at(date(2026, 10, 23)) == datetime(2026, 10, 26, 11, tzinfo=UTC)  # the clocks change
    assert overdue_at(date(2026, 3, 27)) == datetime(2026, 3, 30, 10, tzinfo=UTC)


# --- for all days


@settings(deadline=None)
@given(DAYS, st.integers(0, 60))
def test_each_working_day_after_the_first_makes_an_item_one_day_older(received_on: date, later: int) -> None:
    today, tomorrow = received_on + timedelta(days=later), received_on + timedelta(days=later + 1)
    older = is_working_day(tomorrow) and tomorrow > first_day(received_on)
    assert age(received_on, tomorrow) - age(received_on, today) == older


@settings(deadline=None)
@given(DAYS, st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=6), st.integers(0, 40))
def test_every_working_day_is_either_the_offices_or_the_citizens(
    received_on: date, turned: list[tuple[int, bool]], later: int
) -> None:
    turns = [Turn(received_on + timedelta(days=n), citizen) for n, citizen in sorted(turned)]
    today = received_on + timedelta(days=max([later, *(n for n, _ in turned)]))
    whose, citizens = False, 0
    for n in range((today - received_on).days + 1):
        day = received_on + timedelta(days=n)
        citizens += whose and is_working_day(day) and day > first_day(received_on)
        whose = next((turn.citizen for turn in reversed(turns) if turn.on == day), whose)
    found = ages(received_on, turns, today)
    assert found.age == age(received_on, today)
    assert 0 <= found.own <= found.age
    # A day on which it was both one's and the other's turn counts for whoever had it at its beginning.
    assert found.age - found.own == citizens


@settings(deadline=None)
@given(DAYS, st.times())
def test_a_day_is_the_offices_day_at_every_hour_also_when_the_clocks_change(day: date, clock: time) -> None:
    assert local_date(instant(day, clock)) == day


@settings(deadline=None)
@given(DAYS, st.integers(-5, 40), st.sampled_from(AgeClass))
def test_an_age_class_is_the_arrivals_between_two_dates(today: date, before: int, wanted: AgeClass) -> None:
    received_on = min(today - timedelta(days=before), today)
    first, last = arrivals(wanted, today)
    assert (first <= received_on <= last) == (age_class(age(received_on, today)) is wanted)
