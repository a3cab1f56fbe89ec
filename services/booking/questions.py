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
_AT = "SELECT (meta ->> 'at')::timestamptz AS at FROM event WHERE position = $1"
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
        low, high = 0, await self.head()
        while low < high:
            middle = (low + high + 1) // 2
            if (await fetch_one(self._pool, _AT, middle))["at"] > at:
                high = middle - 1
            else:
                low = middle
        return low
