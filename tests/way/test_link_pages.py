"""What a mailed link opens: only a button changes anything, and every bad link is one page."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
import structlog

from servicekit.tokens import Purpose
from servicekit.web.codes import spoken_code
from servicekit.web.words import whole
from services.booking.proof import DEVICE_COOKIE
from tests.way.booking_desk import PHONE, RESERVE, Desk
from tests.way.link_reader import FORM, Reader, form, heading
from tests.way.memory_office import events_of

THURSDAY = {"starts_at": "2026-12-03T10:00:00+01:00"}


@pytest.fixture
def reader(desk: Desk) -> Reader:
    return Reader(desk)


# --- confirming


def test_opening_the_link_shows_the_appointment_and_changes_nothing(reader: Reader) -> None:
    before = reader.desk.office.position()
    page = reader.open()
    assert page.status_code == 200
    assert heading(page) == "Möchten Sie diesen Termin bestätigen?"
    for words in (
        "Personalausweis beantragen",
        f"Dienstag, 1. Dezember 2026, {whole('9:00 Uhr')}",
        "Rathausplatz 1",
        "eine Person",
        f"Bestätigen Sie bis {whole('10:00 Uhr')}",
        "Nicht von Ihnen? Dann tun Sie nichts.",
    ):
        assert words in page.text, words
    assert page.text.count("<button") == 1
    head = reader.desk.client.head(reader.path())
    assert (head.status_code, head.content) == (200, b"")
    assert reader.desk.office.position() == before


def test_the_button_confirms_once_and_then_says_so(reader: Reader) -> None:
    page = reader.open()
    first = reader.press(page, "bestaetigen")
    assert (first.status_code, heading(first)) == (200, "Ihr Termin ist bestätigt")
    assert "Danke, der Termin gilt jetzt" in first.text
    assert spoken_code(reader.desk.office.code_key, UUID(reader.booking)) in first.text
    double_click = reader.press(page, "bestaetigen")
    assert "Danke, der Termin gilt jetzt" in double_click.text
    later = reader.open()
    assert "schon bestätigt" in later.text and "9:00 Uhr" in later.text
    action, fields = form(page.text, "bestaetigen")
    fields["idempotency_key"] = "a-new-press"
    again = reader.desk.client.post(action, data=fields, headers=FORM)
    assert "schon bestätigt" in again.text
    assert events_of(reader.desk.office)["BookingConfirmed"] == 1


def test_english_readers_get_english(desk: Desk) -> None:
    reader = Reader(desk, "en", items=[{"service": "registration", "quantity": 2}], persons=2)
    page = reader.open()
    assert heading(page) == "Do you want to confirm this appointment?"
    assert (
        f"Tuesday, 1 December 2026, {whole('9:00')}" in page.text
        and "Register your address (2 ×)" in page.text
    )
    assert "2 people" in page.text and '<html lang="en">' in page.text
    assert f'href="/de/t/{reader.link}"' in page.text
    assert heading(reader.confirm()) == "Your appointment is confirmed"


PRESSES = {
    "from another site": ({"Sec-Fetch-Site": "cross-site"}, {}, 403),
    "without any origin": ({}, {}, 403),
    "without the token in the form": (FORM, {"token": ""}, 404),
    "with another token in the form": (FORM, {"token": "x" * 54}, 404),
    "without a key": (FORM, {"idempotency_key": ""}, 400),
}


@pytest.mark.parametrize("name", PRESSES)
def test_a_press_that_is_not_from_our_page_confirms_nothing(reader: Reader, name: str) -> None:
    headers, changes, status = PRESSES[name]
    action, fields = form(reader.open().text, "bestaetigen")
    answer = reader.desk.client.post(action, data=fields | changes, headers=headers)
    assert answer.status_code == status
    assert "BookingConfirmed" not in events_of(reader.desk.office)


# --- links as mail programs leave them


def test_a_link_survives_what_mail_programs_do_to_it(reader: Reader) -> None:
    """F14: encoded once more, with parameters of a gateway, with a slash: the same page."""
    expected = heading(reader.open())
    encoded = f"/de/t/%{ord(reader.link[0]):02X}{reader.link[1:]}"
    for path in (encoded, reader.path() + "?utm_source=x&follow=true", reader.path() + "/"):
        page = reader.open(path)
        assert (page.status_code, heading(page)) == (200, expected), path


def test_every_bad_link_is_one_page(reader: Reader) -> None:
    """F14: a sign hung on is answered like an unknown token, byte for byte."""
    office = reader.desk.office
    uuid = UUID(reader.booking)
    tokens = [
        *(reader.link + sign for sign in (".", ")", ">", "=", "%00x"[3:])),
        reader.link[:-1],
        reader.link[:-1] + ("A" if reader.link[-1] != "A" else "B"),
        "x",
        office.tokens.sign(Purpose.CONFIRM, UUID(int=7), office.clock.now().replace(year=2027)),
        office.tokens.sign(Purpose.CONFIRM, uuid, office.clock.now().replace(year=2025)),
        office.tokens.sign(Purpose.HOLD, uuid, office.clock.now().replace(year=2027)),
        office.tokens.sign(Purpose.WISH, uuid, office.clock.now().replace(year=2027)),
        office.tokens.sign(Purpose.TICKET, uuid, office.clock.now().replace(year=2027)),
    ]
    answers = [reader.open(reader.path(token)) for token in tokens]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert "noch einmal senden" in answers[0].text and "115" in answers[0].text
    assert reader.open(f"/fr/t/{reader.link}").status_code == 404


def test_a_corrected_address_voids_the_older_link(reader: Reader) -> None:
    access = reader.desk.office.tokens.sign(
        Purpose.HOLD, UUID(reader.booking), reader.desk.office.clock.now().replace(year=2027)
    )
    path = f"/bookings/{reader.booking}/correct-address"
    answer = reader.desk.post(path, {"email": "right@example.org"}, Authorization=f"Bearer {access}")
    assert answer.status_code == 200
    assert reader.open().status_code == 404
    assert reader.open(reader.path(reader.desk.link(reader.booking, 2))).status_code == 200


# --- a confirm link pressed again, later


def test_after_a_move_it_says_confirmed_and_shows_the_new_time(reader: Reader) -> None:
    """F43 a."""
    page = reader.open()
    reader.press(page, "bestaetigen")
    moved = reader.desk.post(f"/bookings/{reader.booking}/reschedule", THURSDAY, **PHONE)
    assert moved.status_code == 200, moved.text
    before = reader.desk.office.position()
    action, fields = form(page.text, "bestaetigen")
    again = reader.desk.client.post(action, data=fields | {"idempotency_key": "pressed-again"}, headers=FORM)
    assert "schon bestätigt" in again.text
    assert (
        f"Donnerstag, 3. Dezember 2026, {whole('10:00 Uhr')}" in again.text
        and "1. Dezember" not in again.text
    )
    assert reader.desk.office.position() == before


def test_what_the_ticket_behind_it_offers_can_be_had(reader: Reader) -> None:
    """Who comes back by the first mail may move or cancel, as after the button."""
    reader.confirm()
    offered = re.findall(r'href="(/de/t/[^"]+/([a-z.-]+))"', reader.open().text)
    answers = {last: reader.open(href).status_code for href, last in offered}
    assert answers.keys() >= {"verschieben", "absagen", "meine-daten", "termin.ics"}
    assert set(answers.values()) == {200}


def test_after_a_cancellation_it_says_cancelled_and_leaves_the_next_one_alone(reader: Reader) -> None:
    """F43 b."""
    page = reader.open()
    reader.press(page, "bestaetigen")
    reader.desk.post(f"/bookings/{reader.booking}/cancel", {"reason": "citizen_wish"}, **PHONE)
    reader.desk.office.clock.pass_(hours=2)
    other = reader.desk.post("/bookings", RESERVE).json()["booking_id"]
    before = reader.desk.office.position()
    action, fields = form(page.text, "bestaetigen")
    for again in (
        reader.desk.client.post(action, data=fields | {"idempotency_key": "pressed-again"}, headers=FORM),
        reader.open(),
    ):
        assert (again.status_code, heading(again)) == (409, "Dieser Termin ist abgesagt")
        assert "einen neuen Termin" in again.text and "noch einmal senden" not in again.text
    assert reader.desk.office.position() == before
    assert reader.desk.get(f"/bookings/{other}", **PHONE).json()["state"] == "held"


def test_after_the_limit_it_is_gone(reader: Reader) -> None:
    """F43 c."""
    page = reader.open()
    reader.desk.office.clock.pass_(hours=2)
    for answer in (reader.press(page, "bestaetigen"), reader.open()):
        assert (answer.status_code, heading(answer)) == (410, "Die Frist zum Bestätigen ist abgelaufen")
        assert "noch einmal senden" not in answer.text
    assert "BookingConfirmed" not in events_of(reader.desk.office)


# --- headers, cookies, logs


def test_pages_behind_a_link_are_not_kept_and_not_told(reader: Reader) -> None:
    page = reader.open()
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-robots-tag"] == "noindex"
    assert page.headers["referrer-policy"] == "strict-origin"
    assert "<script" not in page.text and "style=" not in page.text
    cookie = page.headers["set-cookie"]
    assert cookie.startswith(f"{DEVICE_COOKIE}=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"))
    kept = {"Cookie": cookie.split(";")[0]}
    assert "set-cookie" not in reader.desk.client.get(reader.path(), headers=kept).headers


def test_the_token_is_in_no_log_line(reader: Reader) -> None:
    """F27: good and broken tokens, another method, a bad form, a database that is away."""
    with structlog.testing.capture_logs() as lines:
        reader.confirm()
        reader.open(reader.path() + ".")
        reader.desk.client.put(reader.path())
        reader.desk.client.post(reader.path() + "/bestaetigen", data={"x": "y"})
        reader.desk.office.log.away = True
        reader.press(reader.open(reader.ticket() + "/absagen"), "absagen", typed="1.12.")
    assert len(lines) >= 6
    assert reader.link not in repr(lines) and reader.link[8:40] not in repr(lines)
    assert "/{l}/t/{token}/absagen" in {line.get("route") for line in lines}
