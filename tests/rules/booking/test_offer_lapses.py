"""An offer that nobody took: when it lapses, who is asked next, when the public comes."""

from __future__ import annotations

from buergerbuero_contracts.booking import (
    OfferLapsed,
    Pool,
    SlotOffered,
    SlotReserved,
)
from buergerbuero_contracts.envelope import Event
from servicekit.testing.rules import given, like
from services.booking.rules import day_plan
from services.booking.rules.day_commands import (
    LapseOffer,
)
from tests.rules.booking.offered import OFFER, OFFERED, offer, take
from tests.rules.booking.office import at, plan, reserve, uid


def test_an_offer_lapses_at_its_end_and_not_before() -> None:
    given(day_plan.DECIDER, *OFFERED).when(LapseOffer(offer_id=OFFER, at=at("11:09"))).nothing()
    then = given(day_plan.DECIDER, *OFFERED).when(LapseOffer(offer_id=OFFER, at=at("11:10")))
    then.then(like(OfferLapsed, wish_ids=(uid("w1"), uid("w2")), offered_until=at("11:10")))
    lapsed = (*OFFERED, *then.events)
    given(day_plan.DECIDER, *lapsed).when(LapseOffer(offer_id=OFFER, at=at("11:11"))).nothing()
    given(day_plan.DECIDER, *lapsed).when(take("11:09")).refused("offer-taken")


def test_a_taken_offer_does_not_lapse() -> None:
    taken = day_plan.decide(take(), plan(*OFFERED))
    given(day_plan.DECIDER, *OFFERED, *taken).when(LapseOffer(offer_id=OFFER, at=at("11:10"))).nothing()


def test_an_offer_lapses_also_when_the_public_took_the_place_meanwhile() -> None:
    """The timer was late: its wishes must not stay on an offer that is over."""
    taken = day_plan.decide(reserve(at("14:00"), "p", now=at("11:30"), pool=Pool.ONLINE), plan(*OFFERED))
    lapse = LapseOffer(offer_id=OFFER, at=at("11:31"))
    given(day_plan.DECIDER, *OFFERED, *taken).when(lapse).then(like(OfferLapsed))


def lapsed(*history: Event, at_: str = "11:10", name: str = "offer") -> tuple[Event, ...]:
    return (*history, *day_plan.decide(LapseOffer(offer_id=uid(name), at=at(at_)), plan(*history)))


def test_a_second_round_asks_others_and_a_third_never_follows() -> None:
    once = lapsed(*OFFERED)
    then = given(day_plan.DECIDER, *once).when(offer("11:10", "w1", "w3", name="second"))
    assert then.of(SlotOffered).wish_ids == (uid("w3"),)
    twice = lapsed(*once, *then.events, at_="12:10", name="second")
    given(day_plan.DECIDER, *twice).when(offer("12:10", "w4", name="third")).nothing()
    public = reserve(at("14:00"), "p", now=at("12:11"), pool=Pool.ONLINE)
    given(day_plan.DECIDER, *twice).when(public).then(like(SlotReserved))


def test_without_others_who_wait_the_place_is_public_after_the_first_round() -> None:
    once = lapsed(*OFFERED)
    given(day_plan.DECIDER, *once).when(offer("11:10", "w1", "w2", name="second")).nothing()
    public = reserve(at("14:00"), "p", now=at("11:11"), pool=Pool.ONLINE)
    given(day_plan.DECIDER, *once).when(public).then(like(SlotReserved))
