"""Wishes carried out: made, proven, declined, closed, ended by time or with the present appointment.

Promises: a wish, its person's row and what it counts for are stored together or not at all; the row of
somebody who only wished ends one day after the wish, that of a booking's person keeps the booking's time.
Offers of places are in ``offering.py``. Shown by ``tests/rules/booking/test_wishing.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from buergerbuero_contracts.booking import BookingKind, WishEnd
from buergerbuero_contracts.envelope import Event
from servicekit.decider import Refused
from servicekit.handle import Handler, Outcome
from servicekit.log import Arm, Context, Decision, Due, Effects, Person, States, Stream

from . import wish_commands as ask
from .contact import counted_as
from .rules import booking, catalogue, limits, retention, waiting_list
from .rules.booking_state import Booking, Status, folded, start_of
from .rules.calendar import TICK_MINUTES
from .rules.limits import Reached, together
from .rules.site import Site
from .rules.waiting_events import PassReason
from .rules.wish_state import Wish, WishStatus
from .surroundings import Surroundings, site_of
from .timers import WISH_END

USED = frozenset({Status.ADMITTED, Status.MISSED})


def wish_stream(wish_id: UUID) -> Stream:
    """A wish."""
    return Stream(waiting_list.CATEGORY, wish_id)


async def wish_of(handler: Handler, wish_id: UUID, upto: int = 0) -> Wish:
    """A wish, up to a log position or as it is now; the initial one if there is none."""
    stream = wish_stream(wish_id)
    history = (await handler.store.load([stream]))[stream]
    return waiting_list.DECIDER.fold(one.event for one in history if not upto or one.position <= upto)


async def booking_of(handler: Handler, booking_id: UUID) -> Booking:
    """A booking as it is now; the initial one if there is none."""
    stream = Stream("booking", booking_id)
    return folded((await handler.store.load([stream]))[stream])


@dataclass(frozen=True, slots=True)
class Wisher:
    """Whom a wish is for: the row, the keyed hash of the contact, and the site's rules."""

    site: Site
    person: Person | None
    contact: str | None

    @classmethod
    async def of(cls, handler: Handler, around: Surroundings, site: str, person_id: UUID) -> Wisher:
        """The person as stored; nobody once erased."""
        row = await handler.store.person(person_id)
        person = None if row is None or row.erased else row
        reach = (person.email or person.phone) if person else None
        return cls(
            site_of(around, site), person, around.hashed("contact", counted_as(reach)) if reach else None
        )

    def reached(self, wish: Wish) -> Reached:
        """Whom the limits count."""
        return Reached(self.contact, catalogue.groups(self.site.catalogue, wish.items))

    def kept(self, wish: Wish, until: datetime) -> Effects:
        """The row with another end, if the person has it for the wish alone."""
        if self.person is None or wish.booking_id is not None or self.person.keep_until == until:
            return Effects()
        return Effects(people=(replace(self.person, revision=self.person.revision + 1, keep_until=until),))

    def waits(self, wish: Wish, until: datetime) -> Effects:
        """An open wish counts until then."""
        return limits.wish(self.site.limits, self.reached(wish), wish.items, wish.wish_id, until)

    def ended(self, wish: Wish, at: datetime) -> Effects:
        """What a closed wish no longer counts for, and how long its person is still kept."""
        over = limits.wish_over(self.reached(wish), wish.items, wish.wish_id)
        return together(over, self.kept(wish, retention.of_ended_wish(at)))


def revision_in(effects: Effects) -> int | None:
    """The revision of the person's row that an append writes."""
    return effects.people[0].revision if effects.people else None


