"""Salutations that keep real names and let nothing else in; dates as the office writes them."""

from __future__ import annotations

import string
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notification.texts import NAME_LIMIT, as_text, blocks, clean, people, salutation, when


@pytest.mark.parametrize(
    "name",
    [
        "O",
        "Eva",
        "D’Angelo",
        "O'Brien",
        "Nguyễn",
        unicodedata.normalize("NFD", "Nguyễn"),
        "Żółć",
        "Đặng Thị Ánh",
        "Łukasiewicz",
        "Sørensen",
        "Müller-Lüdenscheidt-von der Hohenstraße zu Berg",
        "Ana-" * 24 + "Mari",
        "St. John",
    ],
)
def test_real_names_stand_in_the_salutation_in_one_spelling(name: str) -> None:
    assert salutation(name, "de") == f"Guten Tag {unicodedata.normalize('NFC', name)}"


def test_a_name_from_right_to_left_cannot_turn_its_neighbours_round() -> None:
    assert salutation("محمد علي", "de") == "Guten Tag \u2068محمد علي\u2069"


@pytest.mark.parametrize(
    "name",
    [
        "<b>Eva</b>",
        "Eva\r\nBcc: x@example.org",
        "Eva\n",
        "Eva\x0b",
        "Eva\x85x",
        "Eva\u2028x",
        "Eva\u202ex",
        "Eva\u200bx",
        "Eva\x00",
        "www.example.org",
        "kauf.jetzt",
        "https://example.org",
        "{{ 7 * 7 }}",
        "> Link",
        "= Wann: nie",
        "- Eva",
        "'Eva",
        " Eva",
        "Eva  Maria",
        "Eva 007",
        "x" * (NAME_LIMIT + 1),
        "",
        None,
    ],
)
def test_anything_else_is_left_out_not_repaired(name: str | None) -> None:
    assert salutation(name, "de") == "Guten Tag"
    assert salutation(name, "en") == "Hello"


@given(st.text(max_size=80))
def test_whatever_the_name_the_salutation_is_one_line_of_letters(name: str) -> None:
    said = salutation(name, "de").removeprefix("Guten Tag").strip("\u2068\u2069 ")
    assert len(said) <= NAME_LIMIT
    assert all(unicodedata.category(sign)[0] in "LM" or sign in " -'’." for sign in said)
    assert not said.endswith(".")


@given(st.text(max_size=80))
def test_clean_text_is_one_line_without_invisible_signs(text: str) -> None:
    assert not [
        sign for sign in clean(text) if unicodedata.category(sign)[0] == "C" or sign in "\u2028\u2029"
    ]
    assert clean(clean(text)) == clean(text)


def test_times_are_the_offices_wall_clock_on_both_sides_of_the_change() -> None:
    assert when(datetime(2026, 12, 1, 8, 0, tzinfo=UTC), "de") == "Di, 1.12.2026, 9:00 Uhr"
    assert when(datetime(2026, 12, 1, 8, 5, tzinfo=UTC), "en") == "Tue, 1 Dec 2026, 9:05"
    assert when(datetime(2026, 12, 1, 8, 5, tzinfo=UTC), "da") == "tirs. 1.12.2026, kl. 9.05"
    assert when(datetime(2026, 12, 1, 8, 0, tzinfo=UTC), "de-leicht") == "Dienstag, 1.12.2026, 9 Uhr"
    assert when(datetime(2026, 10, 23, 5, 30, tzinfo=UTC), "de") == "Fr, 23.10.2026, 7:30 Uhr"
    assert when(datetime(2026, 10, 26, 6, 30, tzinfo=UTC), "de") == "Mo, 26.10.2026, 7:30 Uhr"


def test_one_person_two_people() -> None:
    assert [people(1, "de"), people(2, "de")] == ["1 Person", "2 Personen"]
    assert [people(1, "en"), people(2, "en")] == ["1 person", "2 people"]
    assert [people(1, "da"), people(2, "da")] == ["1 person", "2 personer"]


def test_a_template_becomes_a_subject_and_blocks() -> None:
    subject, parts = blocks(
        "Betreff\n\nEin\nAbsatz.\n\n= Wann: 9:00 Uhr\n= Wo: hier\n\n- a\n- b\n\n> Los\nhttps://x\n\n~ klein"
    )
    assert subject == "Betreff"
    assert [part.kind for part in parts] == ["paragraph", "facts", "list", "link", "small"]
    assert parts[1].pairs == [("Wann", "9:00 Uhr"), ("Wo", "hier")]
    assert as_text(parts) == (
        "Ein Absatz.\n\nWann: 9:00 Uhr\nWo: hier\n\n- a\n- b\n\nLos:\nhttps://x\n\nklein\n"
    )


def test_the_alphabet_of_codes_is_untouched() -> None:
    assert clean(string.ascii_letters + string.digits) == string.ascii_letters + string.digits
