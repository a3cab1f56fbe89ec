"""Working days of the office, and the age of what lies in its post room. Pure.

Promises: Monday to Friday except the holidays of Schleswig-Holstein (§ 2 SFTG); what arrives on
another day starts on the next working day with age 0; a closure of the office stops no clock.
Shown by ``tests/rules/reporting/test_ages.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache

from dateutil.easter import easter

Mark = tuple[str, date]
"""What happened to an item, and on which day: one of ``CITIZEN``, else it is the office's turn again."""
CITIZEN = ("asked", "closed")
"""Papers were asked for; it was answered or forwarded."""

_DAY = timedelta(days=1)
FIXED = ((1, 1), (5, 1), (10, 3), (10, 31), (12, 25), (12, 26))
FROM_EASTER = (-2, 1, 39, 50)
"""The state holidays (§ 2 SFTG, since 2018): by date, and by days from Easter Sunday."""


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[date]:
    sunday = easter(year)
    return frozenset(
        [*(date(year, *day) for day in FIXED), *(sunday + timedelta(days) for days in FROM_EASTER)]
    )


def is_working_day(day: date) -> bool:
    """Monday to Friday, no state holiday."""
    return day.weekday() < 5 and day not in _holidays(day.year)


@lru_cache(maxsize=8_192)
def between(after: date, until: date) -> int:
    """Working days later than ``after`` up to and with ``until``; 0 if ``until`` is not later."""
    return sum(is_working_day(after + n * _DAY) for n in range(1, (until - after).days + 1))


def first_day(received_on: date) -> date:
    """The working day on which an item's clock starts, with age 0."""
    while not is_working_day(received_on):
        received_on += _DAY
    return received_on


def age(received_on: date, on: date) -> int:
    """How many working days old an item is on a day."""
    return between(first_day(received_on), on)


def own_age(received_on: date, marks: Sequence[Mark], on: date) -> int:
    """The age without the days on which the citizen had to act: papers asked for, or already answered.

    The day of the request still counts for the office, the day of the arrival does not. ``marks`` are
    in order.
    """
    start = first_day(received_on)
    away = sum(between(max(begin, start), end) for begin, end in _pauses(marks, on))
    return between(start, on) - away


def _pauses(marks: Sequence[Mark], on: date) -> Iterator[tuple[date, date]]:
    """From when to when the office did not have the item."""
    since: date | None = None
    for what, day in marks:
        if what in CITIZEN:
            since = since or day
        elif since:
            yield since, day
            since = None
    if since:
        yield since, on
