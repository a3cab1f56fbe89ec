"""What calls about ID documents carry, and what they answer.

Promises: unknown fields are refused, every value is bounded; instants go out as Berlin local time with
offset; no answer holds a name, a document's number or a staff id.
Shown by ``tests/way/test_documents_api.py``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from buergerbuero_contracts.documents import (
    Authority,
    CheckMethod,
    Delivery,
    DocumentKind,
    HandoverException,
    OldDocument,
    PinLetter,
    RecipientRole,
    Variant,
)
from servicekit.decider import Refused
from servicekit.web.contact import normal_email, normal_name, taken
from services.documents.commands import Contact
from services.documents.rules.holder import Holder

Code = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,39}$")]
Spot = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$",
        description="The office's name of a bin, window or locker.",
    ),
]
Number = Annotated[str, Meta(min_length=1, max_length=40, description="A document's number, as scanned.")]
Second = Annotated[str, Meta(max_length=100, description="The staff id of a second person, who agrees.")]
Instant = Annotated[datetime, Meta(tz=True, description="RFC 3339 with offset.")]
Typed = Annotated[str, Meta(max_length=320)]
Language = Literal["de", "de-leicht", "en", "da"]


def near(field: str, day: date | None) -> None:
    """Refuse dates that no calendar arithmetic of ours must meet: outside 1900 to 2100."""
    if day is not None and not 1900 <= day.year <= 2100:
        raise Refused("invalid-input", errors={field: "range"})


class Body(Struct, frozen=True, forbid_unknown_fields=True):
    """What is common to all bodies of requests."""


class NothingBody(Body, frozen=True):
    """A command without values: ``{}``."""


class HolderBody(Body, frozen=True):
    """Whom a document ordered without a visit is for."""

    name: Typed
    email: Typed | None = None
    language: Language = "de"

    def normal(self) -> Contact:
        """In its normal form, or ``invalid-input`` with the code of every field that is wrong."""
        errors: dict[str, str] = {}
        name = taken(errors, "contact.name", normal_name, self.name) or ""
        email = taken(errors, "contact.email", normal_email, self.email) if self.email else None
        if errors:
            raise Refused("invalid-input", errors=errors)
        return Contact(name=name, email=email, language=self.language)


class OrderBody(Body, frozen=True):
    """A document that is ordered. Whose it is: of a booking's person, a known one, or a new ``contact``."""

    kind: DocumentKind
    site: Code
    variant: Variant = Variant.NORMAL
    delivery: Delivery = Delivery.WINDOW
    booking_id: UUID | None = None
    item_id: UUID | None = None
    person_id: UUID | None = None
    person_revision: Annotated[int, Meta(ge=1)] | None = None
    contact: HolderBody | None = None
    number: Number | None = None
    born_on: date | None = None
    holder: Holder = Holder.ADULT
    pin_letter: PinLetter | None = None
    address_in_germany: bool = False
    other_document: bool = False


class JoinBody(Body, frozen=True):
    """The booking at which it was ordered; of several orders of its kind perhaps which, else the first."""

    booking_id: UUID
    order_id: Annotated[UUID, Meta(description="The ordered document that this one is.")] | None = None


class BatchBody(Body, frozen=True):
    """A delivery that is unpacked at a site."""

    site: Code


class ScanBody(Body, frozen=True):
    """One document of a delivery. The fields after ``number`` say whose it is, if no order has the number."""

    number: Number
    document_id: UUID | None = None
    booking_id: UUID | None = None
    kind: DocumentKind | None = None


class StoreBody(Body, frozen=True):
    """Into this bin of the safe."""

    bin: Spot
    approved_by: Second | None = None


class WindowBody(Body, frozen=True):
    """To this window."""

    window: Spot


class PutBackBody(Body, frozen=True):
    """From this window into this bin."""

    window: Spot
    bin: Spot


class HandOverBody(Body, frozen=True):
    """All that is checked when a document changes hands. Absent: not looked at yet."""

    window: Spot
    scan: Number
    recipient_role: RecipientRole
    check_method: CheckMethod | None = None
    authority: Authority = Authority.NONE_NEEDED
    old_document: OldDocument | None = None
    pin_letter_confirmed: bool = False
    pin_reset: bool = False
    holder: Holder | None = None
    exception: HandoverException | None = None
    approved_by: Second | None = None


class CorrectBody(Body, frozen=True):
    """What of a recorded hand-over was wrong, and how it really was."""

    approved_by: Second | None = None
    recipient_role: RecipientRole | None = None
    check_method: CheckMethod | None = None
    authority: Authority | None = None
    old_document: OldDocument | None = None
    handed_over_at: Instant | None = None


class ApprovedBody(Body, frozen=True):
    """A second person agrees."""

    approved_by: Second | None = None


class CountBody(Body, frozen=True):
    """All that lies in the safe: numbers as scanned, or ids. What is not named is missing."""

    numbers: Annotated[list[Number], Meta(max_length=1000)] = []
    document_ids: Annotated[list[UUID], Meta(max_length=1000)] = []


# --- answers


class DocumentState(Struct, frozen=True, omit_defaults=True):
    """A document: what it is, where it is, who comes for it when."""

    document_id: UUID
    kind: str
    variant: str
    delivery: str
    site: str
    state: str
    place: str
    spot: str | None = None
    person_id: UUID | None = None
    invitation_id: UUID | None = None
    booking_id: UUID | None = None
    starts_at: datetime | None = None


class CustodyStep(Struct, frozen=True, omit_defaults=True):
    """One step of a document's way."""

    event: str
    at: datetime
    from_: str | None = msgspec.field(name="from", default=None)
    to: str | None = None
    spot: str | None = None
    witnessed: bool = False
    recipient_role: str | None = None
    check_method: str | None = None
    authority: str | None = None
    old_document: str | None = None
    exception: str | None = None
    booking_id: UUID | None = None


class Custody(Struct, frozen=True):
    """A document's whole history, oldest step first."""

    document_id: UUID
    steps: tuple[CustodyStep, ...]


class Batch(Struct, frozen=True):
    """A delivery."""

    batch_id: UUID
    site: str
    open: bool
    document_ids: tuple[UUID, ...]


class Pickup(Struct, frozen=True, omit_defaults=True):
    """One pick-up of a day, with all that it collects."""

    booking_id: UUID
    code: str
    starts_at: datetime
    documents: tuple[DocumentState, ...]
    admitted_at: datetime | None = None


class FetchList(Struct, frozen=True):
    """What a site's window needs on one date, by time; and what lies at a window without a booking."""

    site: str
    date: date
    pickups: tuple[Pickup, ...]
    at_window: tuple[DocumentState, ...]


class Bin(Struct, frozen=True):
    """One bin in use."""

    bin: str
    documents: int


class Safe(Struct, frozen=True):
    """What the safe should hold: the bins in use, and how many documents still wait for one."""

    site: str
    bins: tuple[Bin, ...]
    without_bin: int


class Counted(Struct, frozen=True):
    """What a count of the safe found."""

    site: str
    expected: int
    counted: int
    missing: int
    found: int
    strange: int
