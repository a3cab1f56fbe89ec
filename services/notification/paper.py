"""Letters for window envelopes: all that is to be printed as one PDF, each letter on sheets of its own.

The people topic carries no postal address, and the platform asks for none: the address field has the name and
two lines on which the office writes street and town by hand, from the register that it may look into. A name
that the letter's font cannot show is left out as well, and written by hand.

Promises: the same pages at the same moment give the same bytes; PDF/UA-1, so titles, tags and texts for
drawings are there; fonts come with the library, nothing is loaded from anywhere; a warning of the typesetter
is an error, so no word can vanish unseen; strings are text, never markup.
Shown by ``tests/rules/notification/test_paper.py``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import typst
import zxingcpp

from . import texts
from .writer import Page

SOURCE = Path(__file__).parent / "templates" / "letter" / "letters.typ"
TITLE = "Briefe des Bürgerbüros"
WORDS: Mapping[str, Mapping[str, str]] = {
    "de": {"phone": "Telefon", "date": "Datum", "square": "QR-Code mit der Adresse"},
    "de-leicht": {"phone": "Telefon", "date": "Datum", "square": "QR-Code mit der Internet-Adresse"},
    "en": {"phone": "Phone", "date": "Date", "square": "QR code with the address"},
    "da": {"phone": "Telefon", "date": "Dato", "square": "QR-kode med adressen"},
}


class Unprintable(RuntimeError):
    """The typesetter warned: a letter would not be what it should. Our own fault."""


def pdf(pages: Sequence[Page], at: datetime) -> bytes:
    """One PDF of all ``pages``, dated ``at``. Takes about 0.1 s a letter: not in the event loop.

    Raises ``Unprintable``, or ``typst.TypstError`` for what the typesetter refuses.
    """
    letters = [_letter(page, at) for page in pages]
    made, warnings = typst.compile_with_warnings(
        SOURCE.read_bytes(),
        sys_inputs={"letters": json.dumps(letters), "title": TITLE},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
        timestamp=at,
    )
    if warnings or not isinstance(made, bytes):
        raise Unprintable("; ".join(warning.message for warning in warnings))
    return made


def _letter(page: Page, at: datetime) -> dict[str, Any]:
    links = [block.lines[1] for block in page.blocks if block.kind == "link"]
    return {
        "language": page.language[:2],
        "subject": page.subject,
        "name": page.name,
        "return_line": f"{page.office.name}, {page.office.address}",
        "date": texts.day(at, page.language).partition(" ")[2],
        "blocks": [{"kind": block.kind, "lines": block.lines} for block in page.blocks],
        "office": {"name": page.office.name, "address": page.office.address, "phone": page.office.phone},
        "square": _square(links[0]) if links else "",
        "words": WORDS[page.language],
    }


def _square(address: str) -> str:
    """The QR code of an address, as a drawing."""
    made = zxingcpp.create_barcode(address, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return made.to_svg(add_quiet_zones=False)
