"""Free times: the overview of many days, and the times of one.

Promises: what is listed is decided by the same place rule as a booking; the same state and tick of
five minutes give the same bytes on every replica, rendered once. Clock rules count per tick,
releases at its start and ``too-soon`` at its end, so no time is shown that the clock refuses
(``rules/free_slots.py``).
Shown by ``tests/way/test_booking_api.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import msgspec
from msgspec import structs

from buergerbuero_contracts.booking import Pool
from buergerbuero_contracts.envelope import Item
from servicekit.decider import Refused
from servicekit.web.problems import local
from services.booking.api import bodies as b
from services.booking.api.views import known_site
from services.booking.office import Office
from services.booking.rules.calendar import TICK_MINUTES, local_date
from services.booking.rules.catalogue import ask
from services.booking.rules.day_state import DayPlan
from services.booking.rules.free_slots import (
    FreeMasks,
    Times,
    alternatives,
    free_day,
    listed,
    next_release_at,
    own_is_far,
)
from services.booking.rules.opening import Opening
from services.booking.rules.places import Wanted

MOST_DAYS = 60
MOST_SERVICES = 8
KEPT = 512
"""Answers in memory. All of one tick and state; the next tick begins anew."""

_SERVICE = re.compile(r"^([a-z][a-z0-9_]{0,39})(?::([1-9]))?$")


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody looks for. Hashable, so that the same question is answered once."""

    site: str
    items: tuple[tuple[str, int], ...]
    persons: int
    pool: Pool
    first: date
    days: int


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a page shows of the free times ahead.

    ``first_at`` is the nearest from today on, ``days`` the next dates with times, ``next_from`` the date
    from which to look on, if there is one. ``minutes`` is how long one stays.
    """

    minutes: int
    days: tuple[tuple[date, Times], ...]
    first_at: datetime | None
    next_from: date | None
    next_release_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Days:
    """What is ahead for one kind of visit: the dates with free times, and the next release."""

    days: tuple[b.DayCount, ...]
    next_release_at: datetime | None


def question(
    site: str, services: Sequence[str], persons: int, pool: Pool, first: date, days: int
) -> Question:
    """Read the query, or refuse with the fields that are wrong."""
    parts = [_SERVICE.match(one) for one in services]
    errors = {}
    if not 1 <= len(parts) <= MOST_SERVICES or not all(parts):
        errors["service"] = "format"
    if not 1 <= persons <= 6:
        errors["persons"] = "range"
    if not 1 <= days <= MOST_DAYS:
        errors["days"] = "range"
    if errors:
        raise Refused("invalid-input", errors=errors)
    items = tuple((part.group(1), int(part.group(2) or 1)) for part in parts if part)
    return Question(site, items, persons, pool, first, days)


class FreeSlots:
    """Answers from the plans in memory, kept for as long as they hold."""

    def __init__(self, office: Office, build: str) -> None:
        self._office, self._build = office, build
        self._tag, self._kept = "", dict[tuple[str, Question], bytes]()
        self._masks, self._ahead = FreeMasks(), dict[Wanted, _Days]()

    def tag(self, site: str) -> str:
        """The ETag of everything said about the site's free times just now."""
        tick = int(self._office.clock.now().timestamp()) // 300
        return f'"{self._build}-{site}-{self._office.version(site)}-{tick}"'

    def overview(self, asked: Question) -> bytes:
        """Days with their number of times."""
        return self._answer("overview", asked)

    def day(self, asked: Question) -> bytes:
        """The times of the first day asked for."""
        return self._answer("day", asked)

    def ahead(self, asked: Question, most: int, suits: Callable[[datetime], bool]) -> Ahead:
        """The first ``most`` dates from ``asked.first`` on with times that suit."""
        now, opening, wanted = self._surroundings(asked)
        plans, mask = self._office.plans(asked.site), self._masks.of(wanted, now, opening.settings)
        found: list[tuple[date, Times]] = []
        first_at = None
        for day, plan in plans.items():
            free = tuple(one for one in listed(plan, mask(plan), wanted.ticks) if suits(one[0]))
            first_at = first_at or (free[0][0] if free else None)
            if free and day >= asked.first:
                found.append((day, free))
            if len(found) > most:
                break
        release = next_release_at(plans.values(), now, opening.policy)
        next_from = found[most][0] if len(found) > most else None
        return Ahead(wanted.ticks * TICK_MINUTES, tuple(found[:most]), first_at, next_from, release)

    def instead(self, asked: Question, starts_at: datetime) -> tuple[datetime, ...]:
        """Three free times instead of one that cannot be had: the nearest of its day, then later days'."""
        now, opening, wanted = self._surroundings(asked)
        day = local_date(starts_at)
        plans = [plan for date_, plan in self._office.plans(asked.site).items() if date_ >= day]
        return alternatives(plans, self._masks.of(wanted, now, opening.settings), starts_at)

    def _answer(self, kind: str, asked: Question) -> bytes:
        tag = self.tag(asked.site)
        if tag != self._tag or len(self._kept) > KEPT:
            self._tag, self._kept, self._ahead = tag, {}, {}
        body = self._kept.get((kind, asked))
        if body is None:
            made = self._times(asked) if kind == "day" else self._overview(asked)
            body = self._kept[kind, asked] = msgspec.json.encode(made)
        return body

    def _overview(self, asked: Question) -> b.Overview:
        now, opening, wanted = self._surroundings(asked)
        ahead = self._ahead.get(wanted)
        if ahead is None:
            ahead = self._ahead[wanted] = self._days(asked.site, wanted, now, opening)
        found = [day for day in ahead.days if day.date >= asked.first]
        last = asked.first + timedelta(days=asked.days - 1)
        return b.Overview(
            days=tuple(day for day in found if day.date <= last),
            next_at=found[0].first_at if found else None,
            next_release_at=ahead.next_release_at,
        )

    def _days(self, site: str, wanted: Wanted, now: datetime, opening: Opening) -> _Days:
        """All days with free times; the office that changed in one day looks at that day alone."""
        plans, mask = self._office.plans(site).values(), self._masks.of(wanted, now, opening.settings)
        days = (free_day(plan, mask(plan)) for plan in plans)
        release = next_release_at(plans, now, opening.policy)
        return _Days(
            tuple(b.DayCount(day.date, day.count, local(day.first_at)) for day in days if day.first_at),
            local(release) if release else None,
        )

    def _times(self, asked: Question) -> b.Times:
        now, opening, wanted = self._surroundings(asked)
        plan = self._office.plans(asked.site).get(asked.first, DayPlan())
        found = listed(plan, self._masks.of(wanted, now, opening.settings)(plan), wanted.ticks)
        return b.Times(tuple(b.FreeTime(local(start), local(end)) for start, end in found))

    def _surroundings(self, asked: Question) -> tuple[datetime, Opening, Wanted]:
        """The moment, the site's settings, and what a place must offer."""
        known_site(self._office, asked.site)
        site, now = self._office.site(asked.site), self._office.clock.now()
        items = [Item(service=service, quantity=quantity) for service, quantity in asked.items]
        needed = ask(site.catalogue, items, asked.persons, site.opening.settings)
        wanted = Wanted(needed.ticks, needed.needs, asked.pool)
        far = own_is_far(self._office.plans(asked.site).values(), wanted, now)
        return now, site.opening, structs.replace(wanted, own_is_far=far)
