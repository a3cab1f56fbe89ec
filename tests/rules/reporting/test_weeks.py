"""ISO weeks by the office's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.weeks import State, Week, between, of_month, of_year
from tests.rules.reporting.story import utc


@pytest.mark.parametrize("name", ["2026-W01", "2026-W47", "2026-W53", "2027-W01", "2020-W53"])
def test_a_week_is_read_and_written_the_same(name: str) -> None:
    assert str(Week.parse(name)) == name


@pytest.mark.parametrize(
    "name",
    [
        "2027-W53",
        "2026-W54",
        "2026-W00",
        "2026-47",
        "2026-W7",
        "26-W47",
        "2026-W47 ",
        "２０２６-W47",
        "1999-W01",
        "",
    ],
)
def test_what_is_no_week_is_none(name: str) -> None:
    assert Week.parse(name) is None


def test_week_53_is_reached_from_both_sides() -> None:
    assert Week(2027, 1).plus(-1) == Week(2026, 53)
    assert Week(2026, 52).plus(1) == Week(2026, 53)
    assert Week(2026, 53).plus(1) == Week(2027, 1)


@pytest.mark.parametrize(
    ("at", "week"),
    [
        ("2027-01-03T22:59", Week(2026, 53)),
        ("2027-01-03T23:30", Week(2027, 1)),
        ("2026-03-29T21:59", Week(2026, 13)),  # summer time since that night
        ("2026-03-29T22:00", Week(2026, 14)),
        ("2026-10-25T22:59", Week(2026, 43)),  # winter time again
        ("2026-10-25T23:00", Week(2026, 44)),
    ],
)
def test_a_week_ends_at_midnight_in_berlin(at: str, week: Week) -> None:
    assert Week.of(utc(at)) == week


def test_a_week_is_compared_with_the_same_number_a_year_before() -> None:
    assert Week(2026, 47).year_before() == (Week(2025, 47),)
    assert Week(2027, 1).year_before() == (Week(2026, 1),)


def test_week_53_is_compared_with_the_weeks_around_it() -> None:
    assert Week(2026, 53).year_before() == (Week(2025, 52), Week(2026, 1))


def test_a_week_is_open_then_provisional_for_14_days_then_closed() -> None:
    week = Week(2026, 47)
    assert week.final_on == date(2026, 12, 6)
    assert week.state(utc("2026-11-22T22:59")) is State.OPEN
    assert week.state(utc("2026-11-22T23:00")) is State.PROVISIONAL
    assert week.state(utc("2026-12-06T22:59")) is State.PROVISIONAL
    assert week.state(utc("2026-12-06T23:00")) is State.CLOSED


def test_a_span_of_weeks_counts_both_ends() -> None:
    assert list(map(str, between(Week(2026, 52), Week(2027, 1)))) == ["2026-W52", "2026-W53", "2027-W01"]
    assert between(Week(2027, 1), Week(2026, 53)) == []


@given(st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2150, 1, 1)))  # noqa: DTZ001
def test_every_instant_has_a_week_whose_name_leads_back(moment: datetime) -> None:
    week = Week.of(moment.replace(tzinfo=UTC))
    assert Week.parse(str(week)) == week
    assert week.plus(1).plus(-1) == week
    assert week.sunday - week.monday == timedelta(days=6)


def test_the_months_of_a_year_are_its_weeks_each_once() -> None:
    """Long years and short ones, and years that begin on any day."""
    for year in range(2015, 2045):
        months = [of_month(year, month) for month in range(1, 13)]
        assert [week for weeks in months for week in weeks] == list(of_year(year))
        assert {len(weeks) for weeks in months} == {4, 5}


def test_a_month_has_the_weeks_whose_thursday_is_in_it() -> None:
    assert list(map(str, of_month(2026, 11))) == ["2026-W45", "2026-W46", "2026-W47", "2026-W48"]
    assert str(of_month(2026, 12)[-1]) == "2026-W53"
    assert str(of_month(2027, 1)[0]) == "2027-W01"
