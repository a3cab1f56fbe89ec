"""What must hold of documents after a run: I9, one place for each; and that it heard what booking said."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from buergerbuero_contracts.booking import ServiceFinished
from buergerbuero_contracts.documents import (
    DocumentHandedOver,
    DocumentOrdered,
    InvitationEnded,
    PickupInvited,
    Place,
)
from buergerbuero_contracts.documents.custody import CustodyEvent
from services.documents.rules.ordering import document_id_of, pieces
from tests.simulation.booking_side import BookingSide
from tests.simulation.documents_side import DocumentsSide

LAST = frozenset({Place.HOLDER, Place.DESTROYED})


def in_one_place(side: DocumentsSide) -> Iterator[str]:
    """I9: each step begins where the one before ended, nothing follows the last, one call at a time."""
    places, over, calling = dict[UUID, Place](), set[UUID](), dict[UUID, set[UUID]]()
    for row in side.side.log.events:
        event = side.side.decode(row)
        if isinstance(event, CustodyEvent):
            if event.from_ != places.get(event.document_id):
                yield f"I9: position {row.position}, {row.type}, begins at {event.from_}"
            if event.document_id in over:
                yield f"I9: position {row.position}, {row.type}, after the document's end"
            places[event.document_id] = event.to
            if event.to in LAST or (event.to is Place.PRODUCER and event.from_ is not None):
                over.add(event.document_id)
        if isinstance(event, PickupInvited):
            calling[event.invitation_id] = set(event.document_ids)
        if isinstance(event, InvitationEnded):
            calling.pop(event.invitation_id, None)
        if isinstance(event, DocumentHandedOver) and event.booking_id is None:
            yield f"I9: position {row.position} is a hand-over without a pick-up"


def heard(booking: BookingSide, documents: DocumentsSide) -> Iterator[str]:
    """I5, the reaction's end: what was applied for at a visit is ordered."""
    told = [documents.side.decode(row) for row in documents.side.log.events]
    ordered = {one.document_id for one in told if isinstance(one, DocumentOrdered)}
    for row in booking.side.log.events:
        event = booking.side.decode(row)
        if isinstance(event, ServiceFinished):
            for number, piece in pieces(event.delivered):
                if document_id_of(event.booking_id, piece.kind, number) not in ordered:
                    yield f"I5: what booking's position {row.position} asks for, {piece.kind}, is not ordered"