async def make_wish(
    handler: Handler, around: Surroundings, command: ask.MakeWish, context: Context
) -> Outcome:
    """WishMade, unproven; notification mails the link.

    What else the contact waits for is asked when the wish is proven: until then nobody may learn of it.
    """
    site, email = site_of(around, command.site), command.contact.email
    if email is None:
        raise Refused("invalid-input", errors={"email": "missing"})
    asked = catalogue.ask(site.catalogue, command.items, command.persons, site.opening.settings)
    person = Person(
        person_id=context.new_id("person"),
        revision=1,
        keep_until=context.at,
        name=command.contact.name,
        email=email,
        phone=command.contact.phone,
        language=command.language,
        needs=command.contact.needs,
    )
    make = waiting_list.Make(
        wish_id=context.new_id("wish"),
        person_id=person.person_id,
        person_revision=1,
        site=command.site,
        items=command.items,
        persons=command.persons,
        minutes=asked.ticks * TICK_MINUTES,
        language=command.language,
        window=command.window,
        at=context.at,
    )
    stream = wish_stream(make.wish_id)
    address, mail_id = around.hashed("address", counted_as(email)), context.new_id("mail")

    def decide(states: States) -> Decision:
        events = waiting_list.decide(make, states[stream])
        wish = waiting_list.DECIDER.fold(events)
        row = replace(person, keep_until=retention.of_ended_wish(wish.over_at or context.at))
        asked_for = limits.mail(site.limits, address, command.origin, mail_id, context.at)
        effects = together(asked_for, Effects(people=(row,)))
        return Decision(tuple((stream, event) for event in events), effects)

    return await handler.run(context, (stream,), decide)


async def wish_earlier(
    handler: Handler, around: Surroundings, command: ask.WishEarlier, context: Context
) -> Outcome:
    """WishMade for a booking that stands, active at once."""
    present = await booking_of(handler, command.booking_id)
    if present.person_id is None or present.kind is not BookingKind.APPOINTMENT:
        raise Refused("wrong-state")
    wisher = await Wisher.of(handler, around, present.site, present.person_id)
    own, stream = Stream("booking", command.booking_id), wish_stream(context.new_id("wish"))

    def decide(states: States) -> Decision:
        make = _earlier(command, states[own], wisher, stream.id, context.at)
        events = waiting_list.decide(make, states[stream])
        wish = waiting_list.DECIDER.fold(events)
        longest = waiting_list.last_moment(wish) or context.at  # its booking may move later
        counted = wisher.waits(wish, longest)
        return Decision(tuple((stream, event) for event in events), counted)

    return await handler.run(context, (own, stream), decide)


