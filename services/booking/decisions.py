"""Commands on a booking, as pure decisions over its stream and the day plans of its places.

Promises: a place and its booking change together or not at all; SlotReleased comes before
SlotReserved in a move; every guard, use and person row of a command is in its decision.
Shown by ``tests/rules/booking/test_decisions.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from msgspec import structs

from buergerbuero_contracts.booking import (
    BookingKind,
    Channel,
    ConfirmationRequested,
    Purpose,
    ReleaseReason,
)
from servicekit.log import Decision, Effects, States, Stream

from . import commands as ask
from . import pickups
from .case import Case, day_stream, new_person, on_day, pool_for
from .floor_commands import MarkMissed
from .missed import mark_missed
from .reserving import asked_in, asking, mail, name_person
from .rules import booking, catalogue, day_plan, limits, release, retention
from .rules import booking_commands as c
from .rules.booking_state import Booking, Status, start_of
from .rules.calendar import TICK
from .rules.day_commands import MoveSlot, ReclaimSlot, ReleaseSlot, ReserveSlot
from .rules.events import ConfirmationUndeliverable, HoldExtended
from .rules.limits import together

OPEN, STANDING = booking.OPEN, booking.STANDING
NOTHING = Decision(())


def extend_hold(command: ask.ExtendHold, case: Case, states: States) -> Decision:
    """More time, for the place and for the limits of the device."""
    parts = case.own(c.ExtendHold(at=case.at, settings=case.settings), case.state(states))
    (until,) = (event.hold_until for _stream, event in parts if isinstance(event, HoldExtended))
    device = limits.hold_until(limits.Origin(command.origin.device), case.known.booking_id, until)
    return Decision(parts, together(device, limits.still_open(case.counted, case.known.booking_id, until)))


def give_contact(command: ask.GiveContact, case: Case, states: States) -> Decision:
    """The person of a hold; the place of an expired one is taken again, if it is still free."""
    state = case.state(states)
    wording = command.language or state.language
    person = new_person(case.context, command.contact, wording, start_of(state))
    named, effects = name_person(command, case, state, person)
    if state.status is not Status.EXPIRED:
        return Decision(named, effects)
    until = next((e.confirm_until for _s, e in named if isinstance(e, ConfirmationRequested)), None)
    again = structs.replace(_place(case, state, command, Purpose.HOLD), hold_until=until)
    return Decision((*on_day(case.day, day_plan.decide(again, states[case.day])), *named), effects)


def resend_confirmation(command: ask.ResendConfirmation, case: Case, states: States) -> Decision:
    """One mail more, and a new limit."""
    again = case.own(c.ResendConfirmation(at=case.at, settings=case.settings), case.state(states))
    parts = asking(again, withheld=command.withheld)
    until = asked_in(parts).confirm_until
    counted = limits.confirm_until(case.reached, case.known.booking_id, until)
    still = limits.still_open(case.counted, case.known.booking_id, until)
    return Decision(parts, together(mail(case, command.origin, withheld=command.withheld), counted, still))


def correct_address(command: ask.CorrectAddress, case: Case, states: States) -> Decision:
    """The person's row with the right mailbox; the limits then count the right contact, and no longer
    whose address it was by mistake.

    ``case.contact`` and ``case.address`` are those of the new mailbox.
    """
    state = case.state(states)
    revision = (case.person.revision if case.person else state.person_revision) + 1
    correct = c.CorrectAddress(person_revision=revision, at=case.at, settings=case.settings)
    parts = asking(case.own(correct, state), withheld=command.withheld)
    until = asked_in(parts).confirm_until
    counted = limits.contact_given(case.site.limits, case.reached, state.booking_id, until, command.origin)
    row = Effects()
    if case.person is not None:
        row = Effects(people=(replace(case.person, revision=revision, email=command.email),))
    still = limits.still_open(case.counted, state.booking_id, until)
    mailed = mail(case, command.origin, withheld=command.withheld)
    return Decision(parts, together(_left(case), counted, mailed, still, row))


def _left(case: Case) -> Effects:
    """The contact before the correction counts this booking no more."""
    if case.former == case.contact:
        return Effects()
    return limits.confirm_until(replace(case.reached, contact=case.former), case.known.booking_id, None)


def confirm_booking(command: ask.ConfirmBooking, case: Case, states: States) -> Decision:
    """Unconfirmed no more: from now on it counts as a standing booking until its start.

    Who booked online has proven the mailbox by now, and is told if it has too many; staff were before.
    """
    state = case.state(states)
    confirm = c.ConfirmBooking(attempt=command.attempt, at=case.at, settings=case.settings)
    parts = case.own(confirm, state)
    if not parts:
        return NOTHING
    over = together(
        limits.confirm_until(case.reached, state.booking_id, None),
        limits.still_open(case.counted, state.booking_id, None),
    )
    if state.channel is Channel.ONLINE:
        counted = pickups.booked(case, state, once=command.once)
    else:
        counted = limits.stands_until(case.reached, state.booking_id, state.starts_at)
    return Decision(parts, together(over, counted))


def report_undeliverable(command: ask.ReportUndeliverable, case: Case, states: States) -> Decision:
    """The bounce of the newest mail shortens the limit."""
    report = c.ReportUndeliverable(attempt=command.attempt, at=case.at, settings=case.settings)
    parts = case.own(report, case.state(states))
    soon = next((e.confirm_until for _s, e in parts if isinstance(e, ConfirmationUndeliverable)), None)
    if soon is None:
        return NOTHING
    return Decision(parts, limits.confirm_until(case.reached, case.known.booking_id, soon))


def note_unreachable(_command: ask.NoteUnreachable, case: Case, states: States) -> Decision:
    """The desk should know."""
    return Decision(case.own(c.NoteUnreachable(), case.state(states)))


def reaffirm_attendance(_command: ask.ReaffirmAttendance, case: Case, states: States) -> Decision:
    """The person will come."""
    return Decision(case.own(c.ReaffirmAttendance(), case.state(states)))


def expire_hold(_command: ask.ExpireHold, case: Case, states: States) -> Decision:
    """The place returns, the limits count it no more, the person's row ends soon."""
    state = case.state(states)
    parts = case.own(c.ExpireHold(at=case.at), state)
    if not parts:
        return NOTHING
    until = release.public_after_expiry(case.at, case.site.opening.level, case.chance)
    back = ReleaseSlot(booking_id=state.booking_id, reason=ReleaseReason.EXPIRED, public_from=until)
    freed = on_day(case.day, day_plan.decide(back, states[case.day]))
    return Decision((*parts, *freed), _ended(case, state, limits.Origin()))


