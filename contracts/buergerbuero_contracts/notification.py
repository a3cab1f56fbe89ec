"""All public events of notification: what became of a message to a person. One stream per message."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from . import kinds as k
from .envelope import Event, Privacy, about

__all__ = [
    "BounceReason",
    "FailureReason",
    "LetterPrinted",
    "MessageBounced",
    "MessageChannel",
    "MessageFailed",
    "MessageQueued",
    "MessageSent",
    "MessageSkipped",
    "NotificationEvent",
    "SkipReason",
    "Template",
]


class Template(StrEnum):
    """Which message it is."""

    CONFIRM_REQUEST = "confirm_request"
    CONFIRMED = "confirmed"
    PICKUP_BOOKED = "pickup_booked"
    MOVED = "moved"
    CANCELLED_BY_CITIZEN = "cancelled_by_citizen"
    CANCELLED_BY_OFFICE = "cancelled_by_office"
    REMINDER = "reminder"
    DOCUMENT_READY = "document_ready"
    EARLIER_SLOT = "earlier_slot"
    PAPERS_MISSING = "papers_missing"
    WEEKLY_REPORT = "weekly_report"


class MessageChannel(StrEnum):
    """By which way a message goes out."""

    EMAIL = "email"
    LETTER = "letter"


class SkipReason(StrEnum):
    """Why a message was not sent."""

    STALE = "stale"
    ERASED = "erased"
    EXPIRED = "expired"
    NO_ADDRESS = "no_address"


class FailureReason(StrEnum):
    """Why a message was given up: refused for good, no longer of use, or our own fault."""

    PERMANENT = "permanent"
    EXPIRED = "expired"
    TECHNICAL = "technical"


class BounceReason(StrEnum):
    """What the report of the receiving server said: bad address (5.1.x), policy (5.7.x), something else."""

    ADDRESS = "address"
    POLICY = "policy"
    OTHER = "other"


class NotificationEvent(Event):
    """A fact that the service notification recorded."""

    service = "notification"


class MessageEvent(NotificationEvent, category="message", key="message_id"):
    """What all events of a message carry: whom it is for and what it is about, never where it goes."""

    message_id: k.MessageId
    person_id: k.PersonId
    person_revision: k.Revision
    template: Annotated[Template, about(Privacy.ENUM, "Which message it is.")]
    template_version: Annotated[int, Field(ge=1), about(Privacy.COUNT, "The version of its wording.")]
    language: k.Lang
    channel: Annotated[MessageChannel, about(Privacy.ENUM, "By which way it goes out.")]
    booking_id: Annotated[UUID, about(Privacy.ID, "The booking it is about.")] | None = None
    document_ids: Annotated[tuple[UUID, ...], about(Privacy.ID, "The documents it is about.")] | None = None
    wish_id: Annotated[UUID, about(Privacy.ID, "The wish it is about.")] | None = None
    item_id: Annotated[UUID, about(Privacy.ID, "The item it is about.")] | None = None
    attempt: Annotated[
        int,
        Field(ge=1),
        about(Privacy.COUNT, "For a confirm request the attempt of its ConfirmationRequested, else 1."),
    ]


class MessageQueued(MessageEvent):
    """A message is to be sent. Sent once per event, template and person."""


class MessageSkipped(MessageEvent):
    """A message was not sent because it would no longer be true or of use. Sent in place of MessageSent."""

    reason: Annotated[SkipReason, about(Privacy.ENUM, "Why it was not sent.")]


class MessageSent(MessageEvent):
    """The mail server took the message; this does not prove that it arrived. Sent once."""


class MessageFailed(MessageEvent):
    """A message was given up; the person does not have it. Sent once, in place of MessageSent."""

    reason: Annotated[FailureReason, about(Privacy.ENUM, "Why it was given up.")]


class MessageBounced(MessageEvent):
    """A sent message came back; the person does not have it. Sent once, at the first failure report."""

    reason: Annotated[BounceReason, about(Privacy.ENUM, "What the report said.")]


class LetterPrinted(MessageEvent):
    """A letter was printed and goes out by post. Sent when its batch is ticked off."""
