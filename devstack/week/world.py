"""The simulated time: many people act at moments of their own, and the platform's clock goes with them.

Promises: while anybody acts, the clock stands still, so each answer of the platform is of exactly one known
moment; the clock moves to the next moment at which somebody wants to act, or at which ``between`` says that
something is due, and never back; what goes wrong for one person ends the run.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from devstack.passport.clock import StoryClock

BERLIN = ZoneInfo("Europe/Berlin")
GRID, LEISURE = timedelta(minutes=2), timedelta(minutes=10)
"""Anybody acts every other minute; what has no hurry falls together, as on a clock with hands."""
BESIDE = timedelta(seconds=30)
"""People act so long after a whole minute: what the office does by the clock, such as looking at lead times,
beginning appointments and reminding of them, then has an order with what they do."""
PATIENCE = 0.3
"""Seconds by a real watch after which a simulated one passes, if everybody waits for the platform."""


def on_grid(moment: datetime, grid: timedelta = GRID) -> datetime:
    """The next moment of the grid at which people act, if it is not one."""
    rest = (moment - moment.min.replace(tzinfo=UTC) - BESIDE) % grid
    return moment + grid - rest if rest else moment


class World:
    """Who waits for which moment. ``speed``: simulated seconds per second, None for as fast as it goes."""

    def __init__(self, clock: StoryClock, speed: float | None = None) -> None:
        self._clock, self._speed = clock, speed
        self._waiting: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._numbers, self._busy, self._patient = count(), 0, 0
        self._idle, self._stirred = asyncio.Event(), asyncio.Event()
        self._tasks = set[asyncio.Task[None]]()
        self._failure: BaseException | None = None
        self._idle.set()

    @property
    def now(self) -> datetime:
        """The platform's present moment (UTC)."""
        return self._clock.now

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Let somebody live from now on."""
        self._act()
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def until(self, moment: datetime, *, exact: bool = False) -> None:
        """Wait until it is that moment, people until the next at which they act; not if it is past."""
        if moment <= self.now:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        when = moment if exact else on_grid(moment)
        heapq.heappush(self._waiting, (when, next(self._numbers), future))
        self._rest()
        await future

    async def sleep(self, **span: float) -> None:
        """Let time pass."""
        await self.until(self.now + timedelta(**span))

    async def idle(self, minutes: float) -> None:
        """Let some time pass without hurry, at least that long."""
        await self.until(on_grid(self.now + timedelta(minutes=minutes), LEISURE))

    @contextmanager
    def patience(self) -> Iterator[None]:
        """Wait for the platform: while all who act do so, a second passes now and then; it may need one."""
        self._patient += 1
        self._look()
        try:
            yield
        finally:
            self._patient -= 1
            self._stirred.set()
            self._look()

    async def run(
        self,
        end: datetime,
        between: Callable[[datetime], Awaitable[datetime | None]],
        shown: Callable[[datetime], None],
    ) -> None:
        """Until the moment ``end``. ``between`` is asked before the clock passes on to a moment: it gives an
        earlier one at which the platform has something due, or None. Raises what went wrong for anybody."""
        begun, first = time.monotonic(), self.now
        while True:
            await self._idle.wait()
            if self._failure is not None:
                raise self._failure
            if self._patient:
                if not await self._stirs() and self._patient == self._busy:
                    self._clock.go(self.now + timedelta(seconds=1))
                continue
            wanted = min(self._waiting[0][0] if self._waiting else end, end)
            moment = await between(wanted) or wanted
            if self._speed:
                passed = (moment - first).total_seconds() / self._speed
                await asyncio.sleep(max(0.0, begun + passed - time.monotonic()))
            self._clock.go(moment)
            shown(moment)
            while self._waiting and self._waiting[0][0] <= moment:
                self._act()
                heapq.heappop(self._waiting)[2].set_result(None)
            if moment >= end and self._busy == 0:
                return

    def stop(self) -> None:
        """Nobody lives on; what is planned after the end of the run does not happen."""
        for task in self._tasks:
            task.cancel()

    async def _stirs(self) -> bool:
        """Whether the platform lets anybody go on within a while."""
        self._stirred.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                return await self._stirred.wait()
        return False

    def _act(self) -> None:
        self._busy += 1
        self._look()

    def _rest(self) -> None:
        self._busy -= 1
        self._look()

    def _look(self) -> None:
        if self._busy == self._patient or self._failure is not None:
            self._idle.set()
        else:
            self._idle.clear()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        if (failure := task.exception()) is not None and self._failure is None:
            self._failure = failure
        self._rest()
