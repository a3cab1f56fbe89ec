"""An event loop whose order and time come from a seed, and processes that die at any await.

Promises: among all callbacks that are ready the seed chooses; timers that lie close together fire in any
order (without that jitter virtual time would hide every race); no real time passes. A killed process runs
no further callback, not even a ``finally``: like SIGKILL, unlike a cancellation. Whoever asks ``time`` for
monotonic or wall time during a run gets the loop's. Shown by ``tests/simulation/test_loop.py``.

It overrides ``_run_once``, which is private in CPython; the test shows that this version still calls it.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from asyncio import base_events
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVarTuple

Ts = TypeVarTuple("Ts")
JITTER = 0.004
"""Seconds by which any timer may be late."""
BEGIN = 1_000.0
"""What the monotonic clock shows at the start."""


@dataclass(eq=False)
class Process:
    """One process of the platform. Tasks started inside it belong to it."""

    name: str
    loop: SimulatedLoop
    alive: bool = True
    frozen: bool = False
    steps: int = 0
    astray: float = 0.0
    """Seconds by which its machine's clock is wrong."""
    fault_at: int = 0
    """Before its callback of this number ``fault`` is asked what happens to it."""
    fault: Callable[[Process], None] = lambda _process: None
    on_kill: list[Callable[[], None]] = field(default_factory=list)
    _context: Context = field(default_factory=copy_context)
    _held: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._context.run(PROCESS.set, self)

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something as part of this process; what it raises ends the process, as in production."""
        task = self.loop.create_task(work, context=self._context.copy())
        task.add_done_callback(self._ended, context=self._context)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and self.alive:
            self.loop.died(self, error)
            self.kill()

    def kill(self) -> None:
        """SIGKILL: nothing of it runs any more; its connections break."""
        if self.alive:
            self.alive = False
            self._held.clear()
            for tell in self.on_kill:
                tell()

    def freeze(self, seconds: float) -> None:
        """SIGSTOP, and SIGCONT later."""
        self.frozen = True
        self.loop.call_later(seconds, self._resume, context=self.loop.nobody)

    def goes_on(self, handle: Entry) -> bool:
        """Whether it takes its next step; who is frozen takes it later, who is dead never."""
        while self.alive and not self.frozen:
            self.steps += 1
            if self.steps != self.fault_at:
                return True
            self.fault(self)
        if self.alive:
            self._held.append(handle)
        return False

    def _resume(self) -> None:
        self.frozen = False
        if self.alive:
            self.loop.take(self._held)
        self._held = []


PROCESS: ContextVar[Process | None] = ContextVar("process", default=None)


class Entry(asyncio.TimerHandle):
    """A callback that waits: asyncio's handle without what only its debug mode needs."""

    __slots__ = ()
    _context: Context
    _callback: Callable[..., object]
    _args: Sequence[Any]
    _cancelled: bool

    def __init__(
        self, when: float, callback: Callable[..., object], args: Sequence[Any], context: Context | None
    ) -> None:
        self._when, self._callback, self._args = when, callback, args
        self._context = copy_context() if context is None else context
        self._cancelled = False

    def cancel(self) -> None:
        """It will not run; it is dropped when its time comes."""
        self._cancelled = True


class Stuck(AssertionError):
    """Nothing is ready and nothing will be: everybody waits for somebody."""


