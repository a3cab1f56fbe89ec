"""Ages in working days, their classes and ranks, and the figures of the post room."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.ages import DOCUMENT_AGES, POST_AGES, by_class, nearest_rank, older_than
from services.reporting.backlog import PostRoom, post_room
from services.reporting.projections.post_room_queries import Closed, Open, Received
from services.reporting.working_days import Mark, age, is_working_day, own_age

TODAY = date(2026, 11, 27)  # a Friday


@pytest.mark.parametrize(
    ("received_on", "on", "days"),
    [
        ("2026-11-16", "2026-11-16", 0),
        ("2026-11-16", "2026-11-20", 4),
        ("2026-11-13", "2026-11-16", 1),
        ("2026-11-14", "2026-11-16", 0),  # Saturday: its clock starts on Monday
        ("2026-11-15", "2026-11-15", 0),
        ("2026-11-15", "2026-11-17", 1),
        ("2026-12-23", "2026-12-28", 2),  # 24 December is no state holiday, 25 and 26 are
        ("2026-12-25", "2026-12-28", 0),
        ("2026-10-30", "2026-11-02", 1),  # 31 October is a Saturday
        ("2025-10-30", "2025-11-03", 1),  # 31 October is a Friday, and a holiday here
        ("2026-05-13", "2026-05-15", 1),  # Ascension
        ("2026-12-31", "2027-01-04", 1),  # New Year
    ],
)
def test_age_counts_working_days_of_schleswig_holstein(received_on: str, on: str, days: int) -> None:
    assert age(date.fromisoformat(received_on), date.fromisoformat(on)) == days


def november(*marks: tuple[str, int]) -> tuple[Mark, ...]:
    return tuple((what, date(2026, 11, day)) for what, day in marks)


@pytest.mark.parametrize(
    ("marks", "days"),
    [
        ((), 9),
        ((("asked", 18),), 2),
        ((("asked", 18), ("back", 24)), 5),
        ((("asked", 16), ("back", 16)), 9),
        ((("asked", 18), ("asked", 20), ("back", 24)), 5),
        ((("closed", 17), ("reopened", 26)), 2),
        ((("asked", 17), ("closed", 19), ("reopened", 20), ("asked", 25), ("back", 26)), 5),
        ((("back", 18),), 9),
    ],
)
def test_own_age_leaves_out_the_citizens_days(marks: tuple[tuple[str, int], ...], days: int) -> None:
    """Of nine working days from Monday the 16th to Friday the 27th."""
    assert own_age(date(2026, 11, 16), november(*marks), TODAY) == days


def test_a_pause_before_the_clock_starts_takes_nothing_away() -> None:
    """Stamped on Saturday, papers asked for on Sunday and there on Tuesday."""
    assert own_age(date(2026, 11, 14), november(("asked", 15), ("back", 17)), date(2026, 11, 18)) == 1


MARKS = st.lists(st.tuples(st.sampled_from(("asked", "back", "closed", "reopened")), st.integers(1, 27)))


@given(st.integers(1, 27), MARKS)
def test_own_age_is_never_negative_and_never_above_the_age(day: int, parts: list[tuple[str, int]]) -> None:
    received, marks = date(2026, 11, day), november(*sorted(parts, key=lambda one: one[1]))
    after = tuple(mark for mark in marks if mark[1] >= received)
    assert 0 <= own_age(received, after, TODAY) <= age(received, TODAY)


def test_holidays_are_those_of_the_state() -> None:
    closed = [date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 10, 31), date(2026, 12, 25)]
    assert not any(map(is_working_day, closed))
    assert all(map(is_working_day, [date(2026, 3, 9), date(2026, 6, 4), date(2026, 12, 24)]))


@given(st.lists(st.integers(0, 80), min_size=1), st.sampled_from((50, 90, 100)))
def test_ranks_of_counts_are_ranks_of_the_single_ages(ages: list[int], percent: int) -> None:
    counts = {one: ages.count(one) for one in ages}
    assert nearest_rank(counts, percent) == sorted(ages)[-(-percent * len(ages) // 100) - 1]


def test_a_rank_of_nothing_is_nothing() -> None:
    assert nearest_rank({}, 50) is None


def test_classes_have_no_gaps_and_add_up() -> None:
    ages = {0: 1, 1: 2, 2: 3, 5: 4, 6: 5, 7: 6, 8: 7, 14: 8, 15: 9, 30: 10, 31: 11, 90: 12}
    assert by_class(ages, POST_AGES) == {"0_1": 3, "2_3": 3, "4_5": 4, "over_5": 68}
    assert by_class(ages, DOCUMENT_AGES) == {"0_7": 21, "8_14": 15, "15_30": 19, "over_30": 23}
    assert older_than(ages, 30) == 23


def test_a_first_reaction_is_in_time_up_to_the_third_working_day() -> None:
    monday = date(2026, 11, 16)
    came = [
        Received(monday, date(2026, 11, 19), 4),
        Received(monday, date(2026, 11, 20), 2),
        Received(monday, None, 1),
        Received(date(2026, 11, 26), None, 8),
        Received(date(2026, 11, 14), date(2026, 11, 19), 1),
    ]
    found = post_room(came, (), (), TODAY, lambda _service: True)
    assert (found.received, found.in_time, found.decided) == (16, 5, 8), "one day old is neither"


def test_only_what_was_done_in_place_of_a_visit_is_a_visit_avoided() -> None:
    closed = [
        Closed("registration", "done", 3),
        Closed("registration", "visit_needed", 5),
        Closed("resident_parking", "done", 7),
        Closed("registration", None, 9),
    ]
    found = post_room((), closed, (), TODAY, lambda service: service == "registration")
    assert (found.closed, found.avoided) == (24, 3)


def test_the_backlog_is_as_old_as_on_the_day_it_is_looked_at() -> None:
    asked = november(("asked", 17))
    lying = [
        Open(date(2026, 11, 22), date(2026, 11, 16), (), 2),
        Open(date(2026, 11, 22), date(2026, 11, 16), asked, 1),
    ]
    found = post_room((), (), lying, TODAY, lambda _service: True)
    assert (found.ages, found.own_ages) == ({4: 3}, {4: 2, 1: 1})


def test_a_post_room_without_mail_is_empty() -> None:
    assert post_room((), (), (), TODAY, lambda _service: True) == PostRoom()


@pytest.mark.parametrize("seed", range(3))
def test_ages_equal_a_walk_over_the_days(seed: int) -> None:
    """Counted anew day by day, from a list of holidays written down by hand."""
    draw, shut = random.Random(seed), {date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1)}  # noqa: S311

    def works(day: date) -> bool:
        return day.isoweekday() <= 5 and day not in shut

    for _ in range(200):
        first = draw.randrange(date(2026, 11, 1).toordinal(), date(2027, 1, 31).toordinal())
        last = first + draw.randrange(0, 30)
        days = [date.fromordinal(n) for n in range(first, last + 1)]
        worked = sum(map(works, days))
        assert age(days[0], days[-1]) == max(0, worked - 1)
