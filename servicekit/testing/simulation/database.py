"""PostgreSQL as far as the kit leans on it: sessions, locks, transactions, and answers that get lost.

The kit's loops take a ``connect`` and send statements that are constants. So the seam is the statement:
``statements`` maps each constant to a function on the server's tables (``log_tables.py``,
``reader_tables.py``, and a service's own). A statement that is not in the table fails loudly.

Promises what the real one promises and nothing more: a statement happens at one moment or not at all; a lost
connection says nothing about which; advisory locks of a session live until the server notices its end,
which may be late; row locks and undone changes end with the transaction; who waits longer than five
seconds for a lock gets 55P03; who holds the log's lock and is silent for a second is cut off.
Shown by ``tests/simulation/test_database.py``.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Hashable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from .faults import Faults
from .loop import PROCESS, Process, SimulatedLoop, WorldClock
from .story import Story

LOG_LOCK: Hashable = (1, 0)
LOCK_TIMEOUT, SILENCE = 5.0, 1.0
"""Seconds: for which a lock is waited for; for which the holder of the log's lock may be silent."""
NETWORK = 0.002
"""Seconds that a message travels, at most."""


class Record(dict[Any, Any]):
    """A row by the names of its columns; by number too, as asyncpg gives it."""

    def __missing__(self, key: Any) -> Any:
        if isinstance(key, int):
            return list(self.values())[key]
        raise KeyError(key)


@dataclass(frozen=True, slots=True)
class Wait:
    """A statement's word that it cannot go on before it has a lock."""

    lock: Hashable


Run = Callable[..., Sequence[Record] | str | Wait]
"""What a statement does: rows, a command tag, or ``Wait``. Its first argument is the session."""


@dataclass(eq=False)
class Session:
    """One connection as the server sees it."""

    server: Server
    process: Process | None
    open: bool = True
    locks: set[Hashable] = field(default_factory=set)
    rows: set[Hashable] = field(default_factory=set)
    undo: list[Callable[[], None]] = field(default_factory=list)
    within: bool = False
    busy: int = 0

    def end_transaction(self, *, commit: bool) -> None:
        """COMMIT or ROLLBACK."""
        if not commit:
            for back in reversed(self.undo):
                back()
        self.undo.clear()
        self.within = False
        released, self.rows = self.rows, set()
        for lock in released:
            self.server.release(lock)

    def close(self) -> None:
        """The server notices that the client is gone."""
        if self.open:
            self.open = False
            self.end_transaction(commit=False)
            released, self.locks = self.locks, set()
            for lock in released:
                self.server.release(lock)


@dataclass(eq=False)
class Server:
    """The server and its tables."""

    loop: SimulatedLoop
    clock: WorldClock
    story: Story
    faults: Faults
    name: str
    statements: dict[str, Run] = field(default_factory=dict)
    holders: dict[Hashable, Session] = field(default_factory=dict)
    queues: dict[Hashable, deque[Callable[[], None]]] = field(default_factory=dict)
    clients: dict[Session, MemoryConnection] = field(default_factory=dict)

    # --- locks

    def try_lock(self, session: Session, lock: Hashable, *, until_commit: bool = False) -> bool:
        """Take a lock if nobody else has it."""
        holder = self.holders.get(lock)
        if holder is not None and holder is not session:
            return False
        self.holders[lock] = session
        (session.rows if until_commit else session.locks).add(lock)
        return True

    def release(self, lock: Hashable) -> None:
        """Give a lock back; whoever waits tries again, in order."""
        self.holders.pop(lock, None)
        queue = self.queues.pop(lock, deque())
        while queue:
            queue.popleft()()

    def unlock(self, session: Session, lock: Hashable) -> None:
        """Give back a session's lock."""
        if lock in session.locks:
            session.locks.discard(lock)
            self.release(lock)

    # --- statements

    def execute(self, session: Session, sql: str, values: Sequence[Any], done: asyncio.Future[Any]) -> None:
        """Run a statement now, or when its lock is free; answer to ``done``."""
        if not session.open:
            return
        session.busy += 1
        self._attempt(session, sql, values, done, self.loop.now + LOCK_TIMEOUT)

    def _attempt(
        self, session: Session, sql: str, values: Sequence[Any], done: asyncio.Future[Any], until: float
    ) -> None:
        if not session.open:
            return
        if self.loop.now >= until:
            self._answer(session, done, error=asyncpg.LockNotAvailableError("lock timeout"))
            return
        try:
            result = self.statements[sql](session, *values)
        except asyncpg.PostgresError as error:
            if not session.within:
                session.end_transaction(commit=False)
            self._answer(session, done, error=error)
            return
        if isinstance(result, Wait):

            def again() -> None:
                self._attempt(session, sql, values, done, until)

            self.queues.setdefault(result.lock, deque()).append(again)
            self.loop.call_at(until, self._give_up, result.lock, again, context=self.loop.nobody)
            return
        if not session.within:
            session.end_transaction(commit=True)
        self._answer(session, done, result)

    def _give_up(self, lock: Hashable, again: Callable[[], None]) -> None:
        queue = self.queues.get(lock)
        if queue is not None and again in queue:
            queue.remove(again)
            again()

    def _answer(
        self, session: Session, done: asyncio.Future[Any], result: Any = None, error: Exception | None = None
    ) -> None:
        session.busy -= 1
        if LOG_LOCK in session.locks:
            self.loop.call_later(SILENCE, self._cut_silent, session, context=self.loop.nobody)
        if self.faults.strikes("answer lost", self.name):
            self.story.tell("answer lost", self.name)
            self.cut(session)
            return
        delay = self.loop.random.random() * NETWORK
        self.loop.call_later(delay, _settle, done, result, error, context=self.loop.nobody)

    def _cut_silent(self, session: Session) -> None:
        if session.open and not session.busy and LOG_LOCK in session.locks:
            self.story.tell("cut off while holding the log", self.name)
            self.cut(session)

    def cut(self, session: Session) -> None:
        """The connection breaks, and both sides hear of it."""
        session.close()
        connection = self.clients.pop(session, None)
        if connection is not None:
            connection.broken()

    def restart(self) -> None:
        """One backend was killed: all connections drop, what was not committed is gone."""
        self.story.tell("database restarts", self.name)
        for session in list(self.clients):
            self.cut(session)

    # --- clients

    async def connect(self) -> Any:
        """A new connection of the calling process."""
        await asyncio.sleep(self.loop.random.random() * NETWORK)
        session = Session(self, PROCESS.get())
        connection = MemoryConnection(self, session)
        self.clients[session] = connection
        if session.process is not None:
            session.process.on_kill.append(lambda: self.notice_late(session))
        return connection

    def notice_late(self, session: Session) -> None:
        """The client is gone; the server hears of it at some time."""
        delay = self.loop.random.choice((0.0, 0.01, 0.5))
        self.loop.call_later(delay, session.close, context=self.loop.nobody)
        self.clients.pop(session, None)


def _settle(done: asyncio.Future[Any], result: Any, error: Exception | None) -> None:
    if not done.done():
        if error is None:
            done.set_result(result)
        else:
            done.set_exception(error)


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
            if server.faults.strikes("request lost", server.name):
                server.story.tell("request lost", server.name)
                server.cut(self._session)
            else:
                delay = loop.random.random() * NETWORK
                loop.call_later(delay, server.execute, self._session, sql, values, done, context=loop.nobody)
            return await done
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
        """BEGIN, and COMMIT or ROLLBACK."""
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
            connection = await self._server.connect()
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


BEGIN, COMMIT, ROLLBACK = "BEGIN", "COMMIT", "ROLLBACK"


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
