"""The life of a booking: hold, contact, confirmation, move, cancellation. One stream per booking.

Promises: a confirmed booking never expires; a confirmation after the limit, or after the end, never
brings a booking back; a repeat whose effect already holds gives no events; anything without a row
in the table is ``wrong-state``. Places are decided by ``day_plan.py`` in the same append.
Shown by ``tests/rules/booking/test_booking.py`` and ``test_confirmation.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never

from msgspec.structs import replace

from buergerbuero_contracts.booking import (
    BookingCancelled,
    BookingConfirmed,
    BookingOpened,
    BookingRescheduled,
    By,
    CancellationUndone,
    CancelReason,
    Channel,
    ConfirmationRequested,
    ExpiryReason,
    HoldExpired,
    HoldStage,
    Method,
)
from buergerbuero_contracts.envelope import Event
from servicekit.decider import Decider, Refused

from . import booking_commands as c
from .booking_state import Booking, Status, described, evolve, person_of, start_of
from .calendar import local_date
from .events import (
    AttendanceReaffirmed,
    ConfirmationUndeliverable,
    ContactUnreachable,
    EmergencyGranted,
    HoldExtended,
)
from .settings import SiteSettings

OPEN = frozenset({Status.HELD, Status.UNCONFIRMED})
STANDING = frozenset({Status.CONFIRMED, Status.DISPLACED})
CONFIRMED_BEFORE = STANDING | {Status.ADMITTED, Status.MISSED}
MOVABLE = STANDING | {Status.HELD}
LAST_ATTEMPT = 255
"""The number stands in one byte of the link: a mail with a higher one could not be written."""


def decide(command: c.Command, state: Booking) -> Sequence[Event]:
    """The events of one command on the booking. Raises ``Refused`` with the codes of the table."""
    match command:
        case c.OpenBooking():
            return _open(command, state)
        case c.ConfirmAtOnce():
            _expect_hold(state)
            named = replace(
                state,
                person_id=command.person_id,
                person_revision=command.person_revision,
                invitation_id=command.invitation_id,
            )
            return [_confirmed(named, command.method, command.settings)]
        case c.ExtendHold():
            return _extend(command, state)
        case c.GiveContact():
            _expect_hold(state)
            wording = command.language or state.language
            named = replace(state, person_id=command.person_id, language=wording)
            return [_request(named, command.person_revision, command.at, command.settings)]
        case c.ResendConfirmation() | c.CorrectAddress():
            _expect(state, Status.UNCONFIRMED, at=command.at)
            same = state.address_revision
            revision = command.person_revision if isinstance(command, c.CorrectAddress) else same
            return [_request(state, revision, command.at, command.settings)]
        case c.ConfirmBooking():
            return _confirm(command, state)
        case c.ReportUndeliverable():
            return _report_undeliverable(command, state)
        case c.ExpireHold():
            return _expire(command, state)
        case c.CancelBooking():
            return _cancel(command, state)
        case c.UndoCancel():
            return _undo(command, state)
        case c.RescheduleBooking():
            return _reschedule(command, state)
        case c.NoteUnreachable():
            _expect(state, Status.CONFIRMED)
            return [] if state.unreachable else [ContactUnreachable(booking_id=state.booking_id)]
        case c.ReaffirmAttendance():
            _expect(state, Status.CONFIRMED)
            return [] if state.reaffirmed else [AttendanceReaffirmed(booking_id=state.booking_id)]
        case _:
            assert_never(command)


def _expect(state: Booking, *allowed: Status, at: datetime | None = None) -> None:
    """A status; with ``at`` also time left: at its limit a hold counts for nobody, and gets no new one."""
    if state.status not in allowed:
        raise Refused("wrong-state", state=state.status.value)
    if at is not None and state.limit is not None and at >= state.limit:
        raise Refused("hold-expired")


def _expect_hold(state: Booking) -> None:
    """A hold, or one that expired: its place may still be free, which the day plan decides."""
    if not (state.status is Status.EXPIRED and state.before is Status.HELD):
        _expect(state, Status.HELD)


def _open(command: c.OpenBooking, state: Booking) -> Sequence[Event]:
    _expect(state, Status.NONE)
    opened = BookingOpened(
        booking_id=command.booking_id,
        kind=command.kind,
        channel=command.channel,
        site=command.site,
        starts_at=command.starts_at,
        ends_at=command.ends_at,
        items=command.items,
        persons=command.persons,
        document_ids=command.document_ids,
        language=command.language,
        hold_until=command.hold_until,
    )
    if command.emergency is None:
        return [opened]
    return [opened, EmergencyGranted(booking_id=command.booking_id, reason=command.emergency)]


def _extend(command: c.ExtendHold, state: Booking) -> Sequence[Event]:
    if state.status is Status.EXPIRED:
        raise Refused("hold-expired")
    _expect(state, Status.HELD, at=command.at)
    if state.extensions >= command.settings.max_extensions:
        raise Refused("no-more-extensions")
    until = command.at + timedelta(minutes=command.settings.hold_minutes)
    return [HoldExtended(booking_id=state.booking_id, hold_until=until, extension=state.extensions + 1)]


def _request(state: Booking, revision: int, at: datetime, settings: SiteSettings) -> Event:
    """The next attempt, with a new limit that never passes the start."""
    starts_at = start_of(state)
    if at >= starts_at:
        raise Refused("too-late")
    if state.attempts >= LAST_ATTEMPT:
        raise Refused("mail-limit")
    by_phone = state.channel is Channel.PHONE
    minutes = settings.confirm_minutes_caller if by_phone else settings.confirm_minutes
    return ConfirmationRequested(
        booking_id=state.booking_id,
        person_id=person_of(state),
        person_revision=revision,
        kind=state.kind,
        starts_at=starts_at,
        confirm_until=min(at + timedelta(minutes=minutes), starts_at),
        attempt=state.attempts + 1,
        language=state.language,
    )


def _confirm(command: c.ConfirmBooking, state: Booking) -> Sequence[Event]:
    if command.attempt < state.oldest_link:
        raise Refused("not-found")
    if state.status in CONFIRMED_BEFORE:
        return []
    if state.status is Status.EXPIRED:
        raise Refused("hold-expired")
    _expect(state, Status.UNCONFIRMED)
    if state.limit is not None and command.at > state.limit:
        raise Refused("hold-expired")
    return [_confirmed(state, Method.LINK, command.settings)]


def _confirmed(state: Booking, method: Method, settings: SiteSettings) -> Event:
    return BookingConfirmed(
        person_id=state.person_id,
        person_revision=state.person_revision,
        method=method,
        companions=settings.companions,
        sequence=state.sequence,
        **described(state),
    )


def _report_undeliverable(command: c.ReportUndeliverable, state: Booking) -> Sequence[Event]:
    """Only the newest attempt's bounce shortens the limit: a later one may have arrived."""
    _expect(state, Status.UNCONFIRMED)
    if command.attempt != state.attempts or state.undeliverable >= command.attempt:
        return []
    soon = command.at + timedelta(minutes=command.settings.undeliverable_minutes)
    return [
        ConfirmationUndeliverable(
            booking_id=state.booking_id,
            attempt=command.attempt,
            confirm_until=min(state.limit or soon, soon),
        )
    ]


