"""A place that came back at ten o'clock of the day, and what is done with it."""

from __future__ import annotations

from buergerbuero_contracts.booking import (
    Channel,
    Pool,
    ReleaseReason,
)
from buergerbuero_contracts.envelope import Event
from services.booking.rules import day_plan
from services.booking.rules.aside import place_id_of
from services.booking.rules.day_commands import (
    Candidate,
    OfferSlot,
    ReleaseSlot,
    TakeOffer,
)
from services.booking.rules.places import Wanted
from tests.rules.booking.office import CARD, at, block, plan, planned, slot, uid

FRAME = planned(block("c1", "07:30-16:00", Pool.ONLINE))
PLACE = place_id_of(uid("slot of a"), at("14:00"))
OFFER = uid("offer")
ONLINE = Wanted(3, (frozenset({"identity"}),), Pool.ONLINE)


def came_back(public_from: str = "10:30", offer_from: str | None = "10:10") -> tuple[Event, ...]:
    """Somebody cancelled 14:00-14:15 at ten o'clock of the day."""
    taken = slot("14:00-14:15", "a", pool=Pool.ONLINE)
    back = ReleaseSlot(
        booking_id=uid("a"),
        reason=ReleaseReason.CANCELLED,
        public_from=at(public_from),
        offer_from=at(offer_from) if offer_from else None,
    )
    return (FRAME, taken, *day_plan.decide(back, plan(FRAME, taken)))


BACK = came_back()


def offer(clock: str = "10:10", *wishes: str, wanted: Wanted = ONLINE, name: str = "offer") -> OfferSlot:
    """Offer it; wishes oldest first."""
    candidates = tuple(Candidate(wish_id=uid(one), wanted=wanted) for one in wishes or ("w1", "w2"))
    return OfferSlot(place_id=PLACE, offer_id=uid(name), candidates=candidates, at=at(clock))


def take(clock: str = "10:20", booking: str = "new", wanted: Wanted = ONLINE) -> TakeOffer:
    return TakeOffer(
        offer_id=OFFER,
        booking_id=uid(booking),
        slot_id=uid("taken"),
        wanted=wanted,
        items=CARD,
        persons=1,
        channel=Channel.ONLINE,
        at=at(clock),
    )


OFFERED: tuple[Event, ...] = (*BACK, *day_plan.decide(offer(), plan(*BACK)))
