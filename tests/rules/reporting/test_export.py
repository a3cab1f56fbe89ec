"""CSV files: the same numbers for two kinds of readers, and no cell that could become a formula."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.export import OFFICE_HEAD, OPEN_HEAD, Entry, Format, write
from services.reporting.figures import Change, Figure, Number, Status, Unit
from services.reporting.weeks import Week

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
TEXTS = st.text() | st.tuples(st.sampled_from(DANGEROUS), st.text()).map("".join)
NUMBERS = st.none() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False, places=3)


def entry(text: str = "Führungszeugnis", value: Number | None = Decimal("71.4")) -> Entry:
    change = Change(value, Status.RECORDED, value, None)
    status = Status.NO_DATA if value is None else Status.RECORDED
    return Entry(
        week=Week(2026, 48),
        metric="phone.answer_rate",
        name=text,
        part=text,
        part_name=text,
        unit=Unit.PERCENT,
        figure=Figure(value, status),
        last_week=change,
        last_year=change,
        target=None,
        definition=(text, text),
    )


def read(file: bytes, form: Format) -> list[dict[str, str]]:
    office = form is Format.OFFICE
    text = file.decode("utf-8-sig" if office else "utf-8")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if office else ","))


def test_the_office_file_has_byte_mark_semicolons_decimal_comma_and_crlf() -> None:
    file = write([entry()], Format.OFFICE)
    assert file.startswith(b"\xef\xbb\xbf" + OFFICE_HEAD[0].encode() + b";")
    assert file.count(b"\r\n") == file.count(b"\n") == 2
    assert b"sep=" not in file
    assert "2026-W48;phone.answer_rate;Führungszeugnis;Führungszeugnis;71,4;%;erfasst;" in file.decode(
        "utf-8-sig"
    )


def test_the_open_file_has_no_mark_commas_and_a_decimal_point() -> None:
    file = write([entry()], Format.OPEN)
    assert file.startswith(OPEN_HEAD[0].encode() + b",")
    assert "2026,48,phone.answer_rate,Führungszeugnis,71.4,percent,recorded," in file.decode("utf-8")


@given(TEXTS, NUMBERS)
def test_no_text_can_become_a_formula_and_numbers_stay_numbers(text: str, value: Number | None) -> None:
    """F34: a cell that starts with ``-`` is text in both files."""
    for form in Format:
        (row,) = read(write([entry(text, value)], form), form)
        office = form is Format.OFFICE
        for cell in (row["Bezeichnung" if office else "part"], row["Definition" if office else "definition"]):
            assert not cell.startswith(DANGEROUS)
            assert not cell.strip().startswith(("=", "+", "-", "@"))
            assert cell in (text, f"'{text}")
        number = row["Wert" if office else "value"]
        plain = f"{value:f}" if isinstance(value, Decimal) else f"{value}"
        assert number == ("" if value is None else plain.replace(".", "," if office else "."))


@given(NUMBERS)
def test_both_files_hold_the_same_numbers(value: Number | None) -> None:
    (office,) = read(write([entry(value=value)], Format.OFFICE), Format.OFFICE)
    (program,) = read(write([entry(value=value)], Format.OPEN), Format.OPEN)
    names = [("Wert", "value"), ("Differenz", "difference"), ("Vorjahr", "last_year")]
    assert [office[german].replace(",", ".") for german, _ in names] == [program[name] for _, name in names]


@pytest.mark.parametrize("form", Format)
def test_no_data_is_an_empty_cell_with_a_status(form: Format) -> None:
    (row,) = read(write([entry(value=None)], form), form)
    office = form is Format.OFFICE
    assert row["Wert" if office else "value"] == ""
    assert row["Status" if office else "status"] == ("keine Daten" if office else "no_data")
