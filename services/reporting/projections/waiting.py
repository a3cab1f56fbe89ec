"""Waiting: from admission, and from the planned start, to the first call.

Promises: recalls, returns to the queue, parking and transfers do not change a visit's first wait;
a call of a visit whose opening is not known counts as a call and has no wait; percentiles are
nearest rank over raw durations. Shown by ``tests/way/test_waiting.py``.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import msgspec

from buergerbuero_contracts import topics
from servicekit.projection import Projection, Step

from .merge import earliest, first, rows_of
from .read import Connection, Periods, Span, pairs


class Opened(msgspec.Struct, frozen=True):
    """VisitOpened. Without a planned start the person is a walk-in."""

    visit_id: UUID
    site: str
    at: datetime
    planned_at: datetime | None = None


class Called(msgspec.Struct, frozen=True):
    """CitizenCalled."""

    visit_id: UUID
    site: str
    at: datetime


visits = rows_of(
    {  # visit_id, site, opened_at, planned_at, called_at
        "VisitOpened": lambda e: (e.data.visit_id, e.data.site, e.data.at, e.data.planned_at, None),
        "CitizenCalled": lambda e: (e.data.visit_id, e.data.site, None, None, e.data.at),
    },
    rules=(first, first, first, earliest),
)

VISITS = """
INSERT INTO visit AS t (visit_id, site, opened_at, planned_at, called_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[])
ON CONFLICT (visit_id) DO UPDATE SET
    site = coalesce(t.site, excluded.site),
    opened_at = coalesce(t.opened_at, excluded.opened_at),
    planned_at = coalesce(t.planned_at, excluded.planned_at),
    called_at = least(t.called_at, excluded.called_at)
"""

WAITING = Projection(
    name="reporting.waiting.v1",
    topics=(topics.BOOKING,),
    reads={"VisitOpened": Opened, "CitizenCalled": Called},
    steps=(Step(visits, VISITS),),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("visit",),
)


# Queries. ``site`` None means the whole office. Durations are seconds, exact to the microsecond.

WAITS = """
SELECT
    p.label,
    count(*) AS arrivals,
    count(wait_seconds) AS waits,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY wait_seconds) AS wait_p50,
    percentile_disc(0.9) WITHIN GROUP (ORDER BY wait_seconds) AS wait_p90,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY wait_seconds) FILTER (WHERE planned_at IS NULL) AS walkin_p50,
    percentile_disc(0.9) WITHIN GROUP (ORDER BY wait_seconds) FILTER (WHERE planned_at IS NULL) AS walkin_p90,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY delay) AS delay_p50,
    percentile_disc(0.9) WITHIN GROUP (ORDER BY delay) AS delay_p90,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY lateness) AS lateness_p50,
    percentile_disc(0.9) WITHIN GROUP (ORDER BY lateness) AS lateness_p90
FROM unnest($1::text[], $2::date[]) AS p (label, week)
JOIN visit AS v ON v.opened_week = p.week
CROSS JOIN LATERAL (SELECT
    -- who comes early waits by choice; least and greatest would turn null into 0
    CASE WHEN called_at > planned_at THEN extract(epoch FROM called_at - planned_at)
        WHEN called_at IS NOT NULL AND planned_at IS NOT NULL THEN 0 END AS delay,
    CASE WHEN opened_at > planned_at THEN extract(epoch FROM opened_at - planned_at)
        WHEN planned_at IS NOT NULL THEN 0 END AS lateness
) AS late
WHERE $3::text IS NULL OR v.site = $3
GROUP BY 1
"""

CALLED = """
SELECT p.label, count(*) AS called
FROM unnest($1::text[], $2::date[]) AS p (label, week)
JOIN visit AS v ON v.called_week = p.week
WHERE $3::text IS NULL OR v.site = $3
GROUP BY 1
"""

BY_HOUR = """
WITH moment AS (
    SELECT site, opened_at AT TIME ZONE 'Europe/Berlin' AS at, 1 AS opened, 0 AS called, wait_seconds
    FROM visit WHERE opened_week BETWEEN date_trunc('week', $1::date::timestamp)::date AND $2
    UNION ALL
    SELECT site, called_at AT TIME ZONE 'Europe/Berlin', 0, 1, NULL
    FROM visit WHERE called_week BETWEEN date_trunc('week', $1::date::timestamp)::date AND $2
)
SELECT
    site,
    at::date AS day,
    extract(hour FROM at)::integer AS hour,
    sum(opened)::integer AS arrivals,
    sum(called)::integer AS calls,
    count(wait_seconds)::integer AS waits,
    sum(wait_seconds) AS sum_seconds,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY wait_seconds) AS wait_p50,
    percentile_disc(0.9) WITHIN GROUP (ORDER BY wait_seconds) AS wait_p90
