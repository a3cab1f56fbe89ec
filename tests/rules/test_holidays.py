"""The tables of state holidays are what a library by other people says, for as long as it knows the years."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import holidays
import pytest

from services.booking.rules.calendar import is_working_day as booking
from services.documents.rules.calendar import is_working_day as documents
from services.reporting.working_days import is_working_day as reporting


@pytest.mark.parametrize("is_working_day", [booking, documents, reporting])
def test_no_day_from_2018_to_2100_differs(is_working_day: Callable[[date], bool]) -> None:
    theirs = holidays.country_holidays("DE", subdiv="SH", years=range(2018, 2101))
    days = (date(2018, 1, 1) + timedelta(n) for n in range(83 * 365))
    wrong = [day for day in days if is_working_day(day) is not (day.weekday() < 5 and day not in theirs)]
    assert not wrong
