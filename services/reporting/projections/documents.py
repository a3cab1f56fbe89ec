"""Documents: ordered, arrived, gone; and what lay where at the end of any week.

Promises: each document is one row, however often it was fetched and put back; what is with the carrier
or in a locker is apart from what waits at the office; the state at a moment comes from the times of
events alone. Shown by ``tests/way/test_documents_figures.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import msgspec

from buergerbuero_contracts import topics
from servicekit.projection import Projection, Row, Seen, Step

from .merge import earliest, first, rows_of
from .read import Connection, Periods, Span, pairs


class Moved(msgspec.Struct, frozen=True):
    """A custody event; ``booking_id`` is that of the pick-up."""

    document_id: UUID
    kind: str
    site: str
    at: datetime
    from_: str | None = msgspec.field(default=None, name="from")


class HandedOver(Moved, frozen=True):
    """DocumentHandedOver."""

    booking_id: UUID | None = None


COLUMNS = ("ordered_at", "ready_at", "shipped_at", "returned_at", "ended_at", "handed_over_at", "booking_id")
"""``returned_at``: came back from the carrier. ``ended_at``: left the office's care for good."""


def _row(seen: Seen, **known: object) -> Row:
    return (seen.data.document_id, seen.data.site, seen.data.kind, *(known.get(name) for name in COLUMNS))


def _stored(seen: Seen) -> Row:
    return _row(seen, returned_at=seen.data.at if seen.data.from_ == "carrier" else None)


def _ended(seen: Seen) -> Row:
    return _row(seen, ended_at=seen.data.at)


documents = rows_of(
    {
        "DocumentOrdered": lambda e: _row(e, ordered_at=e.data.at),
        "DocumentReady": lambda e: _row(e, ready_at=e.data.at),
        "DocumentShipped": lambda e: _row(e, shipped_at=e.data.at),
        "DocumentStored": _stored,
        "DocumentHandedOver": lambda e: _row(
            e, ended_at=e.data.at, handed_over_at=e.data.at, booking_id=e.data.booking_id
        ),
        "ShipmentDelivered": _ended,
        "DocumentReturned": _ended,
        "DocumentDestroyed": _ended,
    },
    rules=(first, first, *(earliest,) * 6, first),
)


def _locker(seen: Seen, inside: bool) -> Row:
    return (seen.event_id, seen.data.document_id, seen.data.at, seen.position, inside)


_locker_moves = rows_of(
    {
        "DocumentPlacedInLocker": lambda e: _locker(e, inside=True),
        "DocumentStored": lambda e: _locker(e, inside=False),
    },
    rules=(first,) * 4,
)


def locker_moves(seen: Sequence[Seen]) -> list[Row]:
    """Into a locker, and back from one into the safe."""
    return _locker_moves([one for one in seen if one.type != "DocumentStored" or one.data.from_ == "locker"])


CUSTODY = """
INSERT INTO document AS t (
    document_id, site, kind, ordered_at, ready_at, shipped_at, returned_at,
    ended_at, handed_over_at, booking_id
)
SELECT * FROM unnest(
    $1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
    $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::uuid[]
)
ON CONFLICT (document_id) DO UPDATE SET
    site = coalesce(t.site, excluded.site),
    kind = coalesce(t.kind, excluded.kind),
    ordered_at = least(t.ordered_at, excluded.ordered_at),
    ready_at = least(t.ready_at, excluded.ready_at),
    shipped_at = least(t.shipped_at, excluded.shipped_at),
    returned_at = least(t.returned_at, excluded.returned_at),
    ended_at = least(t.ended_at, excluded.ended_at),
    handed_over_at = least(t.handed_over_at, excluded.handed_over_at),
    booking_id = coalesce(t.booking_id, excluded.booking_id)
"""

LOCKER_MOVES = """
INSERT INTO locker_move (event_id, document_id, at, position, inside)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::bigint[], $5::boolean[])
ON CONFLICT (event_id) DO NOTHING
"""

DOCUMENTS = Projection(
    name="reporting.documents.v1",
    topics=(topics.DOCUMENTS,),
    reads={
        "DocumentOrdered": Moved,
        "DocumentReady": Moved,
        "DocumentShipped": Moved,
        "DocumentStored": Moved,
        "DocumentPlacedInLocker": Moved,
        "DocumentHandedOver": HandedOver,
        "ShipmentDelivered": Moved,
        "DocumentReturned": Moved,
        "DocumentDestroyed": Moved,
    },
    steps=(Step(documents, CUSTODY), Step(locker_moves, LOCKER_MOVES)),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("document", "locker_move"),
)


