"""The one query layer: what page, CSV and JSON show of a week, a month, a year, from the read models.

Promises: every figure of a week comes from the same facts; counts of a span are the sums of its
weeks, its shares and percentiles come from all cases of the span.
Shown by ``tests/way/test_week_page.py`` and ``tests/way/test_year_page.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from time import monotonic

from .catalogue import CHANNELS
from .figures import Change, Facts, Figure, Status, Unit, compared, rounded
from .gather import Ask, Read, facts_of, told_contacts, told_waits
from .metrics import BY_ID, METRICS
from .metrics.metric import Metric, figure
from .projections import CONTACT_VOLUME, LEAD_TIME, WAITING, WEEK_NOTES, lead_time, waiting, week_notes
from .projections import contact_queries as contacts
from .projections.contact_queries import CallHour
from .projections.lead_time import LeadTime
from .projections.read import Periods
from .projections.waiting import WeekdayHour
from .projections.week_notes import Closure, WeekNote
from .weeks import State, Week, between, newest_closed

TREND_WEEKS = 13
MOST_CLOSED = 265
"""Five years: the longest span of open data."""
FRESH = 60.0
"""Seconds for which the answer of ``closed_weeks`` is kept."""
LAST_YEAR, SPAN = "last_year", "span"


@dataclass(frozen=True, slots=True)
class Line:
    """One metric in one week, with what it is compared to, and its last thirteen weeks."""

    metric: Metric
    figure: Figure
    last_week: Change
    last_year: Change
    trend: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class ChannelTrend:
    """Contacts on one channel in each of ``weeks``, oldest first, and in the same weeks a year before."""

    channel: str
    weeks: tuple[Week, ...]
    this: tuple[Figure, ...]
    year_before: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class WeekReport:
    """All that the weekly page shows: the lines of its table, and the facts behind its other tables."""

    week: Week
    state: State
    site: str | None
    lines: tuple[Line, ...]
    facts: Facts
    by_day: Mapping[tuple[date, str], int]
    hours: Sequence[WeekdayHour]
    lead_times: Mapping[str, LeadTime]
    lead_times_before: Mapping[str, LeadTime]
    calls: Sequence[CallHour] = ()
    channels: tuple[ChannelTrend, ...] = ()
    notes: tuple[WeekNote, ...] = ()
    closures: tuple[Closure, ...] = ()

    def line(self, metric: str) -> Line:
        """The line of the metric with this id."""
        return next(line for line in self.lines if line.metric.id == metric)


@dataclass(frozen=True, slots=True)
class SpanLine:
    """One metric over several weeks, in each of them, and in how many of them it was recorded."""

    metric: Metric
    figure: Figure
    each: tuple[Figure, ...]
    weeks: int


@dataclass(frozen=True, slots=True)
class SpanReport:
    """A year or a month of ISO weeks. Stocks are those at the end of ``until``, its newest week so far."""

    weeks: tuple[Week, ...]
    until: Week
    lines: tuple[SpanLine, ...]


@dataclass(frozen=True, slots=True)
class PairLine:
    """One metric in a week, and in another one with the difference to it."""

    metric: Metric
    figure: Figure
    other: Change


class Reports:
    """Builds reports. ``now`` is the clock port; it tells which weeks are still open."""

    def __init__(
        self, read: Read, now: Callable[[], datetime], seconds: Callable[[], float] = monotonic
    ) -> None:
        self._read, self._now, self._seconds = read, now, seconds
        self._turn = asyncio.Lock()
        self._kept: tuple[Week, float, dict[Week, Facts]] | None = None

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
            calls = await contacts.weekday_hours(connection, week.monday, site)
        async with self._read(WAITING.name) as connection:
            hours = await waiting.weekday_hours(connection, week.monday, site)
        async with self._read(LEAD_TIME.name) as connection:
            two = {"this": (week,), "before": (week.plus(-1),)}
            lead_times = await lead_time.by_service(connection, two, site)
        async with self._read(WEEK_NOTES.name) as connection:
            notes = await week_notes.of_week(connection, str(week), site)
            closures = await week_notes.closed_in(connection, week.monday, site)
        years = await self._year_before(trend, site)
        return WeekReport(
            week,
            week.state(self._now()),
            site,
            lines,
            this,
            by_day,
            hours,
            lead_times["this"],
            lead_times["before"],
            calls,
            tuple(_channel(one, trend, facts, years) for one in CHANNELS if one in this.recorded),
            notes,
            closures,
        )

    async def weeks(
        self, first: Week, last: Week, site: str | None = None
    ) -> dict[Week, list[tuple[Metric, Figure]]]:
        """All figures of all weeks from ``first`` to ``last``, both included, without comparisons."""
        weeks = between(first, last)
        facts = await self._facts({str(week): (week,) for week in weeks}, site)
        return {week: [(one, figure(one, facts[str(week)])) for one in METRICS] for week in weeks}

    async def span(self, weeks: tuple[Week, ...], *, stocks: bool = False) -> SpanReport:
        """All figures of the weeks together and of each, of the whole office.

        The stock at the end of each single week is looked at only with ``stocks``: it takes its time.
        """
        until = max(weeks[0], min(weeks[-1], self.current()))
        single = {str(week): (week,) for week in weeks}
        ends = {SPAN: (until,)} | (single if stocks else {})
        facts = await self._facts(single | {SPAN: weeks}, None, ends)
        each = [facts[str(week)] for week in weeks]
        whole = replace(facts[SPAN], weeks=1, recorded=frozenset().union(*(one.recorded for one in each)))
        end = replace(whole, recorded=facts[str(until)].recorded)
        lines = tuple(_span_line(metric, each, end if metric.stock else whole) for metric in METRICS)
        return SpanReport(weeks, until, lines)

    async def pair(self, week: Week, other: Week, site: str | None = None) -> tuple[PairLine, ...]:
        """All figures of a week beside those of another one."""
        facts = await self._facts({str(one): (one,) for one in (week, other)}, site)
        this, that = facts[str(week)], facts[str(other)]
        return tuple(
            PairLine(metric, now, compared(now, figure(metric, that), metric.unit))
            for metric in METRICS
            for now in (figure(metric, this),)
        )

    async def closed_weeks(self) -> dict[Week, Facts]:
        """Contacts and waits of every closed week since the first contact, at most ``MOST_CLOSED``.

        Everybody may ask for this, and it takes a look at years: one looks, and the others get the same.
        """
        last = newest_closed(self._now())
        async with self._turn:
            if self._kept is None or self._kept[0] != last or self._seconds() >= self._kept[1]:
                self._kept = (last, self._seconds() + FRESH, await self._closed_weeks(last))
            return self._kept[2]

    async def _closed_weeks(self, last: Week) -> dict[Week, Facts]:
        async with self._read(CONTACT_VOLUME.name) as connection:
            spans = await contacts.feeds(connection)
            since = [*(span.first for span in spans.values()), await contacts.imported_since(connection)]
        begun = [Week.of_day(first) for first in since if first is not None]
        if not begun:
            return {}
        weeks = between(max(min(begun), last.plus(1 - MOST_CLOSED)), last)
        periods = {str(week): (week,) for week in weeks}
        facts = await facts_of(Ask(self._read, periods, {}, self._now(), None), told_contacts, told_waits)
        return {week: facts[str(week)] for week in weeks}

    async def _year_before(self, weeks: Sequence[Week], site: str | None) -> dict[str, Facts]:
        """What is known about contacts a year before each of these weeks, by the name of the week."""
        periods = {str(week): week.year_before() for week in weeks}
        return await facts_of(Ask(self._read, periods, {}, self._now(), site), told_contacts)

    async def _facts(
        self, periods: Periods, site: str | None, ends: Periods | None = None
    ) -> dict[str, Facts]:
        return await facts_of(Ask(self._read, periods, ends or periods, self._now(), site))


def _span_line(metric: Metric, weeks: Sequence[Facts], whole: Facts) -> SpanLine:
    """Counts are the sums of the weeks; what cannot be added comes from all cases of the span.

    A sum is whole only if each week's is.
    """
    each = tuple(figure(metric, facts) for facts in weeks)
    told = [one for one in each if one.status is not Status.NOT_RECORDED]
    found = figure(metric, whole)
    if metric.unit is Unit.COUNT and not metric.stock and found.value is not None:
        found = replace(found, value=rounded(sum(one.value or 0 for one in told), metric.unit))
    if any(one.status is Status.PARTIAL for one in told):
        found = replace(found, status=Status.PARTIAL)
    return SpanLine(metric, found, each, len(told))


def _channel(
    channel: str, weeks: Sequence[Week], this: Mapping[str, Facts], years: Mapping[str, Facts]
) -> ChannelTrend:
    def figures(facts: Mapping[str, Facts]) -> tuple[Figure, ...]:
        return tuple(figure(BY_ID[f"contacts.{channel}"], facts[str(week)]) for week in weeks)

    return ChannelTrend(channel, tuple(weeks), figures(this), figures(years))


def _line(metric: Metric, this: Facts, before: Facts, year: Facts, trend: Iterable[Facts]) -> Line:
    now = figure(metric, this)
    return Line(
        metric,
        now,
        compared(now, figure(metric, before), metric.unit),
        compared(now, figure(metric, year), metric.unit),
        tuple(figure(metric, facts) for facts in trend),
    )
