"""The smaller tables of the weekly page as words, from the report. Pure.

Promises: every number of the page is in the report; numbers that add up have their sums beside them; a
table without data is left out. Shown by ``tests/rules/reporting/test_view.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.reporting import words
from services.reporting.ages import DOCUMENT_AGES, POST_AGES, by_class
from services.reporting.breakdown import document_kinds, refusals
from services.reporting.catalogue import (
    CHANNELS,
    DOCUMENT_KINDS,
    GROUPS,
    MESSAGE_CHANNELS,
    OUTCOMES,
    REFUSALS,
    service_name,
)
from services.reporting.charts import LEAD_TIME_TARGET, Hours
from services.reporting.figures import Unit, minutes
from services.reporting.projections.delivery import Outcome
from services.reporting.projections.lead_time import LeadTime
from services.reporting.report import WeekReport

NO_PLACE = "keine"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of numbers: headings of the columns, then rows of a heading and cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def by_group(report: WeekReport) -> Grid | None:
    """Contacts by service group and channel; None if no channel is recorded."""
    channels = recorded_channels(report)
    found = {group for _channel, group in report.facts.contacts}
    groups = [group for group in GROUPS if group in found] + sorted(found - set(GROUPS))
    if not channels or not groups:
        return None
    rows = [
        (GROUPS.get(group, group), [report.facts.contacts.get((channel, group), 0) for channel in channels])
        for group in groups
    ]
    return _grid([CHANNELS[channel] for channel in channels], rows)


def by_day(report: WeekReport) -> Grid | None:
    """Contacts by channel and day; None if no channel is recorded."""
    days = [report.week.day(weekday) for weekday in range(1, 8)]
    shown = [day for day in days if day.isoweekday() < 6 or any(one == day for one, _ in report.by_day)]
    rows = [
        (CHANNELS[channel], [report.by_day.get((day, channel), 0) for day in shown])
        for channel in recorded_channels(report)
    ]
    return _grid([words.day(report.week, day.isoweekday()) for day in shown], rows) if rows else None


def hours(report: WeekReport) -> Grid | None:
    """Arrivals and median waits by weekday and hour; None if nobody came."""
    if not report.hours:
        return None
    cells = {(one.weekday, one.hour): one for one in report.hours}
    days = [day for day in range(1, 8) if day < 6 or any(one.weekday == day for one in report.hours)]

    def cell(day: int, hour: int) -> str:
        one = cells.get((day, hour))
        if one is None:
            return words.DASH
        wait = words.DASH if one.wait_p50 is None else words.value(one.wait_p50 / 60, Unit.MINUTES)
        return f"{one.arrivals} ({wait})"

    return _by_hour(report, days, [one.hour for one in report.hours], cell)


def by_hour(report: WeekReport, counts: Hours, days: Sequence[int]) -> Grid | None:
    """How many by weekday and hour; None if there were none."""
    if not counts:
        return None
    return _by_hour(
        report, days, [hour for _day, hour in counts], lambda *at: words.number(counts.get(at, 0))
    )


def _by_hour(
    report: WeekReport, days: Sequence[int], hours: Sequence[int], cell: Callable[[int, int], str]
) -> Grid:
    rows = [
        (f"{hour} Uhr", tuple(cell(day, hour) for day in days)) for hour in range(min(hours), max(hours) + 1)
    ]
    return Grid(tuple(words.day(report.week, day) for day in days), tuple(rows))


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


def backlog(report: WeekReport) -> Grid | None:
    """The post room's backlog by age and by own age; None if nobody recorded it."""
    post = report.facts.post
    if "post_room" not in report.facts.recorded:
        return None
    ages, own = by_class(post.ages, POST_AGES), by_class(post.own_ages, POST_AGES)
    rows = [(one.name, [ages[one.code], own[one.code]]) for one in POST_AGES]
    return _grid(["nach Alter", "eigenes Alter"], rows, across=False)


def documents(report: WeekReport) -> Grid | None:
    """Documents that wait at the office, by age and kind; None if there are none."""
    kinds = document_kinds(report.facts)
    if "documents" not in report.facts.recorded or not kinds:
        return None
    ages = [by_class(report.facts.document_ages(kind), DOCUMENT_AGES) for kind in kinds]
    rows = [(one.name, [found[one.code] for found in ages]) for one in DOCUMENT_AGES]
    return _grid([DOCUMENT_KINDS.get(kind, kind) for kind in kinds], rows)


def refused(report: WeekReport) -> Grid | None:
    """Refused attempts at the door by reason; None if there were none."""
    rows = [(REFUSALS.get(reason, reason), [count]) for reason, count in refusals(report.facts).items()]
    return _grid(["Versuche"], rows, across=False) if rows else None


def durations(report: WeekReport) -> Grid | None:
    """Time at the counter per service; None if no visit had exactly one."""
    rows = [
        (
            service_name(service),
            (
                words.number(found.visits),
                words.value(minutes(found.p50), Unit.MINUTES),
                words.value(minutes(found.p90), Unit.MINUTES),
            ),
        )
        for service, found in report.facts.durations.items()
        if service
    ]
    return Grid(("Besuche", "Median", "90 %"), tuple(sorted(rows))) if rows else None


def messages(report: WeekReport) -> Grid | None:
    """Messages by way and outcome; None if nothing went out."""
    found = report.facts.messages
    if not found:
        return None
    rows = [
        (name, tuple(words.number(found.get(Outcome(channel, outcome), 0)) for outcome in OUTCOMES))
        for channel, name in MESSAGE_CHANNELS.items()
    ]
    return Grid(tuple(OUTCOMES.values()), tuple(rows))


def _grid(columns: Sequence[str], rows: Sequence[tuple[str, Sequence[int]]], *, across: bool = True) -> Grid:
    """Numbers with their sums below each column, and ``across`` at the end of each row."""
    sums = [sum(column) for column in zip(*(cells for _name, cells in rows), strict=True)]
    summed = [
        (name, [*cells, sum(cells)][: None if across else -1]) for name, cells in [*rows, ("Summe", sums)]
    ]
    head = (*columns, "Summe") if across else tuple(columns)
    return Grid(head, tuple((name, tuple(map(words.number, cells))) for name, cells in summed))


def recorded_channels(report: WeekReport) -> list[str]:
    return [channel for channel in CHANNELS if channel in report.facts.recorded]
