"""Read model ``notification.pickup_days.v1``: on which days documents can be collected.

Promises: one row per site and planned date, with the end of its last stretch of the pool for collecting; a
later plan of a date replaces the earlier one, so a closed stretch moves the first day; the same events split
at any place give equal rows. Whether a day is booked out, a plan does not say.
Shown by ``tests/rules/notification/test_pickup_days.py`` and ``tests/way/test_first_day.py`` (F32).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import msgspec

from buergerbuero_contracts import topics
from servicekit.postgres import Pool
from servicekit.projection import Projection, Row, Seen, Step, last_per_key
from servicekit.read_model import read_model

NAME = "notification.pickup_days.v1"
POOL = "pickup_window"


class Block(msgspec.Struct):
    """A stretch of one counter's day."""

    until: datetime
    pool: str


class Planned(msgspec.Struct):
    """DayPlanned and DayReplanned."""

    site: str
    date: date
    blocks: list[Block]


READS: Mapping[str, type[msgspec.Struct]] = {"DayPlanned": Planned, "DayReplanned": Planned}


def rows(seen: Sequence[Seen]) -> Sequence[Row]:
    """One row per site and date: the last plan counts."""
    last = last_per_key(seen, lambda one: (one.data.site, one.data.date))
    return [(*key, _closes_at(one.data)) for key, one in sorted(last.items())]


def _closes_at(plan: Planned) -> datetime | None:
    return max((block.until for block in plan.blocks if block.pool == POOL), default=None)


UPSERT = """
INSERT INTO pickup_day (site, day, closes_at)
SELECT * FROM unnest($1::text[], $2::date[], $3::timestamptz[])
ON CONFLICT (site, day) DO UPDATE SET closes_at = excluded.closes_at"""

PICKUP_DAYS = Projection(
    name=NAME,
    topics=(topics.BOOKING,),
    reads=READS,
    steps=(Step(rows, UPSERT),),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("pickup_day",),
)

_FIRST = "SELECT min(day) FROM pickup_day WHERE site = $1 AND closes_at > $2"


class PickupDays:
    """The days as invitations ask for them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def first(self, site: str, at: datetime) -> date | None:
        """The first day with time to collect left after ``at``; None where nothing is planned."""
        async with read_model(self._pool, NAME) as connection:
            found: date | None = await connection.fetchval(_FIRST, site, at)
        return found
