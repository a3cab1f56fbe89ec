"""The office's calendar: local days, the 5-minute grid, state holidays and working days. Pure.

Promises: days are days of Europe/Berlin; instants are UTC; a day has 288 ticks of 5 minutes, or
276 and 300 when the clocks change; holidays are those of Schleswig-Holstein.
Shown by ``tests/rules/booking/test_calendar.py``.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.easter import easter

ZONE = ZoneInfo("Europe/Berlin")
TICK = timedelta(minutes=5)
TICK_MINUTES = 5
FIXED = ((1, 1), (5, 1), (10, 3), (10, 31), (12, 25), (12, 26))
FROM_EASTER = (-2, 1, 39, 50)
"""The state holidays (§ 2 SFTG, since 2018): by date, and by days from Easter Sunday."""


@lru_cache(maxsize=4_096)
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


def local_time(at: datetime) -> time:
    """What local clocks show at a moment."""
    return at.astimezone(ZONE).time()


@lru_cache(maxsize=512)
def ticks_in(day: date) -> int:
    """How many 5-minute ticks the local day has: 288, or 276 and 300 when the clocks change."""
    return (midnight(day + timedelta(days=1)) - midnight(day)) // TICK


def grid_tick(start_of_day: datetime, at: datetime) -> int | None:
    """The tick of a moment, counted from the day's midnight, or None beside the grid."""
    ticks, rest = divmod(at - start_of_day, TICK)
    return None if rest else ticks


def floor_to_tick(at: datetime) -> datetime:
    """The beginning of the tick in which a moment lies. Zone offsets are whole ticks."""
    return at - timedelta(minutes=at.minute % TICK_MINUTES, seconds=at.second, microseconds=at.microsecond)


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


def week_number(day: date) -> int:
    """Weeks since a fixed Monday: counts on through years of 53 weeks."""
    return (day.toordinal() - 1) // 7
