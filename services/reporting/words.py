"""Numbers and weeks as the office reads them in German.

Promises: no data is a dash or says what is missing, never 0; a change has a sign; a sum in which a channel is
missing is never shown as if it were whole.
Shown by ``tests/rules/reporting/test_words.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal

from .figures import Change, Figure, Number, Status, Unit
from .weeks import State, Week

DASH = "–"
MINUS = "\N{MINUS SIGN}"
STATUS: Mapping[Status, str] = {
    Status.RECORDED: "erfasst",
    Status.PARTIAL: "unvollständig",
    Status.NO_DATA: "keine Daten",
    Status.NO_PLACE: "kein freier Termin",
    Status.NOT_RECORDED: "nicht erfasst",
}
MEANINGS: Mapping[Status, str] = {
    Status.RECORDED: "Der Wert ist vollständig.",
    Status.PARTIAL: "Summe der erfassten Kanäle; mindestens einer fehlt.",
    Status.NO_DATA: "Erfasst, aber ohne einen Fall, aus dem sich der Wert bilden ließe.",
    Status.NO_PLACE: "Es gab gar keinen freien Termin; das ist länger als jede Zahl.",
    Status.NOT_RECORDED: "Niemand hat für diese Woche etwas gemeldet; das ist keine Null.",
}
UNITS: Mapping[Unit, str] = {
    Unit.COUNT: "Anzahl",
    Unit.PERCENT: "%",
    Unit.MINUTES: "min",
    Unit.SECONDS: "s",
    Unit.DAYS: "Tage",
    Unit.WORKING_DAYS: "Arbeitstage",
}
MONTHS = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
)
WEEKDAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")
_SUFFIX: Mapping[Unit, str] = {
    Unit.COUNT: "",
    Unit.PERCENT: "\N{NO-BREAK SPACE}%",
    Unit.MINUTES: "\N{NO-BREAK SPACE}min",
    Unit.SECONDS: "\N{NO-BREAK SPACE}s",
    Unit.DAYS: "",  # the name of the metric says it
    Unit.WORKING_DAYS: "",
}


def number(value: Number, digits: int = 0) -> str:
    """``1.234,5``; as many digits after the comma as asked for, none for whole numbers without them."""
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
    text = f"{abs(rounded):,.{digits}f}".translate(str.maketrans(",.", ".,"))
    return f"{MINUS if rounded < 0 else ''}{text}"


def value(shown: Number | None, unit: Unit) -> str:
    """A value with its unit, a dash for none."""
    if shown is None:
        return DASH
    return number(shown, _digits(shown, unit)) + _SUFFIX[unit]


def figure(shown: Figure | Change, unit: Unit) -> str:
    """A figure; where nobody recorded anything it says so, and a sum without all channels has a star."""
    if shown.status is Status.NOT_RECORDED:
        return STATUS[Status.NOT_RECORDED]
    return value(shown.value, unit) + (" *" if shown.status is Status.PARTIAL else "")


def signed(shown: Number, digits: int = 0) -> str:
    """A number with ``+``, ``−`` or, for nothing, ``±``."""
    text = number(shown, digits)
    return text if text.startswith(MINUS) else ("+" if shown > 0 else "±") + text


def change(shown: Change, unit: Unit) -> str:
    """How far the week is from another one: ``−154 (−4,1 %)``, shares in points, a dash for none."""
    if shown.difference is None:
        return DASH
    text = signed(shown.difference, _digits(shown.difference, unit))
    if unit is Unit.PERCENT:
        return f"{text}\N{NO-BREAK SPACE}Punkte"
    if shown.percent is None:
        return text + _SUFFIX[unit]
    return f"{text}{_SUFFIX[unit]} ({signed(shown.percent, 1)}\N{NO-BREAK SPACE}%)"


def _digits(shown: Number, unit: Unit) -> int:
    """Seconds and what can be counted are whole, unless a mean of two weeks is not."""
    if unit is Unit.SECONDS:
        return 0
    return 0 if unit in (Unit.COUNT, Unit.DAYS, Unit.WORKING_DAYS) and shown == int(shown) else 1


def day(week: Week, weekday: int) -> str:
    """``Mo 16.11.`` for the weekday 1 to 7 of a week."""
    date = week.day(weekday)
    return f"{WEEKDAYS[weekday - 1]} {date.day}.{date.month}."


def state(week: Week, state: State) -> str:
    """How final the week's figures are."""
    match state:
        case State.OPEN:
            return "laufende Woche"
        case State.PROVISIONAL:
            return f"vorläufig bis {week.final_on.day}.{week.final_on.month}."
        case State.CLOSED:
            return "abgeschlossen"
