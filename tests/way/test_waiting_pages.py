"""The waiting list on a phone: the form, the mailed link, the offer, being too slow, leaving."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.way.booking_desk import RESERVE, TUESDAY, Desk, bearer
from tests.way.memory_office import events_of
from tests.way.visitor import Visitor, heading, ids, words
from tests.way.waiting_desk import fire, mailed, somebody_cancels, wishes_of

FORM = "/de/frueher?service=id_card_apply"
JOIN, TAKE = "Auf die Warteliste", "Diesen Termin nehmen"
ERIKA = {"name": "Erika Mustermann", "email": "erika@example.org"}


@pytest.fixture
def eva(desk: Desk) -> Visitor:
    return Visitor(desk)


def joined(eva: Visitor, **typed: str) -> str:
    """A proven wish; the address of its page, as the mail carries it."""
    before = len(wishes_of(eva.desk.office))
    page = eva.press(eva.open(FORM), JOIN, **(ERIKA | typed))
    assert heading(page) == "Prüfen Sie Ihr Postfach", words(page)
    wish_id = wishes_of(eva.desk.office)[before]
    path = f"/de/frueher/{mailed(eva.desk.office, wish_id)}"
    assert heading(eva.press(eva.open(path), "Wunsch bestätigen")) == "Sie stehen auf der Warteliste"
    return path


def test_from_the_form_over_the_link_to_an_appointment(eva: Visitor) -> None:
    path = joined(eva)
    somebody_cancels(eva.desk)
    offer = eva.open(path)
    assert heading(offer) == "Möchten Sie diesen Termin?"
    assert "Dienstag, 1. Dezember 2026, 9:00 Uhr" in words(offer)
    ticket = eva.press(offer, TAKE)
    assert heading(ticket) == "Ihr Termin ist bestätigt"
    assert "Danke, der Termin gilt jetzt" in words(ticket) and "Erika Mustermann" in words(ticket)
    assert heading(eva.open(path)) == "Ihr Termin ist bestätigt"


def test_opening_changes_nothing_whatever_stage(eva: Visitor) -> None:
    """What a scanner does that opens every link of every mail."""
    page = eva.press(eva.open(FORM), JOIN, **ERIKA)
    assert "Prüfen Sie" in heading(page)
    path = f"/de/frueher/{mailed(eva.desk.office, wishes_of(eva.desk.office)[0])}"
    for stage in ("unproven", "offered"):
        before = events_of(eva.desk.office)
        for address in (path, f"{path}/beenden", path.replace("/de/", "/en/")):
            assert eva.open(address).status_code == 200, stage
        assert events_of(eva.desk.office) == before
        if stage == "unproven":
            eva.press(eva.open(path), "Wunsch bestätigen")
            somebody_cancels(eva.desk)


def test_whoever_is_too_slow_is_told_and_stays_on_the_list(eva: Visitor) -> None:
    mine, other = joined(eva), joined(Visitor(eva.desk), email="bea@example.org")
    somebody_cancels(eva.desk)
    seen = eva.open(mine)
    Visitor(eva.desk).press(eva.open(other), TAKE)
    page = eva.press(seen, TAKE)
    assert page.status_code == 409
    assert "Schon vergeben" in words(page) and "Sie bleiben auf der Warteliste" in words(page)
    assert heading(page) == "Sie stehen auf der Warteliste"
    assert heading(eva.open(mine)) == "Sie stehen auf der Warteliste"


def test_pressed_twice_it_is_one_appointment(eva: Visitor) -> None:
    path = joined(eva)
    somebody_cancels(eva.desk)
    offer = eva.open(path)
    first, second = eva.press(offer, TAKE), eva.press(offer, TAKE)
    assert heading(first) == heading(second) == "Ihr Termin ist bestätigt"
    assert events_of(eva.desk.office)["WishFulfilled"] == 1


def test_an_offer_may_be_declined(eva: Visitor) -> None:
    path = joined(eva)
    somebody_cancels(eva.desk)
    page = eva.press(eva.open(path), "Nein, weiter warten")
    assert heading(page) == "Sie stehen auf der Warteliste"
    assert "Sie haben das Angebot abgelehnt" in words(page)


def test_an_offer_that_lapsed_can_no_longer_be_taken(eva: Visitor) -> None:
    path = joined(eva)
    somebody_cancels(eva.desk)
    offer = eva.open(path)
    fire(eva.desk.office, minutes=60)
    page = eva.press(offer, TAKE)
    assert page.status_code == 410 and "Das Angebot ist vorbei" in words(page)
    assert heading(page) == "Sie stehen auf der Warteliste"


def test_the_stop_link_asks_once_and_ends_the_wish(eva: Visitor) -> None:
    path = joined(eva)
    page = eva.press(eva.open(f"{path}/beenden"), "Von der Warteliste abmelden")
    assert (page.status_code, heading(page)) == (410, "Ihr Wunsch ist beendet")
    assert "abgemeldet" in words(page)
    assert 'href="/de/frueher?service=id_card_apply"' in page.text, "the next wish is one press away"


def test_the_link_is_good_for_an_hour(eva: Visitor) -> None:
    eva.press(eva.open(FORM), JOIN, **ERIKA)
    path = f"/de/frueher/{mailed(eva.desk.office, wishes_of(eva.desk.office)[0])}"
    seen = eva.open(path)
    fire(eva.desk.office, minutes=60)
    page = eva.press(seen, "Wunsch bestätigen")
    assert (page.status_code, heading(page)) == (410, "Ihr Wunsch ist beendet")


def test_from_a_ticket_the_appointment_stays_until_the_swap(eva: Visitor) -> None:
    booked = eva.desk.confirmed(starts_at="2026-12-03T15:00:00+01:00")
    ticket = f"/de/t/{booked['access']}"
    assert "Früheren Termin wünschen" in words(eva.open(ticket))
    form = eva.open(f"{ticket}/frueher")
    assert heading(form) == "Wann würde es Ihnen früher passen?"
    assert "Donnerstag, 3. Dezember 2026, 15:00 Uhr" in words(form) and "name" not in ids(form)
    page = eva.press(form, JOIN)
    assert heading(page) == "Sie stehen auf der Warteliste" and "Ihr Wunsch ist gespeichert" in words(page)
    eva.desk.office.clock.pass_(minutes=61)
    somebody_cancels(eva.desk)
    path = f"/de/frueher/{mailed(eva.desk.office, wishes_of(eva.desk.office)[0])}"
    offer = eva.open(path)
    assert "Dafür geben Sie Ihren jetzigen Termin frei: Donnerstag, 3. Dezember 2026" in words(offer)
    moved = eva.press(offer, TAKE)
    assert "Ihr Termin ist verschoben" in words(moved)
    assert "Dienstag, 1. Dezember 2026, 9:00 Uhr" in words(moved)
    assert eva.desk.get(f"/bookings/{booked['booking_id']}", **bearer(booked["access"])).json()[
        "starts_at"
    ] == (TUESDAY)


def test_a_ticket_leads_back_to_its_wish_and_out_of_the_list(eva: Visitor) -> None:
    """No mail tells the link before there is an offer."""
    booked = eva.desk.confirmed(starts_at="2026-12-03T15:00:00+01:00")
    ticket = f"/de/t/{booked['access']}/frueher"
    form = eva.open(ticket)
    eva.press(form, JOIN)
    page = eva.open(ticket)
    assert heading(page) == "Sie stehen auf der Warteliste" and '/beenden"' in page.text
    again = eva.press(form, JOIN, latest="2026-12-02")
    assert (again.status_code, heading(again)) == (200, "Sie stehen auf der Warteliste")
    leave = re.search(r'href="(/de/frueher/[^"]+/beenden)"', page.text)
    assert leave is not None
    eva.press(eva.open(leave[1]), "Von der Warteliste abmelden")
    assert heading(eva.open(ticket)) == "Wann würde es Ihnen früher passen?"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"email": ""}, "E-Mail-Adresse: Bitte füllen Sie dieses Feld aus."),
        ({"name": ""}, "Vor- und Nachname: "),
        ({"latest": "gestern"}, "Spätester Tag: Bitte geben Sie einen Tag in den nächsten 60 Tagen ein"),
        ({"latest": "2027-06-01"}, "Spätester Tag: Bitte geben Sie einen Tag in den nächsten 60 Tagen ein"),
        ({"earliest": "2026-12-24"}, "Frühester Tag: "),
        ({"earliest": "2026-11-28", "latest": "2026-11-29"}, "Wochentage: Bitte wählen Sie"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    eva: Visitor, typed: dict[str, str], said: str
) -> None:
    page = eva.press(eva.open(FORM), JOIN, **(ERIKA | typed))
    assert page.status_code == 422
    assert said in words(page)
    (aim,) = re.findall(r'href="#([^"]+)"', page.text.split('id="errors"')[1].split("</ul>")[0])
    assert aim in ids(page), "F41: the link leads to its field"
    for name, value in (ERIKA | typed).items():
        assert f'name="{name}"' in page.text and (not value or f'value="{value}"' in page.text)
    assert not wishes_of(eva.desk.office)


def test_days_are_understood_as_people_type_them(eva: Visitor) -> None:
    page = eva.press(eva.open(FORM), JOIN, **(ERIKA | {"latest": "1.12.2026", "uhrzeit": "vormittags"}))
    assert heading(page) == "Prüfen Sie Ihr Postfach"


def test_a_second_wish_stands_instead_of_the_first_once_it_is_proven(eva: Visitor) -> None:
    first = joined(eva)
    second = joined(eva)
    assert heading(eva.open(first)) == "Ihr Wunsch ist beendet"
    assert heading(eva.open(second)) == "Sie stehen auf der Warteliste"


@pytest.mark.parametrize(
    ("path", "heading_there"),
    [
        ("/de/frueher", "Was möchten Sie erledigen?"),
        ("/de/frueher?service=id_card_apply&service=housing_entitlement", None),
        ("/de/frueher?service=nothing", None),
    ],
)
def test_what_cannot_be_wished_leads_on(eva: Visitor, path: str, heading_there: str | None) -> None:
    page = eva.open(path)
    assert page.status_code in (200, 422)
    assert heading_there is None or heading(page) == heading_there


def test_f14_a_link_survives_what_mail_programs_and_gateways_do_to_it(eva: Visitor) -> None:
    path = joined(eva)
    folder, token = path.rsplit("/", 1)
    for other in (f"{folder}/%{ord(token[0]):02X}{token[1:]}", f"{path}?utm_source=x&done=x", f"{path}/"):
        page = eva.open(other)
        assert (page.status_code, heading(page)) == (200, "Sie stehen auf der Warteliste"), other


def test_foreign_and_broken_links_are_one_page(eva: Visitor) -> None:
    booked = eva.desk.confirmed()
    broken = [eva.open(f"/de/frueher/{token}") for token in ("x" * 54, "x", booked["access"])]
    assert {one.status_code for one in broken} == {404}
    path = joined(eva)
    key = {"idempotency_key": "a-key-for-this-test"}
    answer = eva.send(f"{path}/annehmen", {**key, "token": path.rpartition("/")[2], "offer": "no id"})
    assert answer.status_code == 404
    assert eva.send(f"{path}/beenden", key).status_code == 404


def test_the_page_of_times_leads_to_the_list(eva: Visitor) -> None:
    page = eva.open("/de/zeit?service=id_card_apply")
    assert "/de/frueher?service=id_card_apply" in page.text


def test_a_pick_up_or_a_missed_appointment_wishes_nothing(eva: Visitor) -> None:
    booked = eva.desk.confirmed()
    assert heading(eva.open(f"/de/t/{booked['access']}/frueher")).startswith("Wann würde")
    cancel: dict[str, Any] = {"date": RESERVE["starts_at"][:10]}
    eva.desk.post(f"/bookings/{booked['booking_id']}/cancel", cancel, **bearer(booked["access"]))
    assert heading(eva.open(f"/de/t/{booked['access']}/frueher")) == "Ihr Termin ist abgesagt"
