"""The week as PDF, read by a library that did not write it."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import typst
from pypdf import PdfReader

from services.reporting import paper
from services.reporting.metrics import METRICS
from tests.conftest import Databases
from tests.rules.reporting.story import note, sampled
from tests.way.book import open_book
from tests.way.week_desk import API, MONDAY, busy_week, client_of, full_week


@pytest.fixture(scope="module")
def told(database: Databases, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The PDF of a full week, twice, and of a week before go-live."""
    import asyncio

    async def fetched() -> dict[str, bytes]:
        async with open_book(database("reporting")) as book:
            looks = [("registration", "2026-11-20", 4), ("passport_apply", None, None)]
            await book.tell([*busy_week(MONDAY - timedelta(days=7)), *busy_week(), *full_week()])
            await book.tell([sampled(MONDAY, *looks), note("2026-W47", "Zwei #Schalter *zu* und $x$")])
            await book.tell([note("2026-W41", "Danke 👍🏽 ans Team, Łódź ≥ 5 € – „ja“\u0007 漢字")])
            async with client_of(book, tmp_path_factory.mktemp("assets")) as client:
                names = {"full": "2026-W47", "again": "2026-W47", "before": "2026-W40", "signs": "2026-W41"}
                files = {name: await client.get(f"{API}/weeks/{week}.pdf") for name, week in names.items()}
        assert files["full"].headers["content-type"] == "application/pdf"
        assert "buergerbuero-2026-W47.pdf" in files["full"].headers["content-disposition"]
        return {name: answer.content for name, answer in files.items()}

    return asyncio.run(fetched())


def text_of(file: bytes, page: int | None = None) -> str:
    pages = PdfReader(BytesIO(file)).pages
    return "\n".join(one.extract_text() for one in (pages if page is None else [pages[page]]))


def tags(node: Any) -> list[str]:
    """The structure types of a tagged document, in reading order."""
    found = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(found, list):
        return [tag for one in found for tag in tags(one)]
    if not isinstance(found, dict):
        return []
    return [str(found.get("/S", ""))[1:], *(tags(found["/K"]) if "/K" in found else [])]


def test_the_document_is_accessible(told: dict[str, bytes]) -> None:
    """PDF/UA-1: title shown, language, tags, tables with headings, a text for every drawing."""
    reader = PdfReader(BytesIO(told["full"]))
    root: Any = reader.trailer["/Root"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Wochenbericht KW 47/2026"
    assert root["/Lang"] == "de"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "pdfuaid" in reader.xmp_metadata.stream.get_data().decode()  # type: ignore[union-attr]
    found = tags(root["/StructTreeRoot"]["/K"])
    assert {"H1", "H2", "Table", "TH", "TD", "Figure", "P"} <= set(found)
    assert found.index("H1") < found.index("H2") < found.index("Table")


def test_every_drawing_says_what_it_shows(told: dict[str, bytes]) -> None:
    def alts(node: Any) -> list[str]:
        found = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(found, list):
            return [alt for one in found for alt in alts(one)]
        if not isinstance(found, dict):
            return []
        own = [str(found["/Alt"])] if found.get("/S") == "/Figure" else []
        return [*own, *(alts(found["/K"]) if "/K" in found else [])]

    root: Any = PdfReader(BytesIO(told["full"])).trailer["/Root"]
    said = alts(root["/StructTreeRoot"]["/K"])
    assert all(said)
    assert any(one.startswith("Persönlich: 6 in KW 47.") for one in said)
    assert any(one.startswith("Vorlaufzeit je Dienstleistung. Median: ") for one in said)


def test_the_first_sheet_is_the_report_and_the_rest_its_numbers(told: dict[str, bytes]) -> None:
    first, everything = text_of(told["full"], 0), text_of(told["full"])
    for said in (
        "Wochenbericht KW 47/2026",
        "vorläufig bis 6.12.",
        "Die Woche in Zahlen",
        "Rückstand nach Alter",
    ):
        assert said in first
    assert "Alle Kennzahlen" not in first
    flat = " ".join(everything.split())
    assert not [metric.id for metric in METRICS if metric.names.de not in flat]
    (page, *_others) = PdfReader(BytesIO(told["full"])).pages
    assert (round(page.mediabox.width), round(page.mediabox.height)) == (842, 595)


def test_a_note_is_text_and_never_markup(told: dict[str, bytes]) -> None:
    assert "Zwei #Schalter *zu* und $x$" in text_of(told["full"], 0)


def test_a_sign_that_the_font_does_not_have_is_a_box_and_the_week_is_printed(told: dict[str, bytes]) -> None:
    assert "Danke □ ans Team, Łódź ≥ 5 € – „ja“□ □" in " ".join(text_of(told["signs"], 0).split())


def test_the_fonts_have_every_sign_that_is_kept() -> None:
    kept = "".join(chr(code) for code in range(0x10000) if paper.printable(chr(code)) == chr(code) != "□")
    assert len(kept) > 600
    source = b"""#set document(title: "signs")
    #set text(font: "Libertinus Serif", size: 4pt, lang: "de", fallback: false)
    #let signs = json(bytes(sys.inputs.signs))
    #signs #emph(signs)"""
    made, warnings = typst.compile_with_warnings(
        source,
        sys_inputs={"signs": json.dumps(" ".join(kept))},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
    )
    assert made and not warnings


def test_a_week_that_nobody_recorded_can_be_printed(told: dict[str, bytes]) -> None:
    """F47: it says so, and shows no zero."""
    first = text_of(told["before"], 0)
    assert "KW 40: Kontakte nicht erfasst." in first
    assert "0,0" not in first


def test_the_same_report_is_the_same_file(told: dict[str, bytes]) -> None:
    assert told["full"] == told["again"]
