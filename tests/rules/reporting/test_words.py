"""How numbers, changes, weeks and lines look to a German reader."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.reporting import words
from services.reporting.figures import Change, Figure, Number, Status, Unit
from services.reporting.pages.sparkline import sparkline
from services.reporting.weeks import State, Week

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1234, 0, "1.234"),
        (Decimal("1234.5"), 1, "1.234,5"),
        (1234567, 0, "1.234.567"),
        (-154, 0, "−154"),
        (0, 0, "0"),
        (Decimal("-0.04"), 1, "0,0"),
        (Decimal("0.25"), 1, "0,2"),
        (Decimal("0.35"), 1, "0,4"),
    ],
)
def test_numbers_have_dots_and_a_comma(value: Number, digits: int, text: str) -> None:
    assert words.number(value, digits) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (3812, Unit.COUNT, "3.812"),
        (Decimal("2.5"), Unit.COUNT, "2,5"),
        (Decimal("71.4"), Unit.PERCENT, f"71,4{NBSP}%"),
        (Decimal("23.812"), Unit.MINUTES, f"23,8{NBSP}min"),
        (10, Unit.MINUTES, f"10,0{NBSP}min"),
        (Decimal("16.25"), Unit.SECONDS, f"16{NBSP}s"),
        (None, Unit.PERCENT, "–"),
    ],
)
def test_values_have_their_unit(value: Number | None, unit: Unit, text: str) -> None:
    assert words.value(value, unit) == text


def test_what_nobody_recorded_says_so() -> None:
    assert words.figure(Figure(None, Status.NOT_RECORDED), Unit.COUNT) == "nicht erfasst"
    assert words.figure(Figure(None, Status.NO_DATA), Unit.COUNT) == "–"
    assert words.figure(Figure(0, Status.RECORDED), Unit.COUNT) == "0"
    assert words.figure(Figure(7, Status.PARTIAL), Unit.COUNT) == "7 *", "a sum in which a channel is missing"


@pytest.mark.parametrize(
    ("change", "unit", "text"),
    [
        (Change(3966, Status.RECORDED, -154, Decimal("-3.9")), Unit.COUNT, f"−154 (−3,9{NBSP}%)"),
        (Change(5, Status.RECORDED, 0, Decimal(0)), Unit.COUNT, f"±0 (±0,0{NBSP}%)"),
        (Change(0, Status.RECORDED, 4, None), Unit.COUNT, "+4"),
        (Change(Decimal(70), Status.RECORDED, Decimal("1.4"), None), Unit.PERCENT, f"+1,4{NBSP}Punkte"),
        (
            Change(10, Status.RECORDED, Decimal("2.5"), Decimal(25)),
            Unit.MINUTES,
            f"+2,5{NBSP}min (+25,0{NBSP}%)",
        ),
        (Change(None, Status.NOT_RECORDED), Unit.COUNT, "–"),
    ],
)
def test_changes_have_a_sign(change: Change, unit: Unit, text: str) -> None:
    assert words.change(change, unit) == text


def test_a_week_says_how_final_it_is() -> None:
    week = Week(2026, 47)
    assert words.state(week, State.OPEN) == "laufende Woche"
    assert words.state(week, State.PROVISIONAL) == "vorläufig bis 6.12."
    assert words.state(week, State.CLOSED) == "abgeschlossen"
    assert words.day(week, 1) == "Mo 16.11."


def figures(*values: int | None) -> list[Figure]:
    return [Figure(value, Status.RECORDED if value is not None else Status.NO_DATA) for value in values]


def test_a_line_has_a_gap_where_a_week_has_no_data() -> None:
    line = sparkline(figures(0, 10, None, 5, 7), Unit.COUNT)
    assert line is not None
    assert line.lines == ("3.0,21.0 25.5,3.0", "70.5,12.0 93.0,8.4")
    assert line.end == (93.0, 8.4)
    assert line.text == "4 Wochen mit Daten, von 0 bis 10"


def test_a_line_ends_before_a_week_without_data() -> None:
    line = sparkline(figures(3, 3, None), Unit.COUNT)
    assert line is not None
    assert (line.lines, line.end) == (("3.0,12.0 48.0,12.0",), None)


def test_one_week_is_no_line() -> None:
    assert sparkline(figures(None, 3), Unit.COUNT) is None
    assert sparkline(figures(None, None), Unit.COUNT) is None
