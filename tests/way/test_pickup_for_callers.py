"""Staff book a pick-up for somebody who calls: found by both names, at once confirmed, counted as theirs."""

from __future__ import annotations

import re
from typing import Any

import pytest

from buergerbuero_contracts.booking import BookingConfirmed, BookingOpened, Channel, Method
from tests.way.booking_desk import Desk, refused
from tests.way.floor_desk import Office, focused, proof, text
from tests.way.pickup_desk import ID_CARD, PASSPORT, Waiting

TEN = "2026-12-01T10:00:00+01:00"
PATH = "/amt/abholtermin"


@pytest.fixture
def office(desk: Desk) -> Office:
    return Office(desk)


@pytest.fixture
def karl(desk: Desk) -> Waiting:
    waiting = Waiting(desk.office, ID_CARD, PASSPORT, name="karl")
    waiting.copied("Karl Ohnemail")
    return waiting


def search(office: Office, first: str, surname: str, role: str = "phone") -> Any:
    return office.send(PATH, role, first_name=first, surname=surname)


def only(desk: Desk, kind: type[Any]) -> Any:
    """The one event of its kind."""
    (event,) = (one.event for one in desk.office.log.events if isinstance(one.event, kind))
    return event


def test_a_caller_gets_a_time_by_keyboard_and_the_code_to_write_down(office: Office, karl: Waiting) -> None:
    assert focused(office.page(PATH, "phone")) == "first_name"
    found = search(office, "karl", "OHNEMAIL")
    assert "Karl Ohnemail – Personalausweis abholen, Reisepass abholen" in text(found)
    (href,) = re.findall(r'href="(/de/abholtermin/[^"]+)"', found.text)
    times = office.page(href, "phone")
    assert "Wann möchten Sie Ihre Dokumente abholen?" in text(times)
    done = office.send(href, "phone", token=href.rsplit("/", 1)[-1], starts_at=TEN)
    assert done.status_code == 303
    ticket = office.page(done.headers["location"], "phone")
    assert office.code(karl.booking_id) in text(ticket)
    confirmed = only(office.desk, BookingConfirmed)
    assert (confirmed.method, confirmed.invitation_id) == (Method.STAFF, karl.invitation_id)
    assert only(office.desk, BookingOpened).channel == Channel.PHONE


def test_who_is_found_is_written_down_and_no_address_holds_a_name(office: Office, karl: Waiting) -> None:
    found = search(office, "Karl", "Ohnemail")
    (read,) = office.office.floor.reads
    assert (read.role, read.reason, read.booking_ids) == ("phone", "pickup_search", (karl.booking_id,))
    assert "Ohnemail" not in "".join(re.findall(r'(?:href|action)="([^"]*)"', found.text))


@pytest.mark.parametrize(
    ("first", "surname"), [("Eva", "Ohnemail"), ("Karl", "Anders"), ("Ohnemail", "Ohnemail")]
)
def test_one_name_alone_finds_nobody(office: Office, karl: Waiting, first: str, surname: str) -> None:
    answer = search(office, first, surname)
    assert "Unter diesem Namen liegt nichts bereit" in text(answer) and not office.office.floor.reads


def test_what_is_over_or_elsewhere_is_not_found(office: Office, karl: Waiting) -> None:
    elsewhere = office.client.post(
        PATH,
        data={"idempotency_key": "key-0001", "first_name": "Karl", "surname": "Ohnemail"},
        headers=proof("phone", "kiel") | {"Sec-Fetch-Site": "same-origin"},
    )
    assert "liegt nichts bereit" in text(elsewhere)
    karl.known(ended=True)
    assert "liegt nichts bereit" in text(search(office, "Karl", "Ohnemail"))


def test_a_missing_name_is_asked_for_and_the_other_one_stays(office: Office) -> None:
    answer = search(office, "", "Ohnemail")
    assert answer.status_code == 422 and 'value="Ohnemail"' in answer.text
    assert focused(answer) == "first_name"


@pytest.mark.parametrize("role", ["door", "post_room", "window", "data_protection"])
def test_only_who_books_for_others_may_search(office: Office, role: str) -> None:
    assert office.page(PATH, role).status_code == 403
    assert search(office, "Karl", "Ohnemail", role).status_code == 403


# --- over JSON


def book(desk: Desk, karl: Waiting, role: str | None = "phone", site: str = "flensburg") -> Any:
    body = {"invitation_id": str(karl.invitation_id), "starts_at": TEN}
    return desk.post("/pickups", body, **(proof(role, site) if role else {}))


def test_staff_name_the_invitation_instead_of_a_grant(desk: Desk, karl: Waiting) -> None:
    free = desk.client.get(
        f"/api/booking/v1/pickups/free-slots?invitation={karl.invitation_id}", headers=proof("desk")
    )
    assert free.status_code == 200 and len(free.json()["days"]) == 5
    answer = book(desk, karl, "desk")
    assert (answer.status_code, answer.json()["booking_id"]) == (201, str(karl.booking_id))
    assert only(desk, BookingConfirmed).method == Method.STAFF
    assert book(desk, karl, "phone").status_code == 200  # it has its booking


@pytest.mark.parametrize(
    ("role", "site", "status", "code"),
    [
        (None, "flensburg", 401, "proof-missing"),
        ("window", "flensburg", 403, "role-forbidden"),
        ("phone", "kiel", 403, "role-forbidden"),
    ],
)
def test_nobody_else_names_an_invitation(
    desk: Desk, karl: Waiting, role: str | None, site: str, status: int, code: str
) -> None:
    before = desk.office.position()
    answer = book(desk, karl, role, site)
    refused(answer, status, code)
    assert desk.office.position() == before


def test_an_unknown_invitation_is_on_its_way(desk: Desk, karl: Waiting) -> None:
    karl.unknown()
    refused(book(desk, karl), 503, "invitation-on-its-way")


def test_staff_without_that_right_who_collect_their_own_count_as_anybody(
    office: Office, karl: Waiting
) -> None:
    path = f"/de/abholtermin/{karl.grant()}"
    done = office.send(path, "window", token=path.rsplit("/", 1)[-1], starts_at=TEN)
    assert done.status_code == 303 and only(office.desk, BookingOpened).channel == Channel.ONLINE
