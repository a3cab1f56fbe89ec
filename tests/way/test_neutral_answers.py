"""Whoever types an address learns nothing about it; whoever has its mailbox is told, and loses nothing.

F25 A3. Known is a mailbox with all the appointments that it may have, or with a wish.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from time import perf_counter
from typing import Any
from uuid import UUID

import pytest

from buergerbuero_contracts.booking import ConfirmationRequested, WishMade
from services.booking.pages.citizen import HOLD_COOKIE
from services.booking.steady import STEADY
from tests.way.booking_desk import LEAD, PHONE, RESERVE, Desk, bearer, refused
from tests.way.memory_office import events_of
from tests.way.visitor import Visitor, heading, words
from tests.way.waiting_desk import mailed, wishes_of

KNOWN, UNKNOWN = "eva@example.org", "emil@example.org"
BUSY = "emma@example.org"
"""Had its mails of the hour, but not of the day."""
AGES = 60.0
"""Seconds that nobody misses, on however slow a machine."""
TIMES = [f"2026-12-01T{hour:02}:00:00+01:00" for hour in (9, 10, 11)]
LATER = "2026-12-03T10:00:00+01:00"
MAIN = "Termin reservieren"
FORM, JOIN = "/de/frueher?service=id_card_apply", "Auf die Warteliste"
OWN = re.compile(r'value="[A-Za-z0-9_-]{16,}"|nonce="[^"]*"|/t/[A-Za-z0-9_-]+')
"""What differs from page to page: tokens and keys."""


@pytest.fixture(params=["normal", "raised"])
def level(request: Any) -> str:
    return str(request.param)


@pytest.fixture
def office(desk: Desk, level: str) -> Iterator[Desk]:
    """An office that knows an address; its level is set when the places are held: no proof is in the way."""
    for starts_at in TIMES:
        booking = confirmed(desk, KNOWN, starts_at)
        assert booking["state"] == "confirmed"
        desk.office.clock.pass_(hours=1)
    wish(desk, KNOWN)
    mail = mailed(desk.office, wishes_of(desk.office)[0])
    desk.post(f"/wishes/{wishes_of(desk.office)[0]}/confirm", {}, **bearer(mail))
    desk.office.clock.pass_(hours=2)
    desk.client.app.state.steady = STEADY
    yield desk
    desk.client.app.state.steady = 0.0


def confirmed(desk: Desk, email: str, starts_at: str) -> dict[str, Any]:
    held = holds(desk, starts_at)
    give(desk, held, email)
    token = desk.link(held["booking_id"])
    body: dict[str, Any] = desk.post(f"/bookings/{held['booking_id']}/confirm", {"token": token}).json()
    return body


def holds(desk: Desk, starts_at: str = LATER) -> dict[str, Any]:
    desk.client.cookies.clear()
    return desk.held(starts_at=starts_at)


def set_to(desk: Desk, level: str) -> None:
    assert desk.post("/sites/flensburg/protection-level", {"level": level}, **LEAD).status_code == 200


def give(desk: Desk, held: dict[str, Any], email: str) -> Any:
    contact = {"name": "Eva Muster", "email": email}
    return desk.post(f"/bookings/{held['booking_id']}/give-contact", contact, **bearer(held["access"]))


def wish(desk: Desk, email: str) -> Any:
    desk.client.cookies.clear()
    wished = {"site": "flensburg", "items": RESERVE["items"], "contact": {"name": "Eva", "email": email}}
    return desk.post("/wishes", wished | {"suits": {"earliest": "2026-11-25", "latest": "2026-12-11"}})


def alike(one: Any, other: Any) -> bool:
    """Whether two answers differ in nothing but ids, tokens and keys."""

    def told(answer: Any) -> Any:
        if "json" in answer.headers["content-type"]:
            ids = ("booking_id", "wish_id")
            return answer.status_code, {
                name: value for name, value in answer.json().items() if name not in ids
            }
        return answer.status_code, answer.url.path, OWN.sub("", answer.text)

    return bool(told(one) == told(other))


def test_giving_a_contact_is_answered_alike_in_steady_time(office: Desk, level: str) -> None:
    held = [holds(office), holds(office)]
    set_to(office, level)
    answers, seconds = [], []
    for one, email in zip(held, (KNOWN, UNKNOWN), strict=True):
        began = perf_counter()
        answers.append(give(office, one, email))
        seconds.append(perf_counter() - began)
    assert answers[0].status_code == 202 and alike(*answers)
    assert min(seconds) >= STEADY


def test_the_contact_page_says_the_same_and_the_mail_leads_to_what_stands(office: Desk, level: str) -> None:
    """The person behind the mail may keep what they have, or cancel one of it and take this one."""
    held = [holds(office), holds(office)]
    set_to(office, level)
    pages = []
    for one, email in zip(held, (KNOWN, UNKNOWN), strict=True):
        eva = Visitor(office)
        eva.cookies[HOLD_COOKIE] = one["access"]
        pages.append(eva.press(eva.open("/de/kontakt"), MAIN, name="Eva", email=email))
    assert heading(pages[0]) == "Prüfen Sie Ihr Postfach" and alike(*pages)
    asked = [one.event for one in office.office.log.events if isinstance(one.event, ConfirmationRequested)]
    assert {str(one.booking_id) for one in asked[-2:]} == {one["booking_id"] for one in held}
    eva, link = Visitor(office), f"/de/t/{office.link(held[0]['booking_id'])}"
    told = eva.press(eva.open(link), "Termin bestätigen")
    assert told.status_code == 429 and "Zu viele Termine" in words(told)
    assert 'href="/de/meine-termine"' in told.text and "bis 15:00 Uhr reserviert" in words(told)
    standing = [
        one.stream.id for one in office.office.log.events if type(one.event).__name__ == "BookingConfirmed"
    ]
    for booking_id in standing[: 1 if level == "normal" else 2]:
        office.post(f"/bookings/{booking_id}/cancel", {"reason": "citizen_wish"}, **PHONE)
    assert heading(eva.press(told, "Termin bestätigen")) == "Ihr Termin ist bestätigt"


@pytest.mark.parametrize("step", ["give-contact", "correct-address", "resend-confirmation"])
def test_a_mailbox_that_had_its_mails_is_answered_alike_and_written_to_later(
    office: Desk, level: str, step: str
) -> None:
    """The place waits an hour for its mail; by then the mailbox may have another."""
    held = [holds(office), holds(office)]
    set_to(office, level)
    before = [BUSY, UNKNOWN] if step == "resend-confirmation" else ["a@example.org", "b@example.org"]
    for one, email in zip(held, before, strict=True):
        if step != "give-contact":
            assert give(office, one, email).status_code == 202
    while wish(office, BUSY).headers["Log-Position"] != str(office.office.position()):
        pass  # until the mailbox had its mails
    office.office.clock.pass_(minutes=1)
    answers, seconds = [], []
    for one, email in zip(held, (BUSY, UNKNOWN), strict=True):
        began = perf_counter()
        body = {"give-contact": {"name": "Eva", "email": email}, "correct-address": {"email": email}}.get(
            step, {}
        )
        answers.append(office.post(f"/bookings/{one['booking_id']}/{step}", body, **bearer(one["access"])))
        seconds.append(perf_counter() - began)
    assert answers[0].status_code in (200, 202) and alike(*answers)
    assert min(seconds) >= STEADY
    assert events_of(office.office)["ConfirmationWithheld"] == 1
    office.office.clock.pass_(minutes=59)
    path = f"/bookings/{held[0]['booking_id']}/resend-confirmation"
    assert office.post(path, {}, **bearer(held[0]["access"])).status_code == 200
    asked = [one.event for one in office.office.log.events if isinstance(one.event, ConfirmationRequested)]
    assert type(asked[-1]) is ConfirmationRequested, "this is what sends the mail"
    assert str(asked[-1].booking_id) == held[0]["booking_id"]


def test_how_often_a_booking_asks_is_told_alike(office: Desk, level: str) -> None:
    """Its own two mails in an hour are no secret, sent or withheld; the clock time comes from them alone."""
    held = [holds(office), holds(office)]
    set_to(office, level)
    for _ in range(2):
        wish(office, BUSY)
    told = []
    for one, email in zip(held, (BUSY, UNKNOWN), strict=True):
        give(office, one, email)
        path, proof = f"/bookings/{one['booking_id']}/resend-confirmation", bearer(one["access"])
        assert office.post(path, {}, **proof).status_code == 200
        told.append(refused(office.post(path, {}, **proof), 429, "mail-limit"))
    assert told[0].get("retry_at") == told[1].get("retry_at")


def test_staff_are_told(office: Desk) -> None:
    body = RESERVE | {"channel": "phone", "contact": {"name": "Eva", "email": KNOWN}, "starts_at": LATER}
    office.client.app.state.steady = AGES
    began = perf_counter()
    refused(office.post("/bookings", body, **PHONE), 429, "too-many-bookings")
    assert perf_counter() - began < AGES, "staff do not wait"


def test_correcting_an_address_is_answered_alike(office: Desk, level: str) -> None:
    held = [holds(office), holds(office)]
    set_to(office, level)
    answers = []
    for one, email, first in zip(held, (KNOWN, UNKNOWN), ("a@example.org", "b@example.org"), strict=True):
        give(office, one, first)
        path = f"/bookings/{one['booking_id']}/correct-address"
        answers.append(office.post(path, {"email": email}, **bearer(one["access"])))
    assert answers[0].status_code == 200 and alike(*answers)


@pytest.mark.parametrize("mails", [0, 2])
def test_a_wish_is_answered_alike_in_steady_time(office: Desk, level: str, mails: int) -> None:
    """Whether the mailbox waits already, had its mails of the hour, or was never heard of."""
    set_to(office, level)
    for _ in range(mails):
        wish(office, KNOWN)
    answers, seconds = [], []
    for email in (KNOWN, UNKNOWN):
        began = perf_counter()
        answers.append(wish(office, email))
        seconds.append(perf_counter() - began)
    assert answers[0].status_code == 202 and alike(*answers)
    assert answers[0].headers.keys() == answers[1].headers.keys()
    assert min(seconds) >= STEADY
    pages = []
    for email in (KNOWN, "emma@example.org"):
        eva = Visitor(office)
        pages.append(eva.press(eva.open(FORM), JOIN, name="Eva", email=email))
    assert heading(pages[0]) == "Prüfen Sie Ihr Postfach" and alike(*pages)


def test_the_mail_of_a_second_wish_leads_to_a_wish_that_stands(office: Desk) -> None:
    first = wishes_of(office.office)[0]
    wish(office, KNOWN)
    second = wishes_of(office.office)[-1]
    made = [one.event for one in office.office.log.events if isinstance(one.event, WishMade)]
    assert made[-1].wish_id == second, "this is what sends the mail"
    proof = bearer(mailed(office.office, UUID(str(second))))
    assert office.post(f"/wishes/{second}/confirm", {}, **proof).json()["state"] == "active"
    assert office.get(f"/wishes/{first}", **bearer(mailed(office.office, first))).json()["state"] == "closed"
    assert events_of(office.office)["WishClosed"] == 1
