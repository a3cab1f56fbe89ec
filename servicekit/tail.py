"""The log's tail as one process follows it: its connection, its plans, and how fresh they are.

Promises: one cursor on one connection, so no event is skipped; the plans move on only by what the log holds;
after a lost connection everything is read anew before anybody decides on it.
Shown by ``tests/log/test_rounds.py`` and ``tests/log/test_questions.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from uuid import UUID

import asyncpg
from prometheus_client import Gauge

from servicekit.append_sql import FOLLOWED, HEAD, LOAD, TAIL
from servicekit.clock import Clock, elapsed
from servicekit.faults import fault_point
from servicekit.log import EventTypes, Stream
from servicekit.plans import Overlay, Plans, TailRow
from servicekit.postgres import Connect, Connection, fetch_one

HEAD_POSITION = Gauge("event_log_head_position", "Last position of the log")


class Tail:
    """Follows the log for one committer. ``looked_at``: when the log was last known to end at the cursor;
    ``awaited``: how many wait for a position.
    """

    def __init__(self, connect: Connect, types: EventTypes, clock: Clock, plans: Plans) -> None:
        self._connect, self._types, self._clock, self.plans = connect, types, clock, plans
        self._connection: Connection | None = None
        self._looked = asyncio.Event()
        self.looked_at, self.met = float("-inf"), False
        self.awaited = 0

    async def connection(self) -> Connection:
        """The connection; a new one first reads everything that is in memory."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
            asked, row = elapsed(), await fetch_one(self._connection, HEAD)
            self._clock.sample(row["db_now"], asked)
            rows = await self._connection.fetch(FOLLOWED, self.plans.followed, row["head"])
            known = self.plans.streams  # read anew before the old ones go: who looks never finds nothing
            again = await self._connection.fetch(LOAD, [stream.id for stream in known])
            self.plans.restart(row["head"], (self._row(one) for one in rows))
            self.plans.loaded(known, (self._row(one) for one in again))
            self.met = True
        return self._connection

    def drop(self) -> None:
        """Give up the connection, which frees the log's lock; the states are read again."""
        connection, self._connection = self._connection, None
        self._tell()
        if connection is not None:
            connection.terminate()

    async def look(self, query: str = TAIL) -> None:
        """Read what lies behind the cursor; with the query ``LOCK`` under the log's lock from then on."""
        connection, asked = await self.connection(), elapsed()
        rows = await connection.fetch(query, self.plans.cursor, self.plans.categories)
        fault_point("committer.tail")
        self._clock.sample(rows[0]["db_now"], asked)
        self.apply([self._row(row) for row in rows if row["position"]], rows[0]["head"], asked)

    def apply(self, rows: Sequence[TailRow], head: int, asked: float, overlay: Overlay | None = None) -> None:
        """Carry the plans on to ``head``, as it was at ``asked``; wake who waits for a look."""
        HEAD_POSITION.set(head)
        self.looked_at = asked
        self.plans.apply(rows, head, overlay)
        self._tell()

    def _tell(self) -> None:
        self._looked.set()
        self._looked = asyncio.Event()

    async def next_look(self) -> None:
        """Return after the next look, or when it cannot be."""
        await self._looked.wait()

    async def load(self, streams: Iterable[Stream]) -> None:
        """Have these planned streams in memory."""
        needed = dict.fromkeys(streams)
        if missing := [stream.id for stream in needed if stream not in self.plans]:
            rows = await (await self.connection()).fetch(LOAD, missing)
            self.plans.loaded(needed, (self._row(row) for row in rows))

    async def reached(self, position: int, within: float) -> bool:
        """Wait until the plans have seen ``position``, at most ``within`` seconds."""
        self.awaited += 1
        try:
            async with asyncio.timeout(within):
                while self.plans.cursor < position:
                    await self.next_look()
        except TimeoutError:
            return False
        finally:
            self.awaited -= 1
        return True

    def _row(self, row: asyncpg.Record) -> TailRow:
        event = self._types.decode(row["type"], row["schema_version"], row["data"])
        stream = Stream(row["category"], row["stream_id"])
        return TailRow(row["position"], stream, row["version"], event, UUID(row["command_id"]))
