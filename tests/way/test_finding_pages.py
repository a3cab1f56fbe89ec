"""Screens 1 and 2: what do you want to get done, and do you need to come? Over HTTP, without a script."""

from __future__ import annotations

from typing import Any

import pytest

from tests.way.booking_desk import Desk
from tests.way.chooser import Chooser, links, title, where
from tests.way.memory_office import events_of
from tests.way.visitor import heading, words


@pytest.fixture
def eva(desk: Desk) -> Chooser:
    return Chooser(desk)


@pytest.mark.parametrize(
    ("wished", "language"),
    [("", "de"), ("en-GB,en;q=0.9", "en"), ("fr,en;q=0.5", "en"), ("fr", "de"), ("de-CH", "de"), ("*", "de")],
)
def test_the_bare_address_leads_to_the_browsers_language(eva: Chooser, wished: str, language: str) -> None:
    answer = eva.open("/", accept_language=wished)
    assert (answer.status_code, where(answer)) == (303, f"/{language}/")
    assert answer.headers["vary"] == "Accept-Language"


def test_the_first_screen_offers_a_search_and_the_twelve_most_used(eva: Chooser) -> None:
    page = eva.open("/de/")
    assert page.status_code == 200
    assert heading(page) == "Was möchten Sie erledigen?"
    services = [link for link in links(page) if link.startswith("/de/leistung/")]
    assert len(services) == 12
    assert services[0] == "/de/leistung/id_card_apply"
    text = words(page)
    for badge in ("Termin nötig", "per E-Mail möglich", "per Post möglich", "online", "Abholung"):
        assert badge in text
    assert "/en/" in links(page, "header")
    assert "<script" not in page.text and "style=" not in page.text


def test_what_is_typed_finds_its_service_and_stays_in_the_field(eva: Chooser) -> None:
    page = eva.press(eva.open("/de/"), "Suchen", q="  Perso ")
    assert page.status_code == 200
    assert links(page)[0] == "/de/leistung/id_card_apply"
    assert 'value="Perso"' in page.text
    assert "Treffer für „Perso“" in title(page)
    assert "/en/anliegen?q=++Perso+" in links(page, "header")


def test_who_finds_nothing_gets_everything_and_the_phone(eva: Chooser) -> None:
    page = eva.open("/de/anliegen?q=%3Cu%3Exyzzy")
    assert page.status_code == 200
    assert "Kein Treffer für „<u>xyzzy“" in words(page)
    assert "&lt;u&gt;xyzzy" in page.text and "<u>xyzzy" not in page.text
    assert "0461 85-0 oder 115" in words(page)
    assert len([link for link in links(page) if "/leistung/" in link]) == 26


@pytest.mark.parametrize("query", ["", "?q=", "?q=%20%20"])
def test_without_words_all_services_are_listed_in_groups(eva: Chooser, query: str) -> None:
    text = words(eva.open(f"/de/anliegen{query}"))
    assert "Wohnen und Umziehen" in text and "Fischereischein" in text
    assert "Kein Treffer" not in text


def test_a_service_that_needs_a_visit_says_so_first_and_then_what_to_bring(eva: Chooser) -> None:
    page = eva.open("/de/leistung/id_card_apply")
    text = words(page)
    said = [
        "Dafür brauchen Sie einen Termin",
        "etwa 15 Minuten",
        "alter Ausweis oder Pass",
        "46,00 €",
        "Sie selbst. Jemand anderes kann das nicht",
        "Für wie viele Personen?",
        "Reisepass beantragen",
        "Freie Zeiten ansehen – nächste: Mi, 25.11.2026, 9:10 Uhr",
    ]
    places = [text.index(one) for one in said]
    assert places == sorted(places)
    english = words(eva.open("/en/leistung/id_card_apply"))
    assert "You need an appointment for this" in english and "€46.00" in english
    assert "See free times – next: Wed, 25 Nov 2026, 9:10" in english


def test_a_service_without_a_visit_says_where_to_send_what(eva: Chooser) -> None:
    page = eva.open("/de/leistung/housing_entitlement")
    text = words(page)
    assert text.index("Das geht ohne Termin") < text.index("Nachweis des Einkommens")
    assert "Rathausplatz 1, 24937 Flensburg" in text
    assert "mailto:buergerbuero@flensburg.example?subject=Wohnberechtigungsschein" in links(page)
    assert any(link.endswith(".pdf") for link in links(page))
    assert "<form" not in page.text.split("<main")[1]


def test_where_both_ways_are_open_the_one_without_a_visit_comes_first(eva: Chooser) -> None:
    text = words(eva.open("/de/leistung/registration"))
    assert text.index("Das geht ohne Termin") < text.index("Lieber mit Termin") < text.index("Freie Zeiten")


def test_a_document_is_collected_by_invitation(eva: Chooser) -> None:
    page = eva.open("/de/leistung/passport_pickup")
    assert "Dafür laden wir Sie ein" in words(page)
    assert "<form" not in page.text.split("<main")[1]


@pytest.mark.parametrize("name", ["nix", "ID_CARD", "other", "%C3%A4", "a" * 300])
def test_an_unknown_service_leads_to_the_search(eva: Chooser, name: str) -> None:
    page = eva.open(f"/de/leistung/{name}")
    assert page.status_code == 404
    assert "Das gewünschte Anliegen gibt es hier nicht" in words(page)
    assert "/de/leistung/id_card_apply" in links(page)


@pytest.mark.parametrize("path", ["/fr/", "/fr/anliegen", "/fr/leistung/registration", "/fr/zeit", "/nix"])
def test_a_language_that_we_do_not_speak_is_not_found(eva: Chooser, path: str) -> None:
    assert eva.open(path).status_code == 404


def test_what_was_chosen_before_stays_chosen(eva: Chooser) -> None:
    page = eva.open("/de/leistung/id_card_apply?persons=3&service=passport_apply&service=id_card_apply")
    answer = eva.press(page, "Freie Zeiten ansehen – nächste: Mi, 25.11.2026, 9:10 Uhr")
    assert answer.status_code == 200
    assert "Personalausweis beantragen (3 ×) Reisepass beantragen (3 ×)" in words(answer)


def test_looking_around_leaves_no_trace_and_gives_the_browser_one_random_id(eva: Chooser) -> None:
    before = events_of(eva.desk.office)
    eva.open("/de/")
    device = eva.cookies["__Host-booking-device"]
    eva.open("/de/zeit?service=id_card_apply")
    assert events_of(eva.desk.office) == before
    assert eva.cookies == {"__Host-booking-device": device}


@pytest.mark.parametrize(
    "path", ["/", "anliegen", "leistung/id_card_apply", "zeit?service=id_card_apply&service=registration"]
)
def test_a_page_weighs_little(eva: Chooser, path: str) -> None:
    page: Any = eva.open(f"/de/{path.lstrip('/')}", accept_encoding="gzip, br")
    assert page.headers["content-encoding"] == "gzip"
    assert int(page.headers["content-length"]) < 8_000
    assert "content-encoding" not in eva.open("/de/", accept_encoding="identity").headers
