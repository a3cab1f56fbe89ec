"""Seeds to plans, plans to runs, runs to findings; a plan that fails is told as short as it goes.

A plan is a list of acts and a list of faults; any of them can be left out and the rest keeps its meaning, so
a failing plan shrinks by leaving out. Each plan is run twice: two runs that differ are a finding themselves.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, TypeVar

from buergerbuero_contracts import topics
from servicekit.testing.simulation.checks import acknowledged_is_stored, in_the_order_seen, published
from servicekit.testing.simulation.faults import Fault
from servicekit.testing.simulation.loop import Stuck, simulated_time
from servicekit.testing.simulation.platform import Platform
from servicekit.testing.simulation.story import TELLING, Story, quiet_logs
from tests.rules.booking.memory import WEDNESDAY_AT_NINE
from tests.simulation.booking_checks import confirmed_stays, one_holder, timers_in_time
from tests.simulation.booking_side import BookingSide
from tests.simulation.citizens import ACTS

PARTITIONS = {topics.BOOKING: 3, topics.DOCUMENTS: 3, topics.NOTIFICATION: 1}
ROLES = ("api", "relay", "project", "timers")
T = TypeVar("T")
HEALING = 60.0
"""Seconds within which everything must have come to rest after the last act."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One act of somebody, from a moment on."""

    name: str
    number: int
    after: float


@dataclass(frozen=True, slots=True)
class Plan:
    """A run before it runs."""

    seed: int
    deeds: tuple[Deed, ...]
    faults: tuple[Fault, ...]


def planned(seed: int) -> Plan:
    """The plan of a seed."""
    draw = Random(seed)  # noqa: S311 - a repeatable story, no secret
    names, weights = tuple(ACTS), tuple(weight for weight, _act in ACTS.values())
    chosen = draw.choices(names, weights, k=draw.choice((2, 4, 6, 8)))
    deeds = tuple(Deed(name, draw.getrandbits(32), draw.random() * 1.0) for name in chosen)
    faults = tuple(_fault(draw) for _ in range(draw.choice((0, 1, 2, 4, 8, 12))))
    return Plan(seed, deeds, faults)


def _fault(draw: Random) -> Fault:
    match draw.randrange(12):
        case 0 | 1 | 2 | 3:
            return Fault("kill", _role(draw), _often(draw, 500))
        case 4:
            return Fault("freeze", _role(draw), _often(draw, 500), draw.choice((0.3, 1.5, 6.0)))
        case 5 | 6:
            return Fault("answer lost", "booking", _often(draw, 1500))
        case 7:
            return Fault("request lost", "booking", _often(draw, 1500))
        case 8:
            kind = draw.choice(("batch refused", "batch late", "acknowledgement lost"))
            return Fault(kind, "kafka", _often(draw, 40))
        case 9:
            return Fault("reply lost", "booking", _often(draw, 30))
        case 10:
            return Fault("commit lost", draw.choice(GROUPS), _often(draw, 20))
        case _:
            return Fault("read again", draw.choice(GROUPS), _often(draw, 20), draw.random())


GROUPS = ("booking.ledger.v1", "booking.reactions.booking.v1")


def _role(draw: Random) -> str:
    return f"booking-{draw.choice(ROLES)}-{draw.choice((1, 1, 2))}"


def _often(draw: Random, most: int) -> int:
    """Early more often than late."""
    return 1 + int(most * draw.random() ** 2)


@dataclass(eq=False)
class Ran:
    """One run of a plan: what was found wrong, what happened, and what a second run must agree in."""

    wrong: list[str]
    story: Story
    mark: tuple[Any, ...]
    events: int = 0


def run(plan: Plan) -> Ran:
    """Run a plan once."""
    quiet_logs()
    platform = Platform(plan.seed, WEDNESDAY_AT_NINE, plan.faults, PARTITIONS)
    booking = BookingSide(platform)
    TELLING.append(platform.story)
    try:
        with simulated_time(platform.loop):
            try:
                platform.loop.run_until_complete(_live(platform, booking, plan.deeds))
                wrong = [*platform.wrong, *_judged(platform, booking)]
            except Stuck as stuck:
                wrong = [f"stuck: {stuck}"]
            mark = platform.story.mark()
            platform.loop.bury()
    finally:
        TELLING.pop()
    return Ran(wrong, platform.story, mark, len(booking.side.log.events))


async def _live(platform: Platform, booking: BookingSide, deeds: Sequence[Deed]) -> None:
    booking.start()

    async def act(deed: Deed) -> None:
        await asyncio.sleep(deed.after)
        await ACTS[deed.name][1](platform, Random(deed.number))  # noqa: S311

    await asyncio.gather(*map(act, deeds))
    platform.story.tell("all is done")
    until = platform.loop.now + HEALING
    while not _at_rest(platform, booking):
        if platform.loop.now > until:
            platform.wrong.append(f"I15: not at rest: {', '.join(_open(platform, booking))}")
            return
        await asyncio.sleep(0.1)


