"""What must hold of documents after a run: I9, every document is in exactly one place."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from buergerbuero_contracts.documents import DocumentHandedOver, InvitationEnded, PickupInvited, Place
from buergerbuero_contracts.documents.custody import CustodyEvent
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
