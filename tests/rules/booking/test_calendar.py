"""The office's calendar: holidays, working days, ticks on days when the clocks change."""

from datetime import UTC, date, datetime, time

import pytest

from services.booking.rules import calendar

HOLIDAYS_2026 = [
    date(2026, 1, 1),
    date(2026, 4, 3),
    date(2026, 4, 6),
    date(2026, 5, 1),
    date(2026, 5, 14),
    date(2026, 5, 25),
    date(2026, 10, 3),
    date(2026, 10, 31),
    date(2026, 12, 25),
    date(2026, 12, 26),
]


def test_the_ten_state_holidays_of_2026_and_no_others() -> None:
    days = (date.fromordinal(date(2026, 1, 1).toordinal() + n) for n in range(365))
    assert [day for day in days if calendar.is_holiday(day)] == HOLIDAYS_2026


@pytest.mark.parametrize(
    "day",
    [date(2026, 3, 8), date(2026, 4, 5), date(2026, 6, 4), date(2026, 12, 24), date(2026, 12, 31)],
    ids=["8 March", "Easter Sunday", "Corpus Christi", "24 December", "31 December"],
)
def test_what_is_no_holiday_here(day: date) -> None:
    assert not calendar.is_holiday(day)


@pytest.mark.parametrize(
    ("day", "ticks"), [(date(2026, 3, 29), 276), (date(2026, 10, 25), 300), (date(2026, 12, 3), 288)]
)
def test_ticks_of_a_day(day: date, ticks: int) -> None:
    assert calendar.ticks_in(day) == ticks


def test_opening_time_is_wall_clock_time_on_both_sides_of_the_change() -> None:
    assert calendar.instant(date(2026, 10, 24), time(7, 30)) == datetime(2026, 10, 24, 5, 30, tzinfo=UTC)
    assert calendar.instant(date(2026, 10, 26), time(7, 30)) == datetime(2026, 10, 26, 6, 30, tzinfo=UTC)
    assert calendar.instant(date(2026, 3, 29), time(2, 30)) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_moment_beside_the_grid_has_no_tick() -> None:
    start = calendar.midnight(date(2026, 12, 3))
    assert calendar.grid_tick(start, calendar.instant(date(2026, 12, 3), time(7, 35))) == 91
    assert calendar.grid_tick(start, calendar.instant(date(2026, 12, 3), time(7, 36))) is None
    assert calendar.grid_tick(start, calendar.instant(date(2026, 12, 3), time(7, 35, 1))) is None


@pytest.mark.parametrize(
    ("after", "until", "count"),
    [
        (date(2026, 12, 3), date(2026, 12, 4), 1),
        (date(2026, 12, 4), date(2026, 12, 7), 1),
        (date(2026, 12, 24), date(2026, 12, 28), 1),
        (date(2026, 12, 31), date(2027, 1, 4), 1),
        (date(2026, 4, 2), date(2026, 4, 7), 1),
        (date(2026, 12, 3), date(2026, 12, 3), 0),
    ],
)
def test_working_days_leave_out_weekends_and_holidays(after: date, until: date, count: int) -> None:
    assert calendar.working_days(after, until) == count


def test_weeks_count_on_through_a_year_of_53_weeks() -> None:
    assert date(2026, 12, 28).isocalendar().week == 53
    assert calendar.week_number(date(2027, 1, 4)) - calendar.week_number(date(2026, 12, 21)) == 2
    assert calendar.week_number(date(2026, 12, 28)) == calendar.week_number(date(2027, 1, 3))
