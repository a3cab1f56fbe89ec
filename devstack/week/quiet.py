"""When the platform has nothing left to do: every event sent and read, nothing due, no mail under way.

Promises: the clock is not moved past a timer that has not fired, nor while a mail is under way; ``rest``
returns only when the logs are sent to their ends, every read model and reaction has read them, and no timer
is due. Reads the
services' databases, as operations would; the figures that are compared never come from there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import asyncpg

from buergerbuero_contracts import topics
from servicekit.postgres import fetch_one
from servicekit.projection import LOG
from servicekit.testing.databases import Database
from services.booking.wiring import SERVICE as BOOKING
from services.documents.wiring import SERVICE as DOCUMENTS
from services.notification.wiring import SERVICE as NOTIFICATION
from services.reporting.wiring import SERVICE as REPORTING

SERVICES = {one.name: one for one in (BOOKING, DOCUMENTS, NOTIFICATION, REPORTING)}
LOGS = ("booking", "documents", "notification")
SECONDS = 120.0
"""How long the platform may take to become quiet, by a real watch."""
PAUSE, GLANCE = 0.04, 0.01
"""Seconds between two looks, the whole one and that at timers and mails alone."""
RECURRING = "protection-review"
"""Comes every five minutes and re-arms itself; nothing in the figures waits for it."""
PEOPLE = topics.PEOPLE
LONG_AGO = datetime.min.replace(tzinfo=UTC)
"""When no timer is due."""

_UNSENT = """
SELECT (SELECT coalesce(max(position), 0) FROM event) - (SELECT position FROM relay_state)"""
_HEADS = "SELECT topic, partition, last_position FROM relay_partition"
_LAST = "SELECT coalesce(max(position), 0) FROM event"
_MODELS = "SELECT name, schema FROM projection_current"
_ENTER = "SELECT set_config('search_path', $1 || ', public', false)"
_SEEN = "SELECT consumer, topic, partition, position FROM checkpoint"
_AHEAD = """
SELECT (SELECT count(*) FROM timer WHERE due_at <= $1 AND kind <> $2) AS due,
    (SELECT min(due_at) FROM timer WHERE due_at > $1 AND kind <> $2) AS next,
    (SELECT count(*) FROM timer AS t CROSS JOIN LATERAL (
        SELECT type FROM event WHERE stream_id = t.subject ORDER BY version DESC LIMIT 1) AS last
     WHERE t.kind = 'send' AND last.type = 'SendStarted') AS sending"""


class NeverQuiet(RuntimeError):
    """Something did not come to its end; the message says what."""


@dataclass
class Quiet:
    """Looks into the logs and checkpoints of all services."""

    connections: Mapping[str, asyncpg.Connection]
    _alone: asyncio.Lock = field(default_factory=asyncio.Lock)
    _found: dict[str, list[str]] = field(default_factory=dict)

    async def next_due(self, now: datetime, until: datetime) -> datetime | None:
        """Wait until nothing is due and no mail under way; then the next moment of a timer before ``until``.

        Raises ``NeverQuiet``.
        """
        nexts: list[datetime] = []

        async def look() -> list[str]:
            left, nexts[:] = await self._ahead(now)
            return left

        await self._wait(look, GLANCE)
        return min((one for one in nexts if one < until), default=None)

    async def position(self) -> int:
        """The end of booking's log."""
        last: int = await self.connections["booking"].fetchval(_LAST)
        return last

    async def settled(self) -> None:
        """Wait until no mail is under way. Raises ``NeverQuiet``."""
        await self._wait(self._sending, GLANCE)

    async def rest(self, now: datetime) -> None:
        """Wait until all is quiet. Raises ``NeverQuiet``."""
        await self._wait(lambda: self._left(now), PAUSE)

    async def _wait(self, look: Callable[[], Awaitable[list[str]]], pause: float) -> None:
        deadline = time.monotonic() + SECONDS
        while left := await self._looked(look):
            if time.monotonic() > deadline:
                raise NeverQuiet(f"not quiet after {SECONDS:.0f} s: {', '.join(left)}")
            await asyncio.sleep(pause)

    async def _looked(self, look: Callable[[], Awaitable[list[str]]]) -> list[str]:
        async with self._alone:  # people wait for it beside each other, and a connection answers one
            return await look()

    async def _ahead(self, now: datetime) -> tuple[list[str], list[datetime]]:
        """What is due or under way, in words, and when each log's next timer is due."""
        rows = await asyncio.gather(
            *(fetch_one(self.connections[name], _AHEAD, now, RECURRING) for name in LOGS)
        )
        due = [f"{name}: {row['due']} timers due" for name, row in zip(LOGS, rows, strict=True) if row["due"]]
        sending = [f"{row['sending']} mails under way" for row in rows if row["sending"]]
        return due + sending, [row["next"] for row in rows if row["next"]]

    async def _sending(self) -> list[str]:
        row = await fetch_one(self.connections["notification"], _AHEAD, LONG_AGO, RECURRING)
        return [f"{row['sending']} mails under way"] if row["sending"] else []

    async def _left(self, now: datetime) -> list[str]:
        """What is still under way, in words; the logs are looked at first and once more at the end."""
        before = await self._ends()
        left, _nexts = await self._ahead(now)
        heads: dict[tuple[str, int], int] = {}
        for name in LOGS:
            if unsent := await self.connections[name].fetchval(_UNSENT):
                left.append(f"{name}: {unsent} events not sent")
            for row in await self.connections[name].fetch(_HEADS):
                heads[row["topic"], row["partition"]] = row["last_position"]
        for name in SERVICES:
            left += await self._behind(name, heads, before.get(name, 0))
        return left or ([] if before == await self._ends() else ["the logs still grow"])

    async def _ends(self) -> dict[str, int]:
        return {name: await self.connections[name].fetchval(_LAST) for name in LOGS}

    async def _behind(self, name: str, heads: Mapping[tuple[str, int], int], last: int) -> list[str]:
        connection, service = self.connections[name], SERVICES[name]
        seen: dict[tuple[str, str, int], int] = {}
        for schema in await self._schemas(name):
            await connection.execute(_ENTER, schema)
            for row in await connection.fetch(_SEEN):
                seen[row["consumer"], row["topic"], row["partition"]] = row["position"] or 0
        readers = {one.name: one.topics for one in service.projections}
        readers |= {one.name: one.topics for one in service.reactions}
        ends = {place: head for place, head in heads.items() if head and place[0] != PEOPLE} | {
            (LOG, 0): last
        }
        return [
            f"{reader} reads {topic}"
            for reader, read in readers.items()
            for (topic, partition), end in ends.items()
            if topic in read and seen.get((reader, topic, partition), 0) < end
        ]

    async def _schemas(self, name: str) -> list[str]:
        if name not in self._found:
            rows = await self.connections[name].fetch(_MODELS)
            self._found[name] = [*(row["schema"] for row in rows), "reactions"]
        return self._found[name]


@asynccontextmanager
async def watching(databases: Mapping[str, Database]) -> AsyncIterator[Quiet]:
    """Connections to all databases for the length of a block."""
    async with AsyncExitStack() as ends:
        connections = {}
        for name, database in databases.items():
            connections[name] = await asyncpg.connect(database.admin_url)
            ends.push_async_callback(connections[name].close)
        yield Quiet(connections)
