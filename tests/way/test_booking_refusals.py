"""What booking over JSON refuses: bad places, lost races, limits, wrong proofs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from servicekit.tokens import Purpose
from services.booking.proof import DEVICE_COOKIE
from tests.way.booking_desk import LEAD, PHONE, RESERVE, Desk, bearer, refused


def test_a_lost_race_names_the_nearest_times(desk: Desk) -> None:
    taken: dict[str, Any] = {"starts_at": "2026-12-01T11:40:00+01:00", "pool": "desk", "channel": "desk"}
    for _ in range(9):
        answer = desk.post("/bookings", RESERVE | taken, **LEAD)
        if answer.status_code == 409:
            break
    body = refused(answer, 409, "slot-taken")
    assert len(body["alternatives"]) == 3
    assert all(time.endswith("+01:00") for time in body["alternatives"])


BAD_PLACES: dict[str, tuple[dict[str, Any], int, str]] = {
    "beside the grid": ({"starts_at": "2026-12-01T09:02:00+01:00"}, 422, "off-grid"),
    "with seconds": ({"starts_at": "2026-12-01T09:00:01+01:00"}, 422, "off-grid"),
    "past": ({"starts_at": "2026-11-24T09:00:00+01:00"}, 409, "too-soon"),
    "at once": ({"starts_at": "2026-11-25T09:00:00+01:00"}, 409, "too-soon"),
    "at night": ({"starts_at": "2026-12-01T03:00:00+01:00"}, 409, "day-closed"),
    "on a Sunday": ({"starts_at": "2026-11-29T09:00:00+01:00"}, 409, "day-closed"),
    "no such service": ({"items": [{"service": "haircut"}]}, 422, "unknown-service"),
    "sets do not meet": (
        {"items": [{"service": "driving_licence_exchange"}, {"service": "registration_certificate"}]},
        422,
        "not-combinable",
    ),
    "a holiday past the horizon": ({"starts_at": "2026-12-25T10:00:00+01:00"}, 409, "beyond-horizon"),
    "next summer": ({"starts_at": "2027-06-01T10:00:00+02:00"}, 409, "beyond-horizon"),
    "for more people than come": (
        {"items": [{"service": "id_card_apply", "quantity": 2}]},
        422,
        "invalid-input",
    ),
    "named twice": ({"items": [{"service": "id_card_apply"}] * 2, "persons": 2}, 422, "invalid-input"),
    "a pick-up": ({"items": [{"service": "passport_pickup"}]}, 422, "pickup-by-invitation"),
    "by post only": ({"items": [{"service": "resident_parking"}]}, 422, "no-visit-needed"),
    "no such site": ({"site": "kiel"}, 422, "unknown-site"),
    "without zone": ({"starts_at": "2026-12-01T09:00:00"}, 422, "invalid-input"),
    "no time at all": ({"starts_at": "2026-13-01T09:00:00Z"}, 422, "invalid-input"),
    "before all calendars": ({"starts_at": "0001-01-01T00:00:00+14:00"}, 422, "invalid-input"),
    "after all calendars": ({"starts_at": "9999-12-31T23:59:59-12:00"}, 422, "invalid-input"),
    "a crowd": ({"persons": 7}, 422, "invalid-input"),
    "nothing asked": ({"items": []}, 422, "invalid-input"),
    "place from the client": ({"counter": "counter_1"}, 422, "invalid-input"),
    "staff's fields": ({"channel": "phone"}, 401, "proof-missing"),
    "staff's pool": ({"pool": "emergency", "reason": "theft"}, 401, "proof-missing"),
    "another language": ({"language": "tlh"}, 422, "invalid-input"),
}


@pytest.mark.parametrize("name", BAD_PLACES)
def test_a_place_that_cannot_be_had(desk: Desk, name: str) -> None:
    changes, status, code = BAD_PLACES[name]
    before = desk.office.position()
    refused(desk.post("/bookings", RESERVE | changes), status, code)
    assert desk.office.position() == before


def test_a_citizen_cannot_move_into_the_offices_pools(desk: Desk) -> None:
    confirmed = desk.confirmed()
    path = f"/bookings/{confirmed['booking_id']}/reschedule"
    body = {"starts_at": "2026-12-03T10:00:00+01:00", "pool": "desk"}
    before = desk.office.position()
    refused(desk.post(path, body, **bearer(confirmed["access"])), 401, "proof-missing")
    assert desk.office.position() == before
    assert desk.post(path, body, **LEAD).status_code == 200


def test_a_device_holds_two_places_at_most(desk: Desk) -> None:
    desk.client.cookies.set(DEVICE_COOKIE, "a" * 24)
    for hour in ("08", "09"):
        desk.held(starts_at=f"2026-12-03T{hour}:00:00+01:00")
    refused(
        desk.post("/bookings", RESERVE | {"starts_at": "2026-12-03T10:00:00+01:00"}), 429, "too-many-holds"
    )
    assert desk.post("/bookings", RESERVE | {"channel": "phone"}, **PHONE).status_code == 201


def test_an_address_gets_two_mails_an_hour(desk: Desk) -> None:
    asked = desk.asked()
    path, access = f"/bookings/{asked['booking_id']}", bearer(asked["access"])
    assert desk.post(f"{path}/resend-confirmation", {}, **access).status_code == 200
    refused(desk.post(f"{path}/resend-confirmation", {}, **access), 429, "mail-limit")


def test_every_wrong_contact_field_is_named(desk: Desk) -> None:
    held = desk.held()
    wrong = {"name": " ", "email": "kunde@", "phone": "CANARY"}
    answer = desk.post(f"/bookings/{held['booking_id']}/give-contact", wrong, **bearer(held["access"]))
    errors = refused(answer, 422, "invalid-input")["errors"]
    assert [(one["field"], one["code"]) for one in errors] == [
        ("name", "missing"),
        ("email", "email"),
        ("phone", "phone"),
    ]
    assert "CANARY" not in answer.text and "kunde" not in answer.text
    nobody = desk.post(
        f"/bookings/{held['booking_id']}/give-contact", {"name": "Eva"}, **bearer(held["access"])
    )
    assert refused(nobody, 422, "invalid-input")["errors"][0]["field"] == "email"


def test_an_uncertain_log_asks_to_come_back(desk: Desk) -> None:
    desk.office.log.away = True
    answer = desk.post("/bookings", RESERVE, key="the-same-again")
    refused(answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "2"
    desk.office.log.away = False
    assert desk.post("/bookings", RESERVE, key="the-same-again").status_code == 201


def test_every_bad_proof_is_the_same_answer(desk: Desk) -> None:
    mine, other = desk.asked(), desk.held(starts_at="2026-12-02T09:00:00+01:00")
    path = f"/bookings/{mine['booking_id']}"
    expired = desk.office.tokens.sign(
        Purpose.HOLD, UUID(mine["booking_id"]), desk.office.clock.now().replace(year=2025)
    )
    altered = mine["access"][:-1] + ("A" if mine["access"][-1] != "A" else "B")
    tokens = [
        other["access"],
        expired,
        altered,
        "x" * 54,
        mine["access"] + ".",
        "dev:lead@flensburg"[4:],
        "1",
    ]
    bodies = {desk.get(path, **bearer(token)).content for token in tokens}
    nowhere = "/bookings/0f3c9a52-6c1e-5d0b-9a77-3f1f7d1c2b44"
    bodies |= {
        desk.get(nowhere, **bearer(mine["access"])).content,
        desk.get("/bookings/7", **bearer("x")).content,
    }
    assert len(bodies) == 1
    refused(desk.get(path, **bearer("x")), 404, "not-found")
    refused(desk.get(path), 401, "proof-missing")


def test_a_confirm_token_changes_nothing_else(desk: Desk) -> None:
    confirmed = desk.confirmed()
    path = f"/bookings/{confirmed['booking_id']}"
    link = bearer(desk.link(confirmed["booking_id"]))
    assert desk.get(path, **link).status_code == 200
    refused(desk.post(f"{path}/cancel", {"date": "2026-12-01"}, **link), 404, "not-found")
    ticket = desk.link(confirmed["booking_id"], purpose=Purpose.TICKET)
    refused(desk.post(f"{path}/confirm", {"token": ticket}), 404, "not-found")
