"""The loop itself: the seed chooses the order, no time passes, and who is killed says nothing more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

import pytest

from servicekit.testing.simulation.loop import BEGIN, Process, SimulatedLoop, Stuck, simulated_time
from tests.simulation.plans import planned
from tests.simulation.run import run


def lived(seed: int, main: Callable[[SimulatedLoop], Coroutine[Any, Any, Any]]) -> SimulatedLoop:
    loop = SimulatedLoop(Random(seed))  # noqa: S311 - a repeatable story
    with simulated_time(loop):
        loop.run_until_complete(main(loop))
        loop.bury()
    return loop


def order(seed: int) -> list[int]:
    said: list[int] = []

    async def say(number: int) -> None:
        await asyncio.sleep(0.1)
        said.append(number)

    async def main(_loop: SimulatedLoop) -> None:
        await asyncio.gather(*map(say, range(5)))

    lived(seed, main)
    return said


def test_the_seed_chooses_the_order_of_what_is_due_at_once() -> None:
    assert order(1) == order(1)
    assert len({tuple(order(seed)) for seed in range(20)}) > 10


def test_no_real_time_passes() -> None:
    begun = time.perf_counter()

    async def main(loop: SimulatedLoop) -> None:
        await asyncio.sleep(3600)
        assert time.monotonic() == loop.now >= BEGIN + 3600

    lived(1, main)
    assert time.perf_counter() - begun < 5


def test_a_killed_process_runs_no_finally_and_a_frozen_one_goes_on() -> None:
    said: list[str] = []

    async def work(name: str) -> None:
        try:
            await asyncio.sleep(1)
            said.append(f"{name} worked")
        finally:
            said.append(f"{name} ended")

    async def main(loop: SimulatedLoop) -> None:
        killed, frozen = Process("killed", loop), Process("frozen", loop)
        killed.start(work("killed"))
        frozen.start(work("frozen"))
        await asyncio.sleep(0.5)
        killed.kill()
        frozen.freeze(5)
        await asyncio.sleep(2)
        assert said == []
        await asyncio.sleep(5)
        assert said == ["frozen worked", "frozen ended"]

    lived(1, main)


def test_everybody_waiting_for_somebody_is_an_error() -> None:
    async def main(_loop: SimulatedLoop) -> None:
        await asyncio.Event().wait()

    with pytest.raises(Stuck):
        lived(1, main)


def test_a_plan_repeats_exactly_and_another_seed_tells_another_story() -> None:
    assert run(planned(3)).mark == run(planned(3)).mark
    assert run(planned(3)).mark != run(planned(4)).mark