def _expire(command: c.ExpireHold, state: Booking) -> Sequence[Event]:
    """Never a confirmed booking, never before the limit, never twice."""
    if state.status not in OPEN or state.limit is None or command.at < state.limit:
        return []
    undeliverable = state.undeliverable == state.attempts > 0
    return [
        HoldExpired(
            booking_id=state.booking_id,
            stage=HoldStage(state.status.value),
            reason=ExpiryReason.UNDELIVERABLE if undeliverable else command.reason,
        )
    ]


def _cancel(command: c.CancelBooking, state: Booking) -> Sequence[Event]:
    if state.status is Status.CANCELLED:
        return []
    _expect(state, *OPEN, *STANDING)
    stands = state.status in STANDING
    if stands and command.by is By.CITIZEN:
        starts_at = start_of(state)
        if not command.code_matches and command.typed_day != local_date(starts_at):
            raise Refused("code-mismatch")
        if command.at >= starts_at:
            raise Refused("too-late")
    undo = command.at + timedelta(minutes=command.settings.undo_minutes)
    may_undo = stands and command.reason is not CancelReason.DOCUMENT_GONE
    return [
        BookingCancelled(
            booking_id=state.booking_id,
            person_id=state.person_id,
            person_revision=state.person_revision or None,
            kind=state.kind,
            starts_at=state.starts_at,
            by=command.by,
            reason=command.reason,
            was_confirmed=stands,
            document_ids=state.document_ids,
            undo_until=undo if may_undo else None,
            sequence=state.sequence + 1,
        )
    ]


def _undo(command: c.UndoCancel, state: Booking) -> Sequence[Event]:
    if state.undone and state.status in STANDING:
        return []
    _expect(state, Status.CANCELLED)
    if state.before not in STANDING or state.undo_until is None or command.at >= state.undo_until:
        raise Refused("undo-over")
    return [
        CancellationUndone(
            booking_id=state.booking_id,
            person_id=person_of(state),
            person_revision=state.person_revision,
            starts_at=start_of(state),
            document_ids=state.document_ids,
            sequence=state.sequence + 1,
        )
    ]


def _reschedule(command: c.RescheduleBooking, state: Booking) -> Sequence[Event]:
    _expect(state, *MOVABLE, at=command.at)
    starts_at, ends_at = start_of(state), state.ends_at
    if ends_at is None:
        raise Refused("wrong-state")
    if command.starts_at == starts_at and state.status is not Status.DISPLACED:
        return []
    if command.at >= starts_at:
        raise Refused("too-late")
    if command.by is By.CITIZEN and state.own_moves >= command.settings.max_moves:
        raise Refused("too-many-moves")
    moved = described(state) | {
        "starts_at": command.starts_at,
        "ends_at": command.starts_at + (ends_at - starts_at),
    }
    return [
        BookingRescheduled(
            person_id=state.person_id,
            person_revision=command.person_revision or state.person_revision or None,
            method=state.method,
            companions=state.companions or command.settings.companions,
            sequence=state.sequence + 1,
            was_at=starts_at,
            by=command.by,
            moves=state.moves + 1,
            **moved,
        )
    ]


DECIDER: Decider[Booking, c.Command] = Decider("booking", Booking(), evolve, decide)
