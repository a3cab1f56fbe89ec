"""A day plan against a simple model: whatever is asked in whatever order, places never overlap.

The model knows intervals, not bit masks. Shown after each step: no two occupied intervals of a
counter overlap; the starts that the place rule gives are exactly those that the decision accepts;
times shown are among them.
"""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec import structs

from buergerbuero_contracts.booking import Pool, ReleaseReason, ReplanReason
from servicekit.decider import Refused
from services.booking.rules import day_plan, free_slots
from services.booking.rules.calendar import TICK
from services.booking.rules.day_commands import (
    Command,
    MoveSlot,
    PlanDay,
    ReclaimSlot,
    ReleaseSlot,
    ReplanDay,
)
from services.booking.rules.day_state import DayPlan
from services.booking.rules.hours import Frame
from services.booking.rules.places import bits, starts
from tests.rules.booking.office import CARD, THURSDAY, at, block, frame, reserve, uid, wanted

POOLS = [Pool.ONLINE, Pool.PHONE, Pool.DESK, Pool.EMERGENCY]
LENGTHS = [5, 15, 20, 35, 60]
KINDS = [wanted(minutes, pool) for minutes in (5, 20) for pool in POOLS]
FRAMES = [
    frame(block("c1", "08:00-10:00", Pool.ONLINE), block("c2", "08:00-11:00", Pool.PHONE)),
    frame(block("c1", "08:00-09:00", Pool.ONLINE), block("c1", "09:30-11:00", Pool.DESK)),
    frame(block("c1", "08:00-10:00", Pool.DESK), block("c2", "08:30-09:30", Pool.ONLINE), buffer=10),
    frame(block("c2", "08:00-11:00", Pool.ONLINE), block("c3", "08:00-09:00", Pool.EMERGENCY), buffer=0),
    Frame(),
]


class Day(RuleBasedStateMachine):
    """One day under arbitrary commands."""

    def __init__(self) -> None:
        super().__init__()
        self.plan = DayPlan()
        self.now = at("06:00")
        self.names = 0
        self.length: dict[str, int] = {}

    @initialize(of=st.sampled_from(FRAMES), seed=st.integers(0, 99))
    def planned(self, of: Frame, seed: int) -> None:
        self.run(PlanDay(site="flensburg", day=THURSDAY, frame=of, seed=seed, at=self.now))

    def run(self, command: Command) -> bool:
        try:
            events = day_plan.decide(command, self.plan)
        except Refused:
            return False
        before, self.plan = self.plan, day_plan.DECIDER.fold(events, self.plan)
        if before.room == self.plan.room:  # then nobody can have what could not be had before
            assert not any(
                starts(self.plan, one, self.now, self.now) & ~starts(before, one, self.now, self.now)
                for one in KINDS
            )
        return True

    @rule(minutes=st.integers(0, 45))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(of=st.sampled_from(FRAMES), seed=st.integers(0, 99))
    def hours_change(self, of: Frame, seed: int) -> None:
        self.run(ReplanDay(frame=of, reason=ReplanReason.HOURS, seed=seed))

    @rule(tick=st.integers(94, 134), minutes=st.sampled_from(LENGTHS), pool=st.sampled_from(POOLS))
    def somebody_books(self, tick: int, minutes: int, pool: Pool) -> None:
        self.names += 1
        start = self.plan.instant(tick)
        self.run(reserve(start, self.names, now=self.now, minutes=minutes, pool=pool))

    @rule(which=st.integers(0, 50), wait=st.integers(0, 60))
    def somebody_leaves(self, which: int, wait: int) -> None:
        if self.plan.slots:
            booking = list(self.plan.slots)[which % len(self.plan.slots)]
            until = self.now + timedelta(minutes=wait) if wait else None
            reason = ReleaseReason.CANCELLED if wait else ReleaseReason.EXPIRED
            assert self.run(ReleaseSlot(booking_id=booking, reason=reason, public_from=until))

    @rule(which=st.integers(0, 50), tick=st.integers(94, 134), pool=st.sampled_from(POOLS))
    def somebody_moves(self, which: int, tick: int, pool: Pool) -> None:
        if self.plan.slots:
            booking, slot = list(self.plan.slots.items())[which % len(self.plan.slots)]
            minutes = (slot.end - slot.start) * 5
            command = reserve(self.plan.instant(tick), "?", now=self.now, minutes=minutes, pool=pool)
            renamed = structs.replace(command, booking_id=booking)
            self.run(MoveSlot(reserve=renamed, public_from=self.now + timedelta(minutes=20)))
            assert booking in self.plan.slots

    @rule(which=st.integers(0, 50))
    def somebody_regrets(self, which: int) -> None:
        asides = [aside for counter in self.plan.counters.values() for aside in counter.asides]
        if asides:
            aside = asides[which % len(asides)]
            start = self.plan.instant(aside.start)
            self.run(
                ReclaimSlot(
                    booking_id=aside.booking_id,
                    slot_id=uid(f"again {self.names}"),
                    starts_at=start,
                    ends_at=start + 1 * TICK,
                    items=CARD,
                    persons=1,
                    channel=reserve(start).channel,
                    at=self.now,
                )
            )

    @invariant()
    def no_two_slots_of_a_counter_overlap(self) -> None:
        for code in self.plan.counters:
            taken = sorted((s.start, s.busy) for s in self.plan.slots.values() if s.counter == code)
            assert all(a[1] <= b[0] for a, b in pairwise(taken))

    @invariant()
    def the_mask_is_what_the_slots_leave(self) -> None:
        for code, counter in self.plan.counters.items():
            taken = {t for s in self.plan.slots.values() if s.counter == code for t in range(s.start, s.busy)}
            assert {t for t in range(self.plan.ticks) if not counter.free >> t & 1} == taken
            booked = sum(s.end - s.start for s in self.plan.slots.values() if s.counter == code)
            assert counter.booked == booked

    @rule(minutes=st.sampled_from(LENGTHS), pool=st.sampled_from(POOLS))
    def what_is_listed_is_what_can_be_decided(self, minutes: int, pool: Pool) -> None:
        asked = [
            reserve(self.plan.instant(tick), "?", now=self.now, minutes=minutes, pool=pool)
            for tick in range(90, 140)
        ]
        accepted = {self.plan.tick(one.starts_at) for one in asked if self.accepts(one)}
        soonest: datetime = self.now + timedelta(minutes=5)
        able = set(bits(starts(self.plan, asked[0].wanted, self.now, soonest)))
        assert accepted == able
        assert set(bits(free_slots.free_mask(self.plan, asked[0].wanted, self.now))) <= able

    def accepts(self, command: Command) -> bool:
        try:
            return bool(day_plan.decide(command, self.plan))
        except Refused:
            return False


TestDay = Day.TestCase
TestDay.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, phases=(Phase.explicit, Phase.generate)
)
