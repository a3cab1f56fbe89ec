"""Queries on the read model post room. Items belong to no site.

Promises: what was open at the end of a week is told by events before that end, whenever it is asked.
Shown by ``tests/way/test_post_room_figures.py``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from .read import Connection, Periods, Span, pairs

RECEIVED = """
SELECT
    p.label,
    i.received_on,
    (i.reacted_at AT TIME ZONE 'Europe/Berlin')::date AS reacted_on,
    count(*) AS items
FROM unnest($1::text[], $2::date[]) AS p (label, week)
JOIN item AS i USING (week)
GROUP BY 1, 2, 3
"""

CLOSED = """
SELECT p.label, m.service, m.outcome, count(*) AS items
FROM unnest($1::text[], $2::date[]) AS p (label, week)
JOIN mark AS m USING (week)
WHERE m.what = 'closed'
GROUP BY 1, 2, 3
"""

OPEN = """
WITH edge AS (
    -- the end of the week, or this moment if the week is not over
    SELECT
        label,
        least(
            (week + 7)::timestamp AT TIME ZONE 'Europe/Berlin', $3::timestamptz + interval '1 microsecond'
        ) AS until
    FROM unnest($1::text[], $2::date[]) AS p (label, week)
), day AS (
    SELECT label, until, ((until - interval '1 microsecond') AT TIME ZONE 'Europe/Berlin')::date AS day
    FROM edge
), lying AS (
    SELECT d.*, i.item_id, i.received_on, i.marked
    FROM day AS d
    JOIN item AS i ON i.lies @> (d.until - interval '1 microsecond')
    UNION ALL
    SELECT d.*, i.item_id, i.received_on, i.marked
    FROM day AS d
    CROSS JOIN (SELECT DISTINCT item_id FROM mark WHERE what = 'reopened') AS again
    JOIN item AS i USING (item_id)
    CROSS JOIN LATERAL (
        SELECT m.what FROM mark AS m
        WHERE m.item_id = i.item_id AND m.at < d.until AND m.what IN ('closed', 'reopened')
        ORDER BY m.position DESC
        LIMIT 1
    ) AS newest
    WHERE i.closed_at < d.until AND newest.what = 'reopened'
)
SELECT l.label, l.day, l.received_on, turn.whats, turn.days, count(*) AS items
FROM lying AS l
LEFT JOIN LATERAL (
    SELECT
        array_agg(m.what ORDER BY m.position) AS whats,
        array_agg((m.at AT TIME ZONE 'Europe/Berlin')::date ORDER BY m.position) AS days
    FROM mark AS m
    WHERE l.marked AND m.item_id = l.item_id AND m.at < l.until
) AS turn ON true
GROUP BY 1, 2, 3, 4, 5
"""

DESCRIBED = "SELECT service, bool_or(visit) AS visit FROM described GROUP BY 1"

FEEDS = "SELECT min(told_week) AS first, max(told_week) AS last FROM item"


class Received(NamedTuple):
    """Items of one day, and the day of the first reaction to them; None if there is none yet."""

    received_on: date
    reacted_on: date | None
    items: int


class Closed(NamedTuple):
    """Items of a service that were answered (``outcome``) or forwarded (None)."""

    service: str
    outcome: str | None
    items: int


class Open(NamedTuple):
    """Items that lay open at the end of ``day``. ``marks`` say whose turn it was, and since which day."""

    day: date
    received_on: date
    marks: tuple[tuple[str, date], ...]
    items: int


async def received(read: Connection, periods: Periods) -> dict[str, list[Received]]:
    """Items per period of their stamp of arrival."""
    found: dict[str, list[Received]] = {label: [] for label in periods}
    for row in await read.fetch(RECEIVED, *pairs(periods)):
        found[row["label"]].append(Received(row["received_on"], row["reacted_on"], row["items"]))
    return found


async def closed(read: Connection, periods: Periods) -> dict[str, list[Closed]]:
    """What was answered or forwarded per period; a reopened item that is answered again counts again."""
    found: dict[str, list[Closed]] = {label: [] for label in periods}
    for row in await read.fetch(CLOSED, *pairs(periods)):
        found[row["label"]].append(Closed(row["service"], row["outcome"], row["items"]))
    return found


async def open_items(read: Connection, ends: Periods, now: datetime) -> dict[str, list[Open]]:
    """What lay open at the end of each week of a period; of a week that goes on, at ``now``."""
    found: dict[str, list[Open]] = {label: [] for label in ends}
    for row in await read.fetch(OPEN, *pairs(ends), now):
        marks = tuple(zip(row["whats"] or (), row["days"] or (), strict=True))
        found[row["label"]].append(Open(row["day"], row["received_on"], marks, row["items"]))
    return found


async def visit_services(read: Connection) -> dict[str, bool]:
    """Service → whether it could be had by a visit, as the catalogues on the topic describe it."""
    return {row["service"]: row["visit"] for row in await read.fetch(DESCRIBED)}


async def feeds(read: Connection) -> dict[str, Span]:
    """Since when and until when the post room told anything."""
    (row,) = await read.fetch(FEEDS)
    return {"post_room": Span(row["first"], row["last"])}
