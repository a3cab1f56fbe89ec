"""Plans to runs, runs to findings. Each plan is run twice: two runs that differ are a finding themselves."""

from __future__ import annotations

import asyncio
import gc
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any
from unittest.mock import patch

from buergerbuero_contracts import topics
from servicekit import committer
from servicekit.testing.simulation.checks import (
    acknowledged_is_stored,
    in_the_order_seen,
    no_fault_of_ours,
    nothing_personal,
    published,
    reacted_once,
)
from servicekit.testing.simulation.loop import Process, Stuck, simulated_time
from servicekit.testing.simulation.platform import Platform
from servicekit.testing.simulation.story import TELLING, Story, quiet_logs, unmeasured
from servicekit.testing.simulation.topics import parsed_once
from tests.simulation.beginning import beginning
from tests.simulation.booking_checks import confirmed_stays, one_holder, timers_in_time
from tests.simulation.booking_side import BookingSide
from tests.simulation.citizens import ACTS
from tests.simulation.documents_checks import heard, in_one_place
from tests.simulation.documents_side import DocumentsSide
from tests.simulation.mail_side import MailSide
from tests.simulation.people_checks import TOPIC, copies_differ
from tests.simulation.plans import FAULTS, REBUILD, Deed, Plan, planned
from tests.simulation.service_side import ServiceSide

PARTITIONS = {topics.BOOKING: 3, topics.DOCUMENTS: 3, topics.NOTIFICATION: 1, topics.PEOPLE: 1}
DIFFER = "two runs of one plan differ"
LOOKS = (0.2, 0.9, 0.9)
"""Seconds between an idle writer's looks at the log, one for each run. The first is less than what counts as
fresh; looks that find nothing cost a quarter of a run."""
COLLECT = 10
"""Seeds after which what runs left behind is swept up."""
HEALING, PATIENT, LATE = 100, 15, 60
"""Looks, a tenth of a second apart, within which all must be at rest; from the fifteenth on time is short:
a relay looks at the tails of its topics once a minute, and what it sends again may be lost again. What the
people topic has lost is sent within the hour, and who is over erased, so from the sixtieth on hours pass;
a lease that was given by a wrong clock may bind for a quarter of one."""


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
    mail: MailSide | None = None

    @classmethod
    def of(cls, plan: Plan) -> Office:
        """Before anything runs."""
        before = None if plan.fresh else settled(plan.mail)
        begin = beginning().at if before is None else before.platform.clock.now()
        platform = Platform(plan.seed, begin, plan.faults, PARTITIONS)
        mail = MailSide(platform) if plan.mail else None
        office = cls(platform, BookingSide(platform), DocumentsSide(platform), mail)
        for side in office.sides:
            side.with_people = plan.mail
        if before is not None:
            platform.cluster.copy_of(before.platform.cluster)
            for side, stood in zip(office.sides, before.sides, strict=True):
                side.copy_of(stood)
        return office

    @property
    def sides(self) -> tuple[ServiceSide, ...]:
        """All that take part."""
        return (self.booking, self.documents, *([self.mail] if self.mail else []))

    async def live(self, deeds: Sequence[Deed]) -> list[str]:
        """Everybody acts, then everything comes to rest; what does not hold at that very moment."""
        for side in self.sides:
            side.start()

        async def act(deed: Deed) -> None:
            await asyncio.sleep(deed.after)
            if deed.name == REBUILD:
                side = self.sides[deed.number % len(self.sides)]
                Process(f"{side.service.name}-{REBUILD}", self.platform.loop).start(side.rebuild())
                return
            await ACTS[deed.name][1](self.platform, Random(deed.number))  # noqa: S311

        await asyncio.gather(*map(act, deeds))
        self.platform.story.tell("all is done")
        tries = 0
        while left := [*(one for side in self.sides for one in side.open()), *copies_differ(self.sides)]:
            tries += 1
            if tries > HEALING:
                self.platform.wrong.append(f"I15: not at rest: {', '.join(left)}")
                break
            await asyncio.sleep(0.1)
            if tries > PATIENT:  # whoever waits for a lease or a pause gets it over with
                self.platform.loop.skip(self._pause(left) if tries > LATE else 4.0)
        return list(self.judged())

    def _pause(self, left: Sequence[str]) -> float:
        """Seconds until what is left may come to rest, when that takes long."""
        if TOPIC in self.platform.cluster.lost or any(one.startswith("I14") for one in left):
            return 3600.0
        return 30.0 if self.platform.story.seen["clock set right"] else 4.0

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
        if self.mail:
            yield from self.mail.mails(self.booking)
            yield from copies_differ(self.sides)
        yield from nothing_personal(self.platform)
        yield from no_fault_of_ours(self.platform)
        yield from heard(self.booking, self.documents)
        if self.platform.story.seen["log:gap_detected"] and not self.platform.cluster.lost:
            yield "I5: a consumer met a gap"


@cache
def settled(mail: bool = False) -> Office:
    """The platform once everybody has heard of the visit at the beginning."""
    office = Office.of(Plan(0, (), (), mail=mail))
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
        looks = patch.object(committer, "IDLE", platform.random.choice(LOOKS))
        with simulated_time(platform.loop), parsed_once(), unmeasured(), looks:
            try:
                wrong = platform.loop.run_until_complete(office.live(deeds))
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


@dataclass
class Searched:
    """What some seeds led to. ``seen`` counts what was reached; ``wrong`` names a finding by its seed."""

    runs: int = 0
    twice: int = 0
    events: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    wrong: dict[int, str] = field(default_factory=dict)

    def look(self, seed: int, again: int = 1) -> None:
        """One seed; of ``again`` seeds one is run twice."""
        plan = planned(seed)
        first = run(plan)
        self.runs += 1
        self.events += first.events
        self.seen.update(first.story.seen)
        if first.wrong:
            self.wrong[seed] = first.wrong[0]
        elif seed % again == 0:
            self.twice += 1
            if first.mark != run(plan).mark:
                self.wrong[seed] = DIFFER

    def join(self, other: Searched) -> None:
        """Others' seeds too."""
        self.runs, self.twice = self.runs + other.runs, self.twice + other.twice
        self.events += other.events
        self.seen += other.seen
        self.wrong |= other.wrong

    def told(self) -> str:
        """In a few lines."""
        struck = [(name, self.seen[name]) for name in FAULTS]
        others = sorted((name, count) for name, count in self.seen.items() if name not in FAULTS)
        return "\n".join(
            (
                f"{self.runs} seeds, {self.twice} of them twice, {self.events} events",
                "faults: " + ", ".join(f"{name} {count}" for name, count in struck),
                "reached: " + ", ".join(f"{name} {count}" for name, count in others),
                f"{len(self.wrong)} went wrong",
            )
        )


def search(seeds: Iterable[int], seconds: float | None = None, again: int = 1) -> Searched:
    """Run the plans of these seeds, for so long at most."""
    begun, found = time.perf_counter(), Searched()
    with seldom_collected():
        for seed in seeds:
            if seconds is not None and time.perf_counter() - begun > seconds:
                break
            found.look(seed, again)
            if found.runs % COLLECT == 0:
                gc.collect()
                gc.freeze()
    return found


@contextmanager
def seldom_collected() -> Iterator[None]:
    """The collector looks when it is told to: a run leaves its rings at its end, not before."""
    settled(True)
    settled(False)
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
