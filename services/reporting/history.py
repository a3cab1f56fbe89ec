"""The table of week versions, and how the figures of weeks are read together with their positions.

Promises: a version that is there is never changed; of two processes that make the same one, one wins; the
positions are those of the very moment at which each read model was read.
Shown by ``tests/way/test_week_versions.py``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Protocol

from .gather import Ask, Read, facts_of
from .projections import LEAD_TIME, lead_time
from .versions import Figures, Position, Version, figures_of
from .weeks import Week

_ADD = """
INSERT INTO week_version (week, number, made_at, body, digest, key_id, signature)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (week, number) DO NOTHING
RETURNING number
"""
_OF_WEEK = """
SELECT week, number, made_at, body, digest, key_id, signature FROM week_version
WHERE week = $1
ORDER BY number
"""
_ONE = """
SELECT week, number, made_at, body, digest, key_id, signature FROM week_version
WHERE week = $1 AND number = $2
"""
_LAST = """
SELECT DISTINCT ON (week) week, number, made_at, body, digest, key_id, signature FROM week_version
WHERE week = ANY($1::text[])
ORDER BY week, number DESC
"""
_POSITIONS = """
SELECT topic, partition, position, epoch, next_offset FROM checkpoint
WHERE consumer = $1
ORDER BY topic, partition
"""


class Database(Protocol):
    """A pool or a connection."""

    async def fetch(self, query: str, /, *args: Any) -> Sequence[Any]:
        """The rows of a query."""


class History:
    """Versions of weeks in reporting's own database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, version: Version) -> bool:
        """Keep a version; False if another process has made this one."""
        one = version
        row = (one.week, one.number, one.made_at, one.body, one.digest, one.key_id, one.signature)
        return bool(await self._database.fetch(_ADD, *row))

    async def of(self, week: Week) -> list[Version]:
        """All versions of a week, oldest first."""
        return [Version(*row) for row in await self._database.fetch(_OF_WEEK, str(week))]

    async def one(self, week: Week, number: int) -> Version | None:
        """A version of a week by its number."""
        rows = await self._database.fetch(_ONE, str(week), number)
        return Version(*rows[0]) if rows else None

    async def last(self, weeks: Sequence[Week]) -> dict[Week, Version]:
        """The newest version of each of these weeks that has one."""
        rows = await self._database.fetch(_LAST, [str(week) for week in weeks])
        found = {row["week"]: Version(*row) for row in rows}
        return {week: found[str(week)] for week in weeks if str(week) in found}


async def read_weeks(
    read: Read, weeks: Sequence[Week], now: datetime
) -> tuple[dict[Week, Figures], list[Position]]:
    """The figures of the weeks in which anything was recorded, and the positions that they rest on."""
    positions: list[Position] = []

    @asynccontextmanager
    async def watched(name: str) -> AsyncIterator[Any]:
        async with read(name) as connection:
            positions.extend(Position(name, *row) for row in await connection.fetch(_POSITIONS, name))
            yield connection

    periods = {str(week): (week,) for week in weeks}
    facts = await facts_of(Ask(watched, periods, periods, now, None))
    async with watched(LEAD_TIME.name) as connection:
        looks = await lead_time.by_service(connection, periods)
    found = {
        week: figures_of(facts[str(week)], looks[str(week)])
        for week in weeks
        if facts[str(week)].recorded or looks[str(week)]
    }
    return found, positions
