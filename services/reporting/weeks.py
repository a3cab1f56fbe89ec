"""ISO weeks of the office: Monday to Sunday in Europe/Berlin, and their neighbours.

Promises: a week is named by its ISO year, never by the year of a date in it; week 53 exists exactly
where the calendar has it. Shown by ``tests/rules/reporting/test_weeks.py``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
PROVISIONAL_DAYS = 14
"""Late events still change a week for so many days after its Sunday."""
_NAME = re.compile(r"(20[0-9]{2}|21[0-9]{2})-W([0-9]{2})", re.ASCII)


class State(StrEnum):
    """How final a week's figures are."""

    OPEN = "open"
    PROVISIONAL = "provisional"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """One ISO week. ``str`` gives its name, such as ``2026-W53``."""

    year: int
    number: int

    @classmethod
    def parse(cls, name: str) -> Week | None:
        """The week of that name in the years 2000 to 2199, or None if the calendar has no such week."""
        match = _NAME.fullmatch(name)
        if match is None:
            return None
        year, number = int(match[1]), int(match[2])
        try:
            date.fromisocalendar(year, number, 7)
        except ValueError:
            return None
        return cls(year, number)

    @classmethod
    def of_day(cls, day: date) -> Week:
        """The week that holds a date."""
        year, number, _weekday = day.isocalendar()
        return cls(year, number)

    @classmethod
    def of(cls, at: datetime) -> Week:
        """The week that holds an instant, by the office's clock."""
        return cls.of_day(at.astimezone(BERLIN).date())

    def __str__(self) -> str:
        return f"{self.year:04}-W{self.number:02}"

    @property
    def monday(self) -> date:
        """The first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> date:
        """The last day."""
        return self.monday + timedelta(days=6)

    def day(self, weekday: int) -> date:
        """The date of a weekday, 1 (Monday) to 7."""
        return date.fromisocalendar(self.year, self.number, weekday)

    @property
    def final_on(self) -> date:
        """The last day on which late events change the figures."""
        return self.sunday + timedelta(days=PROVISIONAL_DAYS)

    def plus(self, weeks: int) -> Week:
        """The week so many weeks later, or earlier if negative."""
        return Week.of_day(self.monday + timedelta(weeks=weeks))

    def year_before(self) -> tuple[Week, ...]:
        """The weeks to compare with: the same number a year before; for week 53 weeks 52 and 1 around it."""
        same = Week.parse(f"{self.year - 1:04}-W{self.number:02}")
        return (same,) if same else (Week(self.year - 1, 52), Week(self.year, 1))

    def state(self, now: datetime) -> State:
        """Open until its Sunday is over, then provisional for fourteen days, then closed."""
        today = now.astimezone(BERLIN).date()
        if today <= self.sunday:
            return State.OPEN
        return State.PROVISIONAL if today <= self.final_on else State.CLOSED


def newest_closed(now: datetime) -> Week:
    """The latest week that late events no longer change."""
    return Week.of(now).plus(-1 - PROVISIONAL_DAYS // 7)


def between(first: Week, last: Week) -> list[Week]:
    """All weeks from ``first`` to ``last``, both included; empty if ``last`` is earlier."""
    return [first.plus(n) for n in range((last.monday - first.monday).days // 7 + 1)]


def of_year(year: int) -> tuple[Week, ...]:
    """The 52 or 53 weeks of an ISO year."""
    last = Week(year, 53) if Week.parse(f"{year:04}-W53") else Week(year, 52)
    return tuple(between(Week(year, 1), last))


def of_month(year: int, month: int) -> tuple[Week, ...]:
    """The four or five weeks of a month: those whose Thursday is in it, as a year has its weeks."""
    first = Week.of_day(date(year, month, 4))  # the week of the 4th has its Thursday in the month
    weeks = (first.plus(n) for n in range(5))
    return tuple(week for week in weeks if (week.day(4).year, week.day(4).month) == (year, month))
