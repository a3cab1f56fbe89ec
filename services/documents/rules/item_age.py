"""How old an item is, and how long it was the office's turn. Pure.

Promises: ages are whole working days; the day of arrival counts as 0, and what arrives on a weekend or
holiday starts on the next working day with 0; *own age* leaves out the days on which the citizen had to
act, from the day after the office's word up to the day of the citizen's. So own age never exceeds age.
Shown by ``tests/rules/documents/test_item_age.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from .calendar import add_working_days, instant, is_working_day, working_days

ONE_DAY = timedelta(days=1)
OPENED = time(12)
"""By then the post of the morning has been opened."""


class AgeClass(StrEnum):
    """Ages in classes: the target of three days ends the second, the fourth is what nobody should see."""

    NEW = "0-1"
    RECENT = "2-3"
    OLD = "4-5"
    OVERDUE = "over-5"


_BOUNDS = {
    AgeClass.NEW: (0, 1),
    AgeClass.RECENT: (2, 3),
    AgeClass.OLD: (4, 5),
    AgeClass.OVERDUE: (6, None),
}


class Turn(NamedTuple):
    """From ``on`` it is the citizen's turn, or the office's again."""

    on: date
    citizen: bool


@dataclass(frozen=True, slots=True)
class Ages:
    """Working days since the arrival, and those of them that were the office's."""

    age: int
    own: int


def first_day(received_on: date) -> date:
    """The working day on which an item starts with age 0."""
    day = received_on
    while not is_working_day(day):
        day += ONE_DAY
    return day


def age(received_on: date, until: date) -> int:
    """Working days from the arrival to a day."""
    return working_days(first_day(received_on), until)


def ages(received_on: date, turns: Iterable[Turn], until: date) -> Ages:
    """Age and own age on a day. ``turns`` are in the order in which they happened."""
    left_out, since = 0, None
    start = first_day(received_on)
    for turn in (*turns, Turn(until, citizen=False)):
        if turn.citizen:
            since = since if since is not None else turn.on
        elif since is not None:
            left_out += working_days(max(since, start), min(turn.on, until))
            since = None
    total = working_days(start, until)
    return Ages(total, total - left_out)


def age_class(days: int) -> AgeClass:
    """The class of an age."""
    return next(one for one, (_least, most) in _BOUNDS.items() if most is None or days <= most)


def arrivals(wanted: AgeClass, today: date) -> tuple[date, date]:
    """First and last date of arrival whose age today is in the class."""
    least, most = _BOUNDS[wanted]
    first = date.min if most is None else _earliest(most, today)
    last = today if least == 0 else _earliest(least - 1, today) - ONE_DAY
    return first, last


def _earliest(most: int, today: date) -> date:
    """The earliest date of arrival whose age today is at most ``most``."""
    day = today
    while age(day - ONE_DAY, today) <= most:
        day -= ONE_DAY
    return day


def overdue_at(due_on: date) -> datetime:
    """When papers that were due on a date count as missing: noon of the next working day."""
    return instant(add_working_days(due_on, 1), OPENED)


def turn_of(kind: str, event: Any, on: date) -> Turn | None:
    """Whose turn it is after an event of the type ``kind`` on a local date; None if that stays.

    ``event`` has the fields ``complete`` and ``due_on`` where the type has them. An answered or
    forwarded item is nobody's work here, so it grows no older on the office's side.
    """
    match kind:
        case "PapersRequested" | "ItemAnswered" | "ItemForwarded":
            return Turn(on, citizen=True)
        case "ItemAssigned" | "ItemReopened":
            return Turn(on, citizen=False)
        case "PapersReceived" if event.complete:
            return Turn(on, citizen=False)
        case "PapersOverdue" if event.due_on < on:  # the second time: no new deadline
            return Turn(on, citizen=False)
    return None
