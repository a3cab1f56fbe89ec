"""The read models of reporting on a real PostgreSQL, filled without Kafka."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from servicekit.projection import Projection, Seen
from servicekit.rebuild import ensure_first_generations
from servicekit.testing.databases import Database
from services.reporting.projections import PROJECTIONS
from services.reporting.projections.read import Periods
from services.reporting.weeks import Week
from tests.rules.reporting.story import Told, seen_by, utc

W47 = Week(2026, 47)
THIS: Periods = {"this": (W47,)}
MONDAY = utc("2026-11-16T08:00")


def later(minutes: float) -> datetime:
    """So many minutes after Monday 9 o'clock in Berlin."""
    return MONDAY + timedelta(minutes=minutes)


class Book:
    """The read models of a database, filled without Kafka: batch by batch through the steps.

    ``reader`` is a connection with the rights of the running service.
    """

    def __init__(self, connection: asyncpg.Connection, reader: asyncpg.Connection) -> None:
        self._connection, self.reader = connection, reader

    async def empty(self, *only: Projection) -> None:
        """Forget all rows, or those of some read models."""
        for projection in only or PROJECTIONS:
            await self._use(projection.name)
            for table in projection.tables:
                await self._connection.execute(await self._connection.fetchval(_FORGET, table))

    async def tell(self, told: Sequence[Told]) -> None:
        """Let every projection see the story as one batch."""
        for projection in PROJECTIONS:
            await self.apply(projection, seen_by(projection, told))

    async def apply(self, projection: Projection, seen: Sequence[Seen]) -> None:
        """One batch, as ``project.py`` applies it: rows of each step, one statement each."""
        await self._use(projection.name)
        for step in projection.steps:
            if rows := step.rows(seen):
                await self._connection.execute(step.sql, *zip(*rows, strict=True))

    async def tables(self, projection: Projection) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of all tables, sorted."""
        await self._use(projection.name)
        return {
            table: sorted(map(tuple, await self._connection.fetch(_ROWS[table])), key=repr)
            for table in projection.tables
        }

    async def _use(self, name: str) -> None:
        await self._connection.execute(_PATH, name)

    def read(self, name: str) -> AbstractAsyncContextManager[Any]:
        """A connection on the read model with the rights of the running service, as queries get it."""

        @asynccontextmanager
        async def connection() -> AsyncIterator[Any]:
            await self.reader.execute(_PATH, name)
            yield self.reader

        return connection()


@asynccontextmanager
async def open_book(database: Database) -> AsyncIterator[Book]:
    """Empty read models of this database."""
    await ensure_first_generations(database.owner_url, PROJECTIONS)
    connection = await asyncpg.connect(database.admin_url)
    reader = await asyncpg.connect(database.app_url)
    try:
        book = Book(connection, reader)
        await book.empty()
        yield book
    finally:
        await connection.close()
        await reader.close()


_PATH = """
SELECT set_config('search_path', quote_ident(schema) || ', public', false)
FROM projection_current WHERE name = $1"""
_FORGET = "SELECT format('DELETE FROM %I', $1::text)"  # TRUNCATE makes new files, each time
_ROWS = {
    "visit": "SELECT * FROM visit",
    "contact": "SELECT * FROM contact",
    "recorded_call": "SELECT * FROM recorded_call",
    "described": "SELECT * FROM described",
    "booking": "SELECT * FROM booking",
    "sample": "SELECT * FROM sample",
    "document": "SELECT * FROM document",
    "frame": "SELECT * FROM frame",
    "locker_move": "SELECT * FROM locker_move",
    "turn": "SELECT * FROM turn",
    "entry": "SELECT * FROM entry",
    "item": "SELECT * FROM item",
    "mark": "SELECT * FROM mark",
    "outcome": "SELECT * FROM outcome",
    "note": "SELECT * FROM note",
    "closure": "SELECT * FROM closure",
}
