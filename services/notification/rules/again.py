"""Which mail of a booking or of documents that wait is sent once more, if its person asks for it. Pure.

Promises: only what still holds is repeated: the request to confirm while its limit lasts, the confirmation
until the start, with the booking's present time and the calendar entry's present number, the call to collect
documents while nobody has booked for it; nothing of what is cancelled, displaced, used or over; neither a
reminder nor a letter follows a repeated mail.
Shown by ``tests/rules/notification/test_again.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from buergerbuero_contracts.notification import Template

from .commands import QueueMessage
from .templates import LETTERS, BookingPhase, InvitationPhase, SourceNow

SOURCE = "SendAgain"
"""What stands as the source's type in a repeated message, as a person asks for it."""
SOON = timedelta(days=1)
"""How long a mail is of use whose first one may have become a letter: too short for another letter."""


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


@dataclass(frozen=True, slots=True)
class Call:
    """A call to collect documents, as it named its person, and what is known of it now."""

    invitation_id: UUID
    person_id: UUID
    revision: int
    document_ids: tuple[UUID, ...]
    language: str
    now: SourceNow | None


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
    if template in LETTERS:
        until = min(until, at + SOON)
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


def call_again(call: Call, request: UUID, at: datetime) -> QueueMessage | None:
    """The invitation with a new link; None if nothing waits, or a time is booked."""
    if call.now is None or call.now.phase is not InvitationPhase.OPEN:
        return None
    return QueueMessage(
        source_event_id=uuid5(request, f"again:{call.invitation_id}"),
        source_type=SOURCE,
        source_position=call.now.changed_at_position,
        template=Template.DOCUMENT_READY,
        person_id=call.person_id,
        person_revision=call.revision,
        asked_at=at,
        useful_until=at + SOON,
        invitation_id=call.invitation_id,
        document_ids=call.document_ids,
        language=call.language,
    )