def cancel_booking(command: ask.CancelBooking, case: Case, states: States) -> Decision:
    """The booking ends, its place is set aside past the undo time."""
    state = case.state(states)
    cancel = c.CancelBooking(
        by=command.by,
        reason=command.reason,
        at=case.at,
        code_matches=command.code_matches,
        typed_day=command.typed_day,
        settings=case.settings,
    )
    parts = case.own(cancel, state)
    if not parts:
        return NOTHING
    back = ReleaseSlot(booking_id=state.booking_id, reason=ReleaseReason.CANCELLED, **case.given_back(state))
    freed = on_day(case.day, day_plan.decide(back, states[case.day]))
    return Decision((*parts, *freed), _ended(case, state, command.origin))


def _ended(case: Case, state: Booking, origin: limits.Origin) -> Effects:
    """What an ended booking no longer counts for, and how long its person is still kept."""
    booking_id = state.booking_id
    match state.status:
        case Status.HELD:
            return together(
                limits.hold_until(origin, booking_id, None), limits.still_open(case.counted, booking_id, None)
            )
        case Status.UNCONFIRMED:
            over = limits.confirm_until(case.reached, booking_id, None)
            ended = limits.still_open(case.counted, booking_id, None)
            return together(over, ended, case.kept(retention.of_ended_hold(case.at)))
    return pickups.stands(case, state, None)


def undo_cancel(command: ask.UndoCancel, case: Case, states: States) -> Decision:
    """The same booking on the same place, if not too many were booked instead."""
    state = case.state(states)
    parts = case.own(c.UndoCancel(at=case.at), state)
    if not parts or state.ends_at is None:
        return NOTHING
    reclaim = ReclaimSlot(
        booking_id=state.booking_id,
        slot_id=case.context.new_id("slot"),
        starts_at=start_of(state),
        ends_at=state.ends_at,
        items=state.items,
        persons=state.persons,
        channel=state.channel,
        at=case.at,
    )
    taken = on_day(case.day, day_plan.decide(reclaim, states[case.day]))
    stands = pickups.stands_again(case, state, states, once=command.once)
    return Decision((*taken, *parts), stands)


