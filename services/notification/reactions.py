"""Which event asks for which message.

Promises: pure tables; a message is asked for once per event, template and person, however often the event
comes, since the message's id is derived from the three. HoldExpired asks for nothing, and neither does the
cancellation of what was never confirmed, what a caller without a mailbox was told on the telephone, nor
papers of somebody who is no person of ours.
Shown by ``tests/rules/notification/test_reactions.py`` and ``test_document_reactions.py``.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Protocol
from uuid import UUID

from buergerbuero_contracts import topics
from buergerbuero_contracts.booking import (
    BookingCancelled,
    BookingConfirmed,
    BookingKind,
    BookingRescheduled,
    BookingRestored,
    By,
    CancellationUndone,
    CancelReason,
    ConfirmationRequested,
    Method,
    WishMade,
    WishOffered,
)
from buergerbuero_contracts.documents import (
    DocumentPlacedInLocker,
    PapersOverdue,
    PapersRequested,
    PickupInvited,
    PickupReminded,
)
from buergerbuero_contracts.envelope import Event
from buergerbuero_contracts.notification import Template
from servicekit.react import Reaction

from .rules.commands import QueueMessage
from .rules.templates import PICKUP_LINK, WISH_PROOF
from .texts import BERLIN


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
        """Its position in the log of the service that sent it."""


def react_to_booking(received: Source) -> list[QueueMessage]:
    """The mails that one event of booking asks for: one, or none."""
    event = received.event
    match event:
        case ConfirmationRequested():
            return [
                _message(
                    received,
                    Template.CONFIRM_REQUEST,
                    (event.person_id, event.person_revision),
                    event.confirm_until,
                    booking_id=event.booking_id,
                    language=event.language,
                    attempt=event.attempt,
                )
            ]
        case BookingConfirmed(method=Method.SPOKEN):
            return []  # read out to a caller without a mailbox, who need not be called to hear it again
        case BookingConfirmed(person_id=UUID() as person, starts_at=datetime() as start):
            pickup = event.kind == BookingKind.PICKUP
            template = Template.PICKUP_BOOKED if pickup else Template.CONFIRMED
            return [_of_booking(received, template, event, person, start, **_told_how(event))]
        case BookingRescheduled(person_id=UUID() as person) if event.method is not None:
            until = event.starts_at
            return [_of_booking(received, Template.MOVED, event, person, until, **_told_how(event))]
        case CancellationUndone() | BookingRestored():
            return [_of_booking(received, Template.MOVED, event, event.person_id, event.starts_at)]
        case BookingCancelled(person_id=UUID() as person, starts_at=datetime() as start, was_confirmed=True):
            # Who calls to cancel wished it too: "we have to cancel, we are sorry" would not be true.
            own = event.by == By.CITIZEN or event.reason == CancelReason.CITIZEN_WISH
            template = Template.CANCELLED_BY_CITIZEN if own else Template.CANCELLED_BY_OFFICE
            return [_of_booking(received, template, event, person, start)]
        case WishMade(booking_id=None):
            return [_of_wish(received, Template.CONFIRM_REQUEST, event, received.time + WISH_PROOF)]
        case WishOffered():
            return [_of_wish(received, Template.EARLIER_SLOT, event, event.offered_until)]
    return []


def react_to_documents(received: Source) -> list[QueueMessage]:
    """The messages that one event of documents asks for: one, or none."""
    event = received.event
    match event:
        case PickupInvited() | PickupReminded():
            return [
                _message(
                    received,
                    Template.DOCUMENT_READY,
                    (event.person_id, event.person_revision),
                    received.time + PICKUP_LINK,
                    invitation_id=event.invitation_id,
                    document_ids=event.document_ids,
                    language=event.language,
                )
            ]
        case DocumentPlacedInLocker(person_id=UUID() as person, collect_until=date() as last):
            who = (person, event.person_revision or 1)
            inside = {"document_ids": (event.document_id,), "language": event.language}
            return [_message(received, Template.DOCUMENT_READY, who, day_end(last), **inside)]
        case PapersRequested(person_id=UUID() as person) | PapersOverdue(person_id=UUID() as person):
            until = day_end(event.due_on)
            if until <= received.time:
                return []  # late for the second time: no new deadline, and the office's turn
            who = (person, event.person_revision or 1)
            about = {"item_id": event.item_id, "language": event.language}
            return [_message(received, Template.PAPERS_MISSING, who, until, **about)]
    return []


def day_end(on: date) -> datetime:
    """The moment at which a day of the office ends."""
    return datetime.combine(on + timedelta(days=1), time(), BERLIN)


def _told_how(event: BookingConfirmed | BookingRescheduled) -> dict[str, Any]:
    """In which language, and whether on paper."""
    return {"language": event.language, "by_letter": event.method is Method.LETTER}


def _of_booking(
    received: Source, template: Template, event: Any, person: UUID, until: datetime, **how: Any
) -> QueueMessage:
    who = (person, event.person_revision or 1)
    about = {"booking_id": event.booking_id, "document_ids": event.document_ids}
    return _message(received, template, who, until, **about, **how)


def _of_wish(
    received: Source, template: Template, event: WishMade | WishOffered, until: datetime
) -> QueueMessage:
    who = (event.person_id, event.person_revision)
    return _message(received, template, who, until, wish_id=event.wish_id, language=event.language)


def _message(
    received: Source, template: Template, who: tuple[UUID, int], useful_until: datetime, **about: Any
) -> QueueMessage:
    person_id, revision = who
    return QueueMessage(
        source_event_id=received.event_id,
        source_type=type(received.event).__name__,
        source_position=received.position,
        template=template,
        person_id=person_id,
        person_revision=revision,
        asked_at=received.time,
        useful_until=useful_until,
        **about,
    )


BOOKING = Reaction("notification.reactions.booking.v1", (topics.BOOKING,), react_to_booking)
DOCUMENTS = Reaction("notification.reactions.documents.v1", (topics.DOCUMENTS,), react_to_documents)
