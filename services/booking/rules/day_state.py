"""A day plan's state: for each counter one integer whose bit i says that tick i is free. Pure.

Promises: the state is a fold of the day's events and nothing else; a tick belongs to at most one
slot; ticks are 5 minutes, counted from local midnight; instants are computed once, in UTC. Bits
beyond midnight exist, since a hygiene buffer may pass the end of a day.
Shown by ``tests/rules/booking/test_day_plan.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from buergerbuero_contracts.booking import (
    Block,
    DayPlanned,
    DayReplanned,
    OfferLapsed,
    PlannedCounter,
    Pool,
    ReleaseReason,
    SlotOffered,
    SlotReleased,
    SlotReserved,
)
from buergerbuero_contracts.envelope import Event

from .aside import Aside, Offer, came_back, lapsed, offer_of, offered
from .calendar import TICK, TICK_MINUTES, midnight, ticks_in
from .events import PlaceSetAside, ReleaseDrawn

HALF_HOUR = 6
"""Ticks for which one release moment is drawn."""
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
AFTER_MIDNIGHT = 24
"""Ticks past the day's end into which a buffer may reach."""


def span(start: int, end: int) -> int:
    """The bits of the ticks from ``start`` up to, not with, ``end``."""
    return ((1 << (end - start)) - 1) << start if end > start else 0


class Slot(msgspec.Struct, frozen=True):
    """A place that one booking has: ticks of the visit, and up to where the counter stays occupied."""

    booking_id: UUID
    slot_id: UUID
    counter: str
    start: int
    end: int
    busy: int
    pool: Pool
    lent_by: Pool | None = None
    hold_until: datetime | None = None


class Counter(msgspec.Struct, frozen=True):
    """One counter's day. ``pools`` and ``release`` are bit masks; ``booked`` counts ticks of visits.

    ``opened_at`` is when its last ticks open for the first time.
    """

    code: str
    skills: frozenset[str]
    buffer: int
    free: int
    pools: Mapping[Pool, int] = msgspec.field(default_factory=dict)
    release: tuple[tuple[datetime, int], ...] = ()
    asides: tuple[Aside, ...] = ()
    booked: int = 0
    opened_at: datetime = LONG_AGO

    @property
    def frame(self) -> int:
        """The ticks of all its blocks."""
        joined = 0
        for mask in self.pools.values():
            joined |= mask
        return joined

    def unreleased(self, at: datetime) -> int:
        """Ticks whose first opening is still to come."""
        closed = 0
        for bookable_from, mask in self.release:
            if bookable_from > at:
                closed |= mask
        return closed

    def set_aside(self, at: datetime, but: UUID | None = None) -> int:
        """Ticks that came back and are not public yet, except what ``but`` gave back, until it is offered."""
        kept = 0
        for aside in self.asides:
            if aside.public_from > at and (aside.booking_id != but or aside.offered):
                kept |= aside.mask
        return kept


class DayPlan(msgspec.Struct, frozen=True):
    """All that a decision on a place of one site and date reads. Without ``day`` it is not planned.

    ``room`` rises with every event after which there may be room that was not there before.
    """

    site: str = ""
    day: date | None = None
    midnight: datetime = LONG_AGO
    ticks: int = 0
    frame_counters: tuple[PlannedCounter, ...] = ()
    frame_blocks: tuple[Block, ...] = ()
    counters: Mapping[str, Counter] = msgspec.field(default_factory=dict)
    slots: Mapping[UUID, Slot] = msgspec.field(default_factory=dict)
    drawn: Mapping[tuple[str, int], datetime] = msgspec.field(default_factory=dict)
    offers: Mapping[UUID, Offer] = msgspec.field(default_factory=dict)
    room: int = 0

    def tick(self, at: datetime) -> int:
        """The tick in which a moment lies."""
        return (at - self.midnight) // TICK

    def instant(self, tick: int) -> datetime:
        """The moment at which a tick begins, in UTC."""
        return self.midnight + tick * TICK

    def online_parts(self) -> list[tuple[str, int]]:
        """Each counter's half hours with online places, as (counter, first tick of the half hour)."""
        return [
            (code, part)
            for code, counter in sorted(self.counters.items())
            for part in range(0, self.ticks, HALF_HOUR)
            if counter.pools.get(Pool.ONLINE, 0) & span(part, part + HALF_HOUR)
        ]


def evolve(state: DayPlan, event: Event) -> DayPlan:
    """The day after an event of its stream."""
    if isinstance(event, SlotReserved):
        return _reserved(state, event)
    return replace(_changed(state, event), room=state.room + 1)


def _changed(state: DayPlan, event: Event) -> DayPlan:
    match event:
        case DayPlanned() | DayReplanned():
            return _framed(state, event)
        case ReleaseDrawn():
            drawn = {(d.counter, state.tick(d.starts_at)): d.bookable_from for d in event.draws}
            return _with_release(state, {**state.drawn, **drawn})
        case SlotReleased():
            return _released(state, event)
        case PlaceSetAside():
            return _set_aside(state, event)
        case SlotOffered():
            return _offered(state, event)
        case OfferLapsed():
            offers = {key: lapsed(offer, event) for key, offer in state.offers.items()}
            return replace(state, offers=offers)
    return state


