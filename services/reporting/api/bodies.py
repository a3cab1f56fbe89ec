"""What the API answers: shapes of JSON, from the report that the page shows.

Numbers are JSON numbers in the published precision; no data is ``null`` with a ``status``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from servicekit.web.words import local_iso
from services.reporting.breakdown import breakdown
from services.reporting.catalogue import service_name
from services.reporting.figures import Change, Figure, Number
from services.reporting.metrics.metric import Metric
from services.reporting.projections.lead_time import LeadTime
from services.reporting.report import Line, WeekReport
from services.reporting.weeks import Week

JsonNumber = float


class ChangeBody(msgspec.Struct, frozen=True):
    """Another week's value, and how far this one is from it. ``percent`` is null for shares."""

    value: JsonNumber | None
    status: str
    difference: JsonNumber | None
    percent: JsonNumber | None


class FigureBody(msgspec.Struct, frozen=True):
    """One metric in one week."""

    metric: str
    unit: str
    value: JsonNumber | None
    status: str


class LineBody(FigureBody, frozen=True):
    """One metric in one week, with what it is compared to and its last thirteen weeks, oldest first."""

    target: JsonNumber | None
    last_week: ChangeBody
    last_year: ChangeBody
    trend: list[JsonNumber | None]


class GroupBody(msgspec.Struct, frozen=True):
    """Contacts on one channel for one service group."""

    channel: str
    service_group: str
    value: int


class PartBody(msgspec.Struct, frozen=True):
    """A part of a metric. ``of`` maps its dimensions to codes: ``{"kind": "id_card", "age": "0_7"}``."""

    metric: str
    of: dict[str, str]
    name: str
    value: JsonNumber | None


class DayBody(msgspec.Struct, frozen=True):
    """Contacts on one channel on one day."""

    day: date
    channel: str
    value: int


class HourBody(msgspec.Struct, frozen=True):
    """Visits admitted in one hour of one weekday (1 = Monday); waits in minutes."""

    weekday: int
    hour: int
    arrivals: int
    waits: int
    wait_p50: JsonNumber | None
    wait_p90: JsonNumber | None


class CallHourBody(msgspec.Struct, frozen=True):
    """Calls of one hour of one weekday (1 = Monday)."""

    weekday: int
    hour: int
    calls: int


class ChannelWeekBody(msgspec.Struct, frozen=True):
    """Contacts on one channel in one of the last thirteen weeks, and in the same week a year before."""

    channel: str
    week: str
    value: JsonNumber | None
    year_before: JsonNumber | None


class NoteBody(msgspec.Struct, frozen=True):
    """What the management of a site wrote about the week."""

    site: str
    text: str


class ClosureBody(msgspec.Struct, frozen=True):
    """When a site was closed, in whole or in part."""

    site: str
    scope: str
    reason: str
    begins_at: str
    ends_at: str


class LeadTimeBody(msgspec.Struct, frozen=True):
    """Working days to the first free place; ``null`` means that there was none."""

    service: str
    name: str
    looks: int
    with_place: int
    median: int | None
    worst: int | None
    last_week_median: int | None


class WeekBody(msgspec.Struct, frozen=True):
    """A week. ``state`` is open, provisional (until ``final_on``) or closed."""

    week: str
    first_day: date
    last_day: date
    state: str
    final_on: date
    site: str | None
    recorded: list[str]
    figures: list[LineBody]
    contacts_by_group: list[GroupBody]
    contacts_by_day: list[DayBody]
    waits_by_hour: list[HourBody]
    calls_by_hour: list[CallHourBody]
    channel_weeks: list[ChannelWeekBody]
    lead_times: list[LeadTimeBody]
    parts: list[PartBody]
    notes: list[NoteBody]
    closures: list[ClosureBody]


class ShortWeekBody(msgspec.Struct, frozen=True):
    """A week of a span."""

    week: str
    figures: list[FigureBody]


class WeeksBody(msgspec.Struct, frozen=True):
    """Several weeks."""

    site: str | None
    weeks: list[ShortWeekBody]


def number(value: Number | None) -> JsonNumber | None:
    """A number as JSON has it."""
    return float(value) if isinstance(value, Decimal) else value


def _minutes(seconds: Decimal | None) -> float | None:
    return None if seconds is None else round(float(seconds / 60), 3)


def _change(change: Change) -> ChangeBody:
    return ChangeBody(
        *(number(change.value), change.status.value),
        *(number(change.difference), number(change.percent)),
    )


def _line(line: Line) -> LineBody:
    metric = line.metric
    return LineBody(
        *(metric.id, metric.unit.value, number(line.figure.value), line.figure.status.value),
        *(number(metric.target), _change(line.last_week), _change(line.last_year)),
        [number(one.value) for one in line.trend],
    )


def _figure(metric: Metric, figure: Figure) -> FigureBody:
    return FigureBody(metric.id, metric.unit.value, number(figure.value), figure.status.value)


def _lead_time(service: str, looks: LeadTime, before: LeadTime | None) -> LeadTimeBody:
    return LeadTimeBody(
        *(service, service_name(service), looks.looks, looks.with_place, looks.median, looks.worst),
        before.median if before else None,
    )


def _channel_weeks(report: WeekReport) -> Iterator[ChannelWeekBody]:
    for trend in report.channels:
        for week, this, before in zip(trend.weeks, trend.this, trend.year_before, strict=True):
            yield ChannelWeekBody(trend.channel, str(week), number(this.value), number(before.value))


def week_body(report: WeekReport) -> WeekBody:
    """A report as JSON."""
    week = report.week
    return WeekBody(
        week=str(week),
        first_day=week.monday,
        last_day=week.sunday,
        state=report.state.value,
        final_on=week.final_on,
        site=report.site,
        recorded=sorted(report.facts.recorded),
        figures=[_line(line) for line in report.lines],
        contacts_by_group=[GroupBody(*key, count) for key, count in report.facts.contacts.items()],
        contacts_by_day=[DayBody(*key, count) for key, count in sorted(report.by_day.items())],
        waits_by_hour=[
            HourBody(*one[:4], _minutes(one.wait_p50), _minutes(one.wait_p90)) for one in report.hours
        ],
        calls_by_hour=[CallHourBody(*one) for one in report.calls],
        channel_weeks=list(_channel_weeks(report)),
        lead_times=[
            _lead_time(service, looks, report.lead_times_before.get(service))
            for service, looks in sorted(report.lead_times.items())
        ],
        parts=[
            PartBody(part.metric, dict(part.of), part.name, number(part.figure.value))
            for part in breakdown(report.facts)
        ],
        notes=[NoteBody(*one) for one in report.notes],
        closures=[
            ClosureBody(*one[:3], local_iso(one.begins_at), local_iso(one.ends_at)) for one in report.closures
        ],
    )


def weeks_body(site: str | None, weeks: Sequence[tuple[Week, Sequence[tuple[Metric, Figure]]]]) -> WeeksBody:
    """A span of weeks as JSON."""
    return WeeksBody(
        site, [ShortWeekBody(str(week), [_figure(*one) for one in figures]) for week, figures in weeks]
    )
