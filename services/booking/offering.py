"""Places that came back, offered to the waiting list: the round and its end. ``taking.py`` has the rest.

Promises: the place's offer and the wishes' offers are stored together or not at all, and so are their
ends; a round looks at the wishes' own streams, so no wish gets a second open offer, however late the list.
Shown by ``tests/rules/booking/test_offering.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from buergerbuero_contracts.booking import Pool, SlotOffered
from servicekit.handle import Handler, Outcome
from servicekit.log import Arm, Context, Decision, Due, Effects, States

from . import wish_commands as ask
from .case import Part, day_stream, on_day
from .rules import booking, catalogue, day_plan, offers, waiting_list
from .rules import day_commands as d
from .rules.aside import Aside, Offer
from .rules.booking_state import start_of
from .rules.calendar import TICK_MINUTES, local_date
from .rules.day_state import DayPlan
from .rules.limits import together
from .rules.places import Wanted
from .rules.site import Site
from .rules.waiting_events import PassReason
from .rules.wish_state import Waiting, Wish, WishStatus
from .surroundings import Surroundings, site_of
from .timers import RETURN_OFFER
from .wishing import Wisher, booking_of, revision_in, wish_of, wish_stream

LOOK = 15
"""Wishes that one round looks at: some may be closed or have another offer by then."""
TRIES = 5
Found = TypeVar("Found", Aside, Offer)


async def _find(
    around: Surroundings, context: Context, fired: Due | None, look: Callable[[DayPlan], Found | None]
) -> tuple[str, DayPlan, Found] | None:
    """The day plan that knows a place or an offer, of all sites' planned days.

    From the day on which the timer was due: after an outage the offer's own day may be over. Until the last
    that anybody may wait for: the site's horizon may be shorter now than when the day was planned.
    """
    today = local_date(context.at)
    first = min(today, local_date(fired.due_at)) if fired else today
    last = today + timedelta(days=waiting_list.DAYS_AHEAD)
    for code in around.sites():
        for plan in await around.plans(code, first, last):
            if plan.day is not None and (found := look(plan)) is not None:
                return code, plan, found
    return None


def wanted(site: Site, wish: Wish | Waiting) -> Wanted:
    """What a wish needs of a place."""
    needs = catalogue.needs(site.catalogue, wish.items)
    return Wanted(wish.minutes // TICK_MINUTES, needs, Pool.ONLINE)


# --- a round


async def offer_returned(
    handler: Handler, around: Surroundings, command: ask.OfferReturned, context: Context, fired: Due | None
) -> Outcome:
    """SlotOffered and its WishOffered; nothing if it is not the time, or nobody waits for such a place."""
    found = await _find(around, context, fired, lambda plan: offers.find_aside(plan, command.place_id))
    if found is None or not offers.may_begin(found[1], found[2], context.at):
        return await handler.run(context, (), lambda _states: Decision(()), fired=fired)
    code, plan, aside = found
    site, day = site_of(around, code), day_stream(code, aside.starts_at)
    fitting = list[UUID]()
    for one in await around.wishes(code, local_date(aside.starts_at)):
        fits = one.window.suits(aside.starts_at) and offers.place_for(
            plan, aside, wanted(site, one), context.at
        )
        if fits and len(fitting) < LOOK and await _could_take(handler, site, one, aside):
            fitting.append(one.wish_id)

    def decide(states: States) -> Decision:
        active = [wish for wish in (states[wish_stream(one)] for one in fitting) if _waits(wish, aside)]
        offer = d.OfferSlot(
            place_id=command.place_id,
            offer_id=context.new_id("offer"),
            candidates=tuple(d.Candidate(wish_id=wish.wish_id, wanted=wanted(site, wish)) for wish in active),
            at=context.at,
            settings=site.opening.settings,
        )
        events = day_plan.decide(offer, states[day])
        parts = [
            (wish_stream(wish_id), event)
            for one in events
            if isinstance(one, SlotOffered)
            for wish_id in one.wish_ids
            for event in waiting_list.decide(_offer(one), states[wish_stream(wish_id)])
        ]
        return Decision((*on_day(day, events), *parts))

    return await handler.run(context, (day, *map(wish_stream, fitting)), decide, fired=fired)


def _offer(slot: SlotOffered) -> waiting_list.Offer:
    return waiting_list.Offer(
        offer_id=slot.offer_id, starts_at=slot.starts_at, offered_until=slot.offered_until
    )


def _waits(wish: Wish, aside: Aside) -> bool:
    suits = wish.window is not None and wish.window.suits(aside.starts_at)
    return wish.status is WishStatus.ACTIVE and suits


async def _could_take(handler: Handler, site: Site, one: Waiting, aside: Aside) -> bool:
    """A present booking stands, begins after the place, and may still move."""
    if one.booking_id is None:
        return True
    present = await booking_of(handler, one.booking_id)
    may_move = present.status in booking.STANDING and present.own_moves < site.opening.settings.max_moves
    return may_move and start_of(present) > aside.starts_at


# --- nobody took it


async def lapse_offer(
    handler: Handler, around: Surroundings, command: ask.LapseOffer, context: Context, fired: Due | None
) -> Outcome:
    """OfferLapsed, and what it means for each wish; the second round is a timer's next step."""
    found = await _find(around, context, fired, lambda plan: plan.offers.get(command.offer_id))
    if found is None:
        return await handler.run(context, (), lambda _states: Decision(()), fired=fired)
    code, _plan, offer = found
    day, streams = day_stream(code, offer.starts_at), [wish_stream(one) for one in offer.wish_ids]
    wishers = {
        one: await Wisher.of(handler, around, code, (await wish_of(handler, one)).person_id)
        for one in offer.wish_ids
    }

    def decide(states: States) -> Decision:
        lapse = d.LapseOffer(offer_id=offer.offer_id, at=context.at)
        events = day_plan.decide(lapse, states[day])
        if not events:
            return Decision(())
        parts, effects = list[Part](), Effects(timers=(Arm(RETURN_OFFER, offer.place_id, context.at),))
        for wish_id, wisher in wishers.items():
            wish: Wish = states[wish_stream(wish_id)]
            ended = wisher.ended(wish, context.at)
            lapsed = waiting_list.Pass(
                offer_id=offer.offer_id, reason=PassReason.LAPSED, person_revision=revision_in(ended)
            )
            own = waiting_list.decide(lapsed, wish)
            parts += [(wish_stream(wish_id), event) for event in own]
            if not waiting_list.DECIDER.fold(own, wish).is_open and wish.is_open:
                effects = together(effects, ended)
        return Decision((*on_day(day, events), *parts), effects)

    return await handler.run(context, (day, *streams), decide, fired=fired)
