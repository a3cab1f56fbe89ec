"""The place rule: which starts fit, which are shown, and which counter gets a visit. Pure.

Promises: the page that lists times and the command that decides call the same functions, so every
time shown is accepted on the same state; own pool first, then the borrow rules in order; the best
fit leaves the fewest unusable rests. Masks are integers over the day's ticks (``day_state``).
Shown by ``tests/rules/booking/test_places.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from uuid import UUID

import msgspec

from buergerbuero_contracts.booking import Pool

from .calendar import TICK, TICK_MINUTES, floor_to_tick, instant, local_date
from .day_state import Counter, DayPlan, span
from .settings import DEFAULTS, SiteSettings


@dataclass(frozen=True, slots=True)
class Borrow:
    """One rule by which a pool may use places of another; all conditions that are set must hold."""

    lender: Pool
    within: timedelta | None = None
    same_day: bool = False
    own_is_far: bool = False


BORROW: Mapping[Pool, tuple[Borrow, ...]] = {
    Pool.ONLINE: (
        Borrow(Pool.PHONE, within=timedelta(hours=48)),
        Borrow(Pool.DESK, within=timedelta(hours=24)),
    ),
    Pool.PHONE: (Borrow(Pool.DESK), Borrow(Pool.ONLINE, own_is_far=True)),
    Pool.DESK: (
        Borrow(Pool.PHONE, same_day=True),
        Borrow(Pool.ONLINE, same_day=True),
        Borrow(Pool.EMERGENCY, within=timedelta(minutes=60)),
    ),
    Pool.EMERGENCY: (),
    Pool.PICKUP_WINDOW: (),
}
"""Who books from which pool, and what it may borrow. ``walk_in`` is booked by nobody."""

_ASKS_OWN = frozenset(pool for pool, rules in BORROW.items() if any(rule.own_is_far for rule in rules))
FAR = 5
"""Working days to the next own place beyond which ``own_is_far`` holds."""


class Wanted(msgspec.Struct, frozen=True):
    """What is looked for. ``own_is_far``: the pool's next own place is more than ``FAR`` working days away.

    ``booking_id`` names the booking whose own set-aside place does not stand in its way.
    """

    ticks: int
    needs: tuple[frozenset[str], ...]
    pool: Pool
    own_is_far: bool = False
    booking_id: UUID | None = None


class Place(msgspec.Struct, frozen=True):
    """The counter that gets the visit, in ticks: start, end, and the end of the hygiene buffer."""

    counter: str
    pool: Pool
    lent_by: Pool | None
    start: int
    end: int
    busy: int


def asks_own(pool: Pool) -> bool:
    """Whether a borrow rule of the pool depends on how far its next own place is."""
    return pool in _ASKS_OWN


def runs(mask: int, length: int) -> int:
    """The bits from which ``length`` bits in a row are set: ``m & m>>1 & m>>2 …`` in log steps."""
    have = 1
    while have < length:
        step = min(have, length - have)
        mask &= mask >> step
        have += step
    return mask


def able(counter: Counter, needs: tuple[frozenset[str], ...]) -> bool:
    """Whether the counter has a skill for each of the services."""
    return _can(counter.skills, needs)


@lru_cache(maxsize=4_096)
def _can(skills: frozenset[str], needs: tuple[frozenset[str], ...]) -> bool:
    return all(need & skills for need in needs)


def levels(plan: DayPlan, wanted: Wanted, at: datetime) -> Iterator[tuple[Pool, Pool | None, int]]:
    """Pools in the order in which they are tried: pool of the place, lender, starts for which it may be."""
    everything = span(0, plan.ticks)
    yield wanted.pool, None, everything
    for rule in BORROW.get(wanted.pool, ()):
        if rule.same_day and local_date(at) != plan.day:
            continue
        if rule.own_is_far and not wanted.own_is_far:
            continue
        starts = everything
        if rule.within is not None:
            starts &= span(0, max(plan.tick(at + rule.within) + 1, 0))
        yield rule.lender, rule.lender, starts


def fits(counter: Counter, pool: Pool, wanted: Wanted, at: datetime) -> int:
    """The starts at which a visit fits on the counter: free, released, public, with its buffer."""
    room = counter.free & ~counter.set_aside(at, wanted.booking_id)
    usable = counter.pools.get(pool, 0) & room & ~counter.unreleased(at)
    starts = runs(usable, wanted.ticks)
    return starts & (runs(room, counter.buffer) >> wanted.ticks) if starts and counter.buffer else starts


def fits_at(counter: Counter, pool: Pool, wanted: Wanted, at: datetime, start: int) -> bool:
    """Whether the visit can begin there: ``able``, and the bit of ``fits`` without a look at the others."""
    return _fit(counter, pool, wanted, at, start) is not None


def starts(plan: DayPlan, wanted: Wanted, at: datetime, not_before: datetime) -> int:
    """All starts that can be decided, as a mask."""
    found = 0
    for pool, _lender, allowed in levels(plan, wanted, at):
        for counter in plan.counters.values():
            if able(counter, wanted.needs):
                found |= fits(counter, pool, wanted, at) & allowed
    return found & _from(plan, not_before)


def shown(
    plan: DayPlan,
    wanted: Wanted,
    at: datetime,
    not_before: datetime,
    settings: SiteSettings = DEFAULTS,
) -> int:
    """The starts that a page lists, as a mask: on the offer step or beside a neighbour, no rest wasted.

    A half-day without such a start lists every start that fits.
    """
    gap = settings.useful_gap // TICK_MINUTES
    step = _every(settings.offer_step // TICK_MINUTES, plan.ticks)
    all_fit, good = 0, 0
    for pool, _lender, allowed in levels(plan, wanted, at):
        fit_here, good_here = 0, 0
        for counter in plan.counters.values():
            if not able(counter, wanted.needs):
                continue
            fit = fits(counter, pool, wanted, at) & allowed
            if fit:
                fit_here |= fit
                good_here |= fit & _neat(counter, pool, wanted.ticks, gap, step)
        good |= good_here & ~all_fit
        all_fit |= fit_here
    window = _from(plan, not_before)
    all_fit, good = all_fit & window, good & window
    noon = _noon(plan)
    for half in (span(0, noon), span(noon, plan.ticks)):
        if not good & half:
            good |= all_fit & half
    return good


def _neat(counter: Counter, pool: Pool, ticks: int, gap: int, step: int) -> int:
    """Starts that leave no unusable rest and lie on the step or touch what is not free."""
    open_ticks = counter.pools.get(pool, 0) & counter.free
    length = ticks + counter.buffer
    lone_before, lone_after = 0, 0
    run_before, run_after = open_ticks << 1, open_ticks
    for size in range(1, gap):
        lone_before |= run_before & ~(open_ticks << (size + 1))
        lone_after |= run_after & ~(open_ticks >> size)
        run_before &= open_ticks << (size + 1)
        run_after &= open_ticks >> size
    touches = ~(open_ticks << 1) | ~(open_ticks >> length)
    return (step | touches) & ~lone_before & ~(lone_after >> length)


def best_place(
    plan: DayPlan, wanted: Wanted, at: datetime, start: int, settings: SiteSettings = DEFAULTS
) -> Place | None:
    """The best fit for a visit that begins at tick ``start``, or None if there is no room."""
    for pool, lender, allowed in levels(plan, wanted, at):
        if not allowed >> start & 1:
            continue
        visit, gap = span(start, start + wanted.ticks), settings.useful_gap // TICK_MINUTES
        found = [
            fit
            for counter in plan.counters.values()
            if counter.free & visit == visit and (fit := _fit(counter, pool, wanted, at, start, gap))
        ]
        if found:
            *_rests, code = min(found)
            end = start + wanted.ticks
            return Place(code, wanted.pool, lender, start, end, end + plan.counters[code].buffer)
    return None


def _fit(
    counter: Counter, pool: Pool, wanted: Wanted, at: datetime, start: int, gap: int = 0
) -> tuple[int, int, int, str] | None:
    """Unusable rests, size of the gap, booked time, code: smaller is better. None: it cannot begin there."""
    open_ticks = counter.pools.get(pool, 0) & counter.free
    end, first = start + wanted.ticks, 1 << start
    busy, visit = end, (1 << end) - first
    if open_ticks & visit != visit or not _can(counter.skills, wanted.needs):
        return None
    if counter.buffer:
        busy += counter.buffer
        if counter.free & (rest := span(end, busy)) != rest:
            return None
    if counter.opened_at > at and counter.unreleased(at) & visit:
        return None
    if counter.asides and counter.set_aside(at, wanted.booking_id) & span(start, busy):
        return None
    before = start - (~open_ticks & first - 1).bit_length()
    closed_after = ~(open_ticks >> busy)
    after = (closed_after & -closed_after).bit_length() - 1
    rests = (0 < before < gap) + (0 < after < gap)
    return rests, before + busy - start + after, counter.booked, counter.code


def settled_until(plan: DayPlan, at: datetime) -> datetime:
    """The next moment at which time alone may open a place: a tick begins, a place opens, a hold ends."""
    moments = [floor_to_tick(at) + TICK]
    for counter in plan.counters.values():
        moments += [opens for opens, _mask in counter.release if opens > at]
        moments += [aside.public_from for aside in counter.asides if aside.public_from > at]
    moments += [slot.hold_until for slot in plan.slots.values() if slot.hold_until and slot.hold_until > at]
    return min(moments)


def inside_frame(plan: DayPlan, start: int, ticks: int) -> bool:
    """Whether some counter is open all the while."""
    visit = span(start, start + ticks)
    return any(counter.frame & visit == visit for counter in plan.counters.values())


def withheld(plan: DayPlan, wanted: Wanted, at: datetime, start: int) -> bool:
    """Whether there are places for this start, and none of them is released and public yet."""
    visit, any_place = span(start, start + wanted.ticks), False
    for pool, _lender, allowed in levels(plan, wanted, at):
        if not allowed >> start & 1:
            continue
        for counter in plan.counters.values():
            if able(counter, wanted.needs) and counter.pools.get(pool, 0) & visit == visit:
                any_place = True
                if not (counter.unreleased(at) | counter.set_aside(at, wanted.booking_id)) & visit:
                    return False
    return any_place


def nearest(mask: int, start: int, count: int = 3) -> list[int]:
    """The set bits nearest to ``start``, in order of time."""
    return sorted(sorted(bits(mask), key=lambda tick: (abs(tick - start), tick))[:count])


def bits(mask: int) -> Iterator[int]:
    """The set bits, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _from(plan: DayPlan, not_before: datetime) -> int:
    first = max(-((plan.midnight - not_before) // TICK), 0)
    return span(first, plan.ticks)


def _noon(plan: DayPlan) -> int:
    return plan.tick(instant(plan.day, time(12))) if plan.day else 0


@lru_cache(maxsize=64)
def _every(step: int, ticks: int) -> int:
    """Every ``step``-th tick from midnight. Clock changes move by whole hours, so the steps stay."""
    return sum(1 << tick for tick in range(0, ticks, max(step, 1)))
