"""CSV of a week, for the office's spreadsheet and for programs, from the report that the page shows.

Promises: both files hold the same numbers, with their definitions; no text cell can become a
formula; "no data" is an empty cell with a status. Shown by ``tests/rules/reporting/test_export.py``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from . import words
from .breakdown import breakdown
from .catalogue import GROUPS, service_name
from .figures import Change, Figure, Number, Status, Unit
from .metrics.metric import Metric
from .projections.lead_time import LeadTime
from .report import Line, WeekReport
from .weeks import Week

_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")

Cell = str | Number | None


class Format(StrEnum):
    """For whom a file is: ``office`` opens in a German spreadsheet, ``open`` follows RFC 4180."""

    OFFICE = "office"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a file: a figure of a week, of the whole or of one part (``part`` names which)."""

    week: Week
    metric: str
    name: str
    part: str
    part_name: str
    unit: Unit
    figure: Figure
    last_week: Change
    last_year: Change
    target: Decimal | None
    definition: tuple[str, str]


_NOTHING = Change(None, Status.NO_DATA)
_LEAD_TIME = (
    "Arbeitstage bis zum ersten freien Termin, stündlich erhoben; kein freier ist länger als jede Zahl.",
    "Working days to the first free place, looked at hourly; no place counts as longer than any number.",
)
OFFICE_HEAD = (
    *("Woche", "Kennzahl", "Bezeichnung", "Teil", "Wert", "Einheit", "Status"),
    *("Vorwoche", "Differenz", "Differenz in %", "Vorjahr", "Differenz zum Vorjahr"),
    *("Differenz zum Vorjahr in %", "Ziel", "Definition"),
)
OPEN_HEAD = (
    *("iso_year", "iso_week", "metric", "part", "value", "unit", "status"),
    *("last_week", "difference", "difference_percent", "last_year", "year_difference"),
    *("year_difference_percent", "target", "definition"),
)


def week_entries(report: WeekReport) -> Iterator[Entry]:
    """Everything of the page that is a number: metrics, contacts by group, their parts, lead times."""
    for line in report.lines:
        yield _of_line(report.week, line)
    for (channel, group), count in report.facts.contacts.items():
        metric = report.line(f"contacts.{channel}").metric
        figure = Figure(count, Status.RECORDED)
        yield _entry(report.week, metric, figure, f"service_group={group}", GROUPS.get(group, group))
    for part in breakdown(report.facts):
        of = ",".join(f"{dimension}={code}" for dimension, code in part.of)
        yield _entry(report.week, report.line(part.metric).metric, part.figure, of, part.name)
    for service, looks in sorted(report.lead_times.items()):
        before = report.lead_times_before.get(service)
        yield from _of_lead_time(report.week, service, looks, before)


def span_entries(weeks: Iterable[tuple[Week, Sequence[tuple[Metric, Figure]]]]) -> Iterator[Entry]:
    """The metrics of several weeks, without comparisons."""
    for week, figures in weeks:
        for metric, figure in figures:
            yield _entry(week, metric, figure)


def write(entries: Iterable[Entry], form: Format) -> bytes:
    """The file. Office: byte mark, ``;``, decimal comma. Open: no mark, ``,``, decimal point. Both CRLF."""
    office = form is Format.OFFICE
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";" if office else ",", lineterminator="\r\n")
    writer.writerow(OFFICE_HEAD if office else OPEN_HEAD)
    for entry in entries:
        cells = office_row(entry) if office else _open(entry)
        writer.writerow([_cell(cell, office) for cell in cells])
    return text.getvalue().encode("utf-8-sig" if office else "utf-8")


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def _of_line(week: Week, line: Line) -> Entry:
    metric = line.metric
    return Entry(
        *(week, metric.id, metric.names.de, "", "", metric.unit),
        *(line.figure, line.last_week, line.last_year, metric.target, metric.definition),
    )


def _entry(week: Week, metric: Metric, figure: Figure, part: str = "", part_name: str = "") -> Entry:
    return Entry(
        *(week, metric.id, metric.names.de, part, part_name, metric.unit),
        *(figure, _NOTHING, _NOTHING, None, metric.definition),
    )


def _of_lead_time(week: Week, service: str, looks: LeadTime, before: LeadTime | None) -> Iterator[Entry]:
    for name, german in (("median", "Vorlaufzeit, Median"), ("worst", "Vorlaufzeit, längste")):
        last_week = Change(getattr(before, name), _place(getattr(before, name))) if before else _NOTHING
        days = getattr(looks, name)
        yield Entry(
            *(week, f"lead_time.{name}", german, f"service={service}", service_name(service)),
            *(Unit.WORKING_DAYS, Figure(days, _place(days)), last_week, _NOTHING),
            *(Decimal(14) if name == "median" else None, _LEAD_TIME),
        )


def _place(days: int | None) -> Status:
    return Status.NO_PLACE if days is None else Status.RECORDED


def office_row(entry: Entry) -> tuple[Cell, ...]:
    """The cells below ``OFFICE_HEAD``, for the German CSV and for the workbook."""
    return (
        *(str(entry.week), entry.metric, entry.name, entry.part_name, entry.figure.value),
        *(words.UNITS[entry.unit], words.STATUS[entry.figure.status]),
        *_compared(entry),
        entry.definition[0],
    )


def _open(entry: Entry) -> tuple[Cell, ...]:
    return (
        *(entry.week.year, entry.week.number, entry.metric, entry.part, entry.figure.value),
        *(entry.unit.value, entry.figure.status.value),
        *_compared(entry),
        entry.definition[1],
    )


def _compared(entry: Entry) -> tuple[Cell, ...]:
    week, year = entry.last_week, entry.last_year
    return (
        *(week.value, week.difference, week.percent),
        *(year.value, year.difference, year.percent),
        entry.target,
    )


def _cell(cell: Cell, office: bool) -> str:
    """A number as the reader's program takes it; a text that cannot become a formula."""
    match cell:
        case None:
            return ""
        case str():
            return guarded(cell)
        case _:
            return f"{cell:f}".replace(".", ",") if office and isinstance(cell, Decimal) else f"{cell}"
