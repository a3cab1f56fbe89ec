"""What booking asks its own log and no fold answers: how far it is, recent holds, who waits.

Promises: index look-ups over the pool, bounded whatever the log's size. Moments are those of the
commands (``meta.at``). Shown by ``tests/log/test_questions.py``.
"""

from __future__ import annotations

from datetime import date, datetime

from servicekit.postgres import Pool, fetch_one
from servicekit.read_model import read_model

from .projections import floor
from .rules.protection import Holds
from .rules.queue import Line

MOST = 50_000
"""Events that one look at holds reads at most, the oldest of its time span."""
_HEAD = "SELECT coalesce(max(position), 0) AS head FROM event"
_POSITION = """
WITH RECURSIVE halved (low, high) AS (
    SELECT 0::bigint, coalesce(max(position), 0) FROM event
    UNION ALL
    SELECT CASE WHEN later THEN low ELSE middle END, CASE WHEN later THEN middle - 1 ELSE high END
    FROM (SELECT low, high, (low + high + 1) / 2 AS middle FROM halved WHERE low < high) AS half
    CROSS JOIN LATERAL (
        SELECT (meta ->> 'at')::timestamptz > $1 AS later FROM event WHERE position = middle) AS seen)
SELECT low FROM halved WHERE low = high"""
_HOLDS = """
SELECT count(*) AS opened, count(*) FILTER (WHERE EXISTS (
    SELECT FROM event later WHERE later.stream_id = hold.stream_id
    AND later.type = 'BookingConfirmed')) AS converted
FROM event hold
WHERE position > $1 AND position <= $2 AND type = 'BookingOpened'
  AND data ->> 'site' = $3 AND data ->> 'channel' = 'online'"""


class Questions:
    """The log, asked over the pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def head(self) -> int:
        """The position of the log's last event."""
        head: int = (await fetch_one(self._pool, _HEAD))["head"]
        return head

    async def holds(self, site: str, first: datetime, last: datetime) -> Holds:
        """The online holds taken after ``first`` and until ``last``, and how many of them got a contact."""
        begin, end = await self._position(first), await self._position(last)
        row = await fetch_one(self._pool, _HOLDS, begin, min(end, begin + MOST), site)
        return Holds(row["opened"], row["converted"])

    async def queue(self, site: str, day: date) -> Line:
        """The people who wait on a site's floor, as the read model has them."""
        async with read_model(self._pool, floor.FLOOR.name) as read:
            return await floor.queue(read, site, day)

    async def _position(self, at: datetime) -> int:
        """The last position of a moment. Positions have no holes and rise with time, so halving finds it."""
        low: int = (await fetch_one(self._pool, _POSITION, at))["low"]
        return low
