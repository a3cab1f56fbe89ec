"""The kit's end of the simulated PostgreSQL: connections and a pool, as far as the kit uses asyncpg.

Promises: one statement at a time; a broken connection raises what asyncpg would raise; whoever lets go hears
no more, while the server may notice late. Shown by ``tests/simulation/test_simulation.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from servicekit.append_sql import APPEND, FENCED

from .database import BEGIN, COMMIT, NETWORK, ROLLBACK, Record, Run, Server, Session
from .loop import PROCESS


async def connect(server: Server, settings: Mapping[str, str] | None = None) -> Any:
    """A new connection of the calling process."""
    await asyncio.sleep(server.loop.random.random() * NETWORK)
    lazy = (settings or {}).get("synchronous_commit") == "off"
    session = Session(server, PROCESS.get(), lazy)
    connection = MemoryConnection(server, session)
    server.clients[session] = connection
    if session.process is not None:
        session.process.on_kill.append(lambda: server.notice_late(session))
    return connection


def _lost(server: Server, sql: str) -> str:
    """What makes a question break the connection before it is heard; empty for nothing."""
    if sql in (APPEND, FENCED) and server.faults.strikes("append lost", server.name):
        return "append lost"
    return "request lost" if server.faults.strikes("request lost", server.name) else ""


class MemoryConnection:
    """What the kit sees of asyncpg: statements and transactions on one session."""

    def __init__(self, server: Server, session: Session) -> None:
        self._server, self._session = server, session
        self._pending: asyncio.Future[Any] | None = None
        self._closed = False

    async def _send(self, sql: str, *values: Any) -> Any:
        if self._closed:
            raise asyncpg.InterfaceError("connection is closed")
        if self._pending is not None:
            raise asyncpg.InterfaceError("cannot perform operation: another operation is in progress")
        loop, server = self._server.loop, self._server
        self._pending = done = loop.create_future()
        try:
            if lost := _lost(server, sql):
                server.story.tell(lost, server.name)
                server.cut(self._session)
            elif loop.random.random() < server.near:
                server.execute(self._session, sql, values, done)
            else:
                travels = loop.random.random() * NETWORK
                loop.call_later(
                    travels, server.execute, self._session, sql, values, done, context=loop.nobody
                )
            return done.result() if done.done() else await done
        finally:
            self._pending = None

    async def fetch(self, sql: str, *values: Any) -> Sequence[Record]:
        """All rows."""
        rows: Sequence[Record] = await self._send(sql, *values)
        return rows

    async def fetchrow(self, sql: str, *values: Any) -> Record | None:
        """The first row."""
        rows = await self.fetch(sql, *values)
        return rows[0] if rows else None

    async def fetchval(self, sql: str, *values: Any) -> Any:
        """The first column of the first row."""
        row = await self.fetchrow(sql, *values)
        return None if row is None else row[0]

    async def execute(self, sql: str, *values: Any) -> Any:
        """The command's tag."""
        return await self._send(sql, *values)

    @asynccontextmanager
    async def transaction(self, **_options: object) -> AsyncIterator[None]:
        """BEGIN, and COMMIT or ROLLBACK; within another one nothing, since nobody goes back to it."""
        if self._session.within and not self._closed:
            yield
            return
        await self._send(BEGIN)
        try:
            yield
        except Exception:
            if not self._closed:
                await self._send(ROLLBACK)
            raise
        await self._send(COMMIT)

    def is_closed(self) -> bool:
        """Whether this end knows that it is over."""
        return self._closed

    def broken(self) -> None:
        """The other end is gone."""
        self._closed = True
        if self._pending is not None and not self._pending.done():
            self._pending.set_exception(asyncpg.ConnectionDoesNotExistError("connection was closed"))

    def terminate(self) -> None:
        """Let go at once; the server hears of it later."""
        if not self._closed:
            self.broken()
            self._server.notice_late(self._session)

    async def close(self) -> None:
        """Let go in order."""
        self.terminate()


class MemoryPool:
    """A pool of connections, each statement outside ``acquire`` on any of them."""

    def __init__(self, server: Server) -> None:
        self._server, self._idle = server, list[MemoryConnection]()

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[MemoryConnection]:
        """One that nobody else uses meanwhile."""
        connection = None
        while self._idle and connection is None:
            connection = self._idle.pop()
            connection = None if connection.is_closed() else connection
        if connection is None:
            connection = await connect(self._server)
        try:
            yield connection
        except asyncio.CancelledError:
            connection.terminate()
            raise
        finally:
            if not connection.is_closed():
                self._idle.append(connection)

    async def fetch(self, sql: str, *values: Any) -> Sequence[Record]:
        """All rows."""
        async with self.acquire() as connection:
            return await connection.fetch(sql, *values)

    async def fetchrow(self, sql: str, *values: Any) -> Record | None:
        """The first row."""
        async with self.acquire() as connection:
            return await connection.fetchrow(sql, *values)

    async def fetchval(self, sql: str, *values: Any) -> Any:
        """The first column of the first row."""
        async with self.acquire() as connection:
            return await connection.fetchval(sql, *values)

    async def execute(self, sql: str, *values: Any) -> Any:
        """The command's tag."""
        async with self.acquire() as connection:
            return await connection.execute(sql, *values)


def transactions() -> Mapping[str, Run]:
    """The statements of transactions."""

    def begin(session: Session) -> str:
        session.within = True
        return BEGIN

    def end(session: Session, *, commit: bool) -> str:
        session.end_transaction(commit=commit)
        return COMMIT if commit else ROLLBACK

    return {
        BEGIN: begin,
        COMMIT: lambda session: end(session, commit=True),
        ROLLBACK: lambda session: end(session, commit=False),
    }
