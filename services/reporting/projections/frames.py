"""Frames: the time at counters that an office offers on each date.

Promises: the frame that was told last holds, so that closures and changed hours are in it; each counter's
time counts once, whatever pool it is for; buffers are no part of it; a day that goes on has offered what has
passed.
Shown by ``tests/way/test_utilisation.py``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import msgspec

from buergerbuero_contracts import topics
from servicekit.projection import Projection, Row, Seen, Step

from .merge import last, merged
from .read import Connection, Periods, Span, pairs


class Block(msgspec.Struct, frozen=True):
    """A stretch of one counter's day."""

    from_: str = msgspec.field(name="from")
    until: str


class Planned(msgspec.Struct, frozen=True):
    """DayPlanned, DayReplanned."""

    site: str
    date: date
    blocks: tuple[Block, ...]


def frames(seen: Sequence[Seen]) -> list[Row]:
    """One row per site and date."""
    return merged(((one.data.site, one.data.date, _blocks(one.data)) for one in seen), key=2, rules=(last,))


def _blocks(planned: Planned) -> str:
    return json.dumps([{"from": block.from_, "until": block.until} for block in planned.blocks])


FRAMED = """
INSERT INTO frame (site, date, blocks)
SELECT * FROM unnest($1::text[], $2::date[], $3::jsonb[])
ON CONFLICT (site, date) DO UPDATE SET blocks = excluded.blocks
"""

FRAMES = Projection(
    name="reporting.frames.v1",
    topics=(topics.BOOKING,),
    reads={"DayPlanned": Planned, "DayReplanned": Planned},
    steps=(Step(frames, FRAMED),),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("frame",),
)


# Queries. ``site`` None means the whole office.

OFFERED = """
SELECT p.label, sum(extract(epoch FROM least(b.until, $4) - b."from"))::bigint AS seconds
FROM unnest($1::text[], $2::date[]) AS p (label, week)
JOIN frame AS f USING (week),
    jsonb_to_recordset(f.blocks) AS b ("from" timestamptz, until timestamptz)
WHERE b."from" < $4 AND ($3::text IS NULL OR f.site = $3)
GROUP BY 1
"""

FEEDS = "SELECT min(week) AS first, max(week) AS last FROM frame WHERE $1::text IS NULL OR site = $1"


async def offered(
    read: Connection, periods: Periods, now: datetime, site: str | None = None
) -> dict[str, int]:
    """Seconds at counters that were offered per period, up to now; a period without any is left out."""
    rows = await read.fetch(OFFERED, *pairs(periods), site, now)
    return {row["label"]: row["seconds"] for row in rows}


async def feeds(read: Connection, site: str | None = None) -> dict[str, Span]:
    """From which week to which dates have a frame (``frames``)."""
    (row,) = await read.fetch(FEEDS, site)
    return {"frames": Span(row["first"], row["last"])}
