"""The mailed pick-up link: on to the free times with a grant, or a page that says how it stands."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from servicekit.tokens import Purpose
from servicekit.web.words import whole
from services.documents import commands as ask
from tests.rules.documents.desk import ID_CARD, PASSPORT, PICKUP
from tests.way.memory_documents import Window


@pytest.fixture
def window(window: Window) -> Window:
    """Nobody is signed in: whoever has the link may look."""
    return window.as_(None)


def link(window: Window, document: UUID, language: str = "de") -> str:
    """As notification signs it, for the document's present invitation."""
    invitation = window.world.document(document).invitation_id
    assert invitation is not None
    token = window.office.tokens.sign(Purpose.PICKUP, invitation, window.world.at + timedelta(days=120))
    return f"/{language}/abholung/{token}"


def heading(answer: Any) -> str:
    (text,) = re.findall(r"<h1[^>]*>(.*?)</h1>", answer.text)
    return str(text)


def test_a_link_leads_to_booking_with_a_grant_of_thirty_minutes_and_changes_nothing(window: Window) -> None:
    (card,) = window.eva.invited(ID_CARD)
    before, path = window.office.position(), link(window, card, "en")
    for method in ("GET", "HEAD", "GET"):
        answer = window.client.request(method, path)
        assert answer.status_code == 303
        target, grant = answer.headers["location"].rsplit("/", 1)
        assert target == "https://termin.example/en/abholtermin"
        found = window.office.tokens.verify(grant, Purpose.GRANT, window.world.at)
        assert found is not None and found.id == window.world.document(card).invitation_id
        late = window.world.at + timedelta(minutes=30, seconds=1)
        assert window.office.tokens.verify(grant, Purpose.GRANT, late) is None
    assert window.office.position() == before
    assert answer.headers["cache-control"] == "no-store"


def test_f14_a_link_survives_what_mail_programs_and_gateways_do_to_it(window: Window) -> None:
    (card,) = window.eva.booked(ID_CARD)
    path = link(window, card)
    folder, token = path.rsplit("/", 1)
    for other in (f"{folder}/%{ord(token[0]):02X}{token[1:]}", f"{path}?utm_source=x&to=y", f"{path}/"):
        page = window.open(other)
        assert (page.status_code, heading(page)) == (200, "Ihr Abholtermin ist gebucht"), other


def test_unknown_expired_foreign_and_mutilated_links_are_one_page(window: Window) -> None:
    (card,) = window.eva.invited(ID_CARD)
    good, invitation = link(window, card), window.world.document(card).invitation_id
    assert invitation is not None
    sign, soon = window.office.tokens.sign, window.world.at + timedelta(minutes=1)
    bad = [
        "nonsense",
        good[14:-1],
        good[14:] + "=",
        sign(Purpose.PICKUP, uuid4(), soon),
        sign(Purpose.GRANT, invitation, soon),
        sign(Purpose.TICKET, invitation, soon),
        sign(Purpose.PICKUP, invitation, window.world.at - timedelta(seconds=1)),
    ]
    pages = {window.open(f"/de/abholung/{token}").text for token in bad}
    assert len(pages) == 1
    assert {window.open(f"/de/abholung/{token}").status_code for token in bad} == {404}
    assert window.open(good.replace("/de/", "/xx/")).status_code == 404


def test_a_booked_pickup_says_when_in_german_and_english(window: Window) -> None:
    card, _passport = window.eva.booked(ID_CARD, PASSPORT)
    german, english = window.open(link(window, card)), window.open(link(window, card, "en"))
    assert (german.status_code, heading(german)) == (200, "Ihr Abholtermin ist gebucht")
    assert f"Dienstag, 24. November 2026, {whole('9:00 Uhr')}" in german.text
    assert heading(english) == "Your collection appointment is booked"
    assert f"Tuesday, 24 November 2026, {whole('9:00')}" in english.text
    assert 'hreflang="de"' in english.text


def test_while_a_lost_booking_may_come_back_nothing_can_be_booked(window: Window) -> None:
    (card,) = window.eva.booked(ID_CARD)
    first = link(window, card)
    undo_until = window.world.at + timedelta(minutes=10)
    window.world.hear(window.eva.cancelled(card, undo_until=undo_until))
    page = window.open(first)
    assert (page.status_code, heading(page)) == (200, "Sie bekommen gleich eine neue Einladung")
    window.world.passes(minutes=11)
    assert heading(window.open(first)) == "Es gibt eine neuere Einladung"
    assert window.open(first).status_code == 410
    assert window.open(link(window, card)).status_code == 303


def test_both_links_say_booked_where_the_lost_booking_came_back_after_the_new_call(window: Window) -> None:
    (card,) = window.eva.booked(ID_CARD)
    first = link(window, card)
    window.world.hear(window.eva.cancelled(card, undo_until=window.world.at + timedelta(minutes=10)))
    window.world.passes(minutes=11)
    second = link(window, card)
    window.world.hear(window.eva.undone(card))
    assert window.world.document(card).booked_by(PICKUP)
    for path in (first, second):
        page = window.open(path)
        assert (page.status_code, heading(page)) == (200, "Ihr Abholtermin ist gebucht")


def test_after_the_hand_over_and_after_a_return_the_link_says_so(window: Window) -> None:
    (card,) = window.eva.at_window(ID_CARD)
    path = link(window, card)
    window.world.ask(window.eva.hand_over(card))
    assert (window.open(path).status_code, heading(window.open(path))) == (410, "Ihr Dokument ist abgeholt")
    english = window.open(path.replace("/de/", "/en/"))
    assert heading(english) == "Your document has been collected"


def test_a_document_in_the_locker_is_not_said_to_be_gone(window: Window) -> None:
    (card,) = window.eva.invited(ID_CARD)
    path = link(window, card)
    window.world.set(locker=True)
    window.world.ask(ask.PlaceInLocker(document_id=card, locker="locker_1", agreed=True))
    page = window.open(path)
    assert (page.status_code, heading(page)) == (200, "Ihr Dokument liegt im Abholfach")
    assert heading(window.open(path.replace("/de/", "/en/"))) == "Your document is in the locker"
    window.world.passes(days=9)
    assert heading(window.open(path)) == "Es gibt eine neuere Einladung"


def test_a_document_that_went_back_is_no_longer_promised(window: Window) -> None:
    (card,) = window.eva.invited(ID_CARD)
    path = link(window, card)
    window.world.ask(ask.ReturnToProducer(document_id=card, approved_by="colleague"))
    page = window.open(path)
    assert (page.status_code, heading(page)) == (410, "Ihr Dokument liegt nicht mehr zur Abholung bereit")


def test_what_is_left_of_an_invitation_can_still_be_collected(window: Window) -> None:
    card, passport = window.eva.at_window(ID_CARD, PASSPORT)
    window.world.ask(window.eva.hand_over(card))
    window.world.hear(window.eva.missed(card, passport))
    assert window.open(link(window, passport)).status_code == 303
