"""ID documents with their chain of custody, from the order to the hand-over. One stream per document.

``from`` of a custody event equals ``to`` of the one before. ``person_id`` is absent only while a
delivered document is not yet joined to its order.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from buergerbuero_contracts import kinds as k
from buergerbuero_contracts.envelope import Day, Instant, Privacy, about

from .base import DocumentsEvent
from .enums import (
    Authority,
    CheckMethod,
    Delivery,
    DocumentKind,
    HandoverChannel,
    HandoverException,
    HandoverField,
    InvitationEnd,
    OldDocument,
    PinLetter,
    Place,
    RecipientRole,
    Variant,
)

Kind = Annotated[DocumentKind, about(Privacy.ENUM, "What kind of document it is.")]
From = Annotated[Place, about(Privacy.ENUM, "Where it was; absent in the first event of the chain.")]
To = Annotated[Place, about(Privacy.ENUM, "Where it is now.")]
Documents = Annotated[tuple[UUID, ...], about(Privacy.ID, "The documents that wait together.")]


class CustodyEvent(DocumentsEvent, category="document", key="document_id"):
    """What all events of the chain of custody carry."""

    document_id: k.DocumentId
    person_id: k.PersonId | None = None
    person_revision: k.Revision | None = None
    kind: Kind
    site: k.Site
    from_: From | None = None
    to: To
    at: k.At


class DocumentOrdered(CustodyEvent):
    """A document was ordered from its producer. Sent with the order, or when it arrives before that."""

    variant: Annotated[Variant, about(Privacy.ENUM, "How it was ordered.")]
    delivery: Annotated[Delivery, about(Privacy.ENUM, "How the holder will get it.")]
    expected_on: Annotated[Day, about(Privacy.TIME, "The date on which it should be here.")]
    pin_letter: Annotated[PinLetter, about(Privacy.ENUM, "How the PIN letter reaches the holder.")]
    late: Annotated[bool, about(Privacy.ENUM, "True if it arrived before its order was known.")] = False
    booking_id: Annotated[UUID, about(Privacy.ID, "The booking it was ordered at.")] | None = None
    item_id: Annotated[UUID, about(Privacy.ID, "The item that ordered it.")] | None = None


class DocumentReady(CustodyEvent):
    """A document arrived at the office and fits its order. Sent at the scan of the delivery."""

    batch_id: k.BatchId


class DocumentShipped(CustodyEvent):
    """The producer sent the document straight to its holder. Sent when the shipment is recorded."""


class ShipmentDelivered(CustodyEvent):
    """A shipped document reached its holder; its way ends. Sent with the carrier's word."""


class DocumentStored(CustodyEvent):
    """A document lies in the safe. Sent when it is put there, first or again."""


class DocumentReturned(CustodyEvent):
    """A document went back to its producer; its way ends. Sent for defects and revoked orders."""


class DocumentFetched(CustodyEvent):
    """A document was brought from the safe to a window. Sent when it leaves the safe."""


class DocumentPlacedInLocker(CustodyEvent):
    """A document waits in a locker. Sent when it is placed there."""

    collect_until: (
        Annotated[Day, about(Privacy.TIME, "The last day to collect it, as planned then.")] | None
    ) = None
    language: k.Lang | None = None


class DocumentDestroyed(CustodyEvent):
    """An uncollected document was destroyed; its way ends. Sent after a recorded legal decision only."""


class DocumentHandedOver(CustodyEvent):
    """A document is with its holder; its way ends. Sent once: one contact of the channel handover."""

    person_id: k.PersonId
    person_revision: k.Revision
    channel: Annotated[HandoverChannel, about(Privacy.ENUM, "Where it was handed over.")]
    booking_id: Annotated[UUID, about(Privacy.ID, "The pick-up booking, if there was one.")] | None = None
    recipient_role: Annotated[RecipientRole, about(Privacy.ENUM, "Who received it.")]
    check_method: Annotated[CheckMethod, about(Privacy.ENUM, "How the recipient was recognised.")]
    authority: Annotated[Authority, about(Privacy.ENUM, "What allowed the recipient to receive it.")]
    old_document: Annotated[OldDocument, about(Privacy.ENUM, "What became of the document before.")]
    exception: (
        Annotated[HandoverException, about(Privacy.ENUM, "The rule a second person set aside, if any.")]
        | None
    ) = None


class HandoverCorrected(DocumentsEvent, category="document", key="document_id"):
    """The record of a hand-over was corrected by a second person. Sent at once; adds, never edits."""

    document_id: k.DocumentId
    fields: Annotated[tuple[HandoverField, ...], about(Privacy.ENUM, "What was corrected.")]
    at: k.At


class DocumentMissed(DocumentsEvent, category="document", key="document_id"):
    """A document was not where it should be. Sent when the safe is counted."""

    document_id: k.DocumentId
    kind: Kind
    site: k.Site
    at: k.At


class DocumentFound(DocumentsEvent, category="document", key="document_id"):
    """A missed document is there again. Sent when it is found."""

    document_id: k.DocumentId
    kind: Kind
    site: k.Site
    at: k.At


class DocumentOverdue(DocumentsEvent, category="document", key="document_id"):
    """A document was not collected for 60 days; it can still be booked. Sent once."""

    document_id: k.DocumentId
    person_id: k.PersonId
    person_revision: k.Revision
    since: Annotated[Day, about(Privacy.TIME, "The date of the first invitation.")]


class PickupBooked(DocumentsEvent, category="document", key="document_id"):
    """A pick-up booking names the document. Sent when booking confirmed, moved or restored it."""

    document_id: k.DocumentId
    booking_id: k.BookingId
    starts_at: Annotated[Instant, about(Privacy.TIME, "The planned start of the pick-up.")] | None = None


class PickupReopened(DocumentsEvent, category="document", key="document_id"):
    """The document's pick-up booking ended without a hand-over. Sent at its cancellation or no-show."""

    document_id: k.DocumentId
    booking_id: k.BookingId
    starts_at: Annotated[Instant, about(Privacy.TIME, "The planned start that fell away.")] | None = None


class PickupInvited(DocumentsEvent, category="invitation", key="invitation_id"):
    """A person was called to collect documents. Sent from the safe, and anew after a lost booking."""

    invitation_id: k.InvitationId
    document_ids: Documents
    person_id: k.PersonId
    person_revision: k.Revision
    site: k.Site
    language: k.Lang


class PickupReminded(DocumentsEvent, category="invitation", key="invitation_id"):
    """A person was reminded to collect documents. Sent after 14 and 30 days, never while booked."""

    invitation_id: k.InvitationId
    document_ids: Documents
    person_id: k.PersonId
    person_revision: k.Revision
    site: k.Site
    language: k.Lang


class InvitationEnded(DocumentsEvent, category="invitation", key="invitation_id"):
    """An invitation is over. Sent when its documents are gone or a newer invitation replaces it."""

    invitation_id: k.InvitationId
    reason: Annotated[InvitationEnd, about(Privacy.ENUM, "Why it ended.")]
