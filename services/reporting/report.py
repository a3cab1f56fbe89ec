"""The one query layer: what page, CSV and JSON show of a week, from the read models.

Promises: every figure of a week comes from the same facts; a feed counts as recorded from the week
in which it first told something (imports: only in weeks for which records are there), so that
"nothing happened" is 0 and "nobody told us" is not. Shown by ``tests/way/test_week_page.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from .catalogue import CHANNELS, group_of
from .figures import Change, Facts, Figure, compared
from .metrics import METRICS
from .metrics.metric import Metric, figure
from .projections import CONTACT_VOLUME, FUNNEL, LEAD_TIME, WAITING, funnel, lead_time, waiting
from .projections import contact_queries as contacts
from .projections.lead_time import LeadTime
from .projections.read import Periods, Span
from .projections.waiting import WeekdayHour
from .weeks import State, Week, between

Read = Callable[[str], AbstractAsyncContextManager[Any]]
"""Gives a connection on the current generation of the read model of that name."""

TREND_WEEKS = 13
LAST_YEAR = "last_year"


@dataclass(frozen=True, slots=True)
class Line:
    """One metric in one week, with what it is compared to, and its last thirteen weeks."""

    metric: Metric
    figure: Figure
    last_week: Change
    last_year: Change
    trend: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class WeekReport:
    """All that the weekly page shows. ``by_group`` and ``by_day`` hold recorded channels only."""

    week: Week
    state: State
    site: str | None
    lines: tuple[Line, ...]
    recorded: frozenset[str]
    by_group: Mapping[tuple[str, str], int]
    by_day: Mapping[tuple[date, str], int]
    hours: Sequence[WeekdayHour]
    lead_times: Mapping[str, LeadTime]
    lead_times_before: Mapping[str, LeadTime]

    def line(self, metric: str) -> Line:
        """The line of the metric with this id."""
        return next(line for line in self.lines if line.metric.id == metric)


class Reports:
    """Builds reports. ``now`` is the clock port; it only tells which weeks are still open."""

    def __init__(self, read: Read, now: Callable[[], datetime]) -> None:
        self._read, self._now = read, now

    def current(self) -> Week:
        """The week of today."""
        return Week.of(self._now())

    async def week(self, week: Week, site: str | None = None) -> WeekReport:
        """The report of one week, of one site or the whole office."""
        trend = [week.plus(n - TREND_WEEKS + 1) for n in range(TREND_WEEKS)]
        periods = {str(one): (one,) for one in trend} | {LAST_YEAR: week.year_before()}
        facts = await self._facts(periods, site)
        this, before, year = facts[str(week)], facts[str(week.plus(-1))], facts[LAST_YEAR]
        lines = tuple(
            _line(metric, this, before, year, [facts[str(one)] for one in trend]) for metric in METRICS
        )
        async with self._read(CONTACT_VOLUME.name) as connection:
            by_day = await contacts.by_day(connection, week.monday, site)
        async with self._read(WAITING.name) as connection:
            hours = await waiting.weekday_hours(connection, week.monday, site)
        async with self._read(LEAD_TIME.name) as connection:
            two = {"this": (week,), "before": (week.plus(-1),)}
            lead_times = await lead_time.by_service(connection, two, site)
        return WeekReport(
            week,
            week.state(self._now()),
            site,
            lines,
            this.recorded,
            this.contacts,
            by_day,
            hours,
            lead_times["this"],
            lead_times["before"],
        )

    async def weeks(
        self, first: Week, last: Week, site: str | None = None
    ) -> dict[Week, list[tuple[Metric, Figure]]]:
        """All figures of all weeks from ``first`` to ``last``, both included, without comparisons."""
        weeks = between(first, last)
        facts = await self._facts({str(week): (week,) for week in weeks}, site)
        return {week: [(one, figure(one, facts[str(week)])) for one in METRICS] for week in weeks}

    async def _facts(self, periods: Periods, site: str | None) -> dict[str, Facts]:
        mondays = sorted({week.monday for weeks in periods.values() for week in weeks})
        async with self._read(CONTACT_VOLUME.name) as connection:
            groups = await contacts.groups(connection)
            counts = await contacts.counts(connection, periods, site)
            calls = await contacts.calls(connection, periods, site)
            hand_log = await contacts.hand_log(connection, periods, site)
            spans = await contacts.feeds(connection, site)
            imported = await contacts.imported(connection, mondays, site)
        async with self._read(WAITING.name) as connection:
            waits = await waiting.waits(connection, periods, site)
            called = await waiting.called(connection, periods, site)
            spans |= await waiting.feeds(connection, site)
        async with self._read(FUNNEL.name) as connection:
            stages = await funnel.stages(connection, periods, site)
            spans |= await funnel.feeds(connection, site)
        today = self.current().monday
        recorded = {monday: _recorded(monday, spans, imported, today) for monday in mondays}
        return {
            label: Facts(
                weeks=len(weeks),
                recorded=frozenset.intersection(*(recorded[week.monday] for week in weeks)),
                contacts=_grouped(counts[label], groups),
                calls=calls.get(label, contacts.Calls()),
                hand_log=hand_log.get(label, contacts.HandLog()),
                waits=waits.get(label, waiting.Waits()),
                called=called.get(label, 0),
                stages=stages.get(label, funnel.Stages()),
            )
            for label, weeks in periods.items()
        }


def _line(metric: Metric, this: Facts, before: Facts, year: Facts, trend: Iterable[Facts]) -> Line:
    now = figure(metric, this)
    return Line(
        metric,
        now,
        compared(now, figure(metric, before), metric.unit),
        compared(now, figure(metric, year), metric.unit),
        tuple(figure(metric, facts) for facts in trend),
    )


def _recorded(
    monday: date, spans: Mapping[str, Span], imported: Iterable[date], today: date
) -> frozenset[str]:
    """The feeds that speak about a week: live ones from their first week to today's or their last.

    The phone is recorded if the telephone system told about the week, else if the hand log was live.
    """
    live = {
        feed
        for feed, span in spans.items()
        if span.first is not None and span.last is not None and span.first <= monday <= max(span.last, today)
    }
    logged = "phone" in live
    live -= {"phone"}
    if monday in imported:
        live |= {"phone_import", "phone"}
    if logged:
        live |= {"phone_log", "phone"}
    return frozenset(live)


def _grouped(
    counts: Mapping[tuple[str, str | None], int], described: Mapping[str, str]
) -> dict[tuple[str, str], int]:
    """Counts by channel and service as counts by channel and service group."""
    found: dict[tuple[str, str], int] = {}
    for (channel, service), count in counts.items():
        key = (channel, group_of(service, described))
        found[key] = found.get(key, 0) + count
    return {key: found[key] for key in sorted(found, key=lambda one: (list(CHANNELS).index(one[0]), one[1]))}