def _earlier(
    command: ask.WishEarlier, state: Booking, wisher: Wisher, wish_id: UUID, at: datetime
) -> waiting_list.Make:
    """What is wished for a booking: the same in an earlier place, which it may still move to."""
    settings, starts_at = wisher.site.opening.settings, start_of(state)
    if state.status not in booking.STANDING or state.person_id is None or state.ends_at is None:
        raise Refused("wrong-state", state=state.status.value)
    if at >= starts_at:
        raise Refused("too-late")
    if state.own_moves >= settings.max_moves:
        raise Refused("too-many-moves")
    if wisher.person is None or wisher.person.email is None:
        raise Refused("invalid-input", errors={"email": "missing"})
    return waiting_list.Make(
        wish_id=wish_id,
        person_id=state.person_id,
        person_revision=wisher.person.revision,
        site=state.site,
        items=state.items,
        persons=state.persons,
        minutes=int((state.ends_at - starts_at).total_seconds() // 60),
        language=state.language,
        window=command.window,
        at=at,
        booking_id=command.booking_id,
        starts_at=starts_at,
    )


async def of_wish(
    handler: Handler, around: Surroundings, command: ask.OfWish, context: Context, fired: Due | None = None
) -> Outcome:
    """One step of a wish that is there already. Refuses ``not-found``."""
    known = await wish_of(handler, command.wish_id)
    if known.status is WishStatus.NONE:
        raise Refused("not-found")
    wisher = await Wisher.of(handler, around, known.site, known.person_id)
    present = await booking_of(handler, known.booking_id) if known.booking_id else None
    stream = wish_stream(command.wish_id)
    if isinstance(command, ask.ConfirmWish) and known.status is WishStatus.UNPROVEN:
        await _make_room(handler, around, known, wisher, context)

    def decide(states: States) -> Decision:
        events, effects = _step(command, states[stream], wisher, present, context.at)
        return Decision(tuple((stream, event) for event in events), effects)

    return await handler.run(context, (stream,), decide, fired=fired)


async def _make_room(
    handler: Handler, around: Surroundings, known: Wish, wisher: Wisher, context: Context
) -> None:
    """The newer wish of a mailbox stands instead of an older one that nothing hangs on, in its own append."""
    keys = tuple(wisher.reached(known).per_group())
    older_id = await around.holder("wish-group", keys, context.at)
    older = await wish_of(handler, older_id) if older_id else Wish()
    if (
        older.status is not WishStatus.ACTIVE
        or older.booking_id
        or waiting_list.end_by_time(known, context.at)
    ):
        return
    row = await handler.store.person(older.person_id)
    if row is not None and wisher.person is not None and row.email == wisher.person.email:
        step = replace(context, command_id=context.new_id(f"instead:{older.wish_id}"))
        close = ask.CloseWish(wish_id=older.wish_id, reason=WishEnd.WITHDRAWN)
        await of_wish(handler, around, close, step)


def _step(
    command: ask.OfWish, wish: Wish, wisher: Wisher, present: Booking | None, at: datetime
) -> tuple[tuple[Event, ...], Effects]:
    match command:
        case ask.ConfirmWish():
            events = tuple(waiting_list.decide(waiting_list.Confirm(at=at), wish))
            until = wish.over_at or at
            later = Effects(timers=(Arm(WISH_END, wish.wish_id, until),))
            return events, together(wisher.waits(wish, until), later) if events else Effects()
        case ask.DeclineOffer(offer_id=offer):
            declined = waiting_list.Pass(offer_id=offer, reason=PassReason.DECLINED)
            return tuple(waiting_list.decide(declined, wish)), Effects()
        case ask.CloseWish(reason=reason):
            return closing(wish, wisher, reason, at)
        case ask.EndWish():
            reason_now = over(wish, present, at)
            if reason_now is not None:
                return closing(wish, wisher, reason_now, at)
            again = next_end(wish, present)
            return (), Effects(timers=(Arm(WISH_END, wish.wish_id, again),) if again and wish.is_open else ())


def closing(wish: Wish, wisher: Wisher, reason: WishEnd, at: datetime) -> tuple[tuple[Event, ...], Effects]:
    """WishClosed, and what ends with it; nothing for a wish that is over."""
    effects = wisher.ended(wish, at)
    close = waiting_list.Close(reason=reason, person_revision=revision_in(effects))
    events = tuple(waiting_list.decide(close, wish))
    return events, effects if events else Effects()


def over(wish: Wish, present: Booking | None, at: datetime) -> WishEnd | None:
    """Why an open wish is over by now; None while it goes on."""
    if present is not None and _may_come_back(present, at):
        return None
    if present is not None and present.status not in booking.STANDING:
        return WishEnd.APPOINTMENT_USED if present.status in USED else WishEnd.APPOINTMENT_CANCELLED
    if present is not None and at >= start_of(present):
        return WishEnd.APPOINTMENT_USED
    return waiting_list.end_by_time(wish, at)


def _may_come_back(present: Booking, at: datetime) -> bool:
    """Whether the cancellation may still be taken back, and with the appointment what was wished for it."""
    undo_until = present.undo_until
    return present.status is Status.CANCELLED and undo_until is not None and at < undo_until


def next_end(wish: Wish, present: Booking | None) -> datetime | None:
    """When to look again; the present booking may have moved since, or be cancelled and come back."""
    if wish.status is WishStatus.UNPROVEN:
        return wish.confirm_until
    if present is not None and present.status is Status.CANCELLED:
        return present.undo_until
    last = waiting_list.last_moment(wish)
    return min(last, start_of(present)) if last and present else last


async def end_wishes_of(
    handler: Handler, around: Surroundings, command: ask.EndWishesOf, context: Context
) -> Outcome:
    """Close what is still wished for a booking that is over, each in an append of its own; what may come back
    is looked at again then."""
    outcome = Outcome()
    for wish_id in await around.wishes_of(command.booking_id):
        step = replace(context, command_id=context.new_id(f"end:{wish_id}"))
        outcome = await of_wish(handler, around, ask.EndWish(wish_id=wish_id), step)
    return outcome
