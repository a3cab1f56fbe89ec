"""PostgreSQL as far as the kit leans on it: sessions, locks, transactions, and answers that get lost.

The kit's loops take a ``connect`` (``connections.py``) and send constants, so the seam is the statement:
``statements`` maps each constant to a function on the server's tables (``log_tables.py``,
``reader_tables.py``, and a service's own). A statement that is not in the table fails loudly.

Promises what the real one promises and nothing more: a statement happens at one moment or not at all; a lost
connection says nothing about which; advisory locks of a session live until the server notices its end,
which may be late; row locks and undone changes end with the transaction; who waits longer than five
seconds for a lock gets 55P03; who holds the log's lock and is silent for a second is cut off.
Shown by ``tests/simulation/test_simulation.py``.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Hashable, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import asyncpg

from .faults import Faults
from .loop import Process, SimulatedLoop, WorldClock
from .story import Story

LOG_LOCK: Hashable = (1, 0)
LOCK_TIMEOUT, SILENCE = 5.0, 1.0
"""Seconds: for which a lock is waited for; for which the holder of the log's lock may be silent."""
HELD = 1.0
"""Seconds for which a poll that finds nothing is held."""
NETWORK = 0.002
"""Seconds that a message travels, at most."""
FLUSHED = 0.6
"""Seconds after which a commit that did not wait is on the disk: three rounds of the WAL writer."""
STEP, NOTICED = 60.0, 20.0
"""Seconds: a step of the clock that timers pause for; within which a person sees that and acts."""
BEGIN, COMMIT, ROLLBACK = "BEGIN", "COMMIT", "ROLLBACK"


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


GROWS = Wait("the log grows")
"""A poll's word that it finds nothing: it is answered as soon as there is something, or after a while. Polls
that find nothing were half of all that happened, and showed nothing."""
Run = Callable[..., Sequence[Record] | str | Wait]
"""What a statement does: rows, a command tag, or ``Wait``. Its first argument is the session."""


@dataclass(eq=False)
class Session:
    """One connection as the server sees it. ``lazy``: its commits do not wait for the disk."""

    server: Server
    process: Process | None
    lazy: bool = False
    open: bool = True
    locks: set[Hashable] = field(default_factory=set)
    rows: set[Hashable] = field(default_factory=set)
    undo: list[Callable[[], None]] = field(default_factory=list)
    within: bool = False
    busy: int = 0
    schema: str = ""
    """Which generation's tables a transaction sees; empty for the first."""

    def end_transaction(self, *, commit: bool) -> None:
        """COMMIT or ROLLBACK."""
        if not commit:
            for back in reversed(self.undo):
                back()
        elif self.undo:
            self.server.unflushed.clear()
        self.undo.clear()
        self.within, self.schema = False, ""
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


class Client(Protocol):
    """The other end of a session."""

    def broken(self) -> None:
        """The connection is no more."""


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
    clients: dict[Session, Client] = field(default_factory=dict)
    unflushed: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    """Commits that no disk has yet: when, and how to undo them and all later ones."""
    stepped: Callable[[], None] = lambda: None
    """Told of a wrong step of the clock."""
    start_anew: Callable[[], None] = lambda: None
    """What a person does once the clock is right again, as the runbook says."""
    steps: int = 0
    """How often the clock was set wrong."""
    near: float = 0.5
    """How many questions and how many answers take no time at all, so that nothing happens meanwhile."""

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
        self,
        session: Session,
        sql: str,
        values: Sequence[Any],
        done: asyncio.Future[Any],
        until: float,
        held: bool = False,
    ) -> None:
        if not session.open:
            return
        if self.loop.now >= until and not held:
            self._answer(session, done, error=asyncpg.LockNotAvailableError("lock timeout"))
            return
        try:
            result = self.statements[sql](session, *values)
        except asyncpg.PostgresError as error:
            if not session.within:
                session.end_transaction(commit=False)
            self._answer(session, done, error=error)
            return
        if result is GROWS and held:
            result = ()
        if isinstance(result, Wait):
            if result is GROWS:
                until = self.loop.now + HELD

            def again() -> None:
                self._attempt(session, sql, values, done, until, held=result is GROWS)

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
        if self.loop.random.random() < self.near:
            _settle(done, result, error)
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

    def power_cut(self) -> None:
        """All connections drop; what was not committed is gone, and what no disk had yet."""
        self.story.tell("power cut", self.name)
        for session in list(self.clients):
            self.cut(session)
        lost = [undo for at, undo in self.unflushed if at > self.loop.now - FLUSHED]
        if lost:
            lost[0]()
        self.unflushed.clear()

    def step_clock(self, seconds: float) -> None:
        """The clock is set wrong; somebody notices what it does, sets it right and starts all anew."""
        self.story.tell("clock steps", self.name, seconds)
        self.clock.added += seconds
        self.steps += 1
        self.stepped()
        if abs(self.clock.added) >= STEP:  # small steps add up
            noticed = self.loop.random.random() * NOTICED
            self.loop.call_later(noticed, self._set_right, context=self.loop.nobody)

    def _set_right(self) -> None:
        self.clock.added = 0.0
        self.story.tell("clock set right", self.name)
        self.start_anew()

    def notice_late(self, session: Session) -> None:
        """The client is gone; the server hears of it at some time."""
        delay = self.loop.random.choice((0.0, 0.01, 0.5))
        self.loop.call_later(delay, self.cut, session, context=self.loop.nobody)


def _settle(done: asyncio.Future[Any], result: Any, error: Exception | None) -> None:
    if not done.done():
        if error is None:
            done.set_result(result)
        else:
            done.set_exception(error)


def put(session: Session, table: MutableMapping[Any, Any], key: Any, row: Any) -> None:
    """Set a row, and the old one again if the transaction does not commit."""
    there, before = key in table, table.get(key)
    table[key] = row

    def back() -> None:
        if there:
            table[key] = before
        else:
            del table[key]

    session.undo.append(back)