def _at_rest(platform: Platform, booking: BookingSide) -> bool:
    return not any(_open(platform, booking))


def _open(platform: Platform, booking: BookingSide) -> Iterator[str]:
    """What is still under way."""
    side, now = booking.side, platform.clock.now()
    head = len(side.log.events)
    if not side.doors:
        yield "the api is down"
    if side.readers.relayed < head:
        yield f"relay at {side.readers.relayed} of {head}"
    own = side.readers.checkpoints.get(("booking.appointments.v1", "log", 0))
    if own is None or own.position != head:
        yield f"appointments at {own and own.position} of {head}"
    for name, group in platform.cluster.groups.items():
        for place, records in platform.cluster.records.items():
            if place.topic not in group.topics or not records:
                continue
            kept = side.readers.checkpoints.get((name, *place))
            if kept is None or kept.next_offset < len(records):
                yield f"{name} at {kept and kept.next_offset} of {len(records)} in {place.partition}"
    if any(row.due_at < now for row in side.log.timers.values()):
        yield "a timer is due"


def _judged(platform: Platform, booking: BookingSide) -> Iterator[str]:
    for check in (acknowledged_is_stored, in_the_order_seen, published):
        yield from check(platform, booking.side)
    for look in (one_holder, confirmed_stays, timers_in_time):
        yield from look(booking)
    yield from booking.ledger.differs(booking.side)
    if platform.story.seen["log:gap_detected"]:
        yield "I5: a consumer met a gap"


def failure(plan: Plan) -> str | None:
    """The first thing that is wrong with a plan, in two runs; None if nothing is."""
    first = run(plan)
    if first.wrong:
        return first.wrong[0]
    return None if first.mark == run(plan).mark else "two runs of one plan differ"


def shortest(plan: Plan, wrong: str) -> Plan:
    """The fewest faults and deeds with which the same kind of thing still goes wrong."""
    kind = wrong.partition(":")[0]

    def still(shorter: Plan) -> bool:
        found = failure(shorter)
        return found is not None and found.partition(":")[0] == kind

    plan = replace(plan, faults=_fewest(plan.faults, lambda some: still(replace(plan, faults=some))))
    return replace(plan, deeds=_fewest(plan.deeds, lambda some: still(replace(plan, deeds=some))))


def _fewest(things: tuple[T, ...], still: Callable[[tuple[T, ...]], bool]) -> tuple[T, ...]:
    """Leave out ever smaller parts, as long as what is left still fails."""
    size = max(1, len(things) // 2)
    while size:
        start = 0
        while start < len(things):
            fewer = things[:start] + things[start + size :]
            if still(fewer):
                things = fewer
            else:
                start += size
        size //= 2
    return things


def told(plan: Plan) -> str:
    """A plan that fails, shortened, and its story line by line."""
    wrong = failure(plan) or "nothing is wrong"
    short = shortest(plan, wrong)
    ran = run(short)
    parts = [f"  {one}" for one in (*short.deeds, *short.faults)]
    findings = [f"  {one}" for one in ran.wrong or [wrong]]
    head = [f"seed {plan.seed}: {wrong}", "with", *parts, "happened", ran.story.text(), "and so", *findings]
    return "\n".join(head)


@dataclass
class Searched:
    """What some seeds led to. ``seen`` counts what was reached; ``wrong`` names a finding by its seed."""

    runs: int = 0
    events: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    wrong: dict[int, str] = field(default_factory=dict)

    def look(self, seed: int) -> None:
        """One seed, run twice."""
        plan = planned(seed)
        first, second = run(plan), run(plan)
        self.runs += 1
        self.events += first.events
        self.seen.update(first.story.seen)
        if first.wrong:
            self.wrong[seed] = first.wrong[0]
        elif first.mark != second.mark:
            self.wrong[seed] = "two runs of one plan differ"

    def join(self, other: Searched) -> None:
        """Others' seeds too."""
        self.runs, self.events = self.runs + other.runs, self.events + other.events
        self.seen += other.seen
        self.wrong |= other.wrong

    def told(self) -> str:
        """In a few lines."""
        reached = ", ".join(f"{name} {count}" for name, count in sorted(self.seen.items()))
        head = f"{self.runs} seeds, each twice, {self.events} events"
        return f"{head}\nreached: {reached}\n{len(self.wrong)} went wrong"


def search(seeds: Iterable[int], seconds: float | None = None) -> Searched:
    """Run the plans of these seeds, for so long at most."""
    begun, found = time.perf_counter(), Searched()
    for seed in seeds:
        if seconds is not None and time.perf_counter() - begun > seconds:
            break
        found.look(seed)
    return found
