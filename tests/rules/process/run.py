"""Lives by the thousand: made from a seed, lived, judged; one that fails is told as short as it goes.

A life is a list of steps, each a name and a number from which it draws its operands, so that a step means
the same kind of thing wherever it stands and any of them can be left out.
"""

from __future__ import annotations

import random
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from servicekit.decider import Refused
from tests.rules.process import office, people
from tests.rules.process.always import Always
from tests.rules.process.life import Broken, Life
from tests.rules.process.quiet import agreed, ended, go_on, settle
from tests.rules.process.seed import CASTS
from tests.rules.process.topics import Consumer

Act = Callable[[Life, random.Random], None]


# --- what the machinery does


def hear(consumer: str, most: int, life: Life, draw: random.Random) -> None:
    """Some events of one key arrive, or of several. Another process may take what this one has in hand."""
    of: Consumer = getattr(life, consumer)
    for _ in range(1 if life.depth else draw.randint(1, most)):
        if of.behind:
            life.deliver(of, draw.choice(list(of.behind)))


def again(life: Life, draw: random.Random) -> None:
    """A consumer reads the last events of a key once more."""
    of = draw.choice((life.to_documents, life.to_booking, life.to_called))
    if of.read:
        of.back(draw.choice(list(of.read)), draw.randint(1, 4))


def timers(most: int, life: Life, draw: random.Random) -> None:
    """Some due timers of one service fire, in any order."""
    side = draw.choice((life.booking, life.documents))
    for _ in range(draw.randint(1, most)):
        if due := life.due(side):
            life.fire(side, draw.choice(due))


def repeat(life: Life, draw: random.Random) -> None:
    """Somebody's call comes once more."""
    if life.asked:
        life.repeat(draw.choice(life.asked))


def minutes(life: Life, draw: random.Random) -> None:
    """A little time."""
    life.passes(minutes=draw.choice((1, 4, 10, 11, 30)))


def to_pickup(life: Life, draw: random.Random) -> None:
    """Until about the time of a pick-up."""
    starts = [one.starts_at for one in people.bookings(life, *people.STANDING) if one.starts_at]
    if starts:
        offset = draw.choice((-11, -10, -3, 0, 5, 10, 11))
        life.go(draw.choice(starts) + timedelta(minutes=offset))


def days(life: Life, draw: random.Random) -> None:
    """Until another day."""
    life.passes(hours=draw.choice((5, 16, 24, 24, 48, 200)))


def weeks(life: Life, draw: random.Random) -> None:
    """Long enough for reminders."""
    life.passes(days=draw.choice((14, 15, 30, 60)))


ACTS: Mapping[str, tuple[int, Act]] = {
    "book": (16, people.book),
    "move": (5, people.move),
    "cancel": (5, people.cancel),
    "undo": (5, people.undo),
    "admit": (12, people.admit),
    "serve": (2, people.serve),
    "finish": (2, people.finish),
    "order": (1, office.order),
    "receive": (6, office.receive),
    "join": (2, office.join),
    "store": (9, office.store),
    "invite": (1, office.invite),
    "ship": (2, office.ship),
    "give_back": (1, office.give_back),
    "destroy": (1, office.destroy),
    "lock": (1, office.lock),
    "count": (1, office.count),
    "fetch": (8, office.fetch),
    "put_back": (2, office.put_back),
    "hand_over": (12, office.hand_over),
    "correct": (1, office.correct),
    "repeat": (4, repeat),
    "documents_hear": (16, partial(hear, "to_documents", 3)),
    "booking_hears": (12, partial(hear, "to_booking", 3)),
    "booking_reads": (12, partial(hear, "to_called", 4)),
    "documents_catch_up": (3, partial(hear, "to_documents", 30)),
    "booking_catches_up": (3, partial(hear, "to_booking", 30)),
    "booking_reads_on": (3, partial(hear, "to_called", 30)),
    "again": (5, again),
    "timer": (8, partial(timers, 1)),
    "timers": (5, partial(timers, 20)),
    "minutes": (8, minutes),
    "to_pickup": (14, to_pickup),
    "days": (3, days),
    "weeks": (1, weeks),
}
"""What can happen, and how often it does."""
AT_ONCE = ("book", "move", "cancel", "undo", "admit", "finish", "fetch", "put_back", "hand_over", "store")
AT_ONCE_TOO = ("give_back", "documents_hear", "booking_hears", "timer", "repeat", "lock")
"""What another process may do between decision and append."""


def interrupted(life: Life, draw: random.Random) -> None:
    """Two processes at once: one decides, the other is faster."""
    first, second = (draw.choice(AT_ONCE + AT_ONCE_TOO) for _ in range(2))
    side = draw.choice((life.booking, life.documents))
    numbers = random.Random(draw.random()), random.Random(draw.random())  # noqa: S311
    with life.interrupted(side, lambda: ACTS[second][1](life, numbers[1])):
        ACTS[first][1](life, numbers[0])


def killed(life: Life, draw: random.Random) -> None:
    """A process dies at one of its appends."""
    name = draw.choice((*AT_ONCE, "documents_hear", "booking_hears", "booking_hears", "timer", "receive"))
    side = draw.choice((life.booking, life.documents))
    with life.dying(side, draw.choice((0, 0, 1)), before=draw.random() < 0.5):
        ACTS[name][1](life, draw)


ALL: Mapping[str, tuple[int, Act]] = {**ACTS, "interrupted": (8, interrupted), "killed": (6, killed)}
NAMES, WEIGHTS = tuple(ALL), tuple(weight for weight, _act in ALL.values())
STORED = "documents_catch_up receive receive receive store store"
TWICE_CALLED = "documents_catch_up receive receive store booking_reads_on store booking_reads"
OPENINGS = (
    "",
    f"{STORED} booking_reads_on book documents_hear",
    f"{STORED} store booking_reads_on book documents_hear to_pickup admit fetch documents_catch_up hand_over",
    f"{STORED} booking_reads_on book documents_hear cancel documents_hear undo documents_hear",
    f"{STORED} booking_reads_on book store booking_reads booking_reads book",
    f"{TWICE_CALLED} book cancel book",
    f"{TWICE_CALLED} book documents_hear cancel book",
)
"""How lives begin, so that most get to where services must agree; then anything may happen."""


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
    names += draw.choices(NAMES, WEIGHTS, k=draw.choice((10, 20, 30, 50)))
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
        told: list[str] = error.life.told  # type: ignore[attr-defined]
        end = traceback.format_exception(error)[-6:] if not isinstance(error, Broken) else [f"{error}"]
        return "\n".join([f"seed {plan.seed}", *told, "", *end])
    return f"seed {plan.seed}: all is well"
