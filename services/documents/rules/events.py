"""Documents' private events: facts that its rules need and that no topic ever carries.

Promises: bins, windows, lockers and second persons stay in the service; no text about people, no number
of a document. Private events of the post room are none. Shown by ``tests/rules/documents/test_publish.py``.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid5

from pydantic import Field

from buergerbuero_contracts.documents import (
    Authority,
    CheckMethod,
    DocumentsEvent,
    OldDocument,
    PinLetter,
    Place,
    RecipientRole,
)
from buergerbuero_contracts.envelope import Code, Count, Day, Instant
from buergerbuero_contracts.kinds import Revision
from servicekit.log import NAMESPACE

SPOT = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$"
Spot = Annotated[str, Field(pattern=SPOT)]
"""The office's name of a bin, a window or a locker."""


def staff_ref(staff_id: str) -> UUID:
    """Who of the staff, as an event may hold it: tells two people apart, and names none."""
    return uuid5(NAMESPACE, f"staff:{staff_id}")


# --- document


class DocumentPlaced(DocumentsEvent, category="document"):
    """Where exactly a document is: the bin of the safe, the window, the locker.

    Stored with the custody event that moved it. ``until``: it stays in the locker at most so long.
    """

    document_id: UUID
    place: Place
    spot: Spot
    until: Instant | None = None
    approved_by: UUID | None = None


class OrderDated(DocumentsEvent, category="document"):
    """When an order counts as delayed. Stored with DocumentOrdered, unless the document is here already."""

    document_id: UUID
    due_at: Instant


class OrderDelayed(DocumentsEvent, category="document"):
    """An ordered document is not here, though it should be."""

    document_id: UUID
    since: Day


class OrderJoined(DocumentsEvent, category="document"):
    """A document that came without its order has its holder now.

    ``pin_letter``: as its order said; None: nothing better is known than when it came.
    """

    document_id: UUID
    person_id: UUID
    person_revision: Revision
    booking_id: UUID | None = None
    pin_letter: PinLetter | None = None


class OrderMerged(DocumentsEvent, category="document"):
    """This order is fulfilled by a document that came without it; nothing more will come for it."""

    document_id: UUID
    merged_into: UUID
    at: Instant


class DocumentInvited(DocumentsEvent, category="document"):
    """The holder was called to collect it. ``overdue_at`` counts from the first invitation."""

    document_id: UUID
    invitation_id: UUID
    at: Instant
    overdue_at: Instant | None = None


class PickupAdmitted(DocumentsEvent, category="document"):
    """Somebody was let in to collect it."""

    document_id: UUID
    booking_id: UUID
    at: Instant


class BookingHeard(DocumentsEvent, category="document"):
    """What a booking said up to there counts no more. Stored with what its word led to.

    ``epoch`` and ``position`` are those of booking's event.
    """

    document_id: UUID
    booking_id: UUID
    epoch: Count
    position: Count


class HandoverWitnessed(DocumentsEvent, category="document"):
    """At which window it was handed over, and which second person agreed to an exception."""

    document_id: UUID
    window: Spot
    approved_by: UUID | None = None


class HandoverRestated(DocumentsEvent, category="document"):
    """What a corrected hand-over really was; absent: as recorded. Stored with HandoverCorrected."""

    document_id: UUID
    approved_by: UUID
    recipient_role: RecipientRole | None = None
    check_method: CheckMethod | None = None
    authority: Authority | None = None
    old_document: OldDocument | None = None
    handed_over_at: Instant | None = None


class DepartureApproved(DocumentsEvent, category="document"):
    """Which second person agreed that it goes back to the producer or is destroyed."""

    document_id: UUID
    approved_by: UUID


class DestructionDecided(DocumentsEvent, category="document"):
    """The legal decision from which day on it may be destroyed if nobody collects it."""

    document_id: UUID
    destroy_after: Day
    approved_by: UUID


# --- holder, invitation


class HolderNamed(DocumentsEvent, category="holder"):
    """A document is for this person. The stream's documents are invited together."""

    person_id: UUID
    person_revision: Revision
    document_id: UUID


class ReminderSet(DocumentsEvent, category="invitation"):
    """When the next reminder is due, the first as ``number`` 1."""

    invitation_id: UUID
    number: Count
    invited_at: Instant
    due_at: Instant


class ReinvitationSet(DocumentsEvent, category="invitation"):
    """Its booking ended; a new invitation follows then, unless the booking comes back."""

    invitation_id: UUID
    due_at: Instant


class DocumentLeft(DocumentsEvent, category="invitation"):
    """A document of the invitation is gone, or waits under another one."""

    invitation_id: UUID
    document_id: UUID


# --- delivery_batch, safe, office


class BatchOpened(DocumentsEvent, category="delivery_batch"):
    """A delivery of the producer is being unpacked."""

    batch_id: UUID
    site: Code
    at: Instant


class DocumentScanned(DocumentsEvent, category="delivery_batch"):
    """A document of the delivery was received."""

    batch_id: UUID
    document_id: UUID


class BatchClosed(DocumentsEvent, category="delivery_batch"):
    """A delivery is unpacked."""

    batch_id: UUID
    at: Instant
    documents: Count


class SafeCounted(DocumentsEvent, category="safe"):
    """The safe was counted: how many were expected, are there, are missing, are found again.

    ``strange`` counts what lies there and belongs elsewhere, or is not known at all.
    """

    site: Code
    date: Day
    at: Instant
    expected: Count
    counted: Count
    missing: Count
    found: Count
    strange: Count


class ClosureNoted(DocumentsEvent, category="office"):
    """The office is closed on these days."""

    site: Code
    closure_id: UUID
    first_on: Day
    last_on: Day


class ClosureEnded(DocumentsEvent, category="office"):
    """A closure was taken back."""

    site: Code
    closure_id: UUID


PRIVATE: tuple[type[DocumentsEvent], ...] = (
    DocumentPlaced,
    OrderDated,
    OrderDelayed,
    OrderJoined,
    OrderMerged,
    DocumentInvited,
    PickupAdmitted,
    BookingHeard,
    HandoverWitnessed,
    HandoverRestated,
    DepartureApproved,
    DestructionDecided,
    HolderNamed,
    ReminderSet,
    ReinvitationSet,
    DocumentLeft,
    BatchOpened,
    DocumentScanned,
    BatchClosed,
    SafeCounted,
    ClosureNoted,
    ClosureEnded,
)
"""All of them; with the registry's public ones they are the types that documents' log may hold."""
