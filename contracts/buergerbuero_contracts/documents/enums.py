"""The closed lists of values in the events of documents.

A new member is a breaking change for strict readers: it needs a new type or version (``check.py``).
"""

from __future__ import annotations

from enum import StrEnum


class DocumentKind(StrEnum):
    """What kind of document it is."""

    ID_CARD = "id_card"
    PASSPORT = "passport"
    DRIVING_LICENCE = "driving_licence"


class Place(StrEnum):
    """Where a document is. Bins, windows and lockers by number stay private."""

    PRODUCER = "producer"
    CARRIER = "carrier"
    RECEIVING = "receiving"
    SAFE = "safe"
    WINDOW = "window"
    LOCKER = "locker"
    HOLDER = "holder"
    DESTROYED = "destroyed"


class Variant(StrEnum):
    """How a document was ordered."""

    NORMAL = "normal"
    EXPRESS = "express"
    PAGES_48 = "48_pages"


class Delivery(StrEnum):
    """How the holder will get it."""

    WINDOW = "window"
    LOCKER = "locker"
    SHIPPING = "shipping"


class PinLetter(StrEnum):
    """How the PIN letter of an ID card reaches its holder."""

    NONE = "none"
    HANDED_OVER = "handed_over"
    BY_POST = "by_post"


class HandoverChannel(StrEnum):
    """Where a document was handed over."""

    WINDOW = "window"
    LOCKER = "locker"


class RecipientRole(StrEnum):
    """Who received a document."""

    APPLICANT = "applicant"
    CUSTODIAN = "custodian"
    PROXY = "proxy"


class CheckMethod(StrEnum):
    """How the recipient was recognised."""

    PHOTO = "photo"
    ID_SEEN = "id_seen"


class Authority(StrEnum):
    """What allowed the recipient to receive it."""

    NONE_NEEDED = "none_needed"
    WRITTEN_SEEN = "written_seen"
    CONSENT_SEEN = "consent_seen"


class OldDocument(StrEnum):
    """What became of the document before."""

    VOIDED_RETURNED = "voided_returned"
    VOIDED_KEPT = "voided_kept"
    DECLARED_LOST = "declared_lost"
    NONE = "none"


class HandoverException(StrEnum):
    """Which rule a second person set aside at a hand-over."""

    NOT_BOOKED = "not_booked"
    NOT_ADMITTED = "not_admitted"


class HandoverField(StrEnum):
    """What of a recorded hand-over was corrected."""

    RECIPIENT_ROLE = "recipient_role"
    CHECK_METHOD = "check_method"
    AUTHORITY = "authority"
    OLD_DOCUMENT = "old_document"
    AT = "at"


class InvitationEnd(StrEnum):
    """Why an invitation ended."""

    HANDED_OVER = "handed_over"
    DOCUMENT_GONE = "document_gone"
    REPLACED = "replaced"


class ItemChannel(StrEnum):
    """By which way an item came in."""

    LETTER = "letter"
    EMAIL = "email"
    ONLINE = "online"
    FAX = "fax"


class ItemOutcome(StrEnum):
    """How an item was answered."""

    DONE = "done"
    REFUSED = "refused"
    INFORMATION = "information"
    VISIT_NEEDED = "visit_needed"
    DOCUMENT_ORDERED = "document_ordered"
    WITHDRAWN = "withdrawn"


class ReplyChannel(StrEnum):
    """By which way an item was answered."""

    LETTER = "letter"
    EMAIL = "email"
    ONLINE = "online"
    PHONE = "phone"
