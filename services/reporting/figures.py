"""Figures: a value with its status, what it is compared with, and the rules for "no data".

Promises: no data is None and never 0; a rate or a difference over nothing is None; numbers are
rounded once, here, so that page, CSV and JSON show the same ones.
Shown by ``tests/rules/reporting/test_figures.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from .ages import Ages
from .backlog import PostRoom
from .projections.contact_queries import Calls, HandLog
from .projections.delivery import Outcome
from .projections.documents import Moves, Stock
from .projections.funnel import Stages
from .projections.visit_queries import Durations, Starts
from .projections.waiting import Waits

Number = int | Decimal


class Unit(StrEnum):
    """What a value counts, as it is written into files."""

    COUNT = "count"
    PERCENT = "percent"
    MINUTES = "min"
    SECONDS = "s"
    DAYS = "days"
    WORKING_DAYS = "working_days"


STEPS: Mapping[Unit, Decimal] = {
    Unit.COUNT: Decimal("0.1"),  # only means of two weeks have a fraction
    Unit.PERCENT: Decimal("0.1"),
    Unit.MINUTES: Decimal("0.001"),
    Unit.SECONDS: Decimal("0.001"),
    Unit.DAYS: Decimal("0.1"),
    Unit.WORKING_DAYS: Decimal("0.1"),
}
"""The smallest step in which a unit is published."""


class Status(StrEnum):
    """What stands behind a value, or why there is none."""

    RECORDED = "recorded"
    PARTIAL = "partial"  # a sum in which a channel without feed is missing
    NO_DATA = "no_data"  # recorded, but nothing to rank or to divide by
    NO_PLACE = "no_place"  # lead time: not one free place
    NOT_RECORDED = "not_recorded"  # no feed told anything about this period


@dataclass(frozen=True)
class Facts:
    """What the read models say about one period (one week, or two pooled)."""

    weeks: int = 1
    recorded: frozenset[str] = frozenset()
    contacts: Mapping[tuple[str, str], int] = field(default_factory=dict)
    calls: Calls = field(default_factory=Calls)
    hand_log: HandLog = field(default_factory=HandLog)
    waits: Waits = field(default_factory=Waits)
    called: int = 0
    stages: Stages = field(default_factory=Stages)
    entries: Mapping[str, int] = field(default_factory=dict)
    starts: Starts = field(default_factory=Starts)
    offered: int = 0
    served: Decimal = Decimal(0)
    durations: Mapping[str, Durations] = field(default_factory=dict)
    post: PostRoom = field(default_factory=PostRoom)
    moves: Moves = field(default_factory=Moves)
    stock: Stock = field(default_factory=dict)
    messages: Mapping[Outcome, int] = field(default_factory=dict)

    def channel(self, channel: str) -> int:
        """Contacts on a channel, all service groups together."""
        return sum(count for (one, _group), count in self.contacts.items() if one == channel)

    def document_ages(self, kind: str | None = None) -> Ages:
        """Calendar days since the arrival of documents that wait at the office, all kinds or one."""
        found: dict[int, int] = {}
        for one, count in self.stock.items():
            if one.place == "office" and one.days is not None and kind in (None, one.kind):
                found[one.days] = found.get(one.days, 0) + count
        return found

    def documents_at(self, place: str) -> int:
        """Documents at a place (``office``, ``locker``, ``carrier``)."""
        return sum(count for one, count in self.stock.items() if one.place == place)

    def outcome(self, outcome: str) -> int:
        """Messages with an outcome, on all ways."""
        return sum(count for one, count in self.messages.items() if one.outcome == outcome)


@dataclass(frozen=True, slots=True)
class Figure:
    """One value. ``basis`` names the feeds behind it; only figures of equal basis may be compared."""

    value: Number | None
    status: Status
    basis: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    """A figure of another time, and how far this one is from it, absolute and in percent."""

    value: Number | None
    status: Status
    difference: Number | None = None
    percent: Decimal | None = None


def rounded(value: Number, unit: Unit) -> Number:
    """The published number: whole if it is whole, else in the unit's steps, half to even."""
    exact = Decimal(value).quantize(STEPS[unit], ROUND_HALF_EVEN)
    return int(exact) if unit is not Unit.PERCENT and exact == int(exact) else exact


def rate(part: Number, whole: Number) -> Decimal | None:
    """``part`` of ``whole`` in percent, None if there is no whole."""
    return Decimal(100 * part) / Decimal(whole) if whole else None


def minutes(seconds: Decimal | None) -> Decimal | None:
    """Seconds as minutes, exact."""
    return None if seconds is None else seconds / 60


def compared(this: Figure, other: Figure, unit: Unit) -> Change:
    """``this`` against ``other``. Shares are compared in percentage points only."""
    if this.value is None or other.value is None or this.basis != other.basis:
        return Change(other.value, other.status)
    difference = this.value - other.value
    percent = None
    if other.value and unit is not Unit.PERCENT:
        percent = (Decimal(100) * difference / other.value).quantize(Decimal("0.1"), ROUND_HALF_EVEN)
    return Change(other.value, other.status, rounded(difference, unit), percent)
