"""The figures of the weekly page: each with its message as caption and the same numbers as a table. Pure.

Promises: whatever a drawing shows stands in the table below it; what nobody recorded has no figure.
Shown by ``tests/rules/reporting/test_charts.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.reporting import charts, words
from services.reporting.ages import DOCUMENT_AGES, POST_AGES, by_class
from services.reporting.catalogue import CHANNELS, service_name
from services.reporting.charts import LEAD_TIME_TARGET
from services.reporting.drawing import Drawing
from services.reporting.figures import Unit, rate
from services.reporting.report import WeekReport

from . import tables
from .tables import Grid

HOURS = range(8, 17)
"""Shown even if nobody came."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Drawings with one message. ``name`` is its place on the page.

    ``tables`` hold its numbers: title, heading of the first column, cells.
    """

    name: str
    title: str
    message: str
    key: str
    drawings: tuple[Drawing, ...]
    tables: tuple[tuple[str, str, Grid], ...]


def pictures(report: WeekReport) -> list[Picture]:
    """The figures of the week that somebody recorded, in the order of the page."""
    return [picture for tell in _PICTURES for picture in tell(report)]


def _channels(report: WeekReport) -> Iterator[Picture]:
    if not report.channels:
        return
    now = {one.channel: int(one.this[-1].value or 0) for one in report.channels}
    most, total = max(now, key=lambda channel: now[channel]), sum(now.values())
    share = f", {words.value(rate(now[most], total), Unit.PERCENT)} von allen" if total else ""
    columns = [name for one in report.channels for name in (CHANNELS[one.channel], "Vorjahr")]
    rows = [
        (
            f"KW {week.number}/{week.year}",
            tuple(
                words.value(figure.value, Unit.COUNT)
                for one in report.channels
                for figure in (one.this[index], one.year_before[index])
            ),
        )
        for index, week in enumerate(report.channels[0].weeks)
    ]
    yield Picture(
        "kanaele",
        "Kontakte nach Kanal",
        f"Die meisten: {CHANNELS[most]}, {words.value(now[most], Unit.COUNT)} Kontakte{share}.",
        "13 Wochen, gleicher Maßstab; dunkel diese, hell die gleichen Wochen ein Jahr zuvor.",
        tuple(charts.columns(report.channels)),
        (("Kontakte nach Kanal und Woche", "Woche", Grid(tuple(columns), tuple(rows))),),
    )


def _hours(report: WeekReport) -> Iterator[Picture]:
    visits = {(one.weekday, one.hour): one.arrivals for one in report.hours}
    calls = {(one.weekday, one.hour): one.calls for one in report.calls}
    told = {name: counts for name, counts in (("Besuche", visits), ("Anrufe", calls)) if counts}
    if not told:
        return
    used = [*visits, *calls]
    first = min(HOURS.start, *(hour for _day, hour in used), HOURS.stop)
    last = max(HOURS.stop, *(hour for _day, hour in used), HOURS.start)
    days = [day for day in range(1, 8) if day < 6 or any(one == day for one, _hour in used)]
    names = [words.WEEKDAYS[day - 1] for day in days]
    peaks = [(name, *max(counts.items(), key=lambda one: one[1])) for name, counts in told.items()]
    message = "; ".join(
        f"{name} am häufigsten {words.WEEKDAYS[day - 1]} {hour} Uhr ({words.number(count)})"
        for name, (day, hour), count in peaks
    )
    grids = [("Besuche mit mittlerer Wartezeit (Median)", tables.hours(report))]
    grids.append(("Anrufe in der Sprechzeit", tables.by_hour(report, calls, days)))
    yield Picture(
        "stunden",
        "Wann kommen und rufen die Menschen?",
        f"{message}.",
        "Nach Stunde des Einlasses und des ersten Klingelns; je dunkler, desto mehr.",
        tuple(charts.heat(name, names, first, last, counts) for name, counts in told.items()),
        tuple((title, "Stunde", grid) for title, grid in grids if grid),
    )


def _lead_times(report: WeekReport) -> Iterator[Picture]:
    grid = tables.lead_times(report)
    if grid is None:
        return
    late = [name for name, one in report.lead_times.items() if not _in_time(one.median)]
    message = f"Alle {len(report.lead_times)} Dienstleistungen binnen {LEAD_TIME_TARGET} Arbeitstagen."
    if late:
        named = ", ".join(sorted(map(service_name, late))[:2]) + (" …" if len(late) > 2 else ".")
        message = (
            f"{len(late)} von {len(report.lead_times)} über dem Ziel von {LEAD_TIME_TARGET} Arbeitstagen:"
            f" {named}"
        )
    yield Picture(
        "vorlaufzeit",
        "Vorlaufzeit bis zum ersten freien Termin",
        message,
        "Punkt: Median, Ring: längste der Woche. „keine“: gar kein freier Termin, länger als jede Zahl.",
        (charts.dots(report.lead_times),),
        (("Arbeitstage bis zum ersten freien Termin, stündlich erhoben", "Dienstleistung", grid),),
    )


def _in_time(days: int | None) -> bool:
    return days is not None and days <= LEAD_TIME_TARGET


def _backlog(report: WeekReport) -> Iterator[Picture]:
    drawings, grids, messages = [], [], []
    if (post := tables.backlog(report)) is not None:
        ages = by_class(report.facts.post.ages, POST_AGES)
        drawings.append(charts.bars("Posteingang", [(one.name, ages[one.code]) for one in POST_AGES]))
        grids.append(("Offene Briefe, E-Mails und Formulare am Ende der Woche", "Alter", post))
        messages.append(f"{words.number(ages['over_5'])} Eingänge älter als 5 Arbeitstage")
    if (documents := tables.documents(report)) is not None:
        ages = by_class(report.facts.document_ages(), DOCUMENT_AGES)
        drawings.append(charts.bars("Dokumente", [(one.name, ages[one.code]) for one in DOCUMENT_AGES]))
        grids.append(("Ausweisdokumente, die am Ende der Woche auf Abholung warten", "Liegezeit", documents))
        messages.append(f"{words.number(ages['over_30'])} Dokumente länger als 30 Tage da")
    if drawings:
        yield Picture(
            "rueckstand",
            "Rückstand nach Alter",
            f"{'; '.join(messages)}.",
            "Eigenes Alter: ohne Tage, an denen das Amt auf Unterlagen wartete. Dokumente ohne Abholfach.",
            tuple(drawings),
            tuple(grids),
        )


_PICTURES = (_channels, _hours, _lead_times, _backlog)
