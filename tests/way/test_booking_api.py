"""Booking over JSON: from the first look over hold, person and link to the last undo."""

from __future__ import annotations

from uuid import UUID

import pytest

from servicekit.web.codes import spoken_code
from tests.way.booking_desk import API, CONTACT, PHONE, RESERVE, Desk, bearer, refused
from tests.way.memory_office import events_of


def test_the_catalogue_speaks_the_requests_language(desk: Desk) -> None:
    german, english = desk.get("/services/certified_copy"), desk.get("/services/certified_copy?lang=en")
    assert (german.json()["name"], english.json()["name"]) == ("Beglaubigung", "Certified copy")
    posted = desk.get("/services/housing_entitlement").json()
    assert (posted["channels"], posted["combinable_with"]) == (["email", "post"], [])
    assert "24937 Flensburg" in posted["send_to"]
    assert len(desk.get("/services").json()["services"]) == 26
    refused(desk.get("/services/none"), 404, "not-found")


def test_a_site_tells_hours_and_the_next_release(desk: Desk) -> None:
    site = desk.get("/sites/flensburg").json()
    assert site["opening_hours"][0] == {"date": "2026-11-25", "opens": "07:30", "closes": "12:00"}
    assert site["next_release_at"] == "2026-11-26T07:30:00+01:00"
    assert [one["code"] for one in desk.get("/sites").json()["sites"]] == ["flensburg"]
    refused(desk.get("/sites/kiel"), 404, "not-found")


def test_free_times_are_those_that_can_be_booked(desk: Desk) -> None:
    query = "service=id_card_apply&service=registration:2&persons=2"
    overview = desk.get(f"/sites/flensburg/free-slots?{query}&from=2026-12-01&days=7").json()
    assert [day["date"] for day in overview["days"]] == [f"2026-12-0{n}" for n in (1, 2, 3, 4, 7)]
    assert overview["next_at"] == overview["days"][0]["first_at"]
    times = desk.get(f"/sites/flensburg/free-slots/2026-12-01?{query}").json()["times"]
    assert len(times) == overview["days"][0]["count"]
    items = [{"service": "id_card_apply"}, {"service": "registration", "quantity": 2}]
    held = desk.held(starts_at=times[-1]["starts_at"], items=items, persons=2)
    assert held["ends_at"] == times[-1]["ends_at"]


def test_free_times_keep_their_tag_until_something_changes(desk: Desk) -> None:
    path = "/sites/flensburg/free-slots?service=id_card_apply"
    first = desk.get(path)
    assert first.headers["cache-control"] == "no-cache"
    assert desk.get(path, If_None_Match=first.headers["etag"]).status_code == 304
    desk.held()
    second = desk.get(path, If_None_Match=first.headers["etag"])
    assert second.status_code == 200
    desk.office.clock.pass_(minutes=5)
    assert desk.get(path, If_None_Match=second.headers["etag"]).status_code == 200


BAD_QUESTIONS = {
    "no service": ("", 422, "invalid-input"),
    "no such service": ("service=haircut", 422, "unknown-service"),
    "malformed": ("service=ID card", 422, "invalid-input"),
    "a crowd": ("service=id_card_apply&persons=7", 422, "invalid-input"),
    "a pick-up": ("service=id_card_pickup&service=registration", 422, "pickup-by-invitation"),
    "for more than come": ("service=id_card_apply:2", 422, "invalid-input"),
    "sets do not meet": ("service=id_card_pin&service=data_block", 422, "not-combinable"),
    "no visit needed": ("service=resident_parking", 422, "no-visit-needed"),
    "too many days": ("service=id_card_apply&days=1000", 422, "invalid-input"),
    "after all calendars": ("service=id_card_apply&from=9999-12-31", 422, "invalid-input"),
    "no date": ("service=id_card_apply&from=yesterday", 422, "invalid-input"),
    "another pool without proof": ("service=id_card_apply&pool=phone", 401, "proof-missing"),
    "no such pool": ("service=id_card_apply&pool=x", 422, "invalid-input"),
}


@pytest.mark.parametrize("name", BAD_QUESTIONS)
def test_a_question_that_makes_no_sense(desk: Desk, name: str) -> None:
    query, status, code = BAD_QUESTIONS[name]
    refused(desk.get(f"/sites/flensburg/free-slots?{query}"), status, code)


def test_staff_see_the_times_of_their_pool(desk: Desk) -> None:
    path = "/sites/flensburg/free-slots/2026-12-04?service=id_card_apply"
    assert desk.get(f"{path}&pool=phone", **PHONE).json()["times"]
    refused(desk.get(f"{path}&pool=phone", Authorization="Bearer dev:phone@kiel"), 403, "role-forbidden")


