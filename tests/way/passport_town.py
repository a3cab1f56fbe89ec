"""An installation for the passport's way: booking and documents a process per role, the rest in one each.

Whoever tells a story on it may have processes killed in the middle of a step, after the answer and before
what follows from it. Unlike in ``make passport`` time goes on between steps, so that whatever a process
puts off because another one is gone comes to its turn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

from rich.console import Console

from devstack.passport.clock import StoryClock
from devstack.passport.people import Citizen, Staff
from devstack.passport.story import Office
from devstack.passport.teller import Expected, Teller
from devstack.passport.watch import Watch, watching
from servicekit.testing.databases import Database
from tests.way.platform import Platform, installed
from tests.way.program import Program, RunningClock

T = TypeVar("T")
BERLIN = ZoneInfo("Europe/Berlin")
ROLES = ("api", "relay", "project", "timers")
Kill = tuple[str, str]
"""Service and role."""


class TownClock(StoryClock):
    """The story's clock on the platform's, which runs on by itself."""

    def __init__(self, clock: RunningClock) -> None:
        self._clock = clock

    @property
    def now(self) -> datetime:  # type: ignore[override]  # the story only reads it
        """The platform's present moment, as the office's clock shows it."""
        return self._clock.now().astimezone(BERLIN)

    def go(self, moment: datetime) -> None:
        """Let it be that moment, if it is not later already."""
        self._clock.forward(seconds=max(0.0, (moment - self.now).total_seconds()))


@dataclass
class StruckTeller(Teller):
    """Tells as always; at steps whose title has one of the words, processes die with the step done."""

    strikes: Mapping[str, tuple[Kill, ...]] = field(default_factory=dict)
    kill: Callable[[Kill], Program] | None = None
    struck: int = 0

    def step(self, title: str, act: Callable[[], T], *expected: Expected) -> T:
        """Do it, kill, start again, wait for the events."""

        def and_kill() -> T:
            done = act()
            for words, kills in self.strikes.items():
                if words in title and self.kill is not None:
                    for program in [self.kill(one) for one in kills]:
                        program.start()
                        self.struck += 1
            return done

        return super().step(title, and_kill, *expected)


@dataclass
class Town:
    """The installation, its clock, and what its topics carry."""

    platform: Platform
    clock: TownClock
    watch: Watch

    def office(self, name: str, strikes: Mapping[str, tuple[Kill, ...]] | None = None) -> Office:
        """Somebody's story at this office, at the present moment."""
        url = self.platform.url
        return Office(
            StruckTeller(
                self.watch, self.clock, Console(file=StringIO()), strikes=strikes or {}, kill=self.kill
            ),
            self.clock,
            Citizen(url("booking"), url("notification"), name, f"{uuid4().hex}@example.org"),
            door=Staff(url("booking"), "door"),
            desk=Staff(url("booking"), "desk"),
            window=Staff(url("documents"), "window"),
        )

    def kill(self, one: Kill) -> Program:
        """SIGKILL; the process that is gone."""
        program = self.platform.program(*one)
        program.kill()
        return program

    def happened(self, **about: object) -> Counter[str]:
        """How often each type of event is in the topics about something; a record sent twice counts once."""
        seen = {(one.topic, one.position): one for one in self.watch.arrivals if one.about(**about)}
        return Counter(one.type for one in seen.values())


@contextmanager
def town(folder: Path, seeded: Callable[[str], Database], kafka: str) -> Iterator[Town]:
    """All of it, running."""
    with installed(folder, seeded, kafka) as platform:
        programs = [platform.start(name, role) for name in ("booking", "documents") for role in ROLES]
        for name in ("notification", "reporting"):
            ports = {
                "HTTP_PORT": str(platform.ports[name]),
                "METRICS_PORT": str(platform.ports[f"{name}-metrics"]),
            }
            programs.append(platform.start(name, "all", **ports))
        for program in programs:
            program.ready()
        with watching(kafka) as watch:
            yield Town(platform, TownClock(platform.clock), watch)
