"""Free places as answers: counts per day, times of a day, the nearest ones. Pure, from day plans.

Promises: every time given is accepted during the whole 5-minute tick in which it is given (releases
count from the tick's beginning, lead time from its end), so an answer's bytes stay true for a tick;
nothing tells a drawn release moment. Shown by ``tests/rules/booking/test_free_slots.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from buergerbuero_contracts.booking import Pool

from .calendar import TICK, floor_to_tick, instant, local_date, working_days
from .day_state import DayPlan
from .places import FAR, Wanted, able, asks_own, bits, fits, nearest, shown
from .settings import DEFAULTS, PUBLISHED_POLICY, ReleasePolicy, SiteSettings

ALTERNATIVES = 3
MOST_KINDS = 128
"""Kinds of visits whose free starts are kept at a time."""
_Kept = tuple[DayPlan, SiteSettings, int]
Times = tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True, slots=True)
class FreeDay:
    """How many times a date offers, and the first of them."""

    date: date
    count: int
    first_at: datetime | None


def free_mask(plan: DayPlan, wanted: Wanted, at: datetime, settings: SiteSettings = DEFAULTS) -> int:
    """The starts that a page lists at a moment, as a mask over the day's ticks."""
    if plan.day is None:
        return 0
    tick_start = floor_to_tick(at)
    not_before = tick_start + TICK + timedelta(minutes=settings.lead_minutes)
    return shown(plan, wanted, tick_start, not_before, settings)


def times(plan: DayPlan, wanted: Wanted, at: datetime, settings: SiteSettings = DEFAULTS) -> Times:
    """The times of a day as (start, end), in order."""
    return listed(plan, free_mask(plan, wanted, at, settings), wanted.ticks)


def listed(plan: DayPlan, mask: int, ticks: int) -> Times:
    """The free starts of a day as (start, end), in order."""
    length = ticks * TICK
    found = (plan.instant(tick) for tick in bits(mask))
    return tuple((start, start + length) for start in found)


def free_day(plan: DayPlan, mask: int) -> FreeDay:
    """A planned date's line in the overview, from its free starts."""
    first = plan.instant((mask & -mask).bit_length() - 1) if mask else None
    return FreeDay(plan.day or local_date(plan.midnight), mask.bit_count(), first)


def overview(
    plans: Iterable[DayPlan], wanted: Wanted, at: datetime, settings: SiteSettings = DEFAULTS
) -> tuple[FreeDay, ...]:
    """One line per planned date, in the order given."""
    planned = (plan for plan in plans if plan.day is not None)
    return tuple(free_day(plan, free_mask(plan, wanted, at, settings)) for plan in planned)


def next_days(
    plans: Iterable[DayPlan],
    wanted: Wanted,
    at: datetime,
    most: int,
    settings: SiteSettings = DEFAULTS,
) -> tuple[tuple[date, Times], ...]:
    """The first dates that have free times, at most so many, in the order given."""
    found: list[tuple[date, Times]] = []
    for plan in plans:
        free = times(plan, wanted, at, settings)
        if free and plan.day is not None:
            found.append((plan.day, free))
        if len(found) == most:
            break
    return tuple(found)


def next_at(days: Sequence[FreeDay]) -> datetime | None:
    """The first free time of an overview."""
    return min((day.first_at for day in days if day.first_at is not None), default=None)


def next_release_at(
    plans: Iterable[DayPlan],
    at: datetime,
    policy: ReleasePolicy = PUBLISHED_POLICY,
) -> datetime | None:
    """The next moment of the published policy at which places open; never a drawn one.

    Every day with online places opens its own share in the morning, and the date four weeks later.
    """
    opening_days = sorted(
        plan.day
        for plan in plans
        if plan.day is not None and any(Pool.ONLINE in counter.pools for counter in plan.counters.values())
    )
    moments = (instant(day, policy.opens_at) for day in opening_days)
    return next((moment for moment in moments if moment > at), None)


class FreeMasks:
    """``free_mask``, worked out once for a plan and a tick: a change of one day costs that day alone.

    Exact: a plan never changes, its day gets another one. Bounded: a new tick begins anew.
    """

    def __init__(self) -> None:
        self._tick: datetime | None = None
        self._kept: dict[Wanted, dict[tuple[str, date], _Kept]] = {}

    def of(self, wanted: Wanted, at: datetime, settings: SiteSettings = DEFAULTS) -> Callable[[DayPlan], int]:
        """The look for one kind of visit at a moment."""
        tick = floor_to_tick(at)
        if tick != self._tick or len(self._kept) > MOST_KINDS:
            self._tick, self._kept = tick, {}
        days = self._kept.setdefault(wanted, {})

        def mask(plan: DayPlan) -> int:
            if plan.day is None:
                return 0
            kept = days.get((plan.site, plan.day))
            if kept is None or kept[0] is not plan or kept[1] is not settings:
                kept = days[plan.site, plan.day] = plan, settings, free_mask(plan, wanted, tick, settings)
            return kept[2]

        return mask


def alternatives(
    plans: Iterable[DayPlan], mask: Callable[[DayPlan], int], starts_at: datetime
) -> tuple[datetime, ...]:
    """Three free times instead of a start that was refused; ``mask`` gives the free starts of a day.

    ``plans`` begin with the day of that start: its nearest times come first, then the earliest of the
    days that follow.
    """
    found: list[datetime] = []
    for plan in plans:
        ticks = nearest(mask(plan), plan.tick(starts_at), ALTERNATIVES - len(found))
        found += [plan.instant(tick) for tick in ticks]
        if len(found) == ALTERNATIVES:
            break
    return tuple(found)


def own_is_far(plans: Iterable[DayPlan], wanted: Wanted, at: datetime) -> bool:
    """Whether the pool's next own place is more than five working days away, or there is none.

    False for a pool whose borrow rules do not ask.
    """
    if not asks_own(wanted.pool):
        return False
    today = local_date(at)
    own = (
        plan.day
        for plan in plans
        if plan.day is not None
        and plan.day >= today
        and any(
            able(counter, wanted.needs) and fits(counter, wanted.pool, wanted, at)
            for counter in plan.counters.values()
        )
    )
    first = min(own, default=None)
    return first is None or working_days(today, first) > FAR
