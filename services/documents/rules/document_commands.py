"""What the rules of a document are asked besides the commands of ``commands.py``, and what they know.

Promises: ``Facts`` is everything that is not in the document's stream: the time, who asks, settings, open
days, and what the side table knows. Nothing in the rules looks anywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from buergerbuero_contracts.documents import Delivery, DocumentKind, PinLetter, Variant
from services.documents import commands as ask

from .holder import Holder
from .open_days import OpenDays
from .settings import DEFAULTS, SiteSettings


@dataclass(frozen=True, slots=True)
class DocumentCase:
    """What the side table keeps of a document, until its retention ends; never in an event."""

    document_id: UUID
    number: str | None = None
    born_on: date | None = None
    holder: Holder | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What surrounds a decision. ``by`` is the staff id of who asks; ``case`` None if nothing is kept.

    ``anothers``: what was scanned is another document's number. ``language`` is that of the document's
    holder, German until it is known.
    """

    at: datetime
    by: str = "-"
    settings: SiteSettings = DEFAULTS
    days: OpenDays = field(default_factory=OpenDays)
    case: DocumentCase | None = None
    anothers: bool = False
    language: str = "de"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Begin a document's life. ``late``: it is here before its order; then perhaps nobody is known."""

    document_id: UUID
    kind: DocumentKind
    site: str
    variant: Variant = Variant.NORMAL
    delivery: Delivery = Delivery.WINDOW
    pin_letter: PinLetter = PinLetter.NONE
    person_id: UUID | None = None
    person_revision: int | None = None
    booking_id: UUID | None = None
    item_id: UUID | None = None
    ordered_at: datetime
    shippable: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Receive:
    """It came with a delivery; its number has been compared."""

    batch_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """A late document gets its holder."""

    person_id: UUID
    person_revision: int
    booking_id: UUID | None = None
    pin_letter: PinLetter | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Another document fulfils this order."""

    into: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """It belongs to a new invitation."""

    invitation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A pick-up booking holds it, at this time."""

    booking_id: UUID
    starts_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen:
    """That booking ended."""

    booking_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Admit:
    """Somebody with that booking is in the house."""

    booking_id: UUID
    admitted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hear:
    """That booking's word led to something."""

    booking_id: UUID
    epoch: int
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """It was not in the safe when that was counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """It was there when the safe was counted."""


Step = (
    Order | Receive | Join | Merge | Invite | Book | Reopen | Admit | Hear | Miss | Find
    | ask.OfDocument
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """One step and what surrounds it: what the document's decider takes."""

    step: Step
    facts: Facts
