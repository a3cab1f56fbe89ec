"""Waiting list first: when a place that came back is offered, to whom, and who may take it. Pure.

Promises: rounds begin between 7 and 21 o'clock local time, two hours before the start at the latest, twice
at most; the oldest wishes that fit come first, none is offered the same place twice; a place outside the
frame is never offered; before the end of the offer the place is its taker's, however soon it begins.
Shown by ``tests/rules/booking/test_offers.py`` and ``test_offers_model.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from msgspec.structs import replace

from buergerbuero_contracts.booking import OfferLapsed, Purpose, SlotOffered, SlotReserved
from buergerbuero_contracts.envelope import Event
from servicekit.decider import Refused

from . import release
from .aside import GRACE, Aside
from .aside import Offer as Offered
from .calendar import TICK, instant, local_date, local_time
from .day_commands import LapseOffer, OfferSlot, TakeOffer
from .day_state import DayPlan
from .places import Place, Wanted, able, fits_at, levels
from .settings import DEFAULTS, SiteSettings

MOST = 5
"""Wishes that are asked at once."""
ROUNDS = 2
AHEAD = timedelta(hours=2)
"""A round begins no later than this before the start."""
LAST = timedelta(minutes=30)
"""An offer ends no later than this before the start."""
OPENS, CLOSES = time(7), time(21)


@dataclass(frozen=True, slots=True)
class Return:
    """A place comes back: when it is public, and when the waiting list may have it, None for never."""

    public_from: datetime
    offer_from: datetime | None


def returned(
    at: datetime,
    starts_at: datetime,
    chance: float,
    settings: SiteSettings = DEFAULTS,
    *,
    on_list: bool = True,
) -> Return:
    """When a cancelled or moved place is offered: the undo time is over. At night it is kept for 7:00."""
    public = release.public_from(at, starts_at, chance, settings)
    offer = next_round(at + timedelta(minutes=settings.undo_minutes))
    if not on_list or starts_at - offer < AHEAD:
        return Return(public, None)
    return Return(max(public, offer + GRACE), offer)


def next_round(at: datetime) -> datetime:
    """The moment itself by day, else the next 7:00 local time."""
    clock, day = local_time(at), local_date(at)
    if OPENS <= clock < CLOSES:
        return at
    return instant(day if clock < OPENS else day + timedelta(days=1), OPENS)


def find_aside(state: DayPlan, place_id: UUID) -> Aside | None:
    """A place that came back to this day and is still kept."""
    asides = (aside for counter in state.counters.values() for aside in counter.asides)
    return next((aside for aside in asides if aside.place_id == place_id), None)


def may_begin(state: DayPlan, aside: Aside, at: datetime) -> bool:
    """Whether a round of offers of the place may begin at a moment."""
    before = [offer for offer in state.offers.values() if offer.place_id == aside.place_id]
    return (
        aside.offer_from is not None
        and aside.offer_from <= at < aside.public_from
        and aside.starts_at - at >= AHEAD
        and next_round(at) == at
        and len(before) < ROUNDS
        and not any(offer.open for offer in before)
    )


def place_for(state: DayPlan, aside: Aside, wanted: Wanted, at: datetime) -> Place | None:
    """The place for a visit, inside what came back; None if it does not fit, or the pool may not have it."""
    counter = state.counters[aside.counter]
    end = aside.start + wanted.ticks
    if end + counter.buffer > aside.busy or not able(counter, wanted.needs):
        return None
    others = replace(counter, asides=tuple(one for one in counter.asides if one != aside))
    for pool, lender, allowed in levels(state, wanted, at):
        if allowed >> aside.start & 1 and fits_at(others, pool, wanted, at, aside.start):
            return Place(counter.code, wanted.pool, lender, aside.start, end, end + counter.buffer)
    return None


def decide(command: OfferSlot | LapseOffer | TakeOffer, state: DayPlan) -> Sequence[Event]:
    """The events of one command. Raises ``Refused`` with ``offer-over`` and ``offer-taken``."""
    match command:
        case OfferSlot():
            return _offer(command, state)
        case LapseOffer():
            offer = state.offers.get(command.offer_id)
            if offer is None or not offer.open or command.at < offer.offered_until:
                return []
            return [_lapsed(state, offer)]
        case TakeOffer():
            return [_take(command, state)]


def _offer(command: OfferSlot, state: DayPlan) -> Sequence[Event]:
    aside = find_aside(state, command.place_id)
    if aside is None or not may_begin(state, aside, command.at):
        return []
    asked = {
        wish for offer in state.offers.values() if offer.place_id == aside.place_id for wish in offer.wish_ids
    }
    chosen = [
        one.wish_id
        for one in command.candidates
        if one.wish_id not in asked and place_for(state, aside, one.wanted, command.at)
    ][:MOST]
    if not chosen:
        return []
    until = command.at + timedelta(minutes=command.settings.offer_minutes)
    end = max(aside.busy - state.counters[aside.counter].buffer, aside.start + 1)
    return [
        SlotOffered(
            offer_id=command.offer_id,
            site=state.site,
            counter=aside.counter,
            starts_at=aside.starts_at,
            ends_at=state.instant(end),
            wish_ids=tuple(chosen),
            offered_until=min(until, aside.starts_at - LAST),
        )
    ]


def _lapsed(state: DayPlan, offer: Offered) -> OfferLapsed:
    return OfferLapsed(
        offer_id=offer.offer_id,
        site=state.site,
        counter=offer.counter,
        starts_at=offer.starts_at,
        ends_at=offer.ends_at,
        wish_ids=offer.wish_ids,
        offered_until=offer.offered_until,
    )


def _take(command: TakeOffer, state: DayPlan) -> Event:
    offer = state.offers.get(command.offer_id)
    if offer is None or not offer.open:
        raise Refused("offer-taken")
    if command.at >= offer.offered_until:
        raise Refused("offer-over")
    aside = find_aside(state, offer.place_id)
    place = place_for(state, aside, command.wanted, command.at) if aside else None
    if aside is None or place is None:
        raise Refused("offer-taken")
    return SlotReserved(
        booking_id=command.booking_id,
        slot_id=command.slot_id,
        site=state.site,
        date=local_date(aside.starts_at),
        counter=place.counter,
        pool=place.pool,
        lent_by=place.lent_by,
        starts_at=aside.starts_at,
        ends_at=aside.starts_at + command.wanted.ticks * TICK,
        occupied_until=state.instant(place.busy),
        items=command.items,
        persons=command.persons,
        channel=command.channel,
        purpose=Purpose.OFFER,
        offer_id=offer.offer_id,
    )
