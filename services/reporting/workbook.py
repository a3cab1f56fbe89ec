"""The week as a workbook (XLSX): one sheet per block, from the report that the page shows.

Promises: numbers, dates and times are typed cells, times by the clock in Berlin; no data is an empty cell
with its status beside it, never 0; no text is ever a formula; the same report gives the same bytes.
Shown by ``tests/way/test_workbook.py``.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

import xlsxwriter

from . import words
from .catalogue import CHANNELS, CLOSED, CLOSURES, service_name
from .export import OFFICE_HEAD, Entry, office_row, week_entries
from .figures import Unit, minutes, rounded
from .pages import view
from .report import WeekReport
from .weeks import BERLIN

Cell = str | int | Decimal | date | None
"""``datetime`` is a date too; it must be aware."""
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A block: its name, the headings of its columns, and rows of typed cells."""

    name: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]


def sheets(report: WeekReport) -> list[Sheet]:
    """All blocks of the report, those without rows too: an empty sheet says that there is nothing."""
    entries = list(week_entries(report))
    return [
        Sheet("Kennzahlen", OFFICE_HEAD, tuple(office_row(one) for one in entries if not one.part)),
        Sheet("Teile", OFFICE_HEAD, tuple(office_row(one) for one in entries if _is_part(one))),
        Sheet("Kanäle", ("Kanal", "Woche", "Kontakte", "ein Jahr zuvor"), tuple(_channels(report))),
        Sheet("Tage", ("Tag", "Kanal", "Kontakte"), tuple(_days(report))),
        Sheet("Stunden", ("Tag", "Stunde", *_HOURS), tuple(_hours(report))),
        Sheet("Vorlaufzeit", ("Dienstleistung", *_LOOKS), tuple(_lead_times(report))),
        Sheet("Anmerkungen", ("Standort", "Art", "von", "bis", "Text"), tuple(_notes(report))),
        Sheet("Metadaten", ("Angabe", "Wert"), tuple(_about(report))),
    ]


def workbook(report: WeekReport) -> bytes:
    """The file."""
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(file, options)
    book.set_properties(
        {
            "title": f"Wochenbericht {report.week}",
            "created": datetime.combine(report.week.monday, time.min, UTC),
        }
    )
    bold, formats = book.add_format({"bold": True, "text_wrap": True}), _formats(book)
    for sheet in sheets(report):
        page = book.add_worksheet(sheet.name)
        page.freeze_panes(1, 0)
        for column, text in enumerate(sheet.head):
            page.write_string(0, column, text, bold)
            page.set_column(column, column, _width(sheet, column))
        for number, row in enumerate(sheet.rows, start=1):
            for column, cell in enumerate(row):
                _put(page, number, column, cell, formats)
    book.close()
    return file.getvalue()


def _formats(book: xlsxwriter.Workbook) -> Callable[[Cell], object]:
    """The look of a cell by its type."""
    looks: dict[type, object] = {
        kind: book.add_format({"num_format": form})
        for kind, form in (
            (datetime, "dd.mm.yyyy hh:mm"),
            (date, "dd.mm.yyyy"),
            (int, "#,##0"),
            (Decimal, "#,##0.0##"),
        )
    }
    return lambda cell: looks.get(type(cell))


def _put(
    page: xlsxwriter.worksheet.Worksheet, row: int, column: int, cell: Cell, look: Callable[[Cell], object]
) -> None:
    match cell:
        case None:
            return
        case str():
            page.write_string(row, column, cell)
        case datetime():
            local = cell.astimezone(BERLIN).replace(tzinfo=None)
            page.write_datetime(row, column, local, look(cell))
        case date():
            page.write_datetime(row, column, cell, look(cell))
        case _:
            page.write_number(row, column, cell, look(cell))


def _width(sheet: Sheet, column: int) -> int:
    """Wide enough for what stands in it, up to a limit."""
    longest = max((len(str(row[column])) for row in sheet.rows), default=0)
    return min(60, max(10, len(sheet.head[column]), longest) + 2)


def _is_part(entry: Entry) -> bool:
    return bool(entry.part) and not entry.metric.startswith("lead_time.")


def _channels(report: WeekReport) -> Iterator[Row]:
    for trend in report.channels:
        for week, this, before in zip(trend.weeks, trend.this, trend.year_before, strict=True):
            yield (CHANNELS[trend.channel], str(week), this.value, before.value)


def _days(report: WeekReport) -> Iterator[Row]:
    for (day, channel), count in sorted(report.by_day.items()):
        yield (day, CHANNELS[channel], count)


_HOURS = ("Besuche", "Wartezeiten", "Median in min", "90 % in min", "Anrufe")


def _hours(report: WeekReport) -> Iterator[Row]:
    """Hours in which somebody came or called; where one of the two is not recorded its cells are empty."""
    visits = {(one.weekday, one.hour): one for one in report.hours}
    calls = {(one.weekday, one.hour): one.calls for one in report.calls}
    for weekday, hour in sorted({*visits, *calls}):
        one = visits.get((weekday, hour))
        came: Row = (0 if visits else None, None, None, None)
        if one is not None:
            came = (one.arrivals, one.waits, _minutes(one.wait_p50), _minutes(one.wait_p90))
        called = calls.get((weekday, hour), 0) if calls else None
        yield (report.week.day(weekday), hour, *came, called)


def _minutes(seconds: Decimal | None) -> Cell:
    value = minutes(seconds)
    return None if value is None else rounded(value, Unit.MINUTES)


_LOOKS = ("Blicke", "mit freiem Termin", "Median in Arbeitstagen", "längste in Arbeitstagen", "Status")


def _lead_times(report: WeekReport) -> Iterator[Row]:
    for service, looks in sorted(report.lead_times.items(), key=lambda one: service_name(one[0])):
        status = "erfasst" if looks.median is not None else "kein freier Termin"
        yield (service_name(service), looks.looks, looks.with_place, looks.median, looks.worst, status)


def _notes(report: WeekReport) -> Iterator[Row]:
    for note in report.notes:
        yield (note.site, "Anmerkung der Leitung", None, None, note.text)
    for one in report.closures:
        kind = f"Schließung ({CLOSED.get(one.scope, one.scope)})"
        yield (one.site, kind, one.begins_at, one.ends_at, CLOSURES.get(one.reason, one.reason))


def _about(report: WeekReport) -> Iterator[Row]:
    week = report.week
    yield ("Woche (ISO)", str(week))
    yield ("erster Tag", week.monday)
    yield ("letzter Tag", week.sunday)
    yield ("Stand", words.state(week, report.state))
    yield ("Standort", report.site or "alle")
    yield ("Vorjahr ist", view.last_year_words(week))
    for sentence in view.headline(report):
        yield ("Zusammenfassung", sentence)
    for status, meaning in words.STATUS.items():
        yield (f"Status {meaning}", words.MEANINGS[status])
    yield ("Uhrzeiten", "wie die Uhr in Flensburg")