def test_a_booking_is_held_named_confirmed_moved_cancelled_and_undone(desk: Desk) -> None:
    held = desk.held()
    assert held["state"] == "held" and held["hold_until"] == "2026-11-25T09:10:00+01:00"
    booking, access = held["booking_id"], bearer(held["access"])

    longer = desk.post(f"/bookings/{booking}/extend-hold", {}, **access)
    assert longer.json()["extensions_left"] == 9

    asked = desk.post(f"/bookings/{booking}/give-contact", CONTACT, **access)
    assert (asked.status_code, asked.json()["state"]) == (202, "unconfirmed")
    assert asked.json()["confirm_until"] == "2026-11-25T10:00:00+01:00"
    assert (asked.json()["name_initial"], asked.json()["email_domain"]) == ("C", "example.org")
    assert "spoken_code" not in asked.json()

    confirmed = desk.post(f"/bookings/{booking}/confirm", {"token": desk.link(booking)})
    assert (confirmed.status_code, confirmed.json()["state"]) == (200, "confirmed")
    assert confirmed.json()["spoken_code"] == spoken_code(desk.office.code_key, UUID(booking))
    ticket = bearer(confirmed.json()["access"])
    refused(desk.post(f"/bookings/{booking}/cancel", {"date": "2026-12-01"}, **access), 404, "not-found")

    moved = desk.post(f"/bookings/{booking}/reschedule", {"starts_at": "2026-12-03T10:00:00+01:00"}, **ticket)
    assert (moved.json()["starts_at"], moved.json()["moves_left"]) == ("2026-12-03T10:00:00+01:00", 2)
    refused(desk.post(f"/bookings/{booking}/cancel", {"date": "2026-12-01"}, **ticket), 422, "code-mismatch")
    cancelled = desk.post(f"/bookings/{booking}/cancel", {"date": "2026-12-03"}, **ticket)
    assert cancelled.json()["state"] == "cancelled" and cancelled.json()["undo_until"]
    undone = desk.post(f"/bookings/{booking}/undo-cancel", {}, **ticket)
    assert (undone.json()["state"], undone.json()["starts_at"]) == ("confirmed", "2026-12-03T10:00:00+01:00")


def test_the_code_cancels_as_well_as_the_day(desk: Desk) -> None:
    confirmed = desk.confirmed()
    typed = confirmed["spoken_code"].lower().replace("-", " ")
    answer = desk.post(
        f"/bookings/{confirmed['booking_id']}/cancel", {"code": typed}, **bearer(confirmed["access"])
    )
    assert answer.json()["state"] == "cancelled"


def test_the_same_call_again_gets_the_first_answer(desk: Desk) -> None:
    first = desk.post("/bookings", RESERVE, key="my-first-key")
    again = desk.post("/bookings", RESERVE, key="my-first-key")
    assert first.content == again.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["log-position"] == first.headers["log-position"]
    held = first.json()
    access, path = bearer(held["access"]), f"/bookings/{held['booking_id']}"
    given = desk.post(f"{path}/give-contact", CONTACT, key="my-second-key", **access)
    desk.office.clock.pass_(minutes=3)
    desk.post(f"{path}/resend-confirmation", {}, **access)
    again = desk.post(f"{path}/give-contact", CONTACT, key="my-second-key", **access)
    assert given.content == again.content and again.headers["idempotency-replayed"] == "true"
    assert events_of(desk.office)["SlotReserved"] == 1


def test_an_answer_names_its_place_in_the_log(desk: Desk) -> None:
    answer = desk.post("/bookings", RESERVE)
    position = answer.headers["log-position"]
    assert int(position) == desk.office.position()
    assert answer.headers["location"] == f"{API}/bookings/{answer.json()['booking_id']}"
    path = "/sites/flensburg/free-slots/2026-12-01?service=id_card_apply"
    assert desk.get(path, Min_Log_Position=position).status_code == 200
    refused(desk.get(path, Min_Log_Position="soon"), 422, "invalid-input")
    refused(desk.get(path, Min_Log_Position=str(int(position) + 1)), 422, "invalid-input")


def test_a_corrected_address_voids_the_older_links(desk: Desk) -> None:
    asked = desk.asked()
    booking, access = asked["booking_id"], bearer(asked["access"])
    answer = desk.post(f"/bookings/{booking}/correct-address", {"email": "right@example.org"}, **access)
    assert answer.status_code == 200
    refused(desk.post(f"/bookings/{booking}/confirm", {"token": desk.link(booking, 1)}), 404, "not-found")
    assert desk.post(f"/bookings/{booking}/confirm", {"token": desk.link(booking, 2)}).status_code == 200


def test_confirming_twice_says_so_and_stores_nothing(desk: Desk) -> None:
    confirmed = desk.confirmed()
    before = desk.office.position()
    answer = desk.post(
        f"/bookings/{confirmed['booking_id']}/confirm", {"token": desk.link(confirmed["booking_id"])}
    )
    assert (answer.status_code, answer.json()["state"]) == (200, "confirmed")
    assert desk.office.position() == before
    assert answer.headers["log-position"] == str(before)


def test_a_confirm_link_used_too_late_is_gone(desk: Desk) -> None:
    booking = desk.asked()["booking_id"]
    desk.office.clock.pass_(hours=2)
    refused(desk.post(f"/bookings/{booking}/confirm", {"token": desk.link(booking)}), 410, "hold-expired")


def test_the_calendar_file_has_the_mails_uid_and_sequence(desk: Desk) -> None:
    confirmed = desk.confirmed()
    path, ticket = f"/bookings/{confirmed['booking_id']}", bearer(confirmed["access"])
    desk.post(f"{path}/reschedule", {"starts_at": "2026-12-03T10:00:00+01:00"}, **ticket)
    answer = desk.get(f"{path}/calendar.ics", **ticket)
    assert answer.headers["content-type"].startswith("text/calendar")
    lines = answer.text.splitlines()
    assert f"UID:{confirmed['booking_id']}@termin.example" in lines
    assert {"METHOD:PUBLISH", "SEQUENCE:1", "DTSTART;TZID=Europe/Berlin:20261203T100000"} <= set(lines)
    held = desk.held(starts_at="2026-12-02T09:00:00+01:00")
    refused(
        desk.get(f"/bookings/{held['booking_id']}/calendar.ics", **bearer(held["access"])), 404, "not-found"
    )
