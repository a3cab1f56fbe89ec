"""Timers: rows armed and disarmed in the append of the event that needs them, fired by any node.

Promises: a timer fires at least once, never before its moment by the platform's clock; it is
claimed by lease, in a short transaction of its own, so nobody holds a row lock while a command is
under way; a lease longer than any that is given is a wrong clock's, and binds nobody; one that fails
backs off and shows in ``timers_overdue``. What fires is a command whose id comes from kind, subject
and due time, so two who fire it cannot act twice. After the database's clock jumped by more than a
minute timers pause until a person resumes them.
Shown by ``tests/log/test_timers.py``.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter, Gauge

from servicekit.clock import Clock, elapsed
from servicekit.decider import Refused
from servicekit.faults import fault_point
from servicekit.log import Busy, Due
from servicekit.postgres import SETBACKS, UNREACHABLE, Connect, Connection, fetch_one

log = structlog.get_logger()
OVERDUE = Gauge("timers_overdue", "Timers past their moment")
OLDEST = Gauge("timers_oldest_overdue_seconds", "Age of the timer that is overdue longest")
FIRED = Counter("timers_fired_total", "Timers fired", ["kind"])
PAUSED = Gauge("timers_paused", "1 while timers wait for a person, after a jump of the database's clock")

LEASE, IDLE, LOOK = 30, 0.1, 5.0
"""Seconds for which a claimed timer is left to the one that claimed it; between tries while nothing is due;
between looks at what is overdue."""
MOST = 50
"""Timers of one claim."""
_CLAIM = """
UPDATE timer SET claimed_until = now() + make_interval(secs => $2), attempts = attempts + 1
FROM (SELECT kind, subject FROM timer
      WHERE due_at <= $1 AND (claimed_until BETWEEN now() AND now() + interval '15 min') IS NOT TRUE
        AND ($3::uuid[] IS NULL OR subject = ANY($3))
      ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED) due
WHERE timer.kind = due.kind AND timer.subject = due.subject
RETURNING timer.kind, timer.subject, timer.due_at, timer.attempts"""
_LATER = """
UPDATE timer SET claimed_until = now() + make_interval(secs => $4)
WHERE kind = $1 AND subject = $2 AND due_at = $3"""
_DONE = "DELETE FROM timer WHERE kind = $1 AND subject = $2 AND due_at = $3"
_OVERDUE = """
SELECT count(*), coalesce(extract(epoch FROM max($1 - due_at)), 0)::float8 AS oldest
FROM timer WHERE due_at <= $1"""


Fire = Callable[[Due], Awaitable[object]]


class TimerRunner:
    """Claims what is due and fires it; at once when ``armed`` is set, as the committer beside it does."""

    def __init__(
        self, connect: Connect, clock: Clock, fire: Fire, armed: asyncio.Event | None = None
    ) -> None:
        self._connect, self._clock, self._fire = connect, clock, fire
        self._armed = armed or asyncio.Event()

    async def run(self) -> None:
        """Fire for ever; after trouble with the database by a new connection."""
        while True:
            try:
                connection = await self._connect()
                try:
                    looked = float("-inf")
                    while True:
                        self._armed.clear()
                        fired = await self.once(connection)
                        if elapsed() > looked + LOOK:
                            await self._look(connection)
                            looked = elapsed()
                        if not fired:
                            with contextlib.suppress(TimeoutError):
                                async with asyncio.timeout(IDLE):
                                    await self._armed.wait()
                finally:
                    connection.terminate()
            except SETBACKS as error:
                log.warning("timers_postponed", error=type(error).__name__)
                await asyncio.sleep(1)

    async def once(self, connection: Connection, subjects: list[UUID] | None = None) -> int:
        """Claim and fire what is due now, of ``subjects`` only if given. Gives how many."""
        now = self._clock.now()
        PAUSED.set(self._clock.jumped)
        if self._clock.jumped:
            return 0
        fault_point("timers.claim")
        rows = await connection.fetch(_CLAIM, now, LEASE, subjects, MOST)
        dues = [Due(row["kind"], row["subject"], row["due_at"], row["attempts"]) for row in rows]
        results = await asyncio.gather(*(self._fire(due) for due in dues), return_exceptions=True)
        for due, result in zip(dues, results, strict=True):
            await self._settle(connection, due, result)
        return len(dues)

    async def _look(self, connection: Connection) -> None:
        """Show what is overdue."""
        overdue = await fetch_one(connection, _OVERDUE, self._clock.now() - timedelta(seconds=LEASE))
        OVERDUE.set(overdue["count"])
        OLDEST.set(overdue["oldest"])

    async def _settle(self, connection: Connection, due: Due, result: object) -> None:
        FIRED.labels(due.kind).inc()
        if isinstance(result, Refused):
            log.info("timer_refused", kind=due.kind, code=result.code)
            await connection.execute(_DONE, due.kind, due.subject, due.due_at)
        elif isinstance(result, (Busy, *UNREACHABLE)):
            log.warning("timer_postponed", kind=due.kind, error=type(result).__name__)
            await connection.execute(_LATER, due.kind, due.subject, due.due_at, 1.0)
        elif isinstance(result, Exception):
            log.error("timer_failed", kind=due.kind, attempts=due.attempts, exc_info=result)
            await connection.execute(
                _LATER, due.kind, due.subject, due.due_at, float(min(2**due.attempts, 600))
            )
        elif isinstance(result, BaseException):
            raise result
