"""Tells a story step by step: what somebody does, and every event that was published because of it.

Promises: a step ends when all its events have arrived, or the story ends there; each event is shown with
topic, partition, position and the time since the step began. While a step waits long, its clock goes on:
services may wait for a second of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from rich.console import Console

from .clock import StoryClock
from .people import SECONDS, StoryBroken
from .watch import Arrival, Watch

T = TypeVar("T")
PATIENT = 2.0
"""Seconds for which the story's clock stands still while a step waits."""


@dataclass(frozen=True, slots=True)
class Expected:
    """An event that must come: its type, and values that it must carry."""

    type: str
    about: dict[str, object]

    def __call__(self, one: Arrival) -> bool:
        return one.type == self.type and one.about(**self.about)


def event(name: str, **about: object) -> Expected:
    """An expected event."""
    return Expected(name, about)


@dataclass
class Teller:
    """Carries the steps out and prints them."""

    watch: Watch
    clock: StoryClock
    console: Console
    steps: int = 0
    seen: list[tuple[Arrival, float]] = field(default_factory=list)
    """Every expected event with its delay in seconds."""

    def step(self, title: str, act: Callable[[], T], *expected: Expected) -> T:
        """Do it, then wait for its events. Raises ``StoryBroken``."""
        self.steps += 1
        self.console.print(f"\n[bold]{self.steps:>2}  {title}")
        begun = time.monotonic()
        done = act()
        for wanted in expected:
            self._arrived(wanted, begun)
        return done

    def event(self, wanted: Expected) -> Arrival:
        """An event that must be there by now."""
        for _ in range(int(SECONDS / PATIENT)):
            if (found := self.watch.first(wanted, PATIENT)) is not None:
                return found
            self.clock.go(self.clock.now + timedelta(seconds=PATIENT))
        raise StoryBroken(f"{wanted.type} does not arrive")

    def _arrived(self, wanted: Expected, begun: float) -> None:
        found = self.event(wanted)
        delay = max(0.0, found.at - begun)
        self.seen.append((found, delay))
        place = f"{found.topic.removeprefix('buergerbuero.')}/{found.partition}"
        where = f"{place:<26} position {found.position:>5}"
        self.console.print(f"      [green]✓[/] {found.type:<22} {where}  {1000 * delay:7.0f} ms")
