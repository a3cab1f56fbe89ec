"""Due holds end before a place is refused, whoever else sleeps: one question, then at most one claim.

Promises: a booking whose hold was renewed or is over costs one indexed query over the pool and nothing
else; of all who wait for places of one day one claims and the others wait for its result; all claims of
a process share one connection that is kept. Shown by ``tests/log/test_expiry.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from servicekit.postgres import UNREACHABLE, Connect, Connection, Pool
from servicekit.timers import TimerRunner

from .timers import HOLD_EXPIRY

_DUE = "SELECT subject FROM timer WHERE kind = $1 AND subject = ANY($2::uuid[]) AND due_at <= $3"


class Expiry:
    """``await expiry(site, day, bookings, at)`` fires the hold timers of those bookings that are due."""

    def __init__(self, pool: Pool, connect: Connect, runner: TimerRunner) -> None:
        self._pool, self._connect, self._runner = pool, connect, runner
        self._running: dict[tuple[str, date], asyncio.Task[int]] = {}
        self._turn = asyncio.Lock()
        self._connection: Connection | None = None

    async def __call__(self, site: str, day: date, bookings: Sequence[UUID], at: datetime) -> int:
        """How many timers fired; 0 if none of the bookings has a due one. Raises ``UNREACHABLE``."""
        running = self._running.get((site, day))
        if running is None:
            running = asyncio.ensure_future(self._expire(bookings, at))
            self._running[site, day] = running
            running.add_done_callback(lambda done: self._over((site, day), done))
        return await asyncio.shield(running)  # who hangs up does not take the claim from the others

    def _over(self, key: tuple[str, date], done: asyncio.Task[int]) -> None:
        del self._running[key]
        if not done.cancelled():
            done.exception()  # every caller hears it; without callers nobody needs to

    async def _expire(self, bookings: Sequence[UUID], at: datetime) -> int:
        due = [row["subject"] for row in await self._pool.fetch(_DUE, HOLD_EXPIRY, bookings, at)]
        return await self._claim(due) if due else 0

    async def _claim(self, due: list[UUID]) -> int:
        async with self._turn:
            if self._connection is None or self._connection.is_closed():
                self._connection = await self._connect()
            try:
                return await self._runner.once(self._connection, due)
            except UNREACHABLE:
                self._connection.terminate()
                raise

    async def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            await self._connection.close()