# Queries. ``site`` None means the whole office.

MOVED = """
SELECT
    p.label,
    count(*) FILTER (WHERE d.ordered_week = p.week) AS ordered,
    count(*) FILTER (WHERE d.ready_week = p.week) AS ready,
    count(*) FILTER (WHERE d.handed_over_week = p.week) AS handed_over,
    -- several documents of one pick-up are one pick-up
    count(DISTINCT (p.week, d.booking_id))
        FILTER (WHERE d.handed_over_week = p.week AND d.booking_id IS NOT NULL) AS pickups
FROM unnest($1::text[], $2::date[]) AS p (label, week)
JOIN document AS d ON p.week IN (d.ordered_week, d.ready_week, d.handed_over_week)
WHERE $3::text IS NULL OR d.site = $3
GROUP BY 1
"""

STOCK = """
WITH edge AS (
    -- the end of the week, or this moment if the week is not over
    SELECT
        label,
        least(
            (week + 7)::timestamp AT TIME ZONE 'Europe/Berlin', $4::timestamptz + interval '1 microsecond'
        ) AS until
    FROM unnest($1::text[], $2::date[]) AS p (label, week)
)
SELECT
    e.label,
    d.kind,
    CASE
        WHEN (d.arrived_at < e.until) IS NOT TRUE THEN 'carrier' -- though it may have come back since
        WHEN l.inside THEN 'locker'
        ELSE 'office'
    END AS place,
    CASE WHEN d.arrived_at < e.until THEN
        ((e.until - interval '1 microsecond') AT TIME ZONE 'Europe/Berlin')::date
        - (d.arrived_at AT TIME ZONE 'Europe/Berlin')::date
    END AS days,
    count(*) AS documents
FROM edge AS e
JOIN document AS d ON d.ends_at >= e.until AND (d.arrived_at < e.until OR d.shipped_at < e.until)
LEFT JOIN LATERAL (
    SELECT m.inside FROM locker_move AS m
    WHERE m.document_id = d.document_id AND m.at < e.until
    ORDER BY m.position DESC
    LIMIT 1
) AS l ON true
WHERE $3::text IS NULL OR d.site = $3
GROUP BY 1, 2, 3, 4
"""

FEEDS = """
SELECT min(week) AS first, max(week) AS last
FROM document, LATERAL (VALUES (ordered_week), (ready_week), (handed_over_week)) AS known (week)
WHERE $1::text IS NULL OR site = $1
"""


class Moves(NamedTuple):
    """What happened to documents in a period; ``pickups`` are appointments that handed over at least one."""

    ordered: int = 0
    ready: int = 0
    handed_over: int = 0
    pickups: int = 0


class Lying(NamedTuple):
    """Documents of a kind at a place (``office``, ``locker``, ``carrier``), since so many calendar days.

    ``days`` count from the arrival at the office; None if there was none yet.
    """

    kind: str
    place: str
    days: int | None


Stock = Mapping[Lying, int]


async def moves(read: Connection, periods: Periods, site: str | None = None) -> dict[str, Moves]:
    """Documents ordered, arrived and handed over per period; a period without any is left out."""
    rows = await read.fetch(MOVED, *pairs(periods), site)
    return {row["label"]: Moves(*(row[name] for name in Moves._fields)) for row in rows}


async def stock(read: Connection, ends: Periods, now: datetime, site: str | None = None) -> dict[str, Stock]:
    """What lay where at the end of each week of a period, summed; of a week that goes on, at ``now``."""
    found: dict[str, dict[Lying, int]] = {label: {} for label in ends}
    for row in await read.fetch(STOCK, *pairs(ends), site, now):
        found[row["label"]][Lying(row["kind"], row["place"], row["days"])] = row["documents"]
    return dict(found)


async def feeds(read: Connection, site: str | None = None) -> dict[str, Span]:
    """Since when and until when documents are told."""
    (row,) = await read.fetch(FEEDS, site)
    return {"documents": Span(row["first"], row["last"])}