def _framed(state: DayPlan, event: DayPlanned | DayReplanned) -> DayPlan:
    start = midnight(event.date)
    plan = replace(
        state,
        site=event.site,
        day=event.date,
        midnight=start,
        ticks=ticks_in(event.date),
        frame_counters=event.counters,
        frame_blocks=event.blocks,
    )
    asides = [aside for counter in state.counters.values() for aside in counter.asides]
    counters = {
        planned.counter: Counter(
            code=planned.counter,
            skills=frozenset(planned.skills),
            buffer=-(-planned.hygiene_buffer // TICK_MINUTES),
            free=0,
            pools=_pools(plan, planned.counter, event.blocks),
        )
        for planned in event.counters
    }
    held = {slot.counter for slot in plan.slots.values()} | {aside.counter for aside in asides}
    for code in held - counters.keys():
        counters[code] = replace(state.counters[code], pools={})
    all_free = span(0, plan.ticks + AFTER_MIDNIGHT)
    for code, counter in counters.items():
        own = [slot for slot in plan.slots.values() if slot.counter == code]
        taken = 0
        for slot in own:
            taken |= span(slot.start, slot.busy)
        counters[code] = replace(
            counter,
            free=all_free & ~taken,
            asides=tuple(aside for aside in asides if aside.counter == code),
            booked=sum(slot.end - slot.start for slot in own),
        )
    return _with_release(replace(plan, counters=counters), state.drawn)


def _pools(plan: DayPlan, counter: str, blocks: Iterable[Block]) -> dict[Pool, int]:
    pools: dict[Pool, int] = {}
    for block in blocks:
        if block.counter == counter:
            mask = span(plan.tick(block.from_), plan.tick(block.until))
            pools[block.pool] = pools.get(block.pool, 0) | mask
    return pools


def _with_release(state: DayPlan, drawn: Mapping[tuple[str, int], datetime]) -> DayPlan:
    """The release masks of each counter, in order of time: only its online ticks have a first opening."""
    moments: dict[str, dict[datetime, int]] = {}
    for (code, part), bookable_from in drawn.items():
        if code in state.counters:
            mask = span(part, part + HALF_HOUR) & state.counters[code].pools.get(Pool.ONLINE, 0)
            of_counter = moments.setdefault(code, {})
            of_counter[bookable_from] = of_counter.get(bookable_from, 0) | mask
    counters = {}
    for code, counter in state.counters.items():
        release = tuple(sorted(moments.get(code, {}).items()))
        last = release[-1][0] if release else LONG_AGO
        counters[code] = replace(counter, release=release, opened_at=last)
    return replace(state, counters=counters, drawn=drawn)


def _reserved(state: DayPlan, event: SlotReserved) -> DayPlan:
    slot = Slot(
        booking_id=event.booking_id,
        slot_id=event.slot_id,
        counter=event.counter,
        start=state.tick(event.starts_at),
        end=state.tick(event.ends_at),
        busy=state.tick(event.occupied_until),
        pool=event.pool,
        lent_by=event.lent_by,
        hold_until=event.hold_until,
    )
    mask = span(slot.start, slot.busy)
    counter = state.counters[slot.counter]
    asides = tuple([aside for aside in counter.asides if not aside.mask & mask])
    booked = counter.booked + slot.end - slot.start
    changed = replace(counter, free=counter.free & ~mask, asides=asides, booked=booked)
    return replace(
        state,
        slots={**state.slots, slot.booking_id: slot},
        counters={**state.counters, slot.counter: changed},
        offers={
            key: replace(one, open=one.open and key != event.offer_id) for key, one in state.offers.items()
        },
        room=state.room + (len(asides) < len(counter.asides)),  # the rest of what was set aside is public now
    )


def _released(state: DayPlan, event: SlotReleased) -> DayPlan:
    """Free the slot. What a missed appointment leaves is the slot up to where the freed part begins."""
    if event.reason is ReleaseReason.MISSED:
        slot = state.slots[event.booking_id]
        rest = state.tick(event.starts_at)
        kept = {**state.slots, slot.booking_id: replace(slot, end=rest, busy=rest)}
        counter = state.counters[slot.counter]
        free, booked = counter.free | span(rest, slot.busy), counter.booked - slot.end + rest
        return replace(_with(state, replace(counter, free=free, booked=booked)), slots=kept)
    return without(state, event.booking_id)


def without(state: DayPlan, booking_id: UUID) -> DayPlan:
    """The day as if the booking had no place."""
    slot = state.slots.get(booking_id)
    if slot is None:
        return state
    counter = state.counters[slot.counter]
    free, booked = counter.free | span(slot.start, slot.busy), counter.booked - slot.end + slot.start
    changed = replace(counter, free=free, booked=booked)
    others = {other: kept for other, kept in state.slots.items() if other != booking_id}
    return replace(_with(state, changed), slots=others)


def _with(state: DayPlan, counter: Counter) -> DayPlan:
    return replace(state, counters={**state.counters, counter.code: counter})


def _set_aside(state: DayPlan, event: PlaceSetAside) -> DayPlan:
    aside = came_back(event, state.tick(event.starts_at), state.tick(event.occupied_until))
    counter = state.counters[event.counter]
    return _with(state, replace(counter, asides=(*counter.asides, aside)))


def _offered(state: DayPlan, event: SlotOffered) -> DayPlan:
    counter = state.counters[event.counter]
    changed = replace(counter, asides=tuple(offered(aside, event) for aside in counter.asides))
    (place,) = (aside.place_id for aside in counter.asides if aside.starts_at == event.starts_at)
    return replace(
        state,
        counters={**state.counters, event.counter: changed},
        offers={**state.offers, event.offer_id: offer_of(event, place)},
    )
