"""Whatever people call a matter, they find it; on the office's own catalogue and words."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.booking import config
from services.booking.finding import Findable, find, most_used, nearly
from services.booking.office import read_texts

ROOT = Path(__file__).parents[3]
TEXTS = read_texts(ROOT / "config/service_texts.toml")
CATALOGUE = config.read((ROOT / "config/flensburg.toml").read_text("utf-8")).services
SERVICES = {
    one.code: Findable(
        one.code,
        (TEXTS["de"][one.code].name, TEXTS["en"][one.code].name),
        TEXTS["de"][one.code].words,
        TEXTS["de"][one.code].often,
    )
    for one in CATALOGUE
}


def found(typed: str) -> tuple[str, ...]:
    return find(typed, SERVICES.values())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Perso", "id_card_apply"),
        ("mein Perso ist abgelaufen", "id_card_apply"),
        ("neuen personalausweis beantragen", "id_card_apply"),
        ("Pass", "passport_apply"),
        ("REISEPASS", "passport_apply"),
        ("reisepas", "passport_apply"),
        ("Resiepass", "passport_apply"),
        ("umziehen", "registration"),
        ("Umzug", "registration"),
        ("ich möchte mich ummelden", "registration"),
        ("Führungszeugnis", "certificate_of_conduct"),
        ("fuehrungszeugnis", "certificate_of_conduct"),
        ("fuhrungszeugnis", "certificate_of_conduct"),
        ("Kinderreisepass", "child_document_apply"),
        ("Anwohnerparken", "resident_parking"),
        ("angeln", "fishing_licence"),
        ("PIN vergessen", "id_card_pin"),
        ("Pass abholen", "passport_pickup"),
        ("passport", "passport_apply"),
        ("moving", "registration"),
        ("driver's license", "driving_licence_exchange"),
        ("kørekort", "driving_licence_exchange"),
        ("flytte", "registration"),
    ],
)
def test_the_first_that_is_found_is_the_one_that_is_meant(typed: str, meant: str) -> None:
    assert meant in found(typed)[:2], found(typed)


@pytest.mark.parametrize("typed", ["xyzzy", "?!", "", "   ", "\N{SNOWMAN}", "q" * 5_000])
def test_what_nobody_means_finds_nothing(typed: str) -> None:
    assert found(typed) == ()


def test_every_service_is_found_by_its_names_and_by_each_of_its_words() -> None:
    lost = [
        (one.code, typed)
        for one in SERVICES.values()
        for typed in (*one.names, *one.words)
        if one.code not in found(typed)
    ]
    assert lost == []


def test_a_service_is_first_when_its_whole_name_is_typed() -> None:
    assert [one.code for one in SERVICES.values() if found(one.names[0])[0] != one.code] == []


def test_the_twelve_most_used_come_in_their_order() -> None:
    ranks = [SERVICES[code].often for code in most_used(SERVICES, 12)]
    assert ranks == list(range(1, 13))


def test_every_word_of_the_guide_belongs_to_a_service_that_there_is() -> None:
    assert {one.code for one in SERVICES.values() if not one.words} == set()
    assert set(SERVICES) | {"other"} == set(TEXTS["de"])


@pytest.mark.parametrize(
    ("one", "other", "close"),
    [
        ("pass", "pass", True),
        ("pass", "pas", True),
        ("pas", "pass", True),
        ("pass", "spass", True),
        ("pass", "paus", True),
        ("pass", "psas", True),
        ("pass", "ps", False),
        ("pass", "gast", False),
        ("pass", "passen", False),
    ],
)
def test_one_slip_of_the_finger_is_nearly_right(one: str, other: str, close: bool) -> None:
    assert nearly(one, other) is close
