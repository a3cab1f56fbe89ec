"""Waiting list first, in the day plan: when a place is offered, to whom, until when, and who may take it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from buergerbuero_contracts.booking import (
    Channel,
    DayReplanned,
    Pool,
    Purpose,
    ReplanReason,
    SlotOffered,
    SlotReleased,
    SlotReserved,
)
from buergerbuero_contracts.envelope import Event
from servicekit.testing.rules import given, like
from services.booking.rules import day_plan, offers
from services.booking.rules.aside import place_id_of
from services.booking.rules.day_commands import (
    OfferSlot,
    ReclaimSlot,
)
from services.booking.rules.events import PlaceSetAside
from services.booking.rules.places import Wanted
from tests.rules.booking.offered import BACK, FRAME, OFFER, OFFERED, ONLINE, PLACE, came_back, offer, take
from tests.rules.booking.office import CARD, THURSDAY, at, block, on, plan, planned, reserve, slot, uid

# --- when a place comes back


@pytest.mark.parametrize(
    ("released", "offered"),
    [
        ("10:00", "10:10"),
        ("06:49", "07:00"),
        ("06:50", "07:00"),
        ("20:49", "20:59"),
    ],
)
def test_a_place_is_offered_when_the_undo_time_is_over_between_seven_and_nine(
    released: str, offered: str
) -> None:
    starts = on(THURSDAY + timedelta(days=3), "10:00")
    back = offers.returned(at(released), starts, 0.0)
    assert back.offer_from == at(offered)
    assert back.public_from >= at(offered) + timedelta(minutes=1)


@pytest.mark.parametrize("released", ["20:50", "23:30", "02:00"])
def test_at_night_it_is_kept_for_seven_o_clock(released: str) -> None:
    moment = at(released)
    morning = on(THURSDAY + timedelta(days=0 if released < "07" else 1), "07:00")
    back = offers.returned(moment, morning + timedelta(hours=2), 0.99)
    assert (back.offer_from, back.public_from) == (morning, morning + timedelta(minutes=1))


@pytest.mark.parametrize("draw", [0.0, 0.5, 0.99])
def test_what_begins_less_than_two_hours_after_that_goes_to_the_public(draw: float) -> None:
    at_night, morning = at("23:00"), on(THURSDAY + timedelta(days=1), "08:55")
    back = offers.returned(at_night, morning, draw)
    assert back.offer_from is None
    assert back.public_from <= at_night + timedelta(minutes=60)
    assert offers.returned(at("10:00"), at("12:09"), draw).offer_from is None
    assert offers.returned(at("10:00"), at("12:10"), draw).offer_from == at("10:10")


def test_a_pick_up_is_never_offered() -> None:
    assert offers.returned(at("10:00"), at("15:00"), 0.5, on_list=False).offer_from is None


# --- a round


def test_the_five_oldest_are_asked_for_an_hour() -> None:
    wishes = [f"w{n}" for n in range(7)]
    then = given(day_plan.DECIDER, *BACK).when(offer("10:10", *wishes))
    told = then.of(SlotOffered)
    assert told.wish_ids == tuple(map(uid, wishes[:5]))
    assert (told.offered_until, told.starts_at, told.ends_at) == (at("11:10"), at("14:00"), at("14:15"))


def test_an_offer_ends_half_an_hour_before_the_start() -> None:
    settings = {"settings": offer().settings.model_copy(update={"offer_minutes": 240})}
    long = OfferSlot(**{**_fields(offer("10:10")), **settings})
    assert given(day_plan.DECIDER, *BACK).when(long).of(SlotOffered).offered_until == at("13:30")


def _fields(command: OfferSlot) -> dict[str, Any]:
    return {name: getattr(command, name) for name in ("place_id", "offer_id", "candidates", "at", "settings")}


def test_nobody_who_fits_nothing_offered() -> None:
    longer = Wanted(4, ONLINE.needs, Pool.ONLINE)
    other = Wanted(3, (frozenset({"permits"}),), Pool.ONLINE)
    for wanted in (longer, other):
        given(day_plan.DECIDER, *BACK).when(offer(wanted=wanted)).nothing()
    given(day_plan.DECIDER, *BACK).when(
        OfferSlot(place_id=PLACE, offer_id=OFFER, candidates=(), at=at("10:10"))
    ).nothing()


def test_a_place_longer_than_needed_is_offered_too() -> None:
    short = Wanted(1, ONLINE.needs, Pool.ONLINE)
    given(day_plan.DECIDER, *BACK).when(offer(wanted=short)).then(like(SlotOffered))


@pytest.mark.parametrize(
    ("history", "clock"),
    [
        (BACK, "10:09"),  # the undo is not over
        (BACK, "10:30"),  # it is public
        (came_back("12:30"), "12:01"),  # too near
        (came_back("10:30", None), "10:10"),  # an expired hold: never
        ((FRAME,), "10:10"),  # no such place
        ((*BACK, slot("14:00-14:15", "other")), "10:10"),  # taken again
        (OFFERED, "10:20"),  # on offer already
    ],
)
def test_when_nothing_is_offered(history: tuple[Event, ...], clock: str) -> None:
    given(day_plan.DECIDER, *history).when(offer(clock)).nothing()


def test_two_hours_before_the_start_is_the_last_moment() -> None:
    given(day_plan.DECIDER, *came_back("12:30")).when(offer("12:00")).then(like(SlotOffered))


def test_outside_the_frame_nothing_is_offered_or_taken() -> None:
    closed = DayReplanned(
        site="flensburg",
        date=THURSDAY,
        counters=FRAME.counters,
        blocks=planned(block("c1", "07:30-14:00", Pool.ONLINE)).blocks,
        reason=ReplanReason.CLOSURE,
    )
    given(day_plan.DECIDER, *BACK, closed).when(offer()).nothing()
    given(day_plan.DECIDER, *OFFERED, closed).when(take()).refused("offer-taken")


def test_a_place_of_the_telephone_is_offered_within_two_days_only() -> None:
    """The waiting list books from the citizens' pool, and borrows by its rules."""
    frame = planned(block("c1", "07:30-16:00", Pool.EMERGENCY))
    taken = slot("14:00-14:15", "a", pool=Pool.EMERGENCY)
    given(day_plan.DECIDER, frame, taken, *BACK[2:]).when(offer()).nothing()
    frame = planned(block("c1", "07:30-16:00", Pool.PHONE))
    given(day_plan.DECIDER, frame, taken, *BACK[2:]).when(offer()).then(like(SlotOffered))


