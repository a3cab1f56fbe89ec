"""What a metric is, and how its figure comes from the facts of a period.

Promises: a value is a pure function of ``Facts``; a metric whose feed told nothing has no value.
The registry itself is the package.
Shown by ``tests/rules/reporting/test_figures.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from services.reporting.figures import Facts, Figure, Number, Status, Unit, rounded

Value = Callable[[Facts], Number | None]


class Section(StrEnum):
    """A block of the table of the week; the value is its German heading."""

    CONTACTS = "Kontakte"
    PHONE = "Telefon"
    WAITING = "Wartezeiten"
    VISITS = "Einlass und Bedienung"
    BOOKINGS = "Termine: von der Reservierung zur Bestätigung"
    POST_ROOM = "Posteingang"
    DOCUMENTS = "Ausweisdokumente"
    DELIVERY = "Nachrichten an Bürgerinnen und Bürger"


class Direction(StrEnum):
    """Which way is better; empty where a number is only a volume."""

    UP = "up"
    DOWN = "down"
    NONE = ""


class Names(NamedTuple):
    """A metric's name in the languages of the office."""

    de: str
    en: str
    da: str


class Definition(NamedTuple):
    """What exactly is counted, in one or two sentences."""

    de: str
    en: str


@dataclass(frozen=True)
class Metric:
    """One figure of the weekly report.

    ``query`` names the read model, ``feeds`` what must have told something about the period; with
    ``sums`` the figure is a sum over those feeds that did. With ``stock`` it is what there was at the end
    of the period, and never added up over weeks. ``counted_by`` are feeds that may count the same thing
    otherwise: two figures are compared only if it was counted alike. Grain is one ISO week, all sites or one.
    """

    id: str
    section: Section
    unit: Unit
    names: Names
    definition: Definition
    query: str
    feeds: tuple[str, ...]
    value: Value
    target: Decimal | None = None
    direction: Direction = Direction.NONE
    sums: bool = False
    stock: bool = False
    counted_by: tuple[str, ...] = ()
    grain: str = "iso_week, site"


def figure(metric: Metric, facts: Facts) -> Figure:
    """The metric's value in a period, or why there is none."""
    basis = facts.recorded.intersection(metric.feeds)
    if not basis:
        return Figure(None, Status.NOT_RECORDED)
    partial = metric.sums and len(basis) < len(metric.feeds)
    basis |= facts.recorded.intersection(metric.counted_by)
    value = metric.value(facts)
    if value is None:
        return Figure(None, Status.NO_DATA, basis)
    if metric.unit is Unit.COUNT:
        value = Decimal(value) / facts.weeks
    return Figure(rounded(value, metric.unit), Status.PARTIAL if partial else Status.RECORDED, basis)


def on_target(metric: Metric, value: Number | None) -> bool | None:
    """Whether the target is met; None without target or value."""
    if metric.target is None or value is None:
        return None
    return value >= metric.target if metric.direction is Direction.UP else value <= metric.target