FROM moment
WHERE at::date BETWEEN $1 AND $2 AND ($3::text IS NULL OR site = $3)
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
"""

WEEKDAY_HOURS = """
SELECT
    extract(isodow FROM at)::integer AS weekday,
    extract(hour FROM at)::integer AS hour,
    count(*)::integer AS arrivals,
    count(wait_seconds)::integer AS waits,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY wait_seconds) AS wait_p50,
    percentile_disc(0.9) WITHIN GROUP (ORDER BY wait_seconds) AS wait_p90
FROM visit, LATERAL (SELECT opened_at AT TIME ZONE 'Europe/Berlin' AS at) AS local
WHERE opened_week = $1 AND ($2::text IS NULL OR site = $2)
GROUP BY 1, 2
ORDER BY 1, 2
"""

TOTAL = """
SELECT
    count(opened_at)::integer AS arrivals,
    count(called_at)::integer AS calls,
    count(wait_seconds)::integer AS waits,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY wait_seconds) AS wait_p50,
    percentile_disc(0.9) WITHIN GROUP (ORDER BY wait_seconds) AS wait_p90
FROM visit
WHERE $1::text IS NULL OR site = $1
"""

FEEDS = """
SELECT min(opened_week) AS first, max(opened_week) AS last
FROM visit WHERE $1::text IS NULL OR site = $1
"""


class Waits(NamedTuple):
    """Visits admitted in a period and their waits in seconds."""

    arrivals: int = 0
    waits: int = 0
    wait_p50: Decimal | None = None
    wait_p90: Decimal | None = None
    walkin_p50: Decimal | None = None
    walkin_p90: Decimal | None = None
    delay_p50: Decimal | None = None
    delay_p90: Decimal | None = None
    lateness_p50: Decimal | None = None
    lateness_p90: Decimal | None = None


class Hour(NamedTuple):
    """One site's hour by the clock: who came, who was called, and the waits of those who came."""

    site: str
    day: date
    hour: int
    arrivals: int
    calls: int
    waits: int
    sum_seconds: Decimal | None
    wait_p50: Decimal | None
    wait_p90: Decimal | None


class WeekdayHour(NamedTuple):
    """One hour of a week, all sites asked for together: who came in it and how long they waited."""

    weekday: int
    hour: int
    arrivals: int
    waits: int
    wait_p50: Decimal | None
    wait_p90: Decimal | None


class Total(NamedTuple):
    """All visits ever told."""

    arrivals: int
    calls: int
    waits: int
    wait_p50: Decimal | None
    wait_p90: Decimal | None


async def waits(read: Connection, periods: Periods, site: str | None = None) -> dict[str, Waits]:
    """Waits per period of admission; a period without visits is left out."""
    rows = await read.fetch(WAITS, *pairs(periods), site)
    return {row["label"]: Waits(*(row[name] for name in Waits._fields)) for row in rows}


async def called(read: Connection, periods: Periods, site: str | None = None) -> dict[str, int]:
    """Visits called per period, those of unknown opening included."""
    return {row["label"]: row["called"] for row in await read.fetch(CALLED, *pairs(periods), site)}


async def by_hour(read: Connection, first: date, last: date, site: str | None = None) -> list[Hour]:
    """Every hour with a visit or a call from ``first`` to ``last``, both included, per site."""
    return [Hour(*row.values()) for row in await read.fetch(BY_HOUR, first, last, site)]


async def weekday_hours(read: Connection, monday: date, site: str | None = None) -> list[WeekdayHour]:
    """The hours of one week in which somebody came."""
    return [WeekdayHour(*row.values()) for row in await read.fetch(WEEKDAY_HOURS, monday, site)]


async def total(read: Connection, site: str | None = None) -> Total:
    """Arrivals, calls and waits over all time."""
    (row,) = await read.fetch(TOTAL, site)
    return Total(*row.values())


async def feeds(read: Connection, site: str | None = None) -> dict[str, Span]:
    """Since when and until when visits are told."""
    (row,) = await read.fetch(FEEDS, site)
    return {"visits": Span(row["first"], row["last"])}
