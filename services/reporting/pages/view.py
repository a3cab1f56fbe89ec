"""The weekly page as words: what each cell says, from the report. Pure.

Promises: every number of the page is in the report; the headline is a sentence by rules.
Shown by ``tests/rules/reporting/test_view.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from services.reporting import words
from services.reporting.catalogue import CHANNELS, GROUPS, service_name
from services.reporting.figures import Status, Unit
from services.reporting.metrics.metric import on_target
from services.reporting.projections.lead_time import LeadTime
from services.reporting.report import Line, WeekReport
from services.reporting.weeks import Week

from .sparkline import Sparkline, sparkline

LEAD_TIME_TARGET = 14
"""Working days."""
NO_PLACE = "keine"
SHADES = 5


@dataclass(frozen=True, slots=True)
class LineView:
    """One row of the table of the week."""

    id: str
    name: str
    this: str
    to_last_week: str
    last_year: str
    to_last_year: str
    target: str
    trend: Sparkline | None
    definition: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of numbers: headings of the columns, then rows of a heading and cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class HourCell:
    """Who came in an hour of a weekday and how long they waited; ``shade`` 0 (nobody) to 5."""

    arrivals: int
    wait: str
    shade: int


@dataclass(frozen=True, slots=True)
class HourGrid:
    """Weekdays across, hours down."""

    days: tuple[str, ...]
    rows: tuple[tuple[str, tuple[HourCell | None, ...]], ...]


def headline(report: WeekReport) -> list[str]:
    """The week in up to four sentences."""
    return [
        sentence
        for sentence in (_contacts(report), _phone(report), _waits(report), _bookings(report))
        if sentence
    ]


def sections(report: WeekReport) -> list[tuple[str, list[LineView]]]:
    """The table of the week in its groups."""
    return [
        (section.value, [_line(line) for line in lines])
        for section, lines in groupby(report.lines, key=lambda line: line.metric.section)
    ]


def last_year_words(week: Week) -> str:
    """What the column "last year" holds."""
    weeks = " und ".join(f"KW {one.number}/{one.year}" for one in week.year_before())
    return weeks if len(week.year_before()) == 1 else f"Mittel aus {weeks}"


def by_group(report: WeekReport) -> Grid | None:
    """Contacts by service group and channel; None if no channel is recorded."""
    channels = _recorded(report)
    found = {group for _channel, group in report.by_group}
    groups = [group for group in GROUPS if group in found] + sorted(found - set(GROUPS))
    if not channels or not groups:
        return None
    rows = [
        (GROUPS.get(group, group), [report.by_group.get((channel, group), 0) for channel in channels])
        for group in groups
    ]
    return _grid([CHANNELS[channel] for channel in channels], rows)


def by_day(report: WeekReport) -> Grid | None:
    """Contacts by channel and day; None if no channel is recorded."""
    days = [report.week.day(weekday) for weekday in range(1, 8)]
    shown = [day for day in days if day.isoweekday() < 6 or any(one == day for one, _ in report.by_day)]
    rows = [
        (CHANNELS[channel], [report.by_day.get((day, channel), 0) for day in shown])
        for channel in _recorded(report)
    ]
    return _grid([words.day(report.week, day.isoweekday()) for day in shown], rows) if rows else None


def hours(report: WeekReport) -> HourGrid | None:
    """Arrivals and median waits by weekday and hour; None if nobody came."""
    if not report.hours:
        return None
    cells = {(one.weekday, one.hour): one for one in report.hours}
    most = max(one.arrivals for one in report.hours)
    days = [day for day in range(1, 8) if day < 6 or any(one.weekday == day for one in report.hours)]
    first, last = min(one.hour for one in report.hours), max(one.hour for one in report.hours)

    def cell(day: int, hour: int) -> HourCell | None:
        one = cells.get((day, hour))
        if one is None:
            return None
        wait = words.DASH if one.wait_p50 is None else words.value(one.wait_p50 / 60, Unit.MINUTES)
        return HourCell(one.arrivals, wait, -(-SHADES * one.arrivals // most))

    rows = [(f"{hour} Uhr", tuple(cell(day, hour) for day in days)) for hour in range(first, last + 1)]
    return HourGrid(tuple(words.day(report.week, day) for day in days), tuple(rows))


def lead_times(report: WeekReport) -> Grid | None:
    """Lead time per service; None if nobody looked."""
    if not report.lead_times:
        return None
    rows = [
        (service_name(service), _lead_time(looks, report.lead_times_before.get(service)))
        for service, looks in sorted(report.lead_times.items(), key=lambda one: service_name(one[0]))
    ]
    columns = ("Median", "Vorwoche", "längste", "Blicke mit freiem Termin", f"Ziel {LEAD_TIME_TARGET} Tage")
    return Grid(columns, tuple(rows))


def _lead_time(looks: LeadTime, before: LeadTime | None) -> tuple[str, ...]:
    met = looks.median is not None and looks.median <= LEAD_TIME_TARGET
    return (
        _days(looks.median),
        _days(before.median) if before else words.DASH,
        _days(looks.worst),
        f"{words.number(looks.with_place)} von {words.number(looks.looks)}",
        "erreicht" if met else "verfehlt",
    )


def _days(days: int | None) -> str:
    return NO_PLACE if days is None else words.number(days)


def _line(line: Line) -> LineView:
    metric, unit = line.metric, line.metric.unit
    met = on_target(metric, line.figure.value)
    target = ""
    if metric.target is not None:
        goal = words.value(metric.target, unit).replace(",0", "")
        target = goal if met is None else f"{goal} {'erreicht' if met else 'verfehlt'}"
    this = words.figure(line.figure, unit)
    return LineView(
        id=metric.id,
        name=metric.names.de,
        this=this + (" *" if line.figure.status is Status.PARTIAL else ""),
        to_last_week=words.change(line.last_week, unit),
        last_year=words.figure(line.last_year, unit),
        to_last_year=words.change(line.last_year, unit),
        target=target,
        trend=sparkline(line.trend, unit),
        definition=metric.definition.de,
    )


def _grid(columns: Sequence[str], rows: Sequence[tuple[str, Sequence[int]]]) -> Grid:
    """Numbers with their sums at the end of each row and below each column."""
    sums = [sum(column) for column in zip(*(cells for _name, cells in rows), strict=True)]
    summed = [*((name, [*cells, sum(cells)]) for name, cells in rows), ("Summe", [*sums, sum(sums)])]
    return Grid((*columns, "Summe"), tuple((name, tuple(map(words.number, cells))) for name, cells in summed))


def _recorded(report: WeekReport) -> list[str]:
    return [channel for channel in CHANNELS if channel in report.recorded]


def _contacts(report: WeekReport) -> str:
    line, number = report.line("contacts.total"), report.week.number
    if line.figure.value is None:
        return f"KW {number}: Kontakte nicht erfasst."
    missing = [name for channel, name in CHANNELS.items() if channel not in report.recorded]
    without = f" Nicht erfasst: {', '.join(missing)}." if missing else ""
    against = [
        f"{words.signed(change.percent, 1)}\N{NO-BREAK SPACE}% {to}"
        for change, to in ((line.last_week, "zur Vorwoche"), (line.last_year, "zum Vorjahr"))
        if change.percent is not None
    ]
    compared = f" ({', '.join(against)})" if against else ""
    return f"KW {number}: {words.value(line.figure.value, Unit.COUNT)} Kontakte{compared}.{without}"


def _phone(report: WeekReport) -> str:
    line = report.line("phone.service_level_30s")
    if line.figure.value is None or line.metric.target is None:
        return ""
    met = "erreicht" if on_target(line.metric, line.figure.value) else "verfehlt"
    share = words.value(line.figure.value, Unit.PERCENT)
    return f"Telefon: {share} in 30 Sekunden angenommen – Ziel {line.metric.target} % {met}."


def _waits(report: WeekReport) -> str:
    median, long = report.line("wait.p50").figure.value, report.line("wait.p90").figure.value
    if median is None or long is None:
        return ""
    return (
        f"Die Hälfte der Besucher wartete höchstens {words.value(median, Unit.MINUTES)},"
        f" neun von zehn höchstens {words.value(long, Unit.MINUTES)}."
    )


def _bookings(report: WeekReport) -> str:
    values: Mapping[str, object] = {
        name: report.line(f"funnel.{name}").figure.value for name in ("held", "confirmed")
    }
    held, confirmed = values["held"], values["confirmed"]
    if not isinstance(held, int) or not isinstance(confirmed, int) or not held:
        return ""
    return f"Von {words.number(held)} reservierten Terminen sind {words.number(confirmed)} bestätigt."
