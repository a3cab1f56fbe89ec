"""Seeds to plans, plans to runs, runs to findings; a plan that fails is told as short as it goes.

A plan is a list of acts and a list of faults; any of them can be left out and the rest keeps its meaning, so
a failing plan shrinks by leaving out. Each plan is run twice: two runs that differ are a finding themselves.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from random import Random
from typing import Any

from buergerbuero_contracts import topics
from servicekit.testing.simulation.checks import (
    acknowledged_is_stored,
    in_the_order_seen,
    published,
    reacted_once,
)
from servicekit.testing.simulation.faults import Fault
from servicekit.testing.simulation.loop import Stuck, simulated_time
from servicekit.testing.simulation.platform import Platform
from servicekit.testing.simulation.story import TELLING, Story, quiet_logs
from servicekit.testing.simulation.topics import parsed_once
from tests.simulation.beginning import beginning
from tests.simulation.booking_checks import confirmed_stays, one_holder, timers_in_time
from tests.simulation.booking_side import BookingSide
from tests.simulation.citizens import ACTS
from tests.simulation.documents_checks import heard, in_one_place
from tests.simulation.documents_side import DocumentsSide
from tests.simulation.service_side import ServiceSide

PARTITIONS = {topics.BOOKING: 3, topics.DOCUMENTS: 3, topics.NOTIFICATION: 1}
ROLES = ("api", "relay", "project", "timers")
DIFFER = "two runs of one plan differ"
COLLECT = 5
"""Seeds after which what runs left behind is swept up."""
ORDERS = 5
"""Orders in which a shorter plan is tried."""
FRESH = 0.25
"""How many runs begin before the relay has sent anything: the others need not hear of the past first."""
HEALING, PATIENT = 150, 30
"""Looks, a tenth of a second apart, within which all must be at rest; from the thirtieth on time is short."""


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
    fresh: bool = True
    """Whether the relay has sent nothing yet and nobody has heard of anything."""


def planned(seed: int) -> Plan:
    """The plan of a seed."""
    draw = Random(seed)  # noqa: S311 - a repeatable story, no secret
    names, weights = tuple(ACTS), tuple(weight for weight, _act in ACTS.values())
    chosen = draw.choices(names, weights, k=draw.choice((1, 2, 2, 3, 4, 6)))
    deeds = tuple(Deed(name, draw.getrandbits(32), draw.random() * 1.0) for name in chosen)
    faults = tuple(_fault(draw) for _ in range(draw.choice((0, 1, 2, 4, 8, 12))))
    return Plan(seed, deeds, faults, fresh=draw.random() < FRESH)


def deaths(role: str, first: int, last: int) -> Iterator[Plan]:
    """A role dies before each of its callbacks in turn, and nothing else goes wrong: no await is left out."""
    for step in range(first, last):
        yield Plan(step, (), (Fault("kill", role, step),))


def _fault(draw: Random) -> Fault:
    match draw.randrange(12):
        case 0 | 1 | 2 | 3:
            return Fault("kill", _role(draw), _often(draw, 500))
        case 4:
            return Fault("freeze", _role(draw), _often(draw, 500), draw.choice((0.3, 1.5, 6.0)))
        case 5 | 6:
            return Fault("answer lost", draw.choice(SERVICES), _often(draw, 1500))
        case 7:
            return Fault("request lost", draw.choice(SERVICES), _often(draw, 1500))
        case 8:
            kind = draw.choice(("batch refused", "batch late", "acknowledgement lost"))
            return Fault(kind, "kafka", _often(draw, 40))
        case 9:
            return Fault("reply lost", draw.choice(SERVICES), _often(draw, 30))
        case 10:
            return Fault("commit lost", draw.choice(GROUPS), _often(draw, 20))
        case _:
            return Fault("read again", draw.choice(GROUPS), _often(draw, 20), draw.random())


SERVICES = ("booking", "documents")
GROUPS = (
    "booking.ledger.v1",
    "booking.reactions.booking.v1",
    "booking.reactions.documents.v1",
    "booking.invitations.v1",
    "documents.ledger.v1",
    "documents.reactions.booking.v1",
)


def _role(draw: Random) -> str:
    return f"{draw.choice(SERVICES)}-{draw.choice(ROLES)}-{draw.choice((1, 1, 2))}"


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


@dataclass(frozen=True)
class Office:
    """The platform with both services."""

    platform: Platform
    booking: BookingSide
    documents: DocumentsSide

    @classmethod
    def of(cls, plan: Plan) -> Office:
        """Before anything runs."""
        before = None if plan.fresh else settled()
        begin = beginning().at if before is None else before.platform.clock.now()
        platform = Platform(plan.seed, begin, plan.faults, PARTITIONS)
        office = cls(platform, BookingSide(platform), DocumentsSide(platform))
        if before is not None:
            platform.cluster.copy_of(before.platform.cluster)
            for side, stood in zip(office.sides, before.sides, strict=True):
                side.copy_of(stood)
        return office

    @property
    def sides(self) -> tuple[ServiceSide, ...]:
        """Both."""
        return (self.booking, self.documents)

    async def live(self, deeds: Sequence[Deed]) -> None:
        """Everybody acts, then everything comes to rest."""
        for side in self.sides:
            side.start()

        async def act(deed: Deed) -> None:
            await asyncio.sleep(deed.after)
            await ACTS[deed.name][1](self.platform, Random(deed.number))  # noqa: S311

        await asyncio.gather(*map(act, deeds))
        self.platform.story.tell("all is done")
        tries = 0
        while left := [one for side in self.sides for one in side.open()]:
            tries += 1
            if tries > HEALING:
                self.platform.wrong.append(f"I15: not at rest: {', '.join(left)}")
                return
            await asyncio.sleep(0.1)
            if tries > PATIENT:  # whoever waits for a lease or a pause gets it over with
                self.platform.loop.skip(1.0)

    def judged(self) -> Iterator[str]:
        """What does not hold."""
        yield from self.platform.wrong
        for side in self.sides:
            for check in (acknowledged_is_stored, in_the_order_seen, published, reacted_once):
                yield from check(self.platform, side.side)
            yield from side.ledger.differs(side.side)
            yield from (f"I6: parked: {one['error']}" for one in side.side.readers.parked)
        for look in (one_holder, confirmed_stays, timers_in_time):
            yield from look(self.booking)
        yield from in_one_place(self.documents)
        yield from heard(self.booking, self.documents)
        if self.platform.story.seen["log:gap_detected"]:
            yield "I5: a consumer met a gap"


@cache
def settled() -> Office:
    """The platform once everybody has heard of the visit at the beginning."""
    office = Office.of(Plan(0, (), ()))
    wrong = _live(office, ()).wrong
    assert not wrong, wrong
    return office


def run(plan: Plan) -> Ran:
    """Run a plan once."""
    return _live(Office.of(plan), plan.deeds)


def _live(office: Office, deeds: Sequence[Deed]) -> Ran:
    quiet_logs()
    platform = office.platform
    TELLING.append(platform.story)
    try:
        with simulated_time(platform.loop), parsed_once():
            try:
                platform.loop.run_until_complete(office.live(deeds))
                wrong = list(office.judged())
            except Stuck as stuck:
                wrong = [f"stuck: {stuck}"]
            mark = platform.story.mark()
            platform.loop.bury()
    finally:
        TELLING.pop()
    return Ran(wrong, platform.story, mark, sum(len(side.side.log.events) for side in office.sides))


def failure(plan: Plan) -> str | None:
    """The first thing that is wrong with a plan, in two runs; None if nothing is."""
    first = run(plan)
    if first.wrong:
        return first.wrong[0]
    return None if first.mark == run(plan).mark else DIFFER


def shortest(plan: Plan, wrong: str) -> Plan:
    """The fewest deeds and faults with which the same kind of thing still goes wrong.

    Leaving one out changes the order of all that follows, so a few other orders are tried as well.
    """
    kind = wrong.partition(":")[0]

    def failing(shorter: Plan) -> Plan | None:
        for order in range(ORDERS):
            tried = replace(shorter, seed=plan.seed + order * 1_000_003)
            found = run(tried).wrong if wrong != DIFFER else [failure(tried) or ""]
            if any(one.partition(":")[0] == kind for one in found):
                return tried
        return None

    return _fewer(_fewer(plan, "deeds", failing), "faults", failing)


def _fewer(plan: Plan, part: str, failing: Callable[[Plan], Plan | None]) -> Plan:
    """Leave out ever smaller pieces, as long as what is left still fails."""
    size = max(1, len(getattr(plan, part)) // 2)
    while size:
        start = 0
        while start < len(things := getattr(plan, part)):
            shorter = failing(replace(plan, **{part: things[:start] + things[start + size :]}))
            if shorter is None:
                start += size
            else:
                plan = shorter
        size //= 2
    return plan


def told(plan: Plan) -> str:
    """A plan that fails, shortened, and its story line by line."""
    wrong = failure(plan) or "nothing is wrong"
    short = shortest(plan, wrong)
    ran = run(short)
    parts = [f"  {one}" for one in (*short.deeds, *short.faults)]
    findings = [f"  {one}" for one in ran.wrong or [wrong]]
    head = [
        f"seed {plan.seed}: {wrong}",
        f"shorter, in the order of seed {short.seed}, with",
        *parts,
        "happened",
        ran.story.text(),
        "and so",
        *findings,
    ]
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
            self.wrong[seed] = DIFFER

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
    with seldom_collected():
        for seed in seeds:
            if seconds is not None and time.perf_counter() - begun > seconds:
                break
            found.look(seed)
            if found.runs % COLLECT == 0:
                gc.collect()
    return found


@contextmanager
def seldom_collected() -> Iterator[None]:
    """The collector looks when it is told to: a run leaves its rings at its end, not before."""
    settled()
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
