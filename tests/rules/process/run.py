"""Lives by the thousand: made from a seed, lived, judged; one that fails is told as short as it goes.

A life is a list of steps, each a name and a number from which it draws its operands, so that a step means
the same kind of thing wherever it stands and any of them can be left out.
"""

from __future__ import annotations

import random
import traceback
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from servicekit.decider import Refused
from tests.rules.process.acts import ALL, NAMES, OPENINGS, WEIGHTS
from tests.rules.process.always import Always
from tests.rules.process.life import Broken, Life
from tests.rules.process.quiet import agreed, ended, go_on, settle
from tests.rules.process.seed import CASTS


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A life before it is lived."""

    seed: int
    cast: tuple[int, ...]
    locker: bool
    steps: tuple[Step, ...]


@dataclass
class Found:
    """What a number of lives led to: events of both services, and codes of refusals."""

    lives: int = 0
    steps: int = 0
    events: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def add(self, life: Life, plan: Plan) -> None:
        """One life more."""
        self.lives, self.steps = self.lives + 1, self.steps + len(plan.steps)
        self.events.update(type(one.event).__name__ for one in life.events)
        self.refused.update(life.refused)

    def join(self, other: Found) -> None:
        """Others' lives too."""
        self.lives, self.steps = self.lives + other.lives, self.steps + other.steps
        self.events += other.events
        self.refused += other.refused

    def told(self) -> str:
        """In a few lines."""
        counts = [
            ", ".join(f"{name} {count}" for name, count in sorted(of.items()))
            for of in (self.events, self.refused)
        ]
        return f"{self.lives} lives, {self.steps} steps\nevents: {counts[0]}\nrefusals: {counts[1]}"


@dataclass
class Searched:
    """What some seeds led to. ``wrong``: what does not hold, by seed."""

    found: Found = field(default_factory=Found)
    wrong: dict[int, str] = field(default_factory=dict)


def searched(seeds: Iterable[int]) -> Searched:
    """Live the lives of these seeds."""
    search = Searched()
    for seed in seeds:
        plan = planned(seed)
        try:
            search.found.add(live(plan), plan)
        except Exception as error:
            search.wrong[seed] = _wrong(error)
    return search


def planned(seed: int) -> Plan:
    """The life of a seed."""
    draw = random.Random(seed)  # noqa: S311 - a repeatable story, no secret
    names = draw.choice(OPENINGS).split()
    names += draw.choices(NAMES, WEIGHTS, k=draw.choice((5, 10, 20, 40)))
    steps = tuple(Step(name, draw.getrandbits(32)) for name in names)
    return Plan(seed, draw.choice(CASTS), draw.random() < 0.2, steps)


def live(plan: Plan, *, telling: bool = False) -> Life:
    """Live it, let it become quiet, judge it. Raises ``Broken``, or what the code under test raises."""
    life = Life(plan.cast, locker=plan.locker, telling=telling)
    always = life.watch = Always(life)
    try:
        _lived(life, always, plan)
    except BaseException as error:
        error.life = life  # type: ignore[attr-defined]
        raise
    return life


def _lived(life: Life, always: Always, plan: Plan) -> None:
    for step in plan.steps:
        draw = random.Random(step.number)  # noqa: S311
        life.tell(lambda step=step: f"--- {step.name}")  # type: ignore[misc]
        try:
            ALL[step.name][1](life, draw)
        except Refused as refused:
            life.refused[refused.code] += 1
            life.tell(lambda refused=refused: f"    refused: {refused.code}")  # type: ignore[misc]
    draw = random.Random(plan.seed)  # noqa: S311
    life.tell(lambda: "--- everything is delivered")
    settle(life, draw)
    agreed(life, always)
    life.tell(lambda: "--- the days pass")
    go_on(life, draw, 80 if plan.seed % 8 == 0 else 10)
    agreed(life, always)
    ended(life)


def failure(plan: Plan) -> str | None:
    """What is wrong with a life; None if nothing is."""
    try:
        live(plan)
    except Exception as error:
        return _wrong(error)
    return None


def _wrong(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def shortest(plan: Plan, wrong: str) -> Plan:
    """The fewest steps that still go wrong in the same way: leave out ever smaller parts."""
    steps, size = list(plan.steps), len(plan.steps) // 2
    while size:
        start = 0
        while start < len(steps):
            fewer = steps[:start] + steps[start + size :]
            if failure(_with(plan, fewer)) == wrong:
                steps = fewer
            else:
                start += size
        size //= 2
    return _with(plan, steps)


def _with(plan: Plan, steps: Sequence[Step]) -> Plan:
    return Plan(plan.seed, plan.cast, plan.locker, tuple(steps))


def story(plan: Plan) -> str:
    """A life that fails, told line by line, and how it ends."""
    try:
        live(plan, telling=True)
    except Exception as error:
        told: list[str] = error.life.lines  # type: ignore[attr-defined]
        end = traceback.format_exception(error)[-6:] if not isinstance(error, Broken) else [f"{error}"]
        return "\n".join([f"seed {plan.seed}", *told, "", *end])
    return f"seed {plan.seed}: all is well"
