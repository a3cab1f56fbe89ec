"""What a number tells, when a PIN letter came, and which id a document has before it is ordered."""

from __future__ import annotations

from datetime import datetime

import pytest

from buergerbuero_contracts.documents import DocumentKind, PinLetter
from servicekit.decider import Refused
from services.documents.rules.holder import Holder
from services.documents.rules.ordering import document_id_of, kind_of, normal_number, pin_letter, readings
from tests.rules.documents.desk import ID_CARD, LICENCE, PASSPORT, VISIT


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("L01X00T47", ID_CARD),
        ("L01X00T471", ID_CARD),  # with its check digit
        ("C01X00T47", PASSPORT),
        ("B072RRE2I55", LICENCE),
        ("123456789", None),
        ("L01X", None),
    ],
)
def test_a_number_tells_its_kind(number: str, kind: DocumentKind | None) -> None:
    assert kind_of(number) is kind


def test_numbers_are_compared_in_one_form() -> None:
    assert normal_number(" l01x-00 t47\r\n") == "L01X00T47"
    assert normal_number("Ｌ01X00T47") == "L01X00T47"


def test_f06_a_number_may_have_been_typed_by_a_scanner_with_the_american_layout() -> None:
    assert readings("l01y-00z47") == ("L01Y00Z47", "L01Z00Y47")
    assert readings("L01X00T47") == ("L01X00T47",)


@pytest.mark.parametrize("scan", ["", "   ", "L", "LÖ1X00T47", "<script>", "1" * 21])
def test_what_is_no_number_is_refused_at_its_field(scan: str) -> None:
    with pytest.raises(Refused) as caught:
        normal_number(scan)
    assert (caught.value.code, caught.value.details) == ("invalid-input", {"errors": {"number": "format"}})


@pytest.mark.parametrize(
    ("kind", "holder", "applied", "letter"),
    [
        (ID_CARD, Holder.ADULT, "2025-02-16T22:59Z", PinLetter.BY_POST),
        (ID_CARD, Holder.ADULT, "2025-02-16T23:00Z", PinLetter.HANDED_OVER),
        (ID_CARD, None, "2026-11-23T09:00Z", PinLetter.HANDED_OVER),
        (ID_CARD, Holder.YOUNG, "2026-11-23T09:00Z", PinLetter.HANDED_OVER),
        (ID_CARD, Holder.CHILD, "2026-11-23T09:00Z", PinLetter.NONE),
        (PASSPORT, Holder.ADULT, "2024-01-01T09:00Z", PinLetter.NONE),
        (LICENCE, Holder.ADULT, "2024-01-01T09:00Z", PinLetter.NONE),
    ],
)
def test_how_the_pin_letter_reaches_the_holder(
    kind: DocumentKind, holder: Holder | None, applied: str, letter: PinLetter
) -> None:
    assert pin_letter(kind, holder, datetime.fromisoformat(applied)) is letter


def test_a_documents_id_follows_from_booking_kind_and_piece() -> None:
    ids = {document_id_of(VISIT, kind, piece) for kind in DocumentKind for piece in (1, 2)}
    assert len(ids) == 6
    assert document_id_of(VISIT, PASSPORT, 1) in ids
