"""What is measured and how a point is driven: callers in a loop, the first second left out.

Promises: a point that answers nothing for ``STUCK`` seconds is cut off and has the rate 0; a wrong point
has no speed at all (``Wrong``). Shown by ``tests/bench/test_frame.py``.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from servicekit.cli import COLLECT
from servicekit.decider import Refused
from servicekit.log import Busy

if TYPE_CHECKING:
    from bench.servers import Servers

STUCK = 10.0
"""Seconds without any answer after which a point is cut off."""
RETRY = 0.05
"""Seconds that a caller waits when there was no room."""


class Wrong(AssertionError):
    """A point whose result is not right."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done. ``SMALL`` is for the suite, which looks at the results and at no time."""

    seconds: float = 3.0
    warm_up: float = 1.0
    older: int = 50_000
    sites: int = 10
    counters: int = 20
    days: int = 16
    many: int = 20_000
    events: int = 100_000
    sizes: tuple[int, ...] = (1_000_000, 2_000_000, 5_000_000, 10_000_000)
    """Events of the log at which the cost of an event is looked at."""
    callers: int | None = None
    commands: int | None = None
    """Of each point, instead of a time."""

    def crowd(self, callers: int) -> int:
        """How many callers: as many as the point says, or fewer where all is small."""
        return min(callers, self.callers or callers)


SMALL = Size(
    warm_up=0,
    older=50,
    sites=1,
    counters=2,
    days=3,
    many=40,
    events=300,
    sizes=(40, 80),
    callers=4,
    commands=60,
)

Measured = Mapping[str, float]
"""Quantities by name: ``rate`` per second, ``p50``, ``p99`` and ``gap`` in milliseconds, counts."""
Measure = Callable[["Servers"], Awaitable[Measured]]


@dataclass(slots=True)
class Tally:
    """What the callers of one point saw. ``accepted`` holds what they were told is stored."""

    accepted: list[object] = field(default_factory=list)
    refused: int = 0
    busy: int = 0
    starts: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    good: list[bool] = field(default_factory=list)

    def measured(self, first: float, last: float) -> Measured:
        """Rate, latencies and the longest silence between two moments."""
        answers = zip(self.starts, self.ends, strict=True)
        kept = [(begun, end) for begun, end in answers if first <= end <= last]
        good = sum(ok for end, ok in zip(self.ends, self.good, strict=True) if first <= end <= last)
        if not kept or last <= first:
            return {"rate": 0.0, "accepted": 0.0, "gap": (last - first) * 1000, "busy": self.busy}
        took = sorted(end - begun for begun, end in kept)
        moments = [first, *sorted(end for _begun, end in kept), last]
        return {
            "rate": len(kept) / (last - first),
            "accepted": good / (last - first),
            "p50": took[len(took) // 2] * 1000,
            "p99": took[min(len(took) * 99 // 100, len(took) - 1)] * 1000,
            "gap": max(after - before for before, after in pairwise(moments)) * 1000,
            "refused": self.refused,
            "busy": self.busy,
        }


Call = Callable[[int], Awaitable[object]]
"""One command by its number; what it gives back is what was acknowledged, None for nothing."""


async def one(call: Call, number: int, tally: Tally) -> None:
    """One command to its answer; without room it waits and asks again, as callers do."""
    begun = time.perf_counter()
    while True:
        told = None
        try:
            told = await call(number)
        except Refused:
            tally.refused += 1
        except Busy:
            tally.busy += 1
            await asyncio.sleep(RETRY)
            continue
        else:
            if told is not None:
                tally.accepted.append(told)
        tally.starts.append(begun)
        tally.good.append(told is not None)
        tally.ends.append(time.perf_counter())
        return


async def drive(call: Call, callers: int, size: Size) -> tuple[Measured, Tally]:
    """``callers`` call again and again until the time is over; the numbers rise by one."""
    tally, numbers = Tally(), iter(range(size.commands or 1 << 60))
    settle()
    begun = time.perf_counter()
    until = begun + size.warm_up + size.seconds if size.commands is None else float("inf")

    async def caller() -> None:
        for number in numbers:
            await one(call, number, tally)
            if time.perf_counter() > until:
                break

    stuck = await _until_done([asyncio.ensure_future(caller()) for _ in range(callers)], tally)
    if stuck:
        return {"rate": 0.0, "accepted": 0.0, "gap": STUCK * 1000, "stuck": 1.0}, tally
    return tally.measured(begun + size.warm_up, min(until, max(tally.ends))), tally


async def at_once(call: Call, count: int) -> tuple[Measured, Tally]:
    """``count`` commands at the same moment; ``rate`` is count ÷ seconds until the last answer."""
    tally = Tally()
    settle()
    begun = time.perf_counter()
    tasks = [asyncio.ensure_future(one(call, number, tally)) for number in range(count)]
    if await _until_done(tasks, tally):
        return {"rate": 0.0, "accepted": 0.0, "stuck": 1.0}, tally
    last = max(tally.ends)
    return {**tally.measured(begun, last), "seconds": last - begun, "rate": count / (last - begun)}, tally


def settle() -> None:
    """What was loaded before is not looked at by the collector again, and the rest seldom, as in a role."""
    gc.unfreeze()  # what an earlier point left
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)


async def _until_done(tasks: Sequence[asyncio.Task[None]], tally: Tally) -> bool:
    """Wait for all; True, and all cut off, if nothing was answered for too long."""
    answered, pending = -1, set(tasks)
    while pending:
        done, pending = await asyncio.wait(pending, timeout=STUCK, return_when=asyncio.FIRST_EXCEPTION)
        failed = [task for task in done if task.exception() is not None]
        if failed or (pending and len(tally.ends) == answered):
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)
            for task in failed:
                task.result()
            return True
        answered = len(tally.ends)
    return False
