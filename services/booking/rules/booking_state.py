"""A booking's state: how far it has come, and what its next steps are judged by. Pure.

Promises: a fold of the booking's stream alone; every event of the category is understood, also
those whose commands live elsewhere (door, closures).
Shown by ``tests/rules/booking/test_booking.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from buergerbuero_contracts.booking import (
    AppointmentMissed,
    BookingCancelled,
    BookingConfirmed,
    BookingDisplaced,
    BookingKind,
    BookingOpened,
    BookingRescheduled,
    BookingRestored,
    By,
    CancellationUndone,
    Channel,
    CitizenAdmitted,
    ConfirmationRequested,
    HoldExpired,
    Method,
)
from buergerbuero_contracts.envelope import NIL, Event, Item
from servicekit.decider import Refused
from servicekit.log import Recorded

from .events import (
    AttendanceReaffirmed,
    ConfirmationUndeliverable,
    ContactUnreachable,
    HoldExtended,
)


class Status(StrEnum):
    """How far a booking has come."""

    NONE = "none"
    HELD = "held"
    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    DISPLACED = "displaced"
    ADMITTED = "admitted"
    MISSED = "missed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Booking(msgspec.Struct, frozen=True):
    """One booking. ``limit`` is the moment its hold ends; ``before`` what it was when it ended.

    ``oldest_link`` is the oldest attempt whose link still counts; ``address_revision`` the person's
    revision at the last request, which rises with a corrected address; ``undone`` tells that the
    last change took a cancellation back. ``own_moves`` are the citizen's, and begin anew with the
    confirmation: who went back and chose again before that has moved no appointment.
    """

    status: Status = Status.NONE
    booking_id: UUID = NIL
    kind: BookingKind = BookingKind.APPOINTMENT
    channel: Channel = Channel.ONLINE
    site: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    items: tuple[Item, ...] = ()
    persons: int = 1
    companions: int = 0
    document_ids: tuple[UUID, ...] = ()
    invitation_id: UUID | None = None
    language: str = "de"
    person_id: UUID | None = None
    person_revision: int = 0
    address_revision: int = 0
    method: Method | None = None
    limit: datetime | None = None
    extensions: int = 0
    attempts: int = 0
    oldest_link: int = 1
    undeliverable: int = 0
    moves: int = 0
    own_moves: int = 0
    sequence: int = 0
    before: Status = Status.NONE
    undo_until: datetime | None = None
    answer_until: datetime | None = None
    admitted_at: datetime | None = None
    door: str | None = None
    undone: bool = False
    unreachable: bool = False
    reaffirmed: bool = False


def evolve(state: Booking, event: Event) -> Booking:
    """The booking after an event of its stream."""
    match event:
        case BookingOpened():
            return Booking(
                status=Status.HELD,
                booking_id=event.booking_id,
                kind=event.kind,
                channel=event.channel,
                site=event.site,
                starts_at=event.starts_at,
                ends_at=event.ends_at,
                items=event.items,
                persons=event.persons,
                document_ids=event.document_ids,
                language=event.language or "de",
                limit=event.hold_until,
            )
        case HoldExtended():
            return replace(state, limit=event.hold_until, extensions=event.extension)
        case ConfirmationRequested():
            return _requested(state, event)
        case ConfirmationUndeliverable():
            return replace(state, undeliverable=event.attempt, limit=event.confirm_until)
        case BookingConfirmed():
            return _confirmed(state, event)
        case BookingRescheduled():
            return _moved(state, event)
        case HoldExpired():
            return replace(state, status=Status.EXPIRED, before=Status(event.stage.value), limit=None)
        case BookingCancelled() | CancellationUndone():
            return _cancelled(state, event)
        case BookingDisplaced():
            return replace(
                state, status=Status.DISPLACED, answer_until=event.answer_until, before=Status.CONFIRMED
            )
        case BookingRestored():
            return replace(
                state, status=Status.CONFIRMED, sequence=event.sequence, answer_until=None, undone=False
            )
        case CitizenAdmitted():
            return replace(
                state,
                status=Status.ADMITTED,
                admitted_at=event.admitted_at,
                door=event.door,
                undone=False,
            )
        case AppointmentMissed():
            return replace(state, status=Status.MISSED, undone=False)
        case ContactUnreachable():
            return replace(state, unreachable=True)
        case AttendanceReaffirmed():
            return replace(state, reaffirmed=True)
    return state


def _requested(state: Booking, event: ConfirmationRequested) -> Booking:
    corrected = event.person_revision > state.address_revision > 0
    return replace(
        state,
        status=Status.UNCONFIRMED,
        person_id=event.person_id,
        person_revision=max(state.person_revision, event.person_revision),
        address_revision=event.person_revision,
        language=event.language,
        attempts=event.attempt,
        oldest_link=event.attempt if corrected else state.oldest_link,
        limit=event.confirm_until,
    )


def _confirmed(state: Booking, event: BookingConfirmed) -> Booking:
    return replace(
        state,
        status=Status.CONFIRMED,
        booking_id=event.booking_id,
        person_id=event.person_id,
        person_revision=max(state.person_revision, event.person_revision or 0),
        language=event.language,
        invitation_id=event.invitation_id,
        method=event.method,
        companions=event.companions,
        sequence=event.sequence,
        limit=None,
        own_moves=0,
    )


def _moved(state: Booking, event: BookingRescheduled) -> Booking:
    status = state.status if state.status is Status.HELD else Status.CONFIRMED
    return replace(
        state,
        status=status,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        person_revision=max(state.person_revision, event.person_revision or 0),
        moves=event.moves,
        own_moves=state.own_moves + (event.by is By.CITIZEN),
        sequence=event.sequence,
        answer_until=None,
        undone=False,
        reaffirmed=False,
    )


def _cancelled(state: Booking, event: BookingCancelled | CancellationUndone) -> Booking:
    if isinstance(event, CancellationUndone):
        return replace(state, status=state.before, sequence=event.sequence, undo_until=None, undone=True)
    return replace(
        state,
        status=Status.CANCELLED,
        before=state.status,
        sequence=event.sequence,
        undo_until=event.undo_until,
        limit=None,
        undone=False,
    )


def folded(history: Iterable[Recorded], upto: int = 0) -> Booking:
    """The state after stored events of its stream, up to a log position or to the end."""
    state = Booking()
    for one in history:
        if not upto or one.position <= upto:
            state = evolve(state, one.event)
    return state


def start_of(state: Booking) -> datetime:
    """The planned start. Refuses ``wrong-state`` for a booking without a place."""
    if state.starts_at is None:
        raise Refused("wrong-state")
    return state.starts_at


def person_of(state: Booking) -> UUID:
    """Who it is for. Refuses ``wrong-state`` while nobody is named."""
    if state.person_id is None:
        raise Refused("wrong-state")
    return state.person_id


def described(state: Booking) -> dict[str, Any]:
    """What confirmed and moved bookings say alike."""
    return {
        "booking_id": state.booking_id,
        "invitation_id": state.invitation_id,
        "kind": state.kind,
        "site": state.site,
        "starts_at": state.starts_at,
        "ends_at": state.ends_at,
        "items": state.items,
        "persons": state.persons,
        "document_ids": state.document_ids,
        "language": state.language,
    }
