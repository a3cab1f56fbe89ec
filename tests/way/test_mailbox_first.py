"""The mailbox first: one answer for every address, and nothing that was typed is lost."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import pytest

from services.booking.steady import STEADY
from tests.way.booking_desk import Desk
from tests.way.chooser import Chooser, where
from tests.way.memory_office import events_of
from tests.way.visitor import heading, words

FIRST = "/de/postfach-zuerst?service=id_card_apply"
SEND = "Link schicken"
EVA = {"name": "Eva Muster", "email": "eva@example.org"}


@pytest.fixture
def eva(desk: Desk) -> Chooser:
    return Chooser(desk)


def send(eva: Chooser, **typed: str) -> Any:
    return eva.press(eva.open(FIRST), SEND, **EVA | typed)


def test_looking_at_the_form_changes_nothing(eva: Chooser) -> None:
    before = eva.desk.office.position()
    eva.open(FIRST)
    assert eva.desk.office.position() == before


def test_a_known_address_a_new_one_and_one_with_too_many_mails_get_one_answer_in_equal_time(
    eva: Chooser,
) -> None:
    """F25 A3: the page tells nobody whose address is known here."""
    eva.desk.client.app.state.steady = STEADY
    answers, seconds = [], []
    for email in ("eva@example.org", "eva@example.org", "eva@example.org", "nils@example.org"):
        began = perf_counter()
        answers.append(send(eva, email=email))
        seconds.append(perf_counter() - began)
    assert len({(one.status_code, one.headers["location"], one.text) for one in answers}) == 1
    assert min(seconds) >= STEADY
    assert events_of(eva.desk.office)["WishMade"] == 3, "the third one's mailbox had its mails"
    assert "Dann gilt der Link aus unserer ersten E-Mail weiter" in words(eva.follow(answers[0]))


@pytest.mark.parametrize("typed", [{"email": ""}, {"email": "eva at example"}, {"name": ""}])
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    eva: Chooser, typed: dict[str, str]
) -> None:
    page = send(eva, **typed)
    assert page.status_code == 422 and heading(page) == "Zuerst das Postfach bestätigen"
    assert 'name="service" value="id_card_apply"' in page.text
    assert all(f'value="{text}"' in page.text for text in (EVA | typed).values() if text)


def test_from_where_too_many_mails_were_asked_for_the_form_says_until_when_and_keeps_what_was_typed(
    eva: Chooser,
) -> None:
    """Twenty an hour from one network, which many may share."""
    for number in range(20):
        assert send(eva, email=f"{number}@example.org").status_code == 303
    page = send(eva)
    assert page.status_code == 429 and heading(page) == "Zuerst das Postfach bestätigen"
    assert "Zu viele E-Mails" in words(page) and "Internetanschluss" in words(page)
    assert "schon mehrmals geschrieben" not in words(page), "others were written to"
    assert all(f'value="{text}"' in page.text for text in EVA.values())


def test_without_a_service_it_leads_to_the_first_page(eva: Chooser) -> None:
    assert where(eva.open("/de/postfach-zuerst")) == "/de/"


def test_a_form_sent_twice_asks_for_one_mail(eva: Chooser) -> None:
    page = eva.open(FIRST)
    eva.press(page, SEND, **EVA)
    eva.press(page, SEND, **EVA)
    assert events_of(eva.desk.office)["WishMade"] == 1


@pytest.mark.parametrize("language", ["en", "da", "de-leicht"])
def test_it_speaks_every_language_of_the_pages(eva: Chooser, language: str) -> None:
    page = eva.open(FIRST.replace("/de/", f"/{language}/"))
    assert page.status_code == 200 and heading(page) != "Zuerst das Postfach bestätigen"
