"""Pick-ups: what an invitation books, under which id, and how long it holds its documents. Pure.

Promises: an invitation has one booking, whatever is pressed how often; the length follows from the
number of documents; a document is held by one open pick-up at a time.
Shown by ``tests/rules/booking/test_pickups.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from buergerbuero_contracts.documents import DocumentKind
from buergerbuero_contracts.envelope import Item
from servicekit.log import Effects, Guard, Use

DOCUMENT = "document"
"""The kind of the guard: who holds a document for a pick-up."""

SERVICES: dict[DocumentKind, str] = {
    DocumentKind.ID_CARD: "id_card_pickup",
    DocumentKind.PASSPORT: "passport_pickup",
    DocumentKind.DRIVING_LICENCE: "driving_licence_pickup",
}
"""The service of the catalogue for each kind of document. Each takes one tick of the grid."""

CREATES_DOCUMENT = frozenset(
    {
        "id_card_apply",
        "child_document_apply",
        "passport_apply",
        "passport_express",
        "driving_licence_exchange",
    }
)
"""Services after which a document is ordered. Provisional documents are made on the spot."""


def pickup_booking_id(invitation_id: UUID) -> UUID:
    """The booking of an invitation: a second POST meets the first."""
    return uuid5(invitation_id, "pickup")


@dataclass(frozen=True, slots=True)
class Invitation:
    """One call to collect documents, as the documents' topic told it."""

    invitation_id: UUID
    person_id: UUID
    person_revision: int
    site: str
    language: str
    documents: tuple[tuple[UUID, DocumentKind], ...]
    ended: bool = False

    @property
    def booking_id(self) -> UUID:
        """Its booking, made or not."""
        return pickup_booking_id(self.invitation_id)

    @property
    def document_ids(self) -> tuple[UUID, ...]:
        """What is to be collected."""
        return tuple(document for document, _kind in self.documents)

    @property
    def items(self) -> tuple[Item, ...]:
        """The services of the booking."""
        return items_of(kind for _document, kind in self.documents)

    def only(self, left: Iterable[UUID]) -> Invitation:
        """The same call, for those of its documents that are left."""
        here = set(left)
        return replace(self, documents=tuple(one for one in self.documents if one[0] in here))


def items_of(kinds: Iterable[DocumentKind]) -> tuple[Item, ...]:
    """One item per kind, in the order of the table."""
    counted = list(kinds)
    return tuple(
        Item(service=service, quantity=counted.count(kind))
        for kind, service in SERVICES.items()
        if kind in counted
    )


def held(booking_id: UUID, document_ids: Iterable[UUID], until: datetime) -> Effects:
    """The documents belong to this pick-up, unless another open one has them: ``document-booked``."""
    ids = tuple(document_ids)
    guards = tuple(Guard(DOCUMENT, str(one), 1, "document-booked", booking_id) for one in ids)
    return Effects(guards=guards, uses=held_until(booking_id, ids, until).uses)


def held_until(booking_id: UUID, document_ids: Iterable[UUID], until: datetime | None) -> Effects:
    """The documents are held as long as the person can be let in, or no more (None).

    After that the booking is missed or its visit runs, and documents invites anew if it must.
    """
    return Effects(uses=tuple(Use(DOCUMENT, str(one), booking_id, until) for one in document_ids))


def creates_document(delivered: Iterable[Any]) -> bool:
    """Whether a document is ordered after these delivered items."""
    return any(item.service in CREATES_DOCUMENT for item in delivered)
