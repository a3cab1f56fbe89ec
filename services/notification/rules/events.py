"""The private events of a message's stream: what delivery needs to go on, and nobody else needs to know.

Promises: opaque ids, times and codes only, never an address, a name or a text. What other services may
know is in ``buergerbuero_contracts.notification``. Shown by ``tests/rules/notification/test_message.py``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from buergerbuero_contracts.envelope import Count, Event, Instant


class Awaited(StrEnum):
    """What a message waits for: it came by another topic and is behind the event that asked for the mail."""

    PERSON = "person"
    BOOKING = "booking"
    DOCUMENT = "document"
    """An invitation or item, or a document that the message names."""


class Paper(StrEnum):
    """Why a message goes out on paper."""

    NO_ADDRESS = "no_address"
    """The person gave no e-mail address, or one that mail cannot go to."""
    NOT_DELIVERED = "not_delivered"
    """The e-mail was refused, given up or came back; ``MessageFailed`` or ``MessageBounced`` says which."""


class Cause(StrEnum):
    """Why a try did not get through, though a later one may."""

    CODE = "code"
    """The mail server answered 4xx."""
    CONNECTION = "connection"
    """No connection, or lost before the text was handed over."""
    LATE = "late"
    """The claim had too little time left to begin a dialogue."""


class Fault(StrEnum):
    """Our own faults; each needs a person."""

    RENDERING = "rendering"
    """The text or the calendar entry could not be made."""
    AMBIGUOUS = "ambiguous"
    """Twice in a row nobody knows whether the mail server took the message."""


class PrivateMessageEvent(Event, category="message", key="message_id"):
    """A step of one message that stays inside the service."""

    service = "notification"
    message_id: UUID


class MessageSourced(PrivateMessageEvent):
    """Which event asked for the message; stored with MessageQueued in one append."""

    source_event_id: UUID
    source_type: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]{2,39}$")]
    source_position: Count
    asked_at: Instant
    useful_until: Instant
    invitation_id: UUID | None = None
    """The invitation that it is about; booking and item stand in MessageQueued."""
    reaffirm: bool = False
    """A reminder that asks whether the person still comes."""
    by_letter: bool | None = None
    """About an appointment of somebody who wants it on paper."""


class MessageWaited(PrivateMessageEvent):
    """A first look found the person's copy or the booking's row behind the source event."""

    awaited: Awaited
    next_at: Instant


class SendStarted(PrivateMessageEvent):
    """A mailer has claimed the message for one try; ``unclear`` counts tries of unknown outcome so far.

    By ``claim`` its mailer knows it again, if it hears of it in a repeat only.
    """

    try_no: Count
    unclear: Count
    claimed_until: Instant
    claim: UUID | None = None


class SendDeferred(PrivateMessageEvent):
    """The try failed for now; ``code`` is the mail server's answer where there was one."""

    try_no: Count
    cause: Cause
    next_at: Instant
    code: Count | None = None


class SendLeftUnclear(PrivateMessageEvent):
    """The connection broke between the text and the answer: the mail server may have taken it or not."""

    try_no: Count
    next_at: Instant


class MessageParked(PrivateMessageEvent):
    """Delivery stopped for a fault of ours: an alarm. Ends with ``MessageResumed``, or fails with its use."""

    fault: Fault
    useful_until: Instant


class MessageResumed(PrivateMessageEvent):
    """Somebody repaired the cause and set the message going again."""

    at: Instant


class LetterWanted(PrivateMessageEvent):
    """The message goes out on paper: it waits for somebody to print it. Looked at again at ``next_at``."""

    cause: Paper
    next_at: Instant


PRIVATE: tuple[type[Event], ...] = (
    MessageSourced,
    MessageWaited,
    SendStarted,
    SendDeferred,
    SendLeftUnclear,
    MessageParked,
    MessageResumed,
    LetterWanted,
)
