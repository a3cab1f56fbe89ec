"""An offer is taken: by the present booking, which moves, or as a new one, confirmed at once.

Promises: the place, the booking, the wish that is fulfilled and the others that missed it are stored
together or not at all; of five who press at once one has the place and the others are told so; a present
booking keeps its place until that very append.
Shown by ``tests/rules/booking/test_taking.py`` and ``tests/log/test_offers.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from msgspec import structs

from buergerbuero_contracts.booking import BookingKind, By, Channel, Method, Pool, ReleaseReason
from servicekit.decider import Refused
from servicekit.handle import Handler, Outcome
from servicekit.log import Busy, Context, Decision, Effects, Person, States, Stream

from . import wish_commands as ask
from .case import Case, Outdated, Part, day_stream, on_day
from .rules import booking, catalogue, day_plan, limits, retention, waiting_list
from .rules import booking_commands as c
from .rules import day_commands as d
from .rules.aside import Offer
from .rules.booking_state import Booking, start_of
from .rules.calendar import TICK_MINUTES, local_date
from .rules.day_state import DayPlan
from .rules.limits import together
from .rules.places import Wanted
from .rules.waiting_events import PassReason
from .rules.wish_state import Wish, WishStatus
from .surroundings import Surroundings
from .wishing import Wisher, booking_of, revision_in, wish_of, wish_stream

TRIES = 5


@dataclass(frozen=True, slots=True)
class Taking:
    """One wish takes its offer. ``case.known`` is the present booking, or the new one, not made yet."""

    case: Case
    wisher: Wisher
    wish: Wish
    offer_id: UUID
    others: tuple[UUID, ...]
    moves: bool
    once: bool = False

    @property
    def day(self) -> Stream:
        """The day plan of the offered place."""
        assert self.wish.offer is not None  # noqa: S101 - who takes was offered something
        return day_stream(self.wish.site, self.wish.offer.starts_at)

    @property
    def own(self) -> Stream:
        """The wish."""
        return wish_stream(self.wish.wish_id)

    @property
    def streams(self) -> tuple[Stream, ...]:
        """The day or days, the booking, the wish and the others that were asked."""
        days = {self.day, self.case.day} if self.moves else {self.day}
        return (*sorted(days), self.case.stream, self.own, *map(wish_stream, self.others))

    def __call__(self, states: States) -> Decision:
        """SlotReserved, the booking's event, WishFulfilled, and WishPassed for the others."""
        wish: Wish = states[self.own]
        if not wish.offered(self.offer_id):
            return Decision(self._fulfilled(wish, 1))
        plan: DayPlan = states[self.day]
        offer = plan.offers.get(self.offer_id)
        if offer is not None and not set(offer.wish_ids) <= {wish.wish_id, *self.others}:
            raise Outdated  # this process had not seen the offer yet when the streams were chosen
        row = self._row(wish)
        revision = row.people[0].revision if row.people else self._person.revision
        fulfilled = self._fulfilled(wish, revision)
        placed, effects = self._moved(states) if self.moves else self._booked(wish, plan, revision)
        over = limits.wish_over(self.wisher.reached(wish), wish.items, wish.wish_id)
        return Decision((*placed, *fulfilled, *self._missed(states)), together(effects, over, row))

    @property
    def _person(self) -> Person:
        if self.wisher.person is None:
            raise Refused("offer-over")  # nobody is left to come
        return self.wisher.person

    def _fulfilled(self, wish: Wish, revision: int) -> tuple[Part, ...]:
        accept = waiting_list.Accept(
            offer_id=self.offer_id,
            booking_id=self.case.known.booking_id,
            person_revision=revision,
            at=self.case.at,
        )
        return tuple((self.own, event) for event in waiting_list.decide(accept, wish))

    def _missed(self, states: States) -> list[Part]:
        taken = waiting_list.Pass(offer_id=self.offer_id, reason=PassReason.TAKEN)
        streams = map(wish_stream, self.others)
        return [(one, event) for one in streams for event in waiting_list.decide(taken, states[one])]

    def _row(self, wish: Wish) -> Effects:
        until = retention.of_appointment(wish.offer.starts_at) if wish.offer else self.case.at
        if self._person.keep_until == until:
            return Effects()
        return Effects(people=(replace(self._person, revision=self._person.revision + 1, keep_until=until),))

    def _take(self, state: Booking, ticks: int, channel: Channel) -> d.TakeOffer:
        needs = catalogue.needs(self.case.site.catalogue, state.items)
        return d.TakeOffer(
            offer_id=self.offer_id,
            booking_id=state.booking_id,
            slot_id=self.case.context.new_id("slot"),
            wanted=Wanted(ticks, needs, Pool.ONLINE),
            items=state.items,
            persons=state.persons,
            channel=channel,
            at=self.case.at,
        )

    def _booked(self, wish: Wish, plan: DayPlan, revision: int) -> tuple[tuple[Part, ...], Effects]:
        """A new booking, confirmed at once: the offer's link proved the mailbox."""
        case, known = self.case, structs.replace(self.case.known, items=wish.items, persons=wish.persons)
        reserved = day_plan.decide(self._take(known, wish.minutes // TICK_MINUTES, Channel.ONLINE), plan)
        starts_at, ends_at = slot_times(reserved)
        opening = c.OpenBooking(
            booking_id=known.booking_id,
            kind=BookingKind.APPOINTMENT,
            channel=Channel.ONLINE,
            site=wish.site,
            starts_at=starts_at,
            ends_at=ends_at,
            items=wish.items,
            persons=wish.persons,
            language=wish.language,
            hold_until=None,
        )
        opened = case.own(opening, Booking())
        held = booking.DECIDER.fold(event for _stream, event in opened)
        confirm = c.ConfirmAtOnce(
            person_id=wish.person_id,
            person_revision=revision,
            method=Method.OFFER_LINK,
            settings=case.settings,
        )
        reached = self.wisher.reached(wish)
        counted = limits.booked_at_once(case.site.limits, reached, known.booking_id, starts_at)
        own = limits.booked_online(reached, known.booking_id, starts_at, once=self.once)
        parts = (*on_day(self.day, reserved), *opened, *case.own(confirm, held))
        return parts, together(counted, own)

    def _moved(self, states: States) -> tuple[tuple[Part, ...], Effects]:
        """The present booking moves; its own place comes back, and may be offered in its turn."""
        case, state = self.case, self.case.state(states)
        was_at = start_of(state)
        ticks = int(((state.ends_at or was_at) - was_at).total_seconds() // 60) // TICK_MINUTES
        reserved = day_plan.decide(self._take(state, ticks, state.channel), states[self.day])
        starts_at, _ends_at = slot_times(reserved)
        move = c.RescheduleBooking(
            starts_at=starts_at,
            by=By.CITIZEN,
            at=case.at,
            person_revision=revision_in(self._row(self.wish)),
            settings=case.settings,
        )
        moved = case.own(move, state)
        back = d.ReleaseSlot(
            booking_id=state.booking_id, reason=ReleaseReason.MOVED, **case.given_back(state)
        )
        freed = on_day(case.day, day_plan.decide(back, states[case.day]))
        online = state.channel is Channel.ONLINE
        counted = limits.stands_until(case.reached, state.booking_id, starts_at, online=online)
        return (*freed, *on_day(self.day, reserved), *moved), counted


def slot_times(reserved: Sequence[Any]) -> tuple[Any, Any]:
    """Start and end of the place that was just given."""
    (slot,) = reserved
    return slot.starts_at, slot.ends_at


async def accept_offer(
    handler: Handler, around: Surroundings, command: ask.AcceptOffer, context: Context
) -> Outcome:
    """Take the place. Refuses ``offer-over``, ``offer-taken`` and, for too many bookings, what they refuse.

    A second time, in whatever way, it is the wish's booking again and nothing else happens.
    """
    for _ in range(TRIES):
        wish = await wish_of(handler, command.wish_id)
        if wish.status is WishStatus.NONE:
            raise Refused("not-found")
        if not wish.offered(command.offer_id):
            return await _answered(handler, wish, command, context)
        taking = await _taking(handler, around, wish, context)
        for once in (False, True):
            try:
                whole = replace(taking, once=once)
                return await handler.run(context, whole.streams, whole)
            except Outdated:
                break
            except Refused as refused:
                if once or not limits.missed_too_often(refused):
                    raise
    raise Busy


async def _answered(handler: Handler, wish: Wish, command: ask.AcceptOffer, context: Context) -> Outcome:
    """The offer is not open: taken by this wish before, by another, or over."""
    stream = wish_stream(wish.wish_id)

    def decide(states: States) -> Decision:
        present: Wish = states[stream]
        if present.offered(command.offer_id):
            raise Outdated
        accept = waiting_list.Accept(
            offer_id=command.offer_id,
            booking_id=present.booking_id or command.wish_id,
            person_revision=present.person_revision,
            at=context.at,
        )
        return Decision(tuple((stream, event) for event in waiting_list.decide(accept, present)))

    return await handler.run(context, (stream,), decide)


async def _taking(handler: Handler, around: Surroundings, wish: Wish, context: Context) -> Taking:
    assert wish.offer is not None  # noqa: S101 - it is offered
    present = await booking_of(handler, wish.booking_id) if wish.booking_id else None
    if present is not None and present.status not in booking.STANDING:
        raise Refused("offer-over")  # the appointment is used or cancelled; the wish ends with it
    day = local_date(wish.offer.starts_at)
    (plan,) = await around.plans(wish.site, day, day)
    wisher = await Wisher.of(handler, around, wish.site, wish.person_id)
    known = present or Booking(booking_id=context.new_id("booking"), site=wish.site)
    case = Case(context, wisher.site, known, wisher.person, contact=wisher.contact, chance=around.chance())
    offer: Mapping[UUID, Offer] = plan.offers
    asked = offer[wish.offer.offer_id].wish_ids if wish.offer.offer_id in offer else ()
    others = tuple(one for one in asked if one != wish.wish_id)
    return Taking(case, wisher, wish, wish.offer.offer_id, others, moves=present is not None)
