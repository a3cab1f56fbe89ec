"""Queries on the read model contact volume. ``site`` None means the whole office.

Promises: contacts are counted from one view, so that a week, its days and its services add up;
calls of the hand log and of the telephone system are never added.
Shown by ``tests/way/test_contact_volume.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .read import Connection, Periods, Span, pairs

COUNTS = """
SELECT p.label, c.channel, c.service, count(*) AS contacts
FROM unnest($1::text[], $2::date[]) AS p (label, week)
JOIN counted_contact AS c USING (week)
WHERE $3::text IS NULL OR c.site = $3
GROUP BY 1, 2, 3
"""

BY_DAY = """
SELECT (at AT TIME ZONE 'Europe/Berlin')::date AS day, channel, count(*) AS contacts
FROM counted_contact
WHERE week = $1 AND ($2::text IS NULL OR site = $2)
GROUP BY 1, 2
"""

CALLS = """
SELECT
    p.label,
    count(*) FILTER (WHERE result <> 'after_hours') AS offered,
    count(*) FILTER (WHERE result = 'answered') AS answered,
    count(*) FILTER (WHERE result = 'lost') AS lost,
    count(*) FILTER (
        WHERE result = 'answered' AND answered_at - offered_at <= interval '30 seconds'
    ) AS within_30s,
    extract(epoch FROM percentile_disc(0.5) WITHIN GROUP (ORDER BY answered_at - offered_at)
        FILTER (WHERE result = 'answered')) AS wait_p50,
    extract(epoch FROM percentile_disc(0.9) WITHIN GROUP (ORDER BY answered_at - offered_at)
        FILTER (WHERE result = 'answered')) AS wait_p90
FROM unnest($1::text[], $2::date[]) AS p (label, week)
JOIN recorded_call AS c USING (week)
WHERE $3::text IS NULL OR c.site = $3
GROUP BY 1
"""

HAND_LOG = """
SELECT
    p.label,
    count(*) AS closed,
    count(*) FILTER (WHERE outcome IN ('information', 'appointment', 'post_email')) AS solved
FROM unnest($1::text[], $2::date[]) AS p (label, week)
JOIN contact AS c USING (week)
WHERE c.channel = 'phone' AND ($3::text IS NULL OR c.site = $3)
GROUP BY 1
"""

CALL_HOURS = """
SELECT
    extract(isodow FROM local.at)::integer AS weekday,
    extract(hour FROM local.at)::integer AS hour,
    count(*)::integer AS calls
FROM (
    SELECT offered_at AS at, site FROM recorded_call WHERE week = $1 AND result <> 'after_hours'
    UNION ALL
    SELECT logged.at, logged.site FROM contact AS logged
    WHERE logged.week = $1 AND logged.channel = 'phone'
        AND NOT EXISTS (SELECT FROM recorded_call AS r WHERE r.week = logged.week AND r.site = logged.site)
) AS call, LATERAL (SELECT call.at AT TIME ZONE 'Europe/Berlin' AS at) AS local
WHERE $2::text IS NULL OR call.site = $2
GROUP BY 1, 2
ORDER BY 1, 2
"""

GROUPS = "SELECT service, min(service_group) AS service_group FROM described GROUP BY 1"

FEEDS = """
SELECT 'personal' AS feed, min(week) AS first, max(week) AS last FROM visit
WHERE week IS NOT NULL AND ($1::text IS NULL OR site = $1)
UNION ALL
SELECT channel, min(week), max(week) FROM contact WHERE $1::text IS NULL OR site = $1 GROUP BY 1
"""

IMPORTED = """
SELECT DISTINCT week FROM recorded_call
WHERE week = ANY($1::date[]) AND ($2::text IS NULL OR site = $2)
"""


class Calls(NamedTuple):
    """Calls of a period inside the hours of the line, as the telephone system saw them; waits in seconds."""

    offered: int = 0
    answered: int = 0
    lost: int = 0
    within_30s: int = 0
    wait_p50: Decimal | None = None
    wait_p90: Decimal | None = None


class CallHour(NamedTuple):
    """Calls of one hour of a week: when they first rang, without the telephone system when they ended."""

    weekday: int
    hour: int
    calls: int


class HandLog(NamedTuple):
    """Calls of a period that operators closed, and how many of them were solved at once."""

    closed: int = 0
    solved: int = 0


async def counts(
    read: Connection, periods: Periods, site: str | None = None
) -> dict[str, dict[tuple[str, str | None], int]]:
    """Finished contacts per period, channel and service (None where the channel names none)."""
    found: dict[str, dict[tuple[str, str | None], int]] = {label: {} for label in periods}
    for row in await read.fetch(COUNTS, *pairs(periods), site):
        found[row["label"]][row["channel"], row["service"]] = row["contacts"]
    return found


async def by_day(read: Connection, monday: date, site: str | None = None) -> dict[tuple[date, str], int]:
    """Finished contacts of one week per day and channel."""
    rows = await read.fetch(BY_DAY, monday, site)
    return {(row["day"], row["channel"]): row["contacts"] for row in rows}


async def calls(read: Connection, periods: Periods, site: str | None = None) -> dict[str, Calls]:
    """The telephone system's figures per period; a period without records is left out."""
    rows = await read.fetch(CALLS, *pairs(periods), site)
    return {row["label"]: Calls(*(row[name] for name in Calls._fields)) for row in rows}


async def hand_log(read: Connection, periods: Periods, site: str | None = None) -> dict[str, HandLog]:
    """The hand log's figures per period; a period without entries is left out."""
    rows = await read.fetch(HAND_LOG, *pairs(periods), site)
    return {row["label"]: HandLog(row["closed"], row["solved"]) for row in rows}


async def weekday_hours(read: Connection, monday: date, site: str | None = None) -> list[CallHour]:
    """The hours of one week in which somebody called."""
    return [CallHour(*row.values()) for row in await read.fetch(CALL_HOURS, monday, site)]


async def groups(read: Connection) -> dict[str, str]:
    """Service → group, as the catalogues on the topic describe it."""
    return {row["service"]: row["service_group"] for row in await read.fetch(GROUPS)}


async def feeds(read: Connection, site: str | None = None) -> dict[str, Span]:
    """Since when and until when each channel told anything; ``phone`` is the hand log."""
    rows = await read.fetch(FEEDS, site)
    return {row["feed"]: Span(row["first"], row["last"]) for row in rows}


async def imported_since(read: Connection) -> date | None:
    """Monday of the first week for which the telephone system told anything."""
    (row,) = await read.fetch("SELECT min(week) AS since FROM recorded_call")
    since: date | None = row["since"]
    return since


async def imported(read: Connection, mondays: Sequence[date], site: str | None = None) -> set[date]:
    """Those of the weeks for which the telephone system's records are there."""
    return {row["week"] for row in await read.fetch(IMPORTED, list(mondays), site)}
