"""Which mail of a booking is sent once more, if its person asks for it. Pure.

Promises: only what still holds is repeated: the request to confirm while its limit lasts, the confirmation
until the start, with the booking's present time and the calendar entry's present number; nothing of what is
cancelled, displaced, used or over; no reminder follows a repeated mail.
Shown by ``tests/rules/notification/test_again.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from buergerbuero_contracts.notification import Template

from .commands import QueueMessage
from .templates import BookingPhase

SOURCE = "SendAgain"
"""What stands as the source's type in a repeated message, as a person asks for it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A booking of somebody, as the read models know it. ``changed_at`` is a log position of booking's."""

    booking_id: UUID
    person_id: UUID
    revision: int
    attempt: int
    phase: BookingPhase
    changed_at: int
    starts_at: datetime | None
    confirm_until: datetime | None
    pickup: bool
    language: str | None


def again(booking: Standing, request: UUID, at: datetime) -> QueueMessage | None:
    """The message that a request asks for; None if the booking has none that holds."""
    if booking.phase is BookingPhase.UNCONFIRMED:
        template, until = Template.CONFIRM_REQUEST, booking.confirm_until
    elif booking.phase is BookingPhase.CONFIRMED:
        template, until = Template.PICKUP_BOOKED if booking.pickup else Template.CONFIRMED, booking.starts_at
    else:
        return None
    if until is None or until <= at:
        return None
    return QueueMessage(
        source_event_id=uuid5(request, f"again:{booking.booking_id}"),
        source_type=SOURCE,
        source_position=booking.changed_at,
        template=template,
        person_id=booking.person_id,
        person_revision=booking.revision,
        asked_at=at,
        useful_until=until,
        booking_id=booking.booking_id,
        language=booking.language,
        attempt=booking.attempt,
    )
