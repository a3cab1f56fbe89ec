"""What an order is: which service creates which document, when it should be here, how it may travel. Pure.

Promises: the id of a document ordered at a booking follows from booking, kind and piece, so that a delivery
that comes before its order meets it; shipping is refused where § 18 PAuswV and § 13 PassV ask for the
office. Shown by ``tests/rules/documents/test_ordering.py``.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid5

from buergerbuero_contracts.documents import DocumentKind, PinLetter, Variant
from buergerbuero_contracts.envelope import Item
from servicekit.decider import Refused
from servicekit.web.scanner import as_meant

from .calendar import local_date
from .holder import Holder, age_class

MOST_PIECES = 20
"""Documents of one kind at one booking: six persons and some room."""
PIN_LETTER_AT_ONCE = date(2025, 2, 17)
"""Who applied from this day on got the PIN letter with the application."""


@dataclass(frozen=True, slots=True)
class Creates:
    """What a delivered service orders, for each of its quantity."""

    kind: DocumentKind
    variant: Variant = Variant.NORMAL
    holder: Holder | None = None


CREATES: Mapping[str, Creates] = {
    "id_card_apply": Creates(DocumentKind.ID_CARD),
    # A child's passport is delivered as passport_apply: the counter says what was applied for.
    "child_document_apply": Creates(DocumentKind.ID_CARD, holder=Holder.CHILD),
    "passport_apply": Creates(DocumentKind.PASSPORT),
    "passport_express": Creates(DocumentKind.PASSPORT, Variant.EXPRESS),
    "driving_licence_exchange": Creates(DocumentKind.DRIVING_LICENCE),
}
"""Services that create a document. Provisional ones are made on the spot."""

EXPECTED_DAYS: Mapping[DocumentKind, int] = {
    DocumentKind.ID_CARD: 21,
    DocumentKind.PASSPORT: 28,
    DocumentKind.DRIVING_LICENCE: 28,  # planning value; the producer names none
}
EXPRESS_DAYS = 5

_SERIES: tuple[tuple[re.Pattern[str], DocumentKind], ...] = (
    (re.compile(r"[LMNPRTVWXYZ][0-9A-Z]{8,9}"), DocumentKind.ID_CARD),
    (re.compile(r"[CFGHJK][0-9A-Z]{8,9}"), DocumentKind.PASSPORT),
    (re.compile(r"[A-Z][0-9A-Z]{10}"), DocumentKind.DRIVING_LICENCE),
)
"""How the numbers of each kind look: nine characters and perhaps a check digit; licences have eleven."""
_NUMBER = re.compile(r"[0-9A-Z]{4,20}")


def pieces(delivered: Iterable[Item]) -> Iterator[tuple[int, Creates]]:
    """The documents that a visit orders, each with its number among those of its kind, from 1."""
    seen: Counter[DocumentKind] = Counter()
    for item in delivered:
        creates = CREATES.get(item.service)
        for _ in range(item.quantity if creates else 0):
            assert creates is not None  # noqa: S101 - else the range is empty
            seen[creates.kind] += 1
            yield seen[creates.kind], creates


def added(before: Iterable[Item], after: Iterable[Item]) -> Iterator[tuple[int, Creates]]:
    """The documents that a corrected list orders beyond the one before, numbered on from it.

    As many of a kind as there are more of it now: who applied for an adult's card and not for a child's
    has one ordered already.
    """
    were, are = ([creates for _, creates in pieces(items)] for items in (before, after))
    number = Counter(creates.kind for creates in were)
    total = Counter(creates.kind for creates in are)
    for creates in (Counter(are) - Counter(were)).elements():
        if number[creates.kind] < total[creates.kind]:
            number[creates.kind] += 1
            yield number[creates.kind], creates


def document_id_of(booking_id: UUID, kind: DocumentKind, piece: int) -> UUID:
    """The id of a document that was, or will be, ordered at a booking."""
    return uuid5(booking_id, f"document:{kind}:{piece}")


def expected_days(kind: DocumentKind, variant: Variant) -> int:
    """Days from the order until the document should be here."""
    return EXPRESS_DAYS if variant is Variant.EXPRESS else EXPECTED_DAYS[kind]


def pin_letter(kind: DocumentKind, holder: Holder | None, ordered_at: datetime) -> PinLetter:
    """How the PIN letter reaches the holder; there is none below 16 and for other kinds (§ 18 PAuswV)."""
    if kind is not DocumentKind.ID_CARD or holder is Holder.CHILD:
        return PinLetter.NONE
    return PinLetter.HANDED_OVER if local_date(ordered_at) >= PIN_LETTER_AT_ONCE else PinLetter.BY_POST


def holder_at(born_on: date | None, holder: Holder | None, at: datetime) -> Holder | None:
    """The age class on the day of a moment, as far as it is known."""
    return age_class(born_on, local_date(at)) if born_on else holder


def may_be_shipped(
    kind: DocumentKind,
    variant: Variant,
    holder: Holder | None,
    *,
    address_in_germany: bool,
    other_document: bool,
) -> bool:
    """Address in Germany, another valid document, ID card from 16, passport from 18, no express."""
    old_enough = {
        DocumentKind.ID_CARD: holder in (Holder.YOUNG, Holder.ADULT),
        DocumentKind.PASSPORT: holder is Holder.ADULT,
        DocumentKind.DRIVING_LICENCE: False,
    }[kind]
    return old_enough and variant is not Variant.EXPRESS and address_in_germany and other_document


def normal_number(scanned: str) -> str:
    """A document's number as it is compared: capital letters and digits. Refuses ``invalid-input``."""
    number = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", scanned)).upper()
    if not _NUMBER.fullmatch(number):
        raise Refused("invalid-input", errors={"number": "format"})
    return number


def readings(scanned: str) -> tuple[str, ...]:
    """The number, and what it was if a scanner with the American layout typed it: with Y for Z (F06).

    Refuses ``invalid-input``.
    """
    number = normal_number(scanned)
    return tuple(dict.fromkeys((number, as_meant(number))))


def kind_of(number: str) -> DocumentKind | None:
    """The kind whose numbers look like this one, None if none does."""
    return next((kind for form, kind in _SERIES if form.fullmatch(number)), None)
