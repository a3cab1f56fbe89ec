"""Queries on the read model visits. ``site`` None means the whole office.

Promises: durations come from raw seconds by nearest rank; a start counts from its moment on, so that a
week that goes on is not measured by what is still to come. Shown by ``tests/way/test_visits.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from .read import Connection, Periods, Span, pairs

ADMITTED = "admitted"

_AT_COUNTERS = """
WITH part AS (
    SELECT
        p.label,
        v.visit_id,
        v.service,
        t.serving,
        t.at,
        lead(t.at) OVER (PARTITION BY p.label, v.visit_id ORDER BY t.position) AS until
    FROM unnest($1::text[], $2::date[]) AS p (label, week)
    JOIN visit AS v USING (week)
    JOIN turn AS t USING (visit_id)
    WHERE NOT v.inaccurate AND ($3::text IS NULL OR v.site = $3)
), served AS (
    SELECT label, visit_id, service, extract(epoch FROM sum(until - at)) AS seconds
    FROM part
    WHERE serving AND until IS NOT NULL
    GROUP BY 1, 2, 3
)"""
_RANKED = """
SELECT
    label,
    coalesce(service, '') AS service,
    count(*) AS visits,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds) AS p50,
    percentile_disc(0.9) WITHIN GROUP (ORDER BY seconds) AS p90
FROM served
WHERE service <> ''
GROUP BY GROUPING SETS ((label), (label, service))
"""
_SUMMED = " SELECT label, sum(seconds) AS seconds FROM served GROUP BY 1"
DURATIONS, SERVED = f"{_AT_COUNTERS}{_RANKED}", f"{_AT_COUNTERS}{_SUMMED}"

STARTS = """
SELECT
    p.label,
    count(*) FILTER (WHERE b.stands) AS starts,
    count(*) FILTER (WHERE b.stands AND NOT b.present) AS no_shows,
    count(*) FILTER (WHERE NOT b.stands AND b.late) AS late,
    coalesce(
        sum(extract(epoch FROM least(b.ends_at, $4) - b.starts_at)) FILTER (WHERE b.stands), 0
    ) AS booked
FROM unnest($1::text[], $2::date[]) AS p (label, week)
JOIN (SELECT *, cancelled IS NOT TRUE AS stands FROM booking) AS b USING (week)
WHERE b.confirmed
    AND b.displaced IS NOT TRUE
    AND b.starts_at <= $4
    AND ($3::text IS NULL OR b.site = $3)
GROUP BY 1
"""

ENTRIES = """
SELECT p.label, e.result, count(*) AS entries
FROM unnest($1::text[], $2::date[]) AS p (label, week)
JOIN entry AS e USING (week)
WHERE $3::text IS NULL OR e.site = $3
GROUP BY 1, 2
"""

FEEDS = """
SELECT 'service' AS feed, min(week) AS first, max(week) AS last FROM visit WHERE $1::text IS NULL OR site = $1
UNION ALL
SELECT 'door', min(week), max(week) FROM (
    SELECT week, site FROM entry UNION ALL SELECT week, site FROM booking WHERE NOT present
) AS told WHERE $1::text IS NULL OR site = $1
"""


class Durations(NamedTuple):
    """Visits of exactly one service that were finished in a period, and their seconds at the counter."""

    visits: int = 0
    p50: Decimal | None = None
    p90: Decimal | None = None


class Starts(NamedTuple):
    """Confirmed starts of a period that have passed, and how many of these people did not come.

    ``late`` were cancelled less than a day before and are not among ``starts``; ``booked`` are the seconds
    that the starts were planned for, up to now.
    """

    starts: int = 0
    no_shows: int = 0
    late: int = 0
    booked: Decimal = Decimal(0)


async def durations(
    read: Connection, periods: Periods, site: str | None = None
) -> dict[str, dict[str, Durations]]:
    """Durations per period and service; the empty service is all of them."""
    found: dict[str, dict[str, Durations]] = {label: {} for label in periods}
    for row in await read.fetch(DURATIONS, *pairs(periods), site):
        found[row["label"]][row["service"]] = Durations(row["visits"], row["p50"], row["p90"])
    return found


async def starts(
    read: Connection, periods: Periods, now: datetime, site: str | None = None
) -> dict[str, Starts]:
    """What became of the starts per period of the planned start; a period without any is left out."""
    rows = await read.fetch(STARTS, *pairs(periods), site, now)
    return {row["label"]: Starts(*(row[name] for name in Starts._fields)) for row in rows}


async def served(read: Connection, periods: Periods, site: str | None = None) -> dict[str, Decimal]:
    """Seconds at counters per period of the finish, whatever was delivered; without forgotten ends."""
    return {row["label"]: row["seconds"] for row in await read.fetch(SERVED, *pairs(periods), site)}


async def entries(
    read: Connection, periods: Periods, site: str | None = None
) -> dict[str, Mapping[str, int]]:
    """Attempts at the door per period and result: ``admitted``, or the reason of the refusal."""
    found: dict[str, dict[str, int]] = {label: {} for label in periods}
    for row in await read.fetch(ENTRIES, *pairs(periods), site):
        found[row["label"]][row["result"]] = row["entries"]
    return dict(found)


async def feeds(read: Connection, site: str | None = None) -> dict[str, Span]:
    """Since when and until when finished visits (``service``) and the door (``door``) are told."""
    rows = await read.fetch(FEEDS, site)
    return {row["feed"]: Span(row["first"], row["last"]) for row in rows}
