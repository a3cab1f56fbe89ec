"""What can be asked of documents: the commands that API, pages, timers and reactions hand to ``Handlers``.

Promises: a command carries no time and no chance (the context supplies them); of a person only what goes
into the person's row or the side table ``document_case``. ``handlers.py`` carries them out.

``bin``, ``window`` and ``locker`` are the office's names of places; ``approved_by`` is the opaque staff
id of a second person, another one than who asks. Those of reactions and timers are in
``followed_commands.py``, the post room's in ``post_room_commands.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

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

from . import followed_commands as told
from .rules.holder import Holder

# --- the order and the delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Who a document without a visit is for; becomes a person row of documents. In its normal form."""

    name: str
    email: str | None = None
    phone: str | None = None
    language: str = "de"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDocument:
    """A document is ordered from its producer.

    Ordered at a visit (``booking_id``): ``piece`` counts the documents of this kind from 1, and the
    document's id follows from booking, kind and piece, so that a delivery that came first is joined.
    Without a visit the person is ``contact`` (a new row) or ``person_id``. ``number`` and ``born_on`` go
    into ``document_case``; ``holder`` is the age class while ``born_on`` is unknown. ``pin_letter`` None: by
    kind, age and day. Shipping needs ``address_in_germany`` and ``other_document`` (a valid one).
    """

    kind: DocumentKind
    site: str
    variant: Variant = Variant.NORMAL
    delivery: Delivery = Delivery.WINDOW
    booking_id: UUID | None = None
    piece: int = 1
    item_id: UUID | None = None
    person_id: UUID | None = None
    person_revision: int | None = None
    contact: Contact | None = None
    number: str | None = None
    born_on: date | None = None
    holder: Holder | None = None
    pin_letter: PinLetter | None = None
    ordered_at: datetime | None = None
    address_in_germany: bool = False
    other_document: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinOrder:
    """A document that came and is nobody's belongs to this booking: the order's person is its holder.

    ``order_id`` is the document of the booking whose order it fulfils; None: the first that did not come.
    """

    document_id: UUID
    booking_id: UUID
    order_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBatch:
    """A delivery of the producer is being unpacked. The outcome's BatchOpened has its ``batch_id``."""

    site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveDocument:
    """One document of a delivery, by scan.

    A number that is known finds its order, by what else the scan can be read as only if no ``document_id``
    says otherwise. Else it is entered now: for ``document_id``, or for the first order of ``booking_id`` and
    ``kind`` without a number. What fits no order opens one that is ``late``, of ``kind`` or the number's.
    """

    batch_id: UUID
    number: str
    document_id: UUID | None = None
    booking_id: UUID | None = None
    kind: DocumentKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseBatch:
    """The delivery is unpacked."""

    batch_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnToProducer:
    """Defect or revoked: back to the producer. From any place at the office."""

    document_id: UUID
    approved_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordShipment:
    """The producer sent it straight to its holder."""

    document_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmDelivery:
    """The carrier delivered it."""

    document_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveReturn:
    """It could not be delivered and lies in the safe now; its holder is invited.

    ``number``, as scanned, is entered if it was ordered without one: by none it could not be handed over.
    Asked again for the same bin it may follow later.
    """

    document_id: UUID
    bin: str
    number: str | None = None
    approved_by: str | None = None


# --- the safe and the window


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreDocument:
    """Into a bin of the safe, by two persons; its holder is invited in the same append."""

    document_id: UUID
    bin: str
    approved_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitePickup:
    """Invite the holder again, or for the first time; all documents of the person together."""

    document_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchDocument:
    """From the safe to a window."""

    document_id: UUID
    window: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBack:
    """From this window back into the safe."""

    document_id: UUID
    window: str
    bin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverDocument:
    """Give it to its holder or to who may receive it: one command with all checks.

    ``check_method`` and ``old_document`` None: not yet looked at. ``holder``: the age class as the clerk
    reads it from the document; counts unless ``document_case`` knows the birthday, for what the order said of
    the age may be another family member's; None: what that said. ``pin_letter_confirmed``: the
    holder confirmed that the PIN letter came; ``pin_reset``: the applicant's PIN was set anew.
    """

    document_id: UUID
    window: str
    scan: str
    recipient_role: RecipientRole
    check_method: CheckMethod | None = None
    authority: Authority = Authority.NONE_NEEDED
    old_document: OldDocument | None = None
    pin_letter_confirmed: bool = False
    pin_reset: bool = False
    holder: Holder | None = None
    exception: HandoverException | None = None
    approved_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectHandover:
    """Say what of a recorded hand-over was wrong; None: this was right. For ``lead`` and a second person."""

    document_id: UUID
    approved_by: str | None = None
    recipient_role: RecipientRole | None = None
    check_method: CheckMethod | None = None
    authority: Authority | None = None
    old_document: OldDocument | None = None
    handed_over_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceInLocker:
    """From the safe into a locker, if the site has any and the person agreed."""

    document_id: UUID
    locker: str
    agreed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectFromLocker:
    """The holder opened the locker: the phone, the code and the old document were all there."""

    document_id: UUID
    phone: bool = False
    code: bool = False
    old_document: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideDestruction:
    """Record the legal decision from which day on an uncollected document may be destroyed."""

    document_id: UUID
    destroy_after: date
    approved_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DestroyDocument:
    """Destroy an uncollected document, after that day."""

    document_id: UUID
    approved_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountSafe:
    """All that lies in the safe, by scan of their numbers or by id. What is not named is missing."""

    site: str
    numbers: tuple[str, ...] = ()
    document_ids: tuple[UUID, ...] = ()


OfDocument = (
    StoreDocument
    | ReturnToProducer
    | RecordShipment
    | ConfirmDelivery
    | ReceiveReturn
    | FetchDocument
    | PutBack
    | HandOverDocument
    | CorrectHandover
    | PlaceInLocker
    | CollectFromLocker
    | DecideDestruction
    | DestroyDocument
    | told.MarkOverdue
    | told.ReturnFromLocker
    | told.NoteOrderLate
)
"""Commands on one document that is there already."""

OfPickup = told.NotePickupBooked | told.NotePickupUndone | told.NotePickupEnded | told.NotePickupAdmitted
"""What booking tells about the pick-up of documents."""

OfInvitation = InvitePickup | told.Reinvite | told.RemindPickup | told.EndPickup
OfBatch = OpenBatch | ReceiveDocument | CloseBatch
OfOrder = OrderDocument | JoinOrder
OfSite = CountSafe | told.NoteClosure | told.NoteClosureLifted

Command = OfOrder | OfBatch | OfDocument | OfPickup | OfInvitation | OfSite | told.EraseCase
