"""Group commit: one task per process stores what all handlers want stored, in rounds.

Promises: every command gets its own answer; positions have no holes; a command on a planned stream
is decided on its certainly current state, under the log's lock; nothing is answered before the
commit; no answer from the database becomes the same call again. If the task ends, every waiting
caller hears ``Busy`` at once. Shown by ``tests/log/test_append.py`` and ``tests/log/test_rounds.py``.

A round takes what waited while the last one ran. With undecided commands it has two calls
(``log_lock``, ``append_events``), else one; between them nothing happens but deciding in memory.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import structlog
from prometheus_client import Counter, Gauge, Histogram

from servicekit.append_sql import APPEND, FOLLOWED, HEAD, LOAD, LOCK, TAIL, UNLOCK, check_size, columns
from servicekit.clock import Clock, elapsed
from servicekit.faults import fault_point
from servicekit.log import Answer, Busy, Decision, EventTypes, Request, Status, Stream, Undecided
from servicekit.plans import Plans, TailRow
from servicekit.postgres import UNREACHABLE, Connection, fetch_one

log = structlog.get_logger()
APPEND_SECONDS = Histogram("event_log_append_duration_seconds", "One round, first call to answer")
GROUP = Histogram(
    "event_log_group_commands", "Requests of one round", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256)
)
APPENDED = Counter("event_log_appended_events_total", "Stored events", ["type"])
CONFLICTS = Counter("event_log_conflicts_total", "Requests on versions that were not current", ["category"])
HEAD_POSITION = Gauge("event_log_head_position", "Last position of the log")

MOST, WAITING = 256, 4_096
DEADLINE, IDLE, FRESH = 10.0, 0.05, 0.25
"""Seconds: how long a command may wait to be sent; between polls; how old a look a refusal may rest on."""
STALE = (asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError)
SETTINGS = {"enable_seqscan": "off", "jit": "off"}
"""For the committer's connection: its statements must stay index probes, whatever statistics say."""

Work = Request | Undecided | tuple[Stream, ...]


