"""Places that came back and are kept from the public, and the offers of them. Parts of a day plan. Pure.

Promises: a fold of the day's events alone; a place that was offered is public only after its offer, and
no longer the own one of the booking that gave it back; an offer stays known after its place is gone.
Shown by ``tests/rules/booking/test_offers.py``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid5

import msgspec
from msgspec.structs import replace

from buergerbuero_contracts.booking import OfferLapsed, Pool, SlotOffered

from .events import PlaceSetAside

GRACE = timedelta(minutes=1)
"""From the moment of a round, or the end of an offer, to the public: time for the timer that follows it."""


def place_id_of(slot_id: UUID, starts_at: datetime) -> UUID:
    """A place that came back: a slot, or the part of it that a move left over."""
    return uuid5(slot_id, starts_at.isoformat())


class Aside(msgspec.Struct, frozen=True):
    """A place that came back and is kept from the public until ``public_from``.

    ``offer_from`` is when the waiting list may have it, None for never; ``offered`` that it was asked.
    """

    booking_id: UUID
    slot_id: UUID
    counter: str
    start: int
    busy: int
    pool: Pool
    lent_by: Pool | None
    public_from: datetime
    mask: int
    starts_at: datetime
    offer_from: datetime | None = None
    offered: bool = False

    @property
    def place_id(self) -> UUID:
        """Its name, for timers and offers."""
        return place_id_of(self.slot_id, self.starts_at)


class Offer(msgspec.Struct, frozen=True):
    """A place was offered to these wishes. ``open`` until it is taken or lapses."""

    offer_id: UUID
    place_id: UUID
    counter: str
    starts_at: datetime
    ends_at: datetime
    wish_ids: tuple[UUID, ...]
    offered_until: datetime
    open: bool = True


def came_back(event: PlaceSetAside, start: int, busy: int) -> Aside:
    """The place of an event, whose interval is the ticks from ``start`` up to ``busy``."""
    return Aside(
        booking_id=event.booking_id,
        slot_id=event.slot_id,
        counter=event.counter,
        start=start,
        busy=busy,
        pool=event.pool,
        lent_by=event.lent_by,
        public_from=event.public_from,
        mask=((1 << (busy - start)) - 1) << start if busy > start else 0,
        starts_at=event.starts_at,
        offer_from=event.offer_from,
    )


def offered(aside: Aside, event: SlotOffered) -> Aside:
    """The place after an offer: public not before the offer is over."""
    if aside.starts_at != event.starts_at:
        return aside
    return replace(aside, offered=True, public_from=max(aside.public_from, event.offered_until + GRACE))


def offer_of(event: SlotOffered, place_id: UUID) -> Offer:
    """What an event offers."""
    return Offer(
        offer_id=event.offer_id,
        place_id=place_id,
        counter=event.counter,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        wish_ids=event.wish_ids,
        offered_until=event.offered_until,
    )


def lapsed(offer: Offer, event: OfferLapsed) -> Offer:
    """The offer after its end."""
    return replace(offer, open=offer.open and offer.offer_id != event.offer_id)
