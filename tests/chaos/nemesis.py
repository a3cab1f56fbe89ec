"""The seeded plan of a run's faults, and its execution: what really happened, when, and what proves it.

Promises: the plan follows from the seed alone; every fault heals itself before the load's end is judged; an
error of ours ends the run. The interleaving does not repeat: exact replay is the simulation's task.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from random import Random

import asyncpg
from aiokafka.errors import KafkaError

from tests.chaos.faults import Fault, Scene

EVERY = 6.0
"""Seconds of load for each fault, and five faults at least."""
LEAST = 5
TROUBLE = (KafkaError, asyncpg.PostgresError, OSError, TimeoutError)
FROM, UNTIL = 0.1, 0.75
"""The part of the load in which faults begin."""


@dataclass(slots=True)
class Strike:
    """A planned fault. ``evidence`` is empty if it did not come about; seconds are of the load."""

    at: float
    fault: Fault
    seed: str
    begun: float = 0.0
    ended: float = 0.0
    evidence: str = ""
    failed: str = ""
    """The error of its own means, which other faults hit."""


@dataclass
class Nemesis:
    """One run's faults."""

    seed: int
    seconds: float
    faults: Sequence[Fault]
    strikes: list[Strike] = field(default_factory=list)

    def __post_init__(self) -> None:
        random = Random(f"faults {self.seed}")  # noqa: S311 - a plan, no secret
        wanted = max(LEAST, round(self.seconds / EVERY))
        kinds, drawn = ([one for one in self.faults if one.always is always] for always in (True, False))
        while drawn and len(kinds) < wanted:  # each kind once before any comes again
            kinds += random.sample(drawn, min(len(drawn), wanted - len(kinds)))
        random.shuffle(kinds)
        moments = sorted(random.uniform(FROM, UNTIL) * self.seconds for _ in kinds)
        planned = enumerate(zip(moments, kinds, strict=True))
        self.strikes = [Strike(at, fault, f"{self.seed} {n}") for n, (at, fault) in planned]

    async def run(self, scene: Scene) -> None:
        """Everything at its moment, side by side; back when all is healed."""
        begun = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for strike in self.strikes:
                group.create_task(self._strike(scene, strike, begun))

    async def _strike(self, scene: Scene, strike: Strike, begun: float) -> None:
        await asyncio.sleep(strike.at)
        async with AsyncExitStack() as held:
            if strike.fault.breaks:
                await held.enter_async_context(scene.alone[strike.fault.breaks])
            strike.begun = time.monotonic() - begun
            try:
                strike.evidence = await strike.fault.act(scene, Random(strike.seed))  # noqa: S311
            except TROUBLE as error:
                strike.failed = type(error).__name__
            strike.ended = time.monotonic() - begun