@dataclass(slots=True, eq=False)
class Job:
    """One caller who waits: for a request, a decision, or streams in memory."""

    work: Work
    done: asyncio.Future[tuple[Answer, Decision]]
    until: float
    request: Request | None = None
    refused: Exception | None = None
    answer: Answer | None = None

    @property
    def needs(self) -> Sequence[Stream]:
        """The planned streams that must be in memory."""
        if isinstance(self.work, Undecided):
            return self.work.planned
        return self.work if isinstance(self.work, tuple) else ()

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class Committer:
    """The one writer of this process. ``await committer(work)`` stores; ``run()`` is its task."""

    def __init__(
        self, connect: Callable[[], Awaitable[Connection]], types: EventTypes, clock: Clock, plans: Plans
    ) -> None:
        self._connect, self._types, self._clock, self.plans = connect, types, clock, plans
        self._queue: deque[Job] = deque()
        self._wake, self._moved = asyncio.Event(), asyncio.Event()
        self._connection: Connection | None = None
        self._tailed_at, self._writing = float("-inf"), set[Stream]()
        self._met = self._ended = False

    async def __call__(self, work: Request | Undecided) -> tuple[Answer, Decision]:
        """Store one command and wait for its answer. Raises ``Refused`` or ``Busy``."""
        if isinstance(work, Request):
            check_size(work.decision)
        else:
            self._refuse_on_arrival(work)
        return await self._put(work)

    def _refuse_on_arrival(self, work: Undecided) -> None:
        """What the present states must refuse needs no round, if they are fresh and not being written."""
        planned = {stream: self.plans.get(stream) for stream in work.planned if stream in self.plans}
        fresh = elapsed() - self._tailed_at < FRESH and self._writing.isdisjoint(planned)
        known = any(work.context.command_id in one.commands for one in planned.values())
        if fresh and not known and len(planned) == len(work.planned):
            work.decide({stream: one.state for stream, one in planned.items()})

    async def ensure(self, streams: Iterable[Stream]) -> None:
        """Have these planned streams in memory, and all that ``plans`` follows. Raises ``Busy``."""
        missing = tuple(stream for stream in streams if stream not in self.plans)
        if missing or not self._met:
            await self._put(missing)

    async def reached(self, position: int, within: float = 0.25) -> bool:
        """Wait until the plans have seen ``position``, at most ``within`` seconds."""
        try:
            async with asyncio.timeout(within):
                while self.plans.cursor < position:
                    await self._moved.wait()
        except TimeoutError:
            return False
        return True

    async def _put(self, work: Work) -> tuple[Answer, Decision]:
        if self._ended or len(self._queue) >= WAITING:
            raise Busy
        job = Job(work, asyncio.get_running_loop().create_future(), time.monotonic() + DEADLINE)
        self._queue.append(job)
        self._wake.set()
        return await job.done

    async def run(self) -> None:
        """Work until cancelled or broken; whoever still waits then hears ``Busy``."""
        jobs: list[Job] = []
        try:
            while True:
                jobs = self._take()
                if jobs:
                    await self._attempt(jobs)
                elif not await self._woken():
                    await self._attempt([])
        finally:
            self._ended = True
            for job in [*jobs, *self._queue]:
                job.fail(Busy())
            self._drop()

    async def _woken(self) -> bool:
        self._wake.clear()
        try:
            async with asyncio.timeout(IDLE):
                return await self._wake.wait()
        except TimeoutError:
            return False

    def _take(self) -> list[Job]:
        jobs = [self._queue.popleft() for _ in range(min(MOST, len(self._queue)))]
        for job in jobs:
            if time.monotonic() > job.until:
                job.fail(Busy())
        return [job for job in jobs if not job.done.done()]

    async def _attempt(self, jobs: list[Job]) -> None:
        """One round or one poll; what its error says about the outcome decides who hears what."""
        try:
            await (self._round(jobs) if jobs else self._poll())
        except (*UNREACHABLE, *STALE) as error:
            self._drop()
            log.warning("log_connection_lost", error=type(error).__name__)
            self._queue.extendleft(reversed([job for job in jobs if not job.done.done()]))
            await asyncio.sleep(IDLE)
        except asyncpg.PostgresError as error:
            self._drop()
            if len(jobs) > 1 and (error.sqlstate or "")[:2] in ("22", "23"):
                for job in jobs:  # bad data: one by one, so that it hurts only its own caller
                    await self._attempt([job])
                return
            log.error("append_failed", error=type(error).__name__, code=error.sqlstate)
            for job in jobs:
                job.fail(Busy())

    def _drop(self) -> None:
        """Give up the connection, which frees the log's lock; the states are read again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def _ready(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
            asked, row = elapsed(), await fetch_one(self._connection, HEAD)
            self._clock.sample(row["db_now"], asked)
            rows = await self._connection.fetch(FOLLOWED, self.plans.followed, row["head"])
            known = self.plans.streams  # read anew before the old ones go: who looks never finds nothing
            again = await self._connection.fetch(LOAD, [stream.id for stream in known])
            self.plans.restart(row["head"], (self._row(one) for one in rows))
            self.plans.loaded(known, (self._row(one) for one in again))
            self._met = True
        return self._connection

    async def _poll(self) -> None:
        connection, asked = await self._ready(), elapsed()
        self._tail(await connection.fetch(TAIL, self.plans.cursor, self.plans.categories), asked)

    def _tail(self, rows: Sequence[asyncpg.Record], asked: float) -> None:
        fault_point("committer.tail")
        self._clock.sample(rows[0]["db_now"], asked)
        HEAD_POSITION.set(rows[0]["head"])
        self._tailed_at, before = asked, self.plans.cursor
        self.plans.apply((self._row(row) for row in rows if row["position"]), rows[0]["head"])
        if self.plans.cursor != before:
            self._moved.set()
            self._moved = asyncio.Event()

    def _row(self, row: asyncpg.Record) -> TailRow:
        event = self._types.decode(row["type"], row["schema_version"], row["data"])
        stream = Stream(row["category"], row["stream_id"])
        return TailRow(row["position"], stream, row["version"], event, UUID(row["command_id"]))

    async def _load(self, connection: Connection, streams: Iterable[Stream]) -> None:
        missing = [stream for stream in dict.fromkeys(streams) if stream not in self.plans]
        if missing:
            rows = await connection.fetch(LOAD, [stream.id for stream in missing])
            self.plans.loaded(missing, (self._row(row) for row in rows))

    async def _round(self, jobs: list[Job]) -> None:
        connection = await self._ready()
        fault_point("committer.round")
        undecided = [
            (job, job.work) for job in jobs if isinstance(job.work, Undecided) and job.request is None
        ]
        self._writing = {stream for job in jobs for stream in job.needs}
        with APPEND_SECONDS.time():
            if undecided:
                asked = elapsed()
                self._tail(await connection.fetch(LOCK, self.plans.cursor, self.plans.categories), asked)
            await self._load(connection, (stream for job in jobs for stream in job.needs))
            self._decide(undecided)
            await self._store(connection, jobs, locked=bool(undecided))
        self._resolve(jobs)
        self._writing = set()
        if not self._queue:
            await self._poll()

    def _decide(self, jobs: list[tuple[Job, Undecided]]) -> None:
        overlay = self.plans.overlay()
        for job, work in jobs:
            job.refused = job.answer = None
            planned = {stream: overlay.get(stream) for stream in work.planned}
            if any(work.context.command_id in one.commands for one in planned.values()):
                job.answer = Answer(Status.REPEATED)
                continue
            try:
                decision = work.decide({stream: one.state for stream, one in planned.items()})
                check_size(decision)
            except Exception as refused:  # a rule's fault too belongs to its caller, not to the task
                job.refused = refused
                continue
            versions = {stream: one.version for stream, one in planned.items()}
            job.request = Request(work.context, {**work.settled, **versions}, decision)
            overlay.take(decision.events, work.context.command_id)

    async def _store(self, connection: Connection, jobs: list[Job], *, locked: bool) -> None:
        for job in jobs:
            if isinstance(job.work, Request):
                job.request = job.work
        sent = [(job, job.request) for job in jobs if job.request is not None]
        if not sent:
            if locked:
                await connection.execute(UNLOCK)
            return
        requests = [request for _job, request in sent]
        GROUP.observe(len(requests))
        asked = elapsed()
        row = await fetch_one(connection, APPEND, locked, self._clock.now(), *columns(requests))
        self._clock.sample(row["db_now"], asked)
        position, guards = row["head"], [g for request in requests for g in request.decision.effects.guards]
        judged = zip(sent, row["status"], row["guard"], row["retry"], strict=True)
        for (job, request), status, which, retry in judged:
            if status == Status.APPENDED:
                position += len(request.decision.events)
                for _stream, event in request.decision.events:
                    APPENDED.labels(type(event).__name__).inc()
            elif status == Status.CONFLICT:
                CONFLICTS.labels(next(iter(request.expected)).category).inc()
            job.answer = Answer(Status(status), position, guards[which - 1] if which else None, retry)

    def _resolve(self, jobs: list[Job]) -> None:
        """Answer each caller. What rested on a request that was not stored is decided again."""
        unsound: set[Stream] = set()
        for job in jobs:
            stored = job.answer is not None and job.answer.status in (Status.APPENDED, Status.REPEATED)
            if not stored and not unsound.isdisjoint(job.needs):
                job.request = None
                self._queue.append(job)
                continue
            if job.request is not None and not stored:
                unsound.update(job.needs)
            if job.done.done():
                continue
            if job.refused is not None:
                job.done.set_exception(job.refused)
            else:
                decision = job.request.decision if job.request is not None else Decision(())
                job.done.set_result((job.answer or Answer(Status.APPENDED), decision))
