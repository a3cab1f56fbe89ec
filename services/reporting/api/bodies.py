"""What the API answers: shapes of JSON, from the report that the page shows.

Numbers are JSON numbers in the published precision; no data is ``null`` with a ``status``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec

from services.reporting.breakdown import breakdown
from services.reporting.catalogue import service_name
from services.reporting.figures import Change, Figure, Number
from services.reporting.metrics import METRICS
from services.reporting.metrics.metric import Metric
from services.reporting.projections.lead_time import LeadTime
from services.reporting.report import Line, WeekReport
from services.reporting.weeks import Week

JsonNumber = int | float


class Names(msgspec.Struct, frozen=True):
    """A name in three languages."""

    de: str
    en: str
    da: str


class Definition(msgspec.Struct, frozen=True):
    """What is counted, in two languages."""

    de: str
    en: str


class MetricBody(msgspec.Struct, frozen=True):
    """One row of the registry."""

    id: str
    section: str
    names: Names
    definition: Definition
    unit: str
    grain: str
    query: str
    target: JsonNumber | None
    direction: str


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
    lead_times: list[LeadTimeBody]
    parts: list[PartBody]


class ShortWeekBody(msgspec.Struct, frozen=True):
    """A week of a span."""

    week: str
    figures: list[FigureBody]


class WeeksBody(msgspec.Struct, frozen=True):
    """Several weeks."""

    site: str | None
    weeks: list[ShortWeekBody]


class MetricsBody(msgspec.Struct, frozen=True):
    """The registry."""

    metrics: list[MetricBody]


def _number(value: Number | None) -> JsonNumber | None:
    return float(value) if isinstance(value, Decimal) else value


def _minutes(seconds: Decimal | None) -> float | None:
    return None if seconds is None else round(float(seconds / 60), 3)


def _change(change: Change) -> ChangeBody:
    return ChangeBody(
        *(_number(change.value), change.status.value),
        *(_number(change.difference), _number(change.percent)),
    )


def _line(line: Line) -> LineBody:
    metric = line.metric
    return LineBody(
        *(metric.id, metric.unit.value, _number(line.figure.value), line.figure.status.value),
        *(_number(metric.target), _change(line.last_week), _change(line.last_year)),
        [_number(one.value) for one in line.trend],
    )


def _figure(metric: Metric, figure: Figure) -> FigureBody:
    return FigureBody(metric.id, metric.unit.value, _number(figure.value), figure.status.value)


def _lead_time(service: str, looks: LeadTime, before: LeadTime | None) -> LeadTimeBody:
    return LeadTimeBody(
        *(service, service_name(service), looks.looks, looks.with_place, looks.median, looks.worst),
        before.median if before else None,
    )


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
        lead_times=[
            _lead_time(service, looks, report.lead_times_before.get(service))
            for service, looks in sorted(report.lead_times.items())
        ],
        parts=[
            PartBody(part.metric, dict(part.of), part.name, _number(part.figure.value))
            for part in breakdown(report.facts)
        ],
    )


def weeks_body(site: str | None, weeks: Sequence[tuple[Week, Sequence[tuple[Metric, Figure]]]]) -> WeeksBody:
    """A span of weeks as JSON."""
    return WeeksBody(
        site, [ShortWeekBody(str(week), [_figure(*one) for one in figures]) for week, figures in weeks]
    )


def _metric(metric: Metric) -> MetricBody:
    return MetricBody(
        id=metric.id,
        section=metric.section.value,
        names=Names(*metric.names),
        definition=Definition(*metric.definition),
        unit=metric.unit.value,
        grain=metric.grain,
        query=metric.query,
        target=_number(metric.target),
        direction=metric.direction.value,
    )


def metrics_body() -> MetricsBody:
    """The registry as JSON."""
    return MetricsBody([_metric(metric) for metric in METRICS])
