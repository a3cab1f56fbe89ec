"""Group commit: one task per process stores what all handlers want stored, in rounds.

Promises: every command gets its own answer; positions have no holes; a command on a planned stream
is decided on its certainly current state, under the log's lock; nothing is answered before the
commit; what got no answer from the database is looked for in the log and else decided again, not sent again
as it was: another process may have filled the gap. If the task ends, all callers hear ``Busy`` at once.
Shown by ``test_append.py``, ``test_rounds.py``, ``test_round_order.py``, ``test_fence.py`` and
``test_lost_calls.py`` in ``tests/log``.

A round takes what waited while the last one ran. With undecided commands it has two calls
(``log_lock``, ``append_events``), between which nothing happens but deciding in memory; whoever has been
alone at the log needs one (``append_fenced``), which stores only if nobody else has written meanwhile.
While a round waits for the lock or is stored, the next one is decided on the states that it will leave. What
was decided so stands if these are the very states that it meets; else it is decided again.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterable
from uuid import UUID

import asyncpg
import structlog
from msgspec.structs import replace
from prometheus_client import Counter, Histogram

from servicekit.append_sql import APPEND, FENCED, LOCK, UNLOCK, columns, encoded
from servicekit.clock import Clock, elapsed
from servicekit.faults import fault_point
from servicekit.job import Job, Work, stored_rows
from servicekit.log import Answer, Arm, Busy, Decision, EventTypes, Request, Status, Stream, Undecided
from servicekit.plans import Plans, TailRow
from servicekit.postgres import UNREACHABLE, Connect, Connection, fetch_one
from servicekit.tail import Tail

log = structlog.get_logger()
APPEND_SECONDS = Histogram("event_log_append_duration_seconds", "One round, first call to answer")
GROUP = Histogram(
    "event_log_group_commands", "Requests of one round", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256)
)
CONFLICTS = Counter("event_log_conflicts_total", "Requests on versions that were not current", ["category"])

LEAST, MOST, WAITING = 16, 256, 32_768
"""Commands of one round: all up to the least; half of those around, so that one half is decided while the
other is stored; the most. And commands that wait: what is done within the deadline, and more."""
LOOKS = 3
"""How often a look is waited for: the first may have begun too early, the second may fail."""
DEADLINE, IDLE, RESTING, FRESH, CROWDED = 10.0, 0.05, 1.0, 0.25, 1.0
"""Seconds: how long a command may wait to be sent; between polls, and where nobody follows the log; how old a
look may be for deciding without the lock; for how long another writer is expected to write again."""
STALE = (
    asyncpg.InvalidCachedStatementError,
    asyncpg.OutdatedSchemaCacheError,
    asyncpg.UndefinedFunctionError,  # replaced while the call waited
    asyncpg.InternalServerError,  # "cache lookup failed": the same, a moment later
)
"""What a migration does to statements under way: decided again, on a new connection."""
SETTINGS = {"enable_seqscan": "off", "jit": "off", "plan_cache_mode": "force_generic_plan"}
"""For the committer's connection: its statements must stay index probes, whatever statistics say, and to plan
the parts of a lone append anew would cost a third of it. ``tests/log/test_hot_statements.py`` judges."""


class Committer:
    """The one writer of this process. ``await committer(work)`` stores; ``run()`` is its task."""

    def __init__(self, connect: Connect, types: EventTypes, clock: Clock, plans: Plans) -> None:
        self._tail, self._clock, self.plans = Tail(connect, types, clock, plans), clock, plans
        self._queue: deque[Job] = deque()
        self._wake, self._ended = asyncio.Event(), False
        self.armed = asyncio.Event()  # set when a round has armed a timer that is due already
        self._crowded_until, self._look_by = 0.0, 0.0
        self._waiting, self._overlay = dict[UUID, Job](), plans.overlay()
        self._ahead, self._under_way = list[Job](), False

    async def __call__(self, work: Request | Undecided) -> tuple[Answer, Decision]:
        """Store one command and wait for its answer. Raises ``Refused`` or ``Busy``."""
        if isinstance(work, Request):
            work = replace(work, texts=encoded(work.decision))
        command_id = work.context.command_id
        while command_id in self._waiting:  # the same call twice at once: the second knows of the first
            await asyncio.wait([self._waiting[command_id].done])
        job = self._waiting[command_id] = self._put(work)
        try:
            return await job.done
        finally:
            del self._waiting[command_id]

    def check_room(self) -> None:
        """Raise ``Busy`` if a command that comes now would wait in vain: callers ask before any work."""
        if self._ended or len(self._queue) >= WAITING:
            raise Busy

    async def stands(self, stream: Stream, still: Callable[..., bool], command_id: UUID) -> bool:
        """Whether ``still`` is true of a planned stream and it is without a command, by a look from now on.

        Then what was refused while that was true is refused for this command too. Raises ``Busy``.
        """
        since = elapsed()
        for _ in range(LOOKS):
            self.check_room()  # nobody looks any more once the task has ended
            if self._tail.looked_at >= since:
                known = command_id in self._waiting or self.plans.knows(stream, command_id)
                return not known and still(self.plans.get(stream).state)
            self._look_by = since
            self._wake.set()
            await self._tail.next_look()
        raise Busy

    async def ensure(self, streams: Iterable[Stream]) -> None:
        """Have these planned streams in memory, and all that ``plans`` follows. Raises ``Busy``."""
        missing = tuple(stream for stream in streams if stream not in self.plans)
        if missing or not self._tail.met:
            await self._put(missing).done

    async def reached(self, position: int, within: float = 0.25) -> bool:
        """Wait until the plans have seen ``position``, at most ``within`` seconds."""
        if position > self.plans.cursor:
            self._wake.set()
        return await self._tail.reached(position, within)

    def _put(self, work: Work) -> Job:
        self.check_room()
        job = Job(work, asyncio.get_running_loop().create_future(), time.monotonic() + DEADLINE)
        self._queue.append(job)
        self._wake.set()
        self._decide_ahead()
        return job

    async def run(self) -> None:
        """Work until cancelled or broken; whoever still waits then hears ``Busy``."""
        jobs: list[Job] = []
        try:
            while True:
                jobs = self._take()
                if not jobs:
                    await self._woken()
                    jobs = self._take()
                await self._attempt(jobs)
        finally:
            self._ended = True
            for job in [*jobs, *self._ahead, *self._queue]:
                job.fail(Busy())
            self._tail.drop()

    async def _woken(self) -> None:
        """Wait for a command, for somebody who awaits a position, or for the time of the next poll."""
        self._wake.clear()
        if self._tail.looked_at < self._look_by:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(IDLE if self.plans.categories or self._tail.awaited else RESTING):
                await self._wake.wait()

    def _take(self, most: int = MOST) -> list[Job]:
        """What waits longest, and so what was decided ahead: the next round, or ``most`` more of this."""
        now, jobs = time.monotonic(), list[Job]()
        self._queue.extendleft(reversed(self._ahead))
        self._ahead = []
        while self._queue and not jobs:  # who has gone home keeps nobody waiting
            taken = [self._queue.popleft() for _ in range(min(most, self._most, len(self._queue)))]
            for late in (job for job in taken if now > job.until):
                late.fail(Busy())
            jobs = [job for job in taken if not job.done.done()]
        return jobs

    @property
    def _most(self) -> int:
        return min(MOST, max(LEAST, len(self._waiting) // 2))

    def _decide_ahead(self) -> None:
        """While a round is under way: one command of the next, on the states that it will leave."""
        job = self._queue[0]
        if self._under_way and len(self._ahead) < self._most and job.decidable(self.plans):
            self._ahead.append(self._queue.popleft())
            job.decide(self.plans, self._overlay)

    async def _attempt(self, jobs: list[Job], *, apart: bool = False) -> None:
        """One round or one poll; what its error says about the outcome decides who hears what."""
        try:
            await (self._round(jobs, apart) if jobs else self._tail.look())
        except (*UNREACHABLE, *STALE) as error:
            self._tail.drop()
            log.warning("log_connection_lost", error=type(error).__name__)
            self._ahead = [*(job for job in jobs if not job.done.done()), *self._ahead]
            for job in self._ahead:
                job.forget()  # what the log has of it after all, the states know when they are read anew
            await asyncio.sleep(IDLE)
        except asyncpg.PostgresError as error:
            self._tail.drop()
            if len(jobs) > 1 and (error.sqlstate or "")[:2] in ("22", "23"):
                for job in jobs:  # bad data: one by one, so that it hurts only its own caller
                    job.forget()
                    await self._attempt([job], apart=True)
                return
            log.error("append_failed", error=type(error).__name__, code=error.sqlstate)
            for job in jobs:
                job.fail(Busy())

    async def _round(self, jobs: list[Job], apart: bool) -> None:
        """Decide and store. Alone at the log, the head as fence saves the call for the lock."""
        connection = await self._tail.connection()
        fault_point("committer.round")
        undecided = [job for job in jobs if isinstance(job.work, Undecided)]
        fenced = bool(undecided) and self._alone() and all(job.refusable(self.plans) for job in undecided)
        locked = bool(undecided) and not fenced
        with APPEND_SECONDS.time():
            if locked:
                await self._decide(jobs)
                await self._tail.look(LOCK)  # others may hold it; what they do not touch stands
                if not apart and len(jobs) < MOST:
                    jobs += self._take(MOST - len(jobs))  # who came meanwhile
            await self._decide(jobs)
            if fenced and not await self._store(connection, jobs, fence=self.plans.cursor):
                self._crowded_until = elapsed() + CROWDED
                await self._tail.look()  # under the lock, which the failed call has kept for us
                await self._decide(jobs)
                fenced, locked = False, True
            if not fenced:
                await self._store(connection, jobs, locked=locked)
        fault_point("committer.stored")
        self._resolve(jobs)
        if not self._queue and not self._ahead and elapsed() - self._tail.looked_at >= FRESH:
            await self._tail.look()

    def _alone(self) -> bool:
        """Nobody else has written lately, and the last look is fresh."""
        now = elapsed()
        return now >= self._crowded_until and now - self._tail.looked_at < FRESH

    async def _decide(self, jobs: list[Job]) -> None:
        """One after another, each on the states that the one before it left."""
        await self._tail.load(stream for job in jobs for stream in job.needs)
        self._overlay = self.plans.overlay()
        for job in jobs:
            job.decide(self.plans, self._overlay)
        self._under_way = True

    async def _store(
        self, connection: Connection, jobs: list[Job], *, locked: bool = False, fence: int | None = None
    ) -> bool:
        """Append what was decided. False: the log no longer ends at ``fence``, nothing was stored."""
        for job in jobs:
            if isinstance(job.work, Request):
                job.request = job.work
        sent = [(job, job.request) for job in jobs if job.request is not None]
        if not sent:
            if locked:
                await connection.execute(UNLOCK)
            elif fence is not None:  # refusals too must rest on the present end of the log
                await self._tail.look()
                if self.plans.cursor != fence:
                    await self._tail.look(LOCK)
                    return False
            return True
        requests = [request for _job, request in sent]
        GROUP.observe(len(requests))
        asked, at, parts = elapsed(), self._clock.now(), columns(requests)
        call = (APPEND, locked) if fence is None else (FENCED, fence)
        row = await fetch_one(connection, *call, at, *parts)
        self._clock.sample(row["db_now"], asked)
        if row["status"] is None:
            return False
        position, own = row["head"], list[TailRow]()
        effects = [request.decision.effects for request in requests]
        guards = [guard for one in effects for guard in one.guards]
        if any(isinstance(timer, Arm) and timer.due_at <= at for one in effects for timer in one.timers):
            self.armed.set()
        judged = zip(sent, row["status"], row["guard"], row["retry"], strict=True)
        for (job, request), status, which, retry in judged:
            if status == Status.APPENDED:
                own += stored_rows(request, position, self.plans.categories)
                position += len(request.decision.events)
            elif status == Status.CONFLICT:
                CONFLICTS.labels(next(iter(request.expected)).category).inc()
            job.answer = Answer(Status(status), position, guards[which - 1] if which else None, retry)
        if row["head"] == self.plans.cursor:  # all that lies behind the cursor is ours: no need to read it
            self._tail.apply(own, position, asked, self._overlay)
        return True

    def _resolve(self, jobs: list[Job]) -> None:
        """Answer each caller. What rested on a request that was not stored is decided again."""
        self._under_way, unsound = False, set[Stream]()
        for job in jobs:
            again = not job.stored and not unsound.isdisjoint(job.needs)
            if job.unsound:
                unsound.update(job.needs)
            if again:
                job.forget()
                self._queue.append(job)
            else:
                job.finish()
