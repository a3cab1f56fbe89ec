"""The commands of a message: from a reaction, from the mailer before and after a try, from people.

Promises: all that a decision needs stands in the command, times and drawn numbers included.
Shown by ``tests/rules/notification/test_message.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from buergerbuero_contracts.notification import BounceReason, Template
from servicekit.log import NAMESPACE

from .events import Cause
from .templates import PersonLook, SourceLook


def message_id(source_event_id: UUID, template: Template, person_id: UUID) -> UUID:
    """The id of the one message for this event, template and person."""
    return uuid5(NAMESPACE, f"message:{source_event_id}:{template}:{person_id}")


@dataclass(frozen=True, slots=True)
class QueueMessage:
    """A reaction asks for a message.

    It is about a booking, an invitation, an item or a wish. ``asked_at`` is the time of the event that asks;
    ``language`` None means that of the booking; ``reaffirm``: ask whether the person still comes;
    ``by_letter``: the person has no mailbox and wants it on paper.
    """

    source_event_id: UUID
    source_type: str
    source_position: int
    template: Template
    person_id: UUID
    person_revision: int
    asked_at: datetime
    useful_until: datetime
    booking_id: UUID | None = None
    invitation_id: UUID | None = None
    item_id: UUID | None = None
    wish_id: UUID | None = None
    document_ids: tuple[UUID, ...] = ()
    language: str | None = None
    attempt: int = 1
    reaffirm: bool = False
    by_letter: bool = False

    @property
    def message_id(self) -> UUID:
        return message_id(self.source_event_id, self.template, self.person_id)


@dataclass(frozen=True, slots=True)
class StartSending:
    """A mailer wants to try now, with what it saw of the person and of what the message is about.

    ``claim`` is the mailer's own for this firing of the timer; nobody else has the same.
    """

    message_id: UUID
    person: PersonLook
    source: SourceLook
    at: datetime
    claim: UUID


@dataclass(frozen=True, slots=True)
class NoteAccepted:
    """The mail server answered 250 to the text of try ``try_no``."""

    message_id: UUID
    try_no: int


@dataclass(frozen=True, slots=True)
class NoteRefused:
    """The mail server refused recipient or text for good (5xx)."""

    message_id: UUID
    try_no: int
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteDeferred:
    """The try failed for now. ``jitter`` is drawn by the caller from 0 ≤ jitter < 1."""

    message_id: UUID
    try_no: int
    cause: Cause
    jitter: float
    at: datetime
    code: int | None = None


@dataclass(frozen=True, slots=True)
class NoteUnclear:
    """The connection broke after the text and before the answer."""

    message_id: UUID
    try_no: int
    jitter: float
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteFault:
    """The message could not be made: our own fault."""

    message_id: UUID
    try_no: int


@dataclass(frozen=True, slots=True)
class ReportBounce:
    """A delivery report says that the accepted message did not arrive."""

    message_id: UUID
    reason: BounceReason
    at: datetime


@dataclass(frozen=True, slots=True)
class TickOff:
    """Somebody printed the letter, and it goes to the post."""

    message_id: UUID


@dataclass(frozen=True, slots=True)
class ResumeMessage:
    """Somebody repaired what parked the message."""

    message_id: UUID
    at: datetime


Result = NoteAccepted | NoteRefused | NoteDeferred | NoteUnclear | NoteFault
Command = QueueMessage | StartSending | Result | ReportBounce | ResumeMessage | TickOff
