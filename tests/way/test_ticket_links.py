"""What stands behind the link of a ticket: all the door needs, and a way to cancel that no robot takes."""

from __future__ import annotations

import html
import re
import unicodedata
from uuid import UUID

import pytest

from servicekit.decider import Refused
from servicekit.tokens import Purpose
from servicekit.web.codes import spoken_code
from servicekit.web.words import whole
from tests.way.booking_desk import PHONE, RESERVE, Desk
from tests.way.link_reader import Reader, heading
from tests.way.memory_office import events_of


@pytest.fixture
def reader(desk: Desk) -> Reader:
    return Reader(desk)


def test_the_ticket_shows_all_that_the_door_and_the_counter_need(reader: Reader) -> None:
    reader.confirm()
    page = reader.open(reader.ticket())
    assert (page.status_code, heading(page)) == (200, "Ihr Termin ist bestätigt")
    code = spoken_code(reader.desk.office.code_key, UUID(reader.booking))
    for words in (
        code,
        "Foto-Code",
        f"Dienstag, 1. Dezember 2026, {whole('9:00 Uhr')}",
        "Rathausplatz 1",
        "termin.ics",
    ):
        assert words in page.text, words
    assert "example.org" not in page.text.split("<footer")[0]
    file = reader.open(reader.ticket() + "/termin.ics")
    assert file.headers["content-type"].startswith("text/calendar") and b"METHOD:PUBLISH" in file.content


NAMES = [
    "O",
    "D’Angelo",
    "Nguyễn",
    "Żółć",
    "محمد",
    "St. John",
    "<b>Eva</b>",
    "Đặng",
    "Łukasiewicz",
    "Sørensen",
    "Å" * 100,
]


@pytest.mark.parametrize("name", NAMES)
def test_the_ticket_shows_a_name_as_it_was_given(desk: Desk, name: str) -> None:
    """F36: names on the ticket."""
    booking = desk.held()
    given = {"name": unicodedata.normalize("NFD", name), "email": "eva@example.org"}
    path, proof = f"/bookings/{booking['booking_id']}/give-contact", f"Bearer {booking['access']}"
    assert desk.post(path, given, Authorization=proof).status_code == 202
    token = {"token": desk.link(booking["booking_id"])}
    desk.post(f"/bookings/{booking['booking_id']}/confirm", token)
    page = desk.client.get(f"/de/t/{desk.link(booking['booking_id'], purpose=Purpose.TICKET)}")
    assert f"<bdi>{html.escape(name)}</bdi>" in page.text
    assert "&#39;" not in page.text and "<b>" not in page.text


@pytest.mark.parametrize(
    "reach", [{"email": "eva@example.org"}, {"phone": "0461 850"}], ids=["mailbox", "phone"]
)
def test_a_mail_about_the_move_is_promised_to_nobody_without_a_mailbox(
    desk: Desk, reach: dict[str, str]
) -> None:
    """Who came by a letter, or has a ticket from the counter."""
    caller = {"channel": "desk", "pool": "desk", "contact": {"name": "Eva Muster"} | reach}
    answer = desk.post("/bookings", RESERVE | caller, Authorization="Bearer dev:desk@flensburg")
    assert answer.status_code == 201, answer.text
    ticket = desk.link(answer.json()["booking_id"], purpose=Purpose.TICKET)
    page = desk.client.get(f"/de/t/{ticket}?done=moved")
    assert heading(page) == "Ihr Termin ist bestätigt" and "Es gilt die neue Zeit unten" in page.text
    assert ("schreiben Ihnen auch eine E-Mail" in page.text) == ("email" in reach)


def test_cancelling_needs_the_day_or_the_code(reader: Reader) -> None:
    reader.confirm()
    question = reader.open(reader.ticket() + "/absagen")
    assert heading(question) == "Möchten Sie diesen Termin absagen?"
    pressed_only = reader.press(question, "absagen", typed="")
    assert pressed_only.status_code == 422
    assert "<title>Fehler: " in pressed_only.text and 'href="#typed"' in pressed_only.text
    wrong = reader.press(question, "absagen", typed="2.12.2026<b>")
    assert wrong.status_code == 422 and "2.12.2026&lt;b&gt;" in wrong.text
    done = reader.press(question, "absagen", typed="Di, 1.12.2026")
    assert heading(done) == "Ihr Termin ist abgesagt"
    back = reader.press(done, "rueckgaengig")
    assert (heading(back), "Die Absage ist zurückgenommen" in back.text) == ("Ihr Termin ist bestätigt", True)


def test_an_undo_that_would_be_one_too_many_says_so_with_a_way_on(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader.confirm()
    done = reader.press(reader.open(reader.ticket() + "/absagen"), "absagen", typed="1.12.2026")

    async def many(*_: object) -> None:
        raise Refused("too-many-bookings")

    monkeypatch.setattr(reader.desk.office, "execute", many)
    page = reader.press(done, "rueckgaengig")
    assert (page.status_code, heading(page)) == (429, "Ihr Termin ist abgesagt")
    assert "<title>Zu viele Termine" in page.text and 'href="/de/meine-termine"' in page.text
    assert "rueckgaengig" in page.text, "once another is cancelled it may be pressed again"


def test_who_wants_to_cancel_what_is_over_is_told_how_it_ended(reader: Reader) -> None:
    """A reminder's link after a call, and a page that was left open."""
    reader.confirm()
    question = reader.open(reader.ticket() + "/absagen")
    reader.desk.post(f"/bookings/{reader.booking}/cancel", {"reason": "citizen_wish"}, **PHONE)
    for answer in (
        reader.open(reader.ticket() + "/absagen"),
        reader.press(question, "absagen", typed="1.12."),
    ):
        page = reader.open(answer.headers["location"]) if answer.status_code == 303 else answer
        assert (page.status_code, heading(page)) == (200, "Ihr Termin ist abgesagt")


def test_a_robot_that_opens_every_link_and_presses_the_first_button_cancels_nothing(reader: Reader) -> None:
    for _ in range(2):
        page = reader.open()
        for path in set(re.findall(r'href="(/de/t/[^"#]+)"', page.text)):
            opened = reader.open(path)
            for action in re.findall(r'action="([^"]+)"', opened.text):
                reader.press(opened, action.rsplit("/", 1)[1])
        for action in re.findall(r'action="([^"]+)"', page.text):
            reader.press(page, action.rsplit("/", 1)[1])
    happened = events_of(reader.desk.office)
    assert happened["BookingConfirmed"] == 1
    assert "BookingCancelled" not in happened
