"""A new booking on a new place, and the naming of its person, as pure decisions. Pure.

Promises: place and booking are stored together or not at all, with the limits they count for and
the person's row. ``decisions.py`` has the commands on bookings that are there already.
Shown by ``tests/rules/booking/test_decisions.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from buergerbuero_contracts.booking import (
    BookingKind,
    ConfirmationRequested,
    Method,
    Pool,
    Purpose,
    SlotReserved,
)
from buergerbuero_contracts.envelope import Event
from servicekit.log import Decision, Effects, Person, States, Stream

from . import commands as ask
from .case import Case, Part, new_person, on_day, pool_of, proof
from .full_hours import FullHours
from .rules import booking, catalogue, day_plan, hold_proof, limits
from .rules import booking_commands as c
from .rules.booking_state import Booking, start_of
from .rules.day_commands import ReserveSlot
from .rules.events import ConfirmationWithheld
from .rules.limits import Reached, together


class Reservation(msgspec.Struct, frozen=True):
    """A new booking on a new place: held, asked to confirm, or confirmed at once.

    ``day`` is the day plan that decides.
    """

    command: ask.ReserveSlot
    case: Case
    asked: catalogue.Asked
    day: Stream
    full: FullHours = msgspec.field(default_factory=FullHours)

    @property
    def streams(self) -> tuple[Stream, ...]:
        """The day and the new booking."""
        return (self.day, self.case.stream)

    def __call__(self, states: States) -> Decision:
        """SlotReserved, BookingOpened, and what the proof adds."""
        command, case, plan = self.command, self.case, states[self.day]
        full = self.full.of(command, case.site, case.at)
        if full and full.still(plan):
            raise full.refusal()
        pool = pool_of(command)
        method = None
        if command.contact is not None:
            wait = command.starts_at - case.at
            method = proof(command.channel, command.contact, command.by_letter, wait, case.settings)
        until = None if method else case.at + timedelta(minutes=case.settings.hold_minutes)
        shown = hold_proof.shown(
            case.site.opening.level,
            command.channel,
            command.proof,
            case.known.booking_id,
            case.at,
            until or case.at,
        )
        reserve = ReserveSlot(
            booking_id=case.known.booking_id,
            slot_id=case.context.new_id("slot"),
            starts_at=command.starts_at,
            ticks=self.asked.ticks,
            needs=self.asked.needs,
            pool=pool,
            items=command.items,
            persons=command.persons,
            channel=command.channel,
            purpose=Purpose.STAFF if method else Purpose.HOLD,
            at=case.at,
            hold_until=until,
            own_is_far=case.own_is_far,
            settings=case.settings,
        )
        reserved = day_plan.decide(reserve, plan)
        opened = self._open(pool, reserved, until, states[case.stream])
        parts = (*on_day(self.day, reserved), *opened)
        origin = hold_proof.counted(command.proof, command.origin)
        held = limits.hold(case.site.limits, origin, case.known.booking_id, case.at, until or case.at)
        if command.contact is None:
            return Decision(parts, together(held, shown))
        person = new_person(case.context, command.contact, command.language, command.starts_at)
        state = booking.DECIDER.fold((event for _stream, event in opened), Booking())
        named, effects = name_person(command, case, state, person)
        return Decision((*parts, *named), effects)

    def _open(
        self, pool: Pool, reserved: Sequence[Event], until: datetime | None, state: Booking
    ) -> tuple[Part, ...]:
        (slot,) = (event for event in reserved if isinstance(event, SlotReserved))
        command = self.command
        opening = c.OpenBooking(
            booking_id=slot.booking_id,
            kind=BookingKind.EMERGENCY if pool is Pool.EMERGENCY else BookingKind.APPOINTMENT,
            channel=command.channel,
            site=command.site,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            items=command.items,
            persons=command.persons,
            language=command.language,
            hold_until=until,
            emergency=command.emergency if pool is Pool.EMERGENCY else None,
        )
        return self.case.own(opening, state)


def name_person(
    command: ask.ReserveSlot | ask.GiveContact, case: Case, state: Booking, person: Person
) -> tuple[tuple[Part, ...], Effects]:
    """The contact of a hold: the mailed link is asked for, or the booking stands at once."""
    assert command.contact is not None  # noqa: S101 - both callers looked
    starts_at, booking_id = start_of(state), state.booking_id
    reached = Reached(case.contact, catalogue.groups(case.site.catalogue, state.items))
    method = proof(state.channel, command.contact, command.by_letter, starts_at - case.at, case.settings)
    if method is None and isinstance(command, ask.GiveContact) and command.mailbox_proven:
        method = Method.OFFER_LINK
    ended = together(
        limits.hold_until(command.origin, booking_id, None), limits.still_open(case.counted, booking_id, None)
    )
    row = Effects(people=(person,))
    if method is not None:
        confirm = c.ConfirmAtOnce(
            person_id=person.person_id, person_revision=1, method=method, settings=case.settings
        )
        counted = limits.booked_at_once(case.site.limits, reached, booking_id, starts_at)
        if isinstance(command, ask.GiveContact) and method is Method.OFFER_LINK:
            counted = together(
                counted, limits.booked_online(reached, booking_id, starts_at, once=command.once)
            )
        over = limits.confirm_until(reached, booking_id, None)
        return case.own(confirm, state), together(counted, ended, over, row)
    give = c.GiveContact(
        person_id=person.person_id,
        person_revision=1,
        language=person.language,
        at=case.at,
        settings=case.settings,
    )
    withheld = isinstance(command, ask.GiveContact) and command.withheld
    parts = asking(case.own(give, state), withheld=withheld)
    until = asked_in(parts).confirm_until
    counted = limits.contact_given(case.site.limits, reached, booking_id, until, command.origin)
    still = limits.still_open(case.counted, booking_id, until)
    if not case.counted:
        still = limits.open_again(case.site.limits, command.origin, booking_id, until)
    return parts, together(counted, mail(case, command.origin, withheld=withheld), ended, still, row)


def asking(parts: Sequence[Part], *, withheld: bool) -> tuple[Part, ...]:
    """The request to confirm, or one whose mail waits."""
    if not withheld:
        return tuple(parts)
    return tuple((one, ConfirmationWithheld.model_validate(event.model_dump())) for one, event in parts)


def asked_in(parts: Sequence[Part]) -> ConfirmationRequested:
    """The request to confirm among the parts of a decision."""
    (asked,) = (event for _stream, event in parts if isinstance(event, ConfirmationRequested))
    return asked


def mail(case: Case, origin: limits.Origin, *, withheld: bool) -> Effects:
    """One confirmation mail to the case's address, or one that only counts for who asked."""
    mail_id, address = case.context.new_id("mail"), None if withheld else case.address
    counted = limits.mail(case.site.limits, address, origin, mail_id, case.at)
    if not origin.public:
        return counted
    own = f"{case.address}:{case.known.booking_id}"
    return together(limits.mails_asked(case.site.limits, own, mail_id, case.at), counted)
