"""What booking does about other services' events, and some of its own. Pure: event → commands.

Promises: a mail that came back or failed shortens the hold it asked to confirm, or marks the booking
as unreachable; a document that is coming keeps its person's row, one that left ends its pick-ups; an
appointment that is over ends what was wished for it; other events ask for nothing.
Shown by ``tests/rules/booking/test_reactions.py`` and ``test_wishing.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from buergerbuero_contracts import topics
from buergerbuero_contracts.booking import AppointmentMissed, BookingCancelled, CitizenAdmitted
from buergerbuero_contracts.documents import (
    DocumentDestroyed,
    DocumentHandedOver,
    DocumentOrdered,
    DocumentReturned,
    DocumentShipped,
    DocumentStored,
    PickupInvited,
    Place,
    ShipmentDelivered,
)
from buergerbuero_contracts.notification import MessageBounced, MessageFailed, Template
from buergerbuero_contracts.parse import Received
from servicekit.react import Reaction

from . import commands as ask
from .rules.events import Leaving
from .wish_commands import EndWishesOf


def react(received: Received) -> list[ask.Command]:
    """The commands that a message's fate asks for."""
    event = received.event
    if not isinstance(event, MessageBounced | MessageFailed) or event.booking_id is None:
        return []
    if event.template == Template.CONFIRM_REQUEST:
        return [ask.ReportUndeliverable(booking_id=event.booking_id, attempt=event.attempt)]
    return [ask.NoteUnreachable(booking_id=event.booking_id)]


LEAVING: Mapping[type[Any], Leaving] = {
    DocumentHandedOver: Leaving.HANDED_OVER,
    DocumentShipped: Leaving.SHIPPED,
    ShipmentDelivered: Leaving.ENDED,
    DocumentReturned: Leaving.ENDED,
    DocumentDestroyed: Leaving.ENDED,
}
"""How a document is gone. Shipped ones come back if nobody takes them: DocumentStored from the carrier."""


def react_to_documents(received: Received) -> list[ask.Command]:
    """What the way of a document asks for. One that belongs to nobody yet has neither row nor pick-up."""
    match received.event:
        case PickupInvited() as event:
            return [
                ask.AwaitDocuments(
                    person_id=event.person_id, document_ids=event.document_ids, since=received.time
                )
            ]
        case (DocumentOrdered() | DocumentStored(from_=Place.CARRIER)) as event if event.person_id:
            return [
                ask.AwaitDocuments(
                    person_id=event.person_id, document_ids=(event.document_id,), since=event.at
                )
            ]
        case (
            DocumentHandedOver()
            | DocumentShipped()
            | ShipmentDelivered()
            | DocumentReturned()
            | DocumentDestroyed()
        ) as event if event.person_id:
            return [
                ask.NoteDocumentLeft(
                    person_id=event.person_id,
                    document_id=event.document_id,
                    kind=event.kind,
                    leaving=LEAVING[type(event)],
                    at=event.at,
                )
            ]
    return []


def react_to_own(received: Received) -> list[ask.Command]:
    """An appointment that was used or cancelled ends the wishes for an earlier one.

    By the topic, not in the append: door and cancellation need not know that there is a waiting list.
    """
    match received.event:
        case (CitizenAdmitted() | AppointmentMissed() | BookingCancelled(was_confirmed=True)) as event:
            return [EndWishesOf(booking_id=event.booking_id)]
    return []


NOTIFICATION = Reaction("booking.reactions.notification.v1", (topics.NOTIFICATION,), react)
DOCUMENTS = Reaction("booking.reactions.documents.v1", (topics.DOCUMENTS,), react_to_documents)
APPOINTMENTS_OVER = Reaction("booking.reactions.booking.v1", (topics.BOOKING,), react_to_own)
