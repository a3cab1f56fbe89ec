"""The whole run: people and office live through the weeks, all comes to rest, the figures are compared.

Promises: what a week's people did is told by that week's end, before the next one begins; nothing of the
comparison comes from the platform but the figures themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from http.cookiejar import DefaultCookiePolicy

import httpx

from servicekit.testing.binaries import ROOT

from . import compare, truth
from .actor import Town
from .bots import swarm
from .catalogue import copies
from .citizen import Citizen
from .draws import people
from .habits import Habits
from .ledger import Ledger
from .observer import Observer
from .offer import offer
from .office import Office
from .platform import Platform
from .post import Post
from .quiet import Quiet, watching
from .world import BERLIN, World

AT_ONCE = 24
"""Requests under way; the world is larger than this machine."""
SEED = ROOT / "config" / "flensburg.toml"
AFTER = timedelta(hours=2)
"""From the last midnight to the end: every hold and every time to confirm is over by then."""


@dataclass(frozen=True)
class Plan:
    """What is simulated. ``days``: how much of the last week; ``speed``: None for as fast as it goes."""

    habits: Habits
    seed: int = 7
    weeks: int = 1
    days: int = 7
    scale: int = 1
    speed: float | None = None

    @property
    def mondays(self) -> list[tuple[date, int]]:
        """Each week's Monday, and how many days of the week are simulated."""
        first = self.habits.begins_on
        lengths = [7] * (self.weeks - 1) + [self.days]
        return [(first + timedelta(weeks=n), days) for n, days in enumerate(lengths)]

    @property
    def midnights(self) -> list[datetime]:
        """The end of each week."""
        return [
            datetime.combine(monday + timedelta(days=days), time(0), BERLIN) for monday, days in self.mondays
        ]


@dataclass
class Outcome:
    """What was done, what was expected of it, and what differs. ``until``: the moment of the comparison."""

    ledger: Ledger
    post: Post
    until: datetime
    expected: dict[str, dict[str, truth.Figure]] = field(default_factory=dict)
    found: dict[str, dict[str, truth.Number]] = field(default_factory=dict)

    def differences(self) -> list[compare.Difference]:
        """Every figure of every week that is not the same on both sides."""
        return [
            one
            for week, expected in self.expected.items()
            for one in compare.compared(week, expected, self.found[week])
        ]


async def simulate(running: Platform, plan: Plan, shown: Callable[[datetime], None]) -> Outcome:
    """Let it all happen, then read the figures. Raises what broke off somebody's way."""
    base = running.url("booking")
    async with _client() as client, watching(running.databases) as quiet:
        world, ledger = World(running.clock, plan.speed), Ledger()
        post = Post(world, quiet.settled, running.ports["smtp"])
        office = Office(world, ledger, client, base)
        async with await post.listen(running.mail_port):
            observer = Observer(world, ledger, client, base, quiet.position)
            await observer.once(SEED)
            _begin(plan, world, Town(world, post, ledger, office, client, base))
            world.begin(observer.look(SEED))
            world.begin(_rests(world, quiet, plan.midnights))
            end = plan.midnights[-1] + AFTER
            await world.run(end, lambda wanted: quiet.next_due(world.now, wanted), shown)
            await quiet.rest(world.now)
            world.stop()
        outcome = Outcome(ledger, post, world.now)
        for monday, _days in plan.mondays:
            week = f"{monday:%G-W%V}"
            outcome.expected[week] = truth.figures(ledger, post, offer(SEED, plan.scale), monday, world.now)
            outcome.found[week] = await compare.read(client, running.url("reporting"), week)
    return outcome


def _client() -> httpx.AsyncClient:
    """One for all: each browser keeps its own cookies."""
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    client = httpx.AsyncClient(timeout=60, limits=limits, trust_env=False)
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return client


def _begin(plan: Plan, world: World, town: Town) -> None:
    """Everybody begins to wait for the moment at which they come."""
    number, habits = 0, plan.habits
    counters = [one for n in range(1, habits.counters + 1) for one in copies(f"counter_{n}", plan.scale)]
    for monday, days in plan.mondays:
        crowd = people(plan.seed, habits, monday, number, habits.people * plan.scale, days)
        number += len(crowd)
        for one in crowd:
            world.begin(Citizen(town, one).live())
        for day in range(days):
            world.begin(town.office.day(monday + timedelta(days=day), counters))
    for bot in swarm(plan.seed, habits, town):
        world.begin(bot)


async def _rests(world: World, quiet: Quiet, midnights: Sequence[datetime]) -> None:
    for midnight in midnights:
        await world.until(midnight - timedelta(minutes=1))
        await quiet.rest(world.now)
