"""The stages of one booking for Thursday at 10:00, as the events that led there."""

from __future__ import annotations

from datetime import datetime

from buergerbuero_contracts.booking import (
    AppointmentMissed,
    BookingCancelled,
    BookingDisplaced,
    BookingKind,
    By,
    CancelReason,
    ExpiryReason,
    HoldExpired,
    HoldStage,
)
from buergerbuero_contracts.envelope import Event
from tests.rules.booking.office import BOOKING, PERSON, at, confirmed, opened, requested, uid

HELD: tuple[Event, ...] = (opened(),)
UNCONFIRMED: tuple[Event, ...] = (*HELD, requested())
CONFIRMED: tuple[Event, ...] = (*UNCONFIRMED, confirmed())
DISPLACED: tuple[Event, ...] = (
    *CONFIRMED,
    BookingDisplaced(
        booking_id=BOOKING,
        person_id=PERSON,
        person_revision=1,
        closure_id=uid("closure"),
        starts_at=at("10:00"),
        proposals=(),
        answer_until=at("08:00"),
    ),
)
MISSED: tuple[Event, ...] = (
    *CONFIRMED,
    AppointmentMissed(
        booking_id=BOOKING,
        person_id=PERSON,
        person_revision=1,
        kind=BookingKind.APPOINTMENT,
        starts_at=at("10:00"),
    ),
)
EXPIRED_HELD: tuple[Event, ...] = (
    *HELD,
    HoldExpired(booking_id=BOOKING, stage=HoldStage.HELD, reason=ExpiryReason.TIME),
)
EXPIRED: tuple[Event, ...] = (
    *UNCONFIRMED,
    HoldExpired(booking_id=BOOKING, stage=HoldStage.UNCONFIRMED, reason=ExpiryReason.TIME),
)


def cancelled(was_confirmed: bool, undo: datetime | None) -> BookingCancelled:
    return BookingCancelled(
        booking_id=BOOKING,
        person_id=PERSON,
        person_revision=1,
        kind=BookingKind.APPOINTMENT,
        starts_at=at("10:00"),
        by=By.CITIZEN,
        reason=CancelReason.CITIZEN_WISH,
        was_confirmed=was_confirmed,
        undo_until=undo,
        sequence=1,
    )


CANCELLED: tuple[Event, ...] = (*CONFIRMED, cancelled(True, at("08:40")))

STAGES: dict[str, tuple[Event, ...]] = {
    "none": (),
    "held": HELD,
    "unconfirmed": UNCONFIRMED,
    "confirmed": CONFIRMED,
    "displaced": DISPLACED,
    "missed": MISSED,
    "expired": EXPIRED,
    "expired held": EXPIRED_HELD,
    "cancelled": CANCELLED,
}