class SimulatedLoop(base_events.BaseEventLoop):
    """Chooses among what is ready by ``random``, and jumps to the next timer if nothing is."""

    def __init__(self, random: Random) -> None:
        self.now = BEGIN
        super().__init__()
        self.random = random
        self.steps = 0
        self.nobody = copy_context()
        self.died: Callable[[Process, BaseException], None] = lambda _process, _error: None
        self._waiting: list[Entry] = []
        self._timers: list[tuple[float, int, Entry]] = []
        self._number = 0
        self._tasks: list[asyncio.Task[Any]] = []
        self.set_task_factory(self._task)
        self.set_exception_handler(lambda _loop, _context: None)

    def _task(self, _loop: Any, work: Any, **context: Any) -> asyncio.Task[Any]:
        """Every task is kept: what is let go of would run its ``finally``."""
        task = asyncio.Task(work, loop=self, **context)
        self._tasks.append(task)
        return task

    def time(self) -> float:
        """The loop's own time, in seconds."""
        return self.now

    def skip(self, seconds: float) -> None:
        """Let time pass in which nobody got any work done, as if the machine had slept."""
        self.now += seconds

    def take(self, handles: list[Entry]) -> None:
        """Let callbacks be ready."""
        self._waiting.extend(handles)

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Ready from now on; the seed says when it runs."""
        handle = Entry(0.0, callback, args, context)
        self._waiting.append(handle)
        return handle

    def call_later(
        self, delay: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """As ever, but a little late."""
        when = self.now + delay + self.random.random() * JITTER
        timer = Entry(when, callback, args, context)
        self._number += 1
        heapq.heappush(self._timers, (when, self._number, timer))
        return timer

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """As ever, but a little late."""
        return self.call_later(when - self.now, callback, *args, context=context)

    def _process_events(self, event_list: Any) -> None:
        """There are none: no sockets."""

    def _write_to_self(self) -> None:
        """Nobody waits in a selector."""

    def _run_once(self) -> None:
        """One callback of one process after another, until somebody says stop."""
        waiting, timers, draw = self._waiting, self._timers, self.random.random
        process: Process | None
        while not self._stopping:  # type: ignore[attr-defined]
            while timers and timers[0][0] <= self.now:
                waiting.append(heapq.heappop(timers)[2])
            if len(waiting) > 1:
                place = int(draw() * len(waiting))
                waiting[place], waiting[-1] = waiting[-1], waiting[place]
            elif not waiting:
                if not timers:
                    raise Stuck("nothing will ever happen again")
                self.now = timers[0][0]
                continue
            handle = waiting.pop()
            if handle._cancelled:
                continue
            context = handle._context
            process = context.get(PROCESS)
            if process is not None and not process.goes_on(handle):
                continue
            self.steps += 1
            try:
                context.run(handle._callback, *handle._args)
            except Exception:  # noqa: S112 - a callback's error is nobody's: tasks keep their own
                continue

    def bury(self) -> None:
        """End all tasks, those of dead processes too. Afterwards nothing of the run is left."""
        for task in self._tasks:
            if not task.done():
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                close(task)
        self._tasks.clear()
        self._waiting.clear()
        self._timers.clear()
        self.close()


def close(task: asyncio.Task[Any]) -> None:
    """Close a coroutine that will never go on; what its ``finally`` awaits is closed with it."""
    coroutine: Any = task.get_coro()
    for _ in range(20):
        try:
            coroutine.close()
        except RuntimeError:  # it awaited something on its way out
            continue
        except BaseException:  # noqa: S112 - whatever it says, nobody is there to hear it
            continue
        return


@dataclass
class WorldClock:
    """Real time as the database has it: the loop's time, from a moment on, plus what a fault added."""

    loop: SimulatedLoop
    begin: datetime
    added: float = 0.0

    def now(self) -> datetime:
        """In UTC."""
        return self.at(self.loop.now)

    def at(self, moment: float) -> datetime:
        """What it shows, or would, when the loop shows ``moment``."""
        return self.begin + timedelta(seconds=moment - BEGIN + self.added)


@contextmanager
def simulated_time(loop: SimulatedLoop) -> Iterator[None]:
    """``time`` tells the loop's time for the length of a block."""
    real = time.monotonic, time.clock_gettime, time.time
    epoch = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    time.monotonic = loop.time
    time.clock_gettime = lambda _clock: loop.now
    time.time = lambda: epoch + loop.now + (process.astray if (process := PROCESS.get()) else 0.0)
    try:
        yield
    finally:
        time.monotonic, time.clock_gettime, time.time = real
