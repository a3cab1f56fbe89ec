"""The letters of the day, read by another library than the one that made them."""

from __future__ import annotations

import io
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from pypdf import PdfReader

from buergerbuero_contracts.notification import Template
from services.notification.facts import Facts
from services.notification.names import OfficeNames
from services.notification.paper import pdf
from services.notification.texts import printable
from services.notification.writer import Ask, Page, Recipient, Writer
from tests.rules.notification.office import ASKED, CODES, DOOR, SENDER, tokens
from tests.rules.notification.test_document_words import CALL, PAPERS, PICKUP, TWO

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
MILLIMETRE = 72 / 25.4
CATALOGUE = Path(__file__).parents[3] / "config" / "flensburg.toml"
ALL: list[tuple[Template, Facts]] = [
    (Template.DOCUMENT_READY, CALL),
    (Template.DOCUMENT_READY, TWO),
    (Template.PAPERS_MISSING, PAPERS),
    (Template.PICKUP_BOOKED, PICKUP),
]


def pages(folder: Path, *names: str, language: str = "de") -> list[Page]:
    """A letter of each kind for each name."""
    writer = Writer(OfficeNames.read(CATALOGUE), tokens(folder), SENDER, CODES, DOOR)
    return [
        writer.page(Ask(template, language, 1, ASKED), Recipient(name), facts)
        for name in names
        for template, facts in ALL
    ]


def words(made: bytes) -> list[str]:
    """The text of each sheet, as one line.

    A letter that stands in the link, where it is followed by a place to break the line, has that mark
    everywhere in the file: it depends on the token which letters these are.
    """
    sheets = (sheet.extract_text().replace("\u200b", "") for sheet in PdfReader(io.BytesIO(made)).pages)
    return [" ".join(text.split()) for text in sheets]


def test_each_letter_has_a_sheet_of_its_own_with_name_office_date_and_words(tmp_path: Path) -> None:
    sheets = words(pdf(pages(tmp_path, "Erika Mustermann"), AT))
    assert len(sheets) == len(ALL)
    for sheet in sheets:
        for said in ("Erika Mustermann", "Rathausplatz 1", "25.11.2026", "+49 461 850"):
            assert said in sheet
    ready, two, papers, booked = sheets
    assert "Ihr Personalausweis liegt zur Abholung bereit" in ready
    assert "Personalausweis; Reisepass" in two
    assert "Bitte schicken Sie uns Unterlagen bis Di, 8.12.2026" in papers
    assert "Kopie des Ausweises" in papers
    assert "Ihr Abholtermin am Di, 1.12.2026, 9:00 Uhr ist gebucht" in booked
    assert not [sheet for sheet in sheets if "E-Mail" in sheet]


def test_english_letters_are_english(tmp_path: Path) -> None:
    sheets = words(pdf(pages(tmp_path, "Erika Mustermann", language="en"), AT))
    assert "Your ID card is ready to be collected" in sheets[0]
    assert "25 Nov 2026" in sheets[0]


def test_letters_in_plain_german_and_danish_are_marked_as_drafts(tmp_path: Path) -> None:
    danish = words(pdf(pages(tmp_path, "Bjørn Sørensen", language="da"), AT))[0]
    assert "Dit id-kort ligger klar til afhentning" in danish and "Dato: 25.11.2026" in danish
    plain = words(pdf(pages(tmp_path, "Erika Mustermann", language="de-leicht"), AT))[0]
    assert "Ihr Personalausweis ist fertig zum Abholen" in plain and "Datum: 25.11.2026" in plain
    assert "Entwurf" in danish and "Entwurf" in plain


def test_the_link_can_be_read_with_the_eye_as_well(tmp_path: Path) -> None:
    letters = pages(tmp_path, "Erika Mustermann")[:1]
    (address,) = [block.lines[1] for block in letters[0].blocks if block.kind == "link"]
    joined = re.sub(r"[\s\u200b]", "", words(pdf(letters, AT))[0])
    assert address in joined


def test_the_file_is_tagged_titled_and_of_the_promised_kind(tmp_path: Path) -> None:
    reader = PdfReader(io.BytesIO(pdf(pages(tmp_path, "Erika Mustermann"), AT)))
    assert reader.metadata is not None and reader.metadata.title == "Briefe des Bürgerbüros"
    root = cast(Any, reader.trailer["/Root"])
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - an object of the library
    assert "pdfuaid" in root["/Metadata"].get_data().decode()
    assert [round(float(side) / MILLIMETRE) for side in reader.pages[0].mediabox[2:]] == [210, 297]


def test_the_name_stands_in_the_window_of_the_envelope(tmp_path: Path) -> None:
    """DIN 5008 form B: the address zone is 20 to 105 mm from the left and 62.7 to 90 mm from the top."""
    places: list[tuple[float, float]] = []

    def visit(text: str, cm: list[float], tm: list[float], _font: object, _size: float) -> None:
        if "Erika" in text and not places:
            left, up = (tm[4] * cm[n] + tm[5] * cm[n + 2] + cm[n + 4] for n in (0, 1))
            places.append((left / MILLIMETRE, 297 - up / MILLIMETRE))

    sheet = PdfReader(io.BytesIO(pdf(pages(tmp_path, "Erika Mustermann")[:1], AT))).pages[0]
    sheet.extract_text(visitor_text=visit)
    ((left, top),) = places
    assert 20 <= left <= 30 and 62.7 <= top <= 75


@pytest.mark.parametrize(
    "name", ["محمد علي", "李小龍", "Ωμέγα", "E\u202erika", "😀", "", "#pagebreak()[*x*]"]
)
def test_no_name_can_spoil_the_letters_of_the_day(tmp_path: Path, name: str) -> None:
    sheets = words(pdf(pages(tmp_path, name, "Erika Mustermann"), AT))
    assert len(sheets) == 2 * len(ALL)
    if name.startswith("#"):
        assert name in sheets[0], "shown as it was typed, not carried out"


def test_every_sign_that_counts_as_printable_is_in_the_font(tmp_path: Path) -> None:
    spans = ((0x20, 0x7F), (0xA0, 0x250), (0x300, 0x370), (0x1E00, 0x1F00), (0x2010, 0x201A))
    signs = [f"a{chr(sign)}" for first, end in spans for sign in range(first, end)]
    shown = [sign for sign in signs if printable(sign) and len(printable(sign) or "") > 1]
    assert len(shown) > 800
    letter = pages(tmp_path, "Erika")[0]
    blocks = [type(letter.blocks[0])("paragraph", (" ".join(shown),))]
    assert pdf([Page(letter.subject, blocks, "de", letter.office, letter.name)], AT)


def test_printed_again_it_is_the_same_and_quickly_made(tmp_path: Path) -> None:
    letters = pages(tmp_path, *["Erika Mustermann"] * 10)
    started = time.process_time()
    assert pdf(letters, AT) == pdf(letters, AT)
    assert time.process_time() - started < 20, "40 letters, twice"
