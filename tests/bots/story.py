"""One attack from its first minute to its last: bots in waves, humans in their own time, figures at the end.

Promises: the platform's clock drives both; figures come from the log.
Shown by ``tests/bots/test_bots.py``; ``make bots`` runs it in full.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from random import Random

from tests.bots.bots import Means, Swarm
from tests.bots.people import Human
from tests.bots.town import NEXT_DAYS, Town

ARRIVAL = 0.5
"""Humans arrive in this first part of the time."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens. ``level``: ``normal`` and ``raised`` are kept by the lead, ``auto`` finds its own.

    ``shared`` per cent of the humans sit behind networks (/24) with ``together`` of them each, the first of
    which has bots too.
    """

    level: str = "raised"
    means: Means = field(default_factory=Means)
    humans: int = 50
    shared: int = 40
    together: int = 5
    minutes: int = 20
    every: int = 4
    seed: int = 7

    def addresses(self) -> list[str]:
        """Where each human sits."""
        behind = [f"203.0.{nr // self.together}.{nr % self.together + 9}" for nr in range(self.behind_shared)]
        beside = [f"198.51.0.{nr + 9}" for nr in range(self.beside_bots)]
        alone = [f"203.{1 + nr // 250}.{nr % 250}.7" for nr in range(self.humans - self.behind_shared)]
        return [*beside, *behind[self.beside_bots :], *alone]

    @property
    def behind_shared(self) -> int:
        """Humans who share their network with others."""
        return round(self.humans * self.shared / 100)

    @property
    def beside_bots(self) -> int:
        """Humans whose network has bots too."""
        return min(self.together, self.behind_shared)

    def tasks(self, seconds: float) -> int:
        """How many answers a bot has for a wave, if one costs so many seconds of a core."""
        return int(self.every * 60 * self.means.cores / max(seconds, 1e-6))

    def assumptions(self, seconds: float) -> list[str]:
        """What the figures rest on."""
        means = self.means
        reads = "all addresses of a domain" if means.mailboxes is None else f"{means.mailboxes} mailboxes"
        return [
            f"{means.bots} bots send {means.parallel} requests each in parallel, every {self.every} min,",
            f"  for {self.minutes} min; they share {means.prefixes} network prefixes (/24), and each request",
            "  has a fresh device and an address of its own in one of them;",
            f"  they read {reads}, in ever new spellings (name+word@…);",
            f"  a task costs {seconds:.2f} s of a core (measured here); a bot has {means.cores:g} and works",
            f"  between waves: {self.tasks(seconds)} answers for the {means.parallel} requests of its next;",
            "  they take the soonest times, confirm what they can, and keep the rest by invented contacts or",
            "  by extending",
            f"{self.humans} humans arrive in the first half; {self.behind_shared} of them sit in networks",
            f"  (/24) of {self.together} each, {self.beside_bots} beside bots; the others have their own;",
            "  they need 0.5-2 min to choose, 2-6 min to type, 1-4 min to look into the mailbox;",
            "  every second one has no scripts; they try 12 times; mails arrive at once",
            f"everybody wants one place for an ID card in the next {NEXT_DAYS} days",
        ]


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of it."""

    level: str
    humans: int
    served: int
    behind_shared: tuple[int, int]
    beside_bots: tuple[int, int]
    mailbox_first: int
    minutes: float
    bots_confirmed: int
    bots_open: int
    free_before: int
    free_least: int
    sent: int
    answers: dict[str, int]
    levels: tuple[str, ...]

    @property
    def share(self) -> float:
        """Of the places that were given away, the part that humans have."""
        given = self.served + self.bots_confirmed
        return self.served / given if given else 1.0

    @property
    def share_with_open(self) -> float:
        """The same if every place that bots still hold at the end counts as theirs."""
        given = self.served + self.bots_confirmed + self.bots_open
        return self.served / given if given else 1.0

    def told(self) -> list[str]:
        """The figures in words."""
        answers = sorted(self.answers.items(), key=lambda one: -one[1])
        return [
            f"level {self.level} (set meanwhile: {', '.join(self.levels) or 'nothing'})",
            f"places given away: {self.served} to humans, {self.bots_confirmed} to bots;"
            f" {self.share:.0%} reach humans",
            f"with {self.bots_open} still held or unconfirmed at the end: {self.share_with_open:.0%}",
            f"humans with an appointment: {self.served} of {self.humans},"
            f" half of them within {self.minutes:.0f} min; {self.mailbox_first} took the mailbox first",
            "of those behind shared networks {} of {}, of those beside bots {} of {}".format(
                *self.behind_shared, *self.beside_bots
            ),
            f"free times of the next days: {self.free_before} before, {self.free_least} at the least",
            f"bots sent {self.sent} requests: {', '.join(f'{count} {code}' for code, count in answers)}",
        ]


async def play(town: Town, plan: Plan, seconds: float) -> Figures:
    """The whole story on a fresh town. ``seconds``: what a task costs a core."""
    random = Random(plan.seed)  # noqa: S311 - a story must repeat itself
    swarm = Swarm(town, plan.means, random, plan.tasks(seconds))
    humans = [
        Human(town, number, Random(f"{plan.seed}:{number}"), address)  # noqa: S311
        for number, address in enumerate(plan.addresses())
    ]
    arrivals = sorted(random.uniform(0, plan.minutes * ARRIVAL) for _ in humans)
    due = {human: (at, human.life()) for human, at in zip(humans, arrivals, strict=True)}
    before = least = await town.free()
    last = plan.minutes + 40  # whoever is under way may finish, and unconfirmed holds run out
    for minute in range(last):
        if (behind := minute - town.minute()) > 0:
            await town.forward(behind)
        if plan.level != "auto" and (await town.levels())[-1:] != [plan.level]:
            await town.set_level(plan.level)
        works = [_step(town, due, human) for human in list(due) if due[human][0] <= town.minute()]
        if minute < plan.minutes and minute % plan.every == 0:
            works.append(swarm.wave())
        await asyncio.gather(*works)
        if minute < plan.minutes:
            least = min(least, await town.free())
        elif not due:
            break
    confirmed = await town.confirmed()
    served = [human for human in humans if human.booking in confirmed]
    waits = sorted(human.minutes or 0 for human in served)
    return Figures(
        level=plan.level,
        humans=plan.humans,
        served=len(served),
        behind_shared=_of(humans[: plan.behind_shared], served),
        beside_bots=_of(humans[: plan.beside_bots], served),
        mailbox_first=sum(human.mailbox_first for human in humans),
        minutes=waits[len(waits) // 2] if waits else 0,
        bots_confirmed=len(confirmed) - len(served),
        bots_open=await town.unfinished(),
        free_before=before,
        free_least=least,
        sent=swarm.sent,
        answers=dict(swarm.answers),
        levels=tuple(await town.levels()),
    )


def _of(some: Sequence[Human], served: Sequence[Human]) -> tuple[int, int]:
    return sum(human in served for human in some), len(some)


async def _step(town: Town, due: dict[Human, tuple[float, AsyncIterator[float]]], human: Human) -> None:
    """The human's next step; nothing more to do takes it out."""
    _at, life = due[human]
    try:
        due[human] = (town.minute() + await anext(life), life)
    except StopAsyncIteration:
        del due[human]
