"""The same call again, after the booking has moved on; and how long a hold's proof is good."""

from __future__ import annotations

from typing import Any

import pytest

from tests.way.booking_desk import CONTACT, RESERVE, Desk, bearer, refused
from tests.way.memory_office import events_of

CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "cancel": ("cancel", {}),
    "move": ("reschedule", {"starts_at": "2026-12-03T10:00:00+01:00"}),
    "more time": ("extend-hold", {}),
    "contact": ("give-contact", CONTACT),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_hold_tokens_call_again_gets_its_first_answer_whatever_came_after(desk: Desk, name: str) -> None:
    command, body = CALLS[name]
    held = desk.held()
    path, access = f"/bookings/{held['booking_id']}", bearer(held["access"])
    first = desk.post(f"{path}/{command}", body, key="the-very-same", **access)
    assert first.status_code in (200, 202), first.text
    if command in ("extend-hold", "reschedule"):
        assert desk.post(f"{path}/give-contact", CONTACT, **access).status_code == 202
    if command != "cancel":
        link = {"token": desk.link(held["booking_id"])}
        assert desk.post(f"{path}/confirm", link).json()["state"] == "confirmed"
    before = desk.office.position()
    again = desk.post(f"{path}/{command}", body, key="the-very-same", **access)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (first.status_code, "true")
    assert again.json()["state"] == first.json()["state"]
    # A repeat knows the booking's own events; those of the day lie in the same append.
    assert 0 <= int(first.headers["log-position"]) - int(again.headers["log-position"]) <= 2
    assert desk.office.position() == before
    refused(desk.post(f"{path}/{command}", body, key="another-key", **access), 404, "not-found")


def test_a_repeat_needs_a_proof_of_its_own_booking(desk: Desk) -> None:
    mine, other = desk.held(), desk.held(starts_at="2026-12-02T09:00:00+01:00")
    path = f"/bookings/{mine['booking_id']}/cancel"
    assert desk.post(path, {}, key="the-very-same", **bearer(mine["access"])).status_code == 200
    refused(desk.post(path, {}, key="the-very-same", **bearer(other["access"])), 404, "not-found")
    assert events_of(desk.office)["BookingCancelled"] == 1


def test_a_holds_proof_ends_a_day_after_its_creation(desk: Desk) -> None:
    created = desk.post("/bookings", RESERVE, key="my-first-key")
    path, access = f"/bookings/{created.json()['booking_id']}", bearer(created.json()["access"])
    desk.office.clock.pass_(hours=23, minutes=59)
    assert desk.get(path, **access).status_code == 200
    again = desk.post("/bookings", RESERVE, key="my-first-key")
    assert again.json()["access"] == created.json()["access"]
    desk.office.clock.pass_(minutes=2)
    refused(desk.get(path, **access), 404, "not-found")


def test_an_address_domain_is_shown_as_people_write_it(desk: Desk) -> None:
    held = desk.held()
    contact = CONTACT | {"email": "erika@müller.example"}
    given = desk.post(f"/bookings/{held['booking_id']}/give-contact", contact, **bearer(held["access"]))
    assert given.json()["email_domain"] == "müller.example"


def test_on_a_full_day_a_lost_race_names_times_of_the_following_days(desk: Desk) -> None:
    """All 7 counters of 2 December but one are gone, and that one takes one appointment."""
    lead = {"Authorization": "Bearer dev:lead@flensburg"}
    block = {"from": "10:00", "until": "10:20", "pool": "desk", "counters": ["counter_1"]}
    one_place = {"exception": "x", "date": "2026-12-02", "mode": "replaces", "blocks": [block]}
    assert desk.post("/sites/flensburg/exceptions", one_place, **lead).status_code == 201
    body = RESERVE | {"starts_at": "2026-12-02T10:00:00+01:00", "channel": "desk"}
    assert desk.post("/bookings", body, **lead).status_code == 201
    alternatives = refused(desk.post("/bookings", body, **lead), 409, "slot-taken")["alternatives"]
    assert [start[:10] for start in alternatives] == ["2026-12-03"] * 3
    assert alternatives == sorted(alternatives)
    assert desk.post("/bookings", body | {"starts_at": alternatives[0]}, **lead).status_code == 201
