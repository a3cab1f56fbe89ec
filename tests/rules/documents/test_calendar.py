"""Documents' calendar: the same holidays and working days as booking's."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.booking.rules import calendar as bookings
from services.documents.rules import calendar

DAYS = st.dates(date(2024, 1, 1), date(2031, 12, 31))


@settings(deadline=None)
@given(DAYS)
def test_both_services_know_the_same_working_days(day: date) -> None:
    assert calendar.is_working_day(day) == bookings.is_working_day(day)


@settings(deadline=None)
@given(DAYS, st.integers(1, 40))
def test_adding_working_days_is_the_reverse_of_counting_them(day: date, count: int) -> None:
    later = calendar.add_working_days(day, count)
    assert calendar.is_working_day(later)
    assert calendar.working_days(day, later) == count
    assert calendar.working_days(day, later - timedelta(days=1)) == count - 1