# --- while it is offered


def test_public_comes_after_the_offer_and_nobody_else_may_have_it_before() -> None:
    public = given(day_plan.DECIDER, *OFFERED)
    wish = reserve(at("14:00"), "p", now=at("11:10"), pool=Pool.ONLINE)
    public.when(wish).refused("not-released")
    later = reserve(at("14:00"), "p", now=at("11:11"), pool=Pool.ONLINE)
    public.when(later).then(like(SlotReserved))


def test_who_gave_it_back_can_neither_undo_nor_move_there_once_it_is_offered() -> None:
    undo = ReclaimSlot(
        booking_id=uid("a"),
        slot_id=uid("again"),
        starts_at=at("14:00"),
        ends_at=at("14:15"),
        items=CARD,
        persons=1,
        channel=Channel.ONLINE,
        at=at("10:10"),
    )
    given(day_plan.DECIDER, *BACK).when(undo).then(like(SlotReserved))
    given(day_plan.DECIDER, *OFFERED).when(undo).refused("undo-over")
    again = reserve(at("14:00"), "a", now=at("10:20"), pool=Pool.ONLINE)
    given(day_plan.DECIDER, *OFFERED).when(again).refused("not-released")


# --- taken


def test_the_first_takes_the_place_and_the_second_finds_it_taken() -> None:
    then = given(day_plan.DECIDER, *OFFERED).when(take("11:09"))
    reserved = then.of(SlotReserved)
    assert (reserved.purpose, reserved.offer_id, reserved.pool) == (Purpose.OFFER, OFFER, Pool.ONLINE)
    assert (reserved.starts_at, reserved.ends_at, reserved.occupied_until) == (
        at("14:00"),
        at("14:15"),
        at("14:20"),
    )
    given(day_plan.DECIDER, *OFFERED, *then.events).when(take("11:09", "other")).refused("offer-taken")


def test_before_its_end_an_offer_is_never_too_soon() -> None:
    soon = came_back("12:30", "12:00")
    settings = {"settings": offer().settings.model_copy(update={"offer_minutes": 240})}
    near = OfferSlot(**{**_fields(offer("12:00")), **settings})
    history = (*soon, *day_plan.decide(near, plan(*soon)))
    given(day_plan.DECIDER, *history).when(take("13:29")).then(like(SlotReserved))
    given(day_plan.DECIDER, *history).when(take("13:30")).refused("offer-over")


def test_an_offer_nobody_made_is_taken() -> None:
    given(day_plan.DECIDER, *BACK).when(take()).refused("offer-taken")


def test_what_a_move_leaves_over_is_a_place_of_its_own() -> None:
    """Two parts of one slot have two names, and a private event tells each."""
    parts = [place_id_of(uid("slot"), at(clock)) for clock in ("10:00", "10:30")]
    assert len(set(parts)) == 2
    (aside,) = (event for event in BACK if isinstance(event, PlaceSetAside))
    assert (aside.offer_from, place_id_of(aside.slot_id, aside.starts_at)) == (at("10:10"), PLACE)
    assert any(isinstance(event, SlotReleased) for event in BACK)
