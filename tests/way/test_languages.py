"""Every page of the citizen's way in four languages: links to the others, days and times, what is a draft."""

from __future__ import annotations

import re
from typing import Any

import pytest

from servicekit.tokens import Purpose
from servicekit.web.words import DRAFTS, HTML_LANG
from tests.way.booking_desk import Desk
from tests.way.chooser import Chooser, where
from tests.way.visitor import heading, words

CARD = "zeit?service=id_card_apply"
PATHS = (
    "",
    "anliegen?q=pas",
    "leistung/registration",
    CARD,
    "zeit?service=id_card_apply&persons=9",
    "kontakt",
    "frueher?service=id_card_apply",
    "impressum",
    "datenschutz",
    "barrierefreiheit",
)
BUTTON = {"de-leicht": "Diesen Termin nehmen", "en": "Take this appointment", "da": "Tag denne tid"}
RESERVE = {"de-leicht": "Termin reservieren", "en": "Reserve appointment", "da": "Reservér aftalen"}


@pytest.fixture
def eva(desk: Desk) -> Chooser:
    return Chooser(desk)


def other_languages(page: Any) -> dict[str, str]:
    """The links in the head: where to, by what they say of their language."""
    head = page.text.split("</header>")[0]
    links = re.findall(r'href="([^"]*)" lang="([^"]*)" hreflang="([^"]*)"', head)
    assert all(lang == target for _href, lang, target in links)
    return {lang: href.replace("&amp;", "&") for href, lang, _target in links}


def said(page: Any) -> set[str]:
    """All that a page says in three words or more."""
    texts = re.findall(r">([^<>]+)<", page.text.split("<main", 1)[1].split("</main>")[0])
    return {text.strip() for text in texts if len(text.split()) > 2 and "[" not in text}


def marked(page: Any) -> bool:
    """Whether the page says that nobody has approved its words."""
    return 'lang="de">Entwurf</span>' in page.text.split("<main")[0]


@pytest.mark.parametrize("path", PATHS)
def test_each_page_speaks_its_language_and_leads_to_the_same_page_in_the_others(
    eva: Chooser, path: str
) -> None:
    for language, lang in HTML_LANG.items():
        page = eva.open(f"/{language}/{path}")
        assert f'<html lang="{lang}">' in page.text
        links = {HTML_LANG[one]: f"/{one}/{path}" for one in HTML_LANG if one != language}
        assert set(other_languages(page)) == set(links)
        for one, href in other_languages(page).items():
            assert href.split("&")[0] == links[one].split("&")[0]
        assert marked(page) == (language in DRAFTS)


def test_nothing_is_left_in_german(eva: Chooser) -> None:
    """But for what the city has still to give, in square brackets, and the office's address."""
    for path in PATHS:
        german = said(eva.open(f"/de/{path}"))
        for language in ("en", "da"):
            assert said(eva.open(f"/{language}/{path}")) & german <= {"Rathausplatz 1, 24937 Flensburg"}, path


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de-leicht", ("Dienstag, 1. Dezember 2026", "8 Uhr", "8:30 Uhr", "am Vormittag", "freie Zeiten")),
        ("da", ("tirsdag den 1. december 2026", "kl. 8.00", "kl. 8.30", "formiddag", "ledige tider")),
        ("en", ("Tuesday, 1 December 2026", "8:00", "8:30", "morning", "free times")),
    ],
)
def test_days_times_and_numbers_are_written_as_the_language_writes_them(
    eva: Chooser, language: str, said: tuple[str, ...]
) -> None:
    page = words(eva.open(f"/{language}/{CARD}&ab=2026-12-01"))
    for word in said:
        assert word in page, word


@pytest.mark.parametrize("language", BUTTON)
def test_a_form_with_mistakes_still_leads_to_the_other_languages(eva: Chooser, language: str) -> None:
    contact = eva.follow(eva.press(eva.open(f"/{language}/{CARD}"), BUTTON[language]))
    again = eva.press(contact, RESERVE[language])
    assert again.status_code == 422
    assert other_languages(again)["de"] == "/de/kontakt"
    assert eva.open("/de/kontakt").status_code == 200, "the place is still held"


def test_a_mail_in_danish_leads_through_confirming_and_cancelling_in_danish(desk: Desk) -> None:
    booking, eva = desk.asked()["booking_id"], Chooser(desk)
    page = eva.open(f"/da/t/{desk.link(booking)}")
    assert heading(page) == "Vil du bekræfte denne aftale?"
    ticket = eva.follow(eva.press(page, "Bekræft aftalen"))
    assert heading(ticket) == "Din aftale er bekræftet"
    assert "tirsdag den 1. december 2026, kl. 9.00" in words(ticket)
    path = f"/da/t/{desk.link(booking, purpose=Purpose.TICKET)}"
    assert "SUMMARY:Aftale Bürgerbüro Flensburg: Søg om id-kort" in eva.open(f"{path}/termin.ics").text
    question = eva.open(f"{path}/absagen")
    assert "For eksempel tirs. 1.12.2026 eller" in words(question)
    gone = eva.follow(eva.press(question, "Aflys aftalen", typed="tirsdag den 1. december"))
    assert heading(gone) == "Din aftale er aflyst"
    assert "/da/t/" in where(eva.press(gone, "Fortryd aflysningen"))


def test_a_link_that_is_not_good_is_one_page_that_leads_to_the_first_one_in_other_languages(
    eva: Chooser,
) -> None:
    page = eva.open("/da/t/unknown")
    assert page.status_code == 404 and heading(page) == "Siden findes ikke"
    assert other_languages(page) == {"de": "/de/", "de-simple": "/de-leicht/", "en": "/en/"}
    assert marked(page)


@pytest.mark.parametrize(
    ("language", "typed"), [("da", "flytning"), ("da", "nyt pas"), ("de-leicht", "Ausweis")]
)
def test_a_service_is_found_by_the_words_of_the_language(eva: Chooser, language: str, typed: str) -> None:
    page = eva.open(f"/{language}/anliegen?q={typed}")
    assert f"/{language}/leistung/" in page.text
    assert not re.search(r"(Intet|Kein)\w* (resultat|Ergebnis)", words(page))


@pytest.mark.parametrize(("language", "title"), [("da", "Lige taget"), ("de-leicht", "Diese Zeit ist weg")])
def test_the_api_refuses_in_the_language_that_is_asked_for(desk: Desk, language: str, title: str) -> None:
    desk.held()
    taken = {"site": "flensburg", "starts_at": "2026-12-01T09:00:00+01:00"}
    answers = [
        desk.post(f"/bookings?lang={language}", taken | {"items": [{"service": "id_card_apply"}]})
        for _ in range(7)
    ]
    assert title in {answer.json().get("title") for answer in answers if answer.status_code == 409}
