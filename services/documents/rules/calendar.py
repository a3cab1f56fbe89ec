"""The office's calendar: local days, state holidays and working days. Pure.

Promises: days are days of Europe/Berlin; instants are UTC; holidays are those of Schleswig-Holstein; a
closure decided by the office is a working day. Shown by ``tests/rules/documents/test_calendar.py``.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.easter import easter

ZONE = ZoneInfo("Europe/Berlin")
FIXED = ((1, 1), (5, 1), (10, 3), (10, 31), (12, 25), (12, 26))
FROM_EASTER = (-2, 1, 39, 50)
"""The state holidays (§ 2 SFTG, since 2018): by date, and by days from Easter Sunday."""


def instant(day: date, clock: time) -> datetime:
    """The moment in UTC when local clocks show ``clock`` on ``day``.

    A time that the spring change skips means the moment one hour later; of a time that the autumn
    change repeats, the first one counts.
    """
    return datetime.combine(day, clock, ZONE).astimezone(UTC)


def midnight(day: date) -> datetime:
    """The beginning of the local day, in UTC."""
    return instant(day, time.min)


def local_date(at: datetime) -> date:
    """The local date of a moment."""
    return at.astimezone(ZONE).date()


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[date]:
    sunday = easter(year)
    return frozenset(
        [*(date(year, *day) for day in FIXED), *(sunday + timedelta(days) for days in FROM_EASTER)]
    )


def is_holiday(day: date) -> bool:
    """Whether the day is a state holiday of Schleswig-Holstein (§ 2 SFTG)."""
    return day in _holidays(day.year)


def is_working_day(day: date) -> bool:
    """Monday to Friday except state holidays; a closure of the office does not count."""
    return day.weekday() < 5 and not is_holiday(day)


def working_days(after: date, until: date) -> int:
    """Working days later than ``after`` up to and with ``until``."""
    span = (until - after).days
    return sum(is_working_day(after + timedelta(days=n)) for n in range(1, span + 1))


def add_working_days(day: date, count: int) -> date:
    """The working day that is ``count`` working days after ``day``."""
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day
