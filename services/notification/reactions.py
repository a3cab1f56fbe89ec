"""Which event asks for which mail.

Promises: a pure table; a mail is asked for once per event, template and person, however often the event
comes, since the message's id is derived from the three. HoldExpired asks for nothing, and neither does the
cancellation of what was never confirmed. Shown by ``tests/rules/notification/test_reactions.py``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from buergerbuero_contracts import topics
from buergerbuero_contracts.booking import (
    BookingCancelled,
    BookingConfirmed,
    BookingRescheduled,
    BookingRestored,
    By,
    CancellationUndone,
    ConfirmationRequested,
)
from buergerbuero_contracts.envelope import Event
from buergerbuero_contracts.notification import Template

from .rules.commands import QueueMessage

NAME = "notification.reactions.booking.v1"
TOPICS = (topics.BOOKING,)


class Source(Protocol):
    """The part of a received event that reactions read; ``time`` is when it was decided, UTC."""

    @property
    def event(self) -> Event:
        """The event itself."""

    @property
    def event_id(self) -> UUID:
        """Its id."""

    @property
    def time(self) -> datetime:
        """When it was decided."""

    @property
    def position(self) -> int:
        """Its position in booking's log."""


def react(received: Source) -> list[QueueMessage]:
    """The mails that one event of booking asks for: one, or none."""
    event = received.event
    match event:
        case ConfirmationRequested():
            return [
                _message(
                    received,
                    Template.CONFIRM_REQUEST,
                    event.booking_id,
                    (event.person_id, event.person_revision),
                    event.confirm_until,
                    event.language,
                    event.attempt,
                )
            ]
        case BookingConfirmed(person_id=UUID() as person, starts_at=datetime() as start):
            who = (person, event.person_revision or 1)
            return [_message(received, Template.CONFIRMED, event.booking_id, who, start, event.language)]
        case BookingRescheduled(person_id=UUID() as person) if event.method is not None:
            who = (person, event.person_revision or 1)
            until = event.starts_at
            return [_message(received, Template.MOVED, event.booking_id, who, until, event.language)]
        case CancellationUndone() | BookingRestored():
            who = (event.person_id, event.person_revision)
            return [_message(received, Template.MOVED, event.booking_id, who, event.starts_at)]
        case BookingCancelled(person_id=UUID() as person, starts_at=datetime() as start, was_confirmed=True):
            own = event.by == By.CITIZEN
            template = Template.CANCELLED_BY_CITIZEN if own else Template.CANCELLED_BY_OFFICE
            who = (person, event.person_revision or 1)
            return [_message(received, template, event.booking_id, who, start)]
    return []


def _message(
    received: Source,
    template: Template,
    booking_id: UUID,
    who: tuple[UUID, int],
    useful_until: datetime,
    language: str | None = None,
    attempt: int = 1,
) -> QueueMessage:
    person_id, revision = who
    return QueueMessage(
        source_event_id=received.event_id,
        source_type=type(received.event).__name__,
        source_position=received.position,
        template=template,
        person_id=person_id,
        person_revision=revision,
        booking_id=booking_id,
        asked_at=received.time,
        useful_until=useful_until,
        language=language,
        attempt=attempt,
    )
