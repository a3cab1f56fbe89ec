"""Messages, times and people that the tests of notification's rules speak of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from buergerbuero_contracts.envelope import Event
from buergerbuero_contracts.notification import Template
from services.notification.rules.commands import Command, QueueMessage, StartSending
from services.notification.rules.message import MESSAGE
from services.notification.rules.state import Message
from services.notification.rules.templates import PersonLook, SourceLook

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
EVENT = UUID("018f6a3c-0000-7000-8000-000000000001")
PERSON = UUID("018f6a3c-0000-7000-8000-000000000002")
BOOKING = UUID("018f6a3c-0000-7000-8000-000000000003")

CONFIRM_REQUEST = QueueMessage(
    source_event_id=EVENT,
    source_type="ConfirmationRequested",
    source_position=40,
    template=Template.CONFIRM_REQUEST,
    person_id=PERSON,
    person_revision=1,
    booking_id=BOOKING,
    asked_at=NOW,
    useful_until=NOW + timedelta(minutes=60),
    language="de",
    attempt=1,
)
MESSAGE_ID = CONFIRM_REQUEST.message_id
CLAIM_ID = UUID(int=120)


def after(seconds: float = 0, **more: float) -> datetime:
    """A moment after the event that asked for the mail."""
    return NOW + timedelta(seconds=seconds, **more)


def look(
    at: datetime = NOW, person: PersonLook = PersonLook.HERE, source: SourceLook = SourceLook.HOLDS
) -> StartSending:
    """A mailer looks at the message."""
    return StartSending(MESSAGE_ID, person, source, at, CLAIM_ID)


def given(*commands: Command, queue: QueueMessage = CONFIRM_REQUEST) -> Message:
    """The message after ``commands``, queued first."""
    state = MESSAGE.initial
    for command in (queue, *commands):
        state = MESSAGE.fold(MESSAGE.decide(command, state), state)
    return state


def when(state: Message, command: Command) -> list[Event]:
    """The events that follow."""
    return list(MESSAGE.decide(command, state))


def useful_for(days: float) -> QueueMessage:
    """A mail that stays useful for days, such as a confirmation."""
    return replace(
        CONFIRM_REQUEST,
        source_type="BookingConfirmed",
        template=Template.CONFIRMED,
        useful_until=NOW + timedelta(days=days),
    )
