"""Lead time: how many working days until the first free public place, looked at every hour.

Promises: a look without any free place is kept and counts as longer than every number, so it is
shown as "keine" and never dropped. Shown by ``tests/way/test_funnel_and_lead_time.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from buergerbuero_contracts import topics
from servicekit.projection import Projection, Row, Seen, Step

from .merge import last, merged
from .read import Connection, Periods, Span, pairs


class Entry(msgspec.Struct, frozen=True):
    """The look at one service; without a free place both are absent."""

    service: str
    first_free_on: date | None = None
    working_days: int | None = None


class Sampled(msgspec.Struct, frozen=True):
    """LeadTimesSampled."""

    site: str
    sampled_at: datetime
    entries: tuple[Entry, ...]


def samples(seen: Sequence[Seen]) -> list[Row]:
    """One row per site, service and look."""
    return merged(
        (
            (one.data.site, entry.service, one.data.sampled_at, entry.first_free_on, entry.working_days)
            for one in seen
            for entry in one.data.entries
        ),
        key=3,
        rules=(last, last),
    )


SAMPLES = """
INSERT INTO sample AS t (site, service, sampled_at, first_free_on, working_days)
SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::date[], $5::integer[])
ON CONFLICT (site, service, sampled_at) DO UPDATE SET
    first_free_on = coalesce(excluded.first_free_on, t.first_free_on),
    working_days = coalesce(excluded.working_days, t.working_days)
"""

LEAD_TIME = Projection(
    name="reporting.lead_time.v1",
    topics=(topics.BOOKING,),
    reads={"LeadTimesSampled": Sampled},
    steps=(Step(samples, SAMPLES),),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("sample",),
)


# Queries. ``site`` None means the whole office; then all sites' looks are pooled.

NO_PLACE = 2147483647
"""What "no place at all" counts as while ranking; it never leaves this file."""

BY_SERVICE = """
WITH ranked AS (
    SELECT
        p.label,
        s.service,
        s.calendar_days,
        s.working_days,
        CASE WHEN s.first_free_on IS NULL AND s.working_days IS NULL THEN $4 ELSE s.working_days END AS days
    FROM unnest($1::text[], $2::date[]) AS p (label, week)
    JOIN sample AS s USING (week)
    WHERE $3::text IS NULL OR s.site = $3
)
SELECT
    label,
    service,
    count(*) AS looks,
    count(*) FILTER (WHERE days IS DISTINCT FROM $4) AS with_place,
    nullif(percentile_disc(0.5) WITHIN GROUP (ORDER BY days), $4) AS median,
    nullif(max(days), $4) AS worst,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY working_days) AS median_of_found,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY calendar_days) AS median_calendar_of_found,
    max(calendar_days) AS worst_calendar_of_found
FROM ranked
GROUP BY 1, 2
"""

FEEDS = """
SELECT min(week) AS first, max(week) AS last FROM sample WHERE $1::text IS NULL OR site = $1
"""


class LeadTime(NamedTuple):
    """The looks at one service in a period.

    ``median`` and ``worst`` (working days) count a look without a place as longer than any number;
    None means "no place". The others rank only looks that found one, None if there was none.
    """

    looks: int
    with_place: int
    median: int | None
    worst: int | None
    median_of_found: int | None
    median_calendar_of_found: int | None
    worst_calendar_of_found: int | None


async def by_service(
    read: Connection, periods: Periods, site: str | None = None
) -> dict[str, dict[str, LeadTime]]:
    """Lead times per period and service; a service without looks is left out."""
    found: dict[str, dict[str, LeadTime]] = {label: {} for label in periods}
    for row in await read.fetch(BY_SERVICE, *pairs(periods), site, NO_PLACE):
        found[row["label"]][row["service"]] = LeadTime(*(row[name] for name in LeadTime._fields))
    return found


async def feeds(read: Connection, site: str | None = None) -> dict[str, Span]:
    """Since when and until when looks are told."""
    (row,) = await read.fetch(FEEDS, site)
    return {"lead_times": Span(row["first"], row["last"])}