def reschedule_booking(command: ask.RescheduleBooking, case: Case, states: States) -> Decision:
    """The new place is decided first; then the old one returns and the new one is taken, together."""
    state = case.state(states)
    stands = state.status in STANDING
    row = case.kept(retention.of_appointment(command.starts_at)) if stands else Effects()
    move = c.RescheduleBooking(
        starts_at=command.starts_at,
        by=command.by,
        at=case.at,
        person_revision=row.people[0].revision if row.people else None,
        settings=case.settings,
    )
    parts = case.own(move, state)
    if not parts:
        return NOTHING
    place = structs.replace(
        _place(case, state, command, Purpose.MOVE), starts_at=command.starts_at, hold_until=state.limit
    )
    new_day = day_stream(state.site, command.starts_at)
    if new_day == case.day:
        move_slot = MoveSlot(reserve=place, **case.given_back(state))
        moved = on_day(new_day, day_plan.decide(move_slot, states[new_day]))
    else:
        taken = on_day(new_day, day_plan.decide(place, states[new_day]))
        back = ReleaseSlot(booking_id=state.booking_id, reason=ReleaseReason.MOVED, **case.given_back(state))
        moved = (*on_day(case.day, day_plan.decide(back, states[case.day])), *taken)
    counted = pickups.stands(case, state, command.starts_at) if stands else Effects()
    return Decision((*moved, *parts), together(counted, row))


def _place(case: Case, state: Booking, command: ask.OfBooking, purpose: Purpose) -> ReserveSlot:
    """A place like the booking's own: same start, length, services and persons."""
    starts_at = start_of(state)
    return ReserveSlot(
        booking_id=state.booking_id,
        slot_id=case.context.new_id("slot"),
        starts_at=starts_at,
        ticks=((state.ends_at or starts_at) - starts_at) // TICK,
        needs=catalogue.needs(case.site.catalogue, state.items),
        pool=pool_for(state, command),
        items=state.items,
        persons=state.persons,
        channel=state.channel,
        purpose=purpose,
        at=case.at,
        own_is_far=case.own_is_far,
        settings=case.settings,
    )


DECISIONS: Mapping[type[ask.OfBooking], Callable[[Any, Case, States], Decision]] = {
    ask.ExtendHold: extend_hold,
    ask.GiveContact: give_contact,
    ask.ResendConfirmation: resend_confirmation,
    ask.CorrectAddress: correct_address,
    ask.ConfirmBooking: confirm_booking,
    ask.ReportUndeliverable: report_undeliverable,
    ask.NoteUnreachable: note_unreachable,
    ask.ReaffirmAttendance: reaffirm_attendance,
    ask.ExpireHold: expire_hold,
    ask.CancelBooking: cancel_booking,
    ask.UndoCancel: undo_cancel,
    ask.RescheduleBooking: reschedule_booking,
    MarkMissed: mark_missed,
}
"""Every command on a booking and its decision."""

TOUCHES_DAY: Mapping[type[Any], frozenset[Status]] = {
    ask.GiveContact: frozenset({Status.EXPIRED}),
    ask.ExpireHold: OPEN,
    ask.CancelBooking: OPEN | STANDING,
    ask.UndoCancel: frozenset({Status.CANCELLED}),
    ask.RescheduleBooking: booking.MOVABLE,
    MarkMissed: frozenset({Status.CONFIRMED}),
}
"""Which commands touch the day of the booking's place, and in which of its states."""


def streams_of(command: ask.OfBooking, case: Case) -> tuple[Stream, ...]:
    """The streams of a command: the booking, and the days whose places it changes."""
    if case.known.status not in TOUCHES_DAY.get(type(command), frozenset()):
        return (case.stream,)
    days = {case.day}
    if isinstance(command, ask.RescheduleBooking):
        days.add(day_stream(case.known.site, command.starts_at))
    undoes_pickup = isinstance(command, ask.UndoCancel) and case.known.kind is BookingKind.PICKUP
    return (*sorted(days), case.stream, *((case.documents,) if undoes_pickup else ()))
