"""The waiting list over HTTP: made, proven, offered, taken; whose wish it is; the same call again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.way.booking_desk import TUESDAY, Desk, bearer, refused
from tests.way.waiting_desk import mailed, somebody_cancels

SUITS: dict[str, Any] = {"earliest": "2026-11-25", "latest": "2026-12-11"}
WISH: dict[str, Any] = {
    "site": "flensburg",
    "items": [{"service": "id_card_apply"}],
    "suits": SUITS,
    "contact": {"name": "CANARY Erika", "email": "canary@example.org"},
}


def wished(desk: Desk, **changes: Any) -> tuple[str, dict[str, str]]:
    """A proven wish: its id, and its proof as the mail carries it."""
    answer = desk.post("/wishes", WISH | changes)
    assert answer.status_code == 202, answer.text
    wish_id = answer.json()["wish_id"]
    proof = bearer(mailed(desk.office, UUID(wish_id)))
    assert desk.post(f"/wishes/{wish_id}/confirm", {}, **proof).json()["state"] == "active"
    return wish_id, proof


def test_a_wish_is_proven_offered_and_taken(desk: Desk) -> None:
    wish_id, proof = wished(desk)
    somebody_cancels(desk)
    state = desk.get(f"/wishes/{wish_id}", **proof).json()
    assert (state["state"], state["offer"]["starts_at"]) == ("offered", TUESDAY)
    offer = {"offer_id": state["offer"]["offer_id"]}
    taken = desk.post(f"/wishes/{wish_id}/accept", offer, "one-key-1", **proof)
    assert taken.status_code == 200, taken.text
    assert taken.json()["state"] == "closed"
    ticket = bearer(taken.json()["access"])
    booking = desk.get(f"/bookings/{taken.json()['booking_id']}", **ticket).json()
    assert (booking["state"], booking["starts_at"]) == ("confirmed", TUESDAY)
    again = desk.post(f"/wishes/{wish_id}/accept", offer, "one-key-1", **proof)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == taken.json()
    other_key = desk.post(f"/wishes/{wish_id}/accept", offer, **proof)
    assert other_key.status_code == 200 and other_key.json()["booking_id"] == booking["booking_id"]


def test_no_answer_tells_who_wishes(desk: Desk) -> None:
    wish_id, proof = wished(desk)
    answers = [
        desk.get(f"/wishes/{wish_id}", **proof),
        desk.post("/wishes", WISH),
        desk.post(f"/wishes/{wish_id}/close", {}, **proof),
    ]
    assert all("CANARY" not in one.text and "canary" not in one.text for one in answers)
    assert "CANARY" not in repr([(one.event, one.meta) for one in desk.office.log.events])


def test_from_a_ticket_the_appointment_moves(desk: Desk) -> None:
    late = desk.confirmed(starts_at="2026-12-03T15:00:00+01:00")
    late_ticket = late["access"]
    path = f"/bookings/{late['booking_id']}"
    suits = {"earliest": "2026-11-25", "latest": "2026-12-02"}
    made = desk.post(f"{path}/wish-earlier", suits, **bearer(late_ticket))
    assert made.status_code == 201, made.text
    wish_id, proof = made.json()["wish_id"], bearer(made.json()["access"])
    assert made.json()["state"] == "active"
    desk.office.clock.pass_(minutes=61)
    somebody_cancels(desk)
    offer = desk.get(f"/wishes/{wish_id}", **proof).json()["offer"]["offer_id"]
    assert desk.post(f"/wishes/{wish_id}/accept", {"offer_id": offer}, **proof).status_code == 200
    assert desk.get(path, **bearer(late_ticket)).json()["starts_at"] == TUESDAY


def test_an_offer_can_be_declined_and_the_wish_withdrawn(desk: Desk) -> None:
    wish_id, proof = wished(desk)
    somebody_cancels(desk)
    offer = {"offer_id": desk.get(f"/wishes/{wish_id}", **proof).json()["offer"]["offer_id"]}
    for _ in range(2):
        answer = desk.post(f"/wishes/{wish_id}/pass", offer, **proof)
        assert (answer.status_code, answer.json()["state"]) == (200, "active")
    refused(desk.post(f"/wishes/{wish_id}/accept", offer, **proof), 410, "offer-over")
    for _ in range(2):
        answer = desk.post(f"/wishes/{wish_id}/close", {}, **proof)
        assert (answer.json()["state"], answer.json()["ended"]) == ("closed", "withdrawn")


def test_an_offer_is_over_when_its_time_is(desk: Desk) -> None:
    wish_id, proof = wished(desk)
    somebody_cancels(desk)
    offer = {"offer_id": desk.get(f"/wishes/{wish_id}", **proof).json()["offer"]["offer_id"]}
    desk.office.clock.pass_(minutes=60)
    refused(desk.post(f"/wishes/{wish_id}/accept", offer, **proof), 410, "offer-over")


def test_whoever_is_slower_is_told_so(desk: Desk) -> None:
    ada, bea = wished(desk), wished(desk, contact={"name": "Bea", "email": "bea@example.org"})
    somebody_cancels(desk)
    offers = [desk.get(f"/wishes/{one}", **proof).json()["offer"]["offer_id"] for one, proof in (ada, bea)]
    assert len(set(offers)) == 1
    body = {"offer_id": offers[0]}
    assert desk.post(f"/wishes/{bea[0]}/accept", body, **bea[1]).status_code == 200
    refused(desk.post(f"/wishes/{ada[0]}/accept", body, **ada[1]), 409, "offer-taken")
    assert desk.get(f"/wishes/{ada[0]}", **ada[1]).json()["state"] == "active"


def test_a_wish_is_its_holders(desk: Desk) -> None:
    wish_id, proof = wished(desk)
    other = wished(desk, contact={"name": "Bea", "email": "bea@example.org"})
    held = bearer(desk.held()["access"])
    refused(desk.get(f"/wishes/{wish_id}"), 401, "proof-missing")
    for wrong in (other[1], held, bearer("x" * 54)):
        refused(desk.get(f"/wishes/{wish_id}", **wrong), 404, "not-found")
        for step in ("confirm", "close"):
            answer = desk.post(f"/wishes/{wish_id}/{step}", {}, **wrong)
            refused(answer, 404, "not-found")
    assert desk.get(f"/wishes/{wish_id}", **proof).json()["state"] == "active"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"suits": {"earliest": "2026-11-25", "latest": "2026-11-24"}}, "latest"),
        ({"suits": {"earliest": "2026-11-25", "latest": "2027-01-25"}}, "latest"),
        ({"suits": {"earliest": "0001-01-01", "latest": "2026-12-01"}}, "earliest"),
        ({"suits": SUITS | {"from": "12:00", "until": "11:00"}}, "until"),
        ({"suits": {"earliest": "2026-11-28", "latest": "2026-11-29", "weekdays": [1]}}, "weekdays"),
        ({"suits": SUITS | {"weekdays": [8]}}, "suits.weekdays"),
        ({"contact": {"name": "Erika"}}, "email"),
        ({"contact": {"name": "", "email": "a@example.org"}}, "name"),
    ],
)
def test_what_cannot_be_meant_is_named(desk: Desk, changes: dict[str, Any], field: str) -> None:
    body = refused(desk.post("/wishes", WISH | changes), 422, "invalid-input")
    assert any(one["field"].startswith(field) for one in body["errors"]), body["errors"]


def test_from_a_ticket_a_second_wish_is_refused_with_words(desk: Desk) -> None:
    """Without a ticket nobody is told: ``test_neutral_answers.py``."""
    booking = desk.confirmed()
    path, proof = f"/bookings/{booking['booking_id']}/wish-earlier", bearer(booking["access"])
    suits = SUITS | {"latest": "2026-11-30"}
    assert desk.post(path, suits, **proof).status_code == 201
    assert "Warteliste" in refused(desk.post(path, suits, **proof), 409, "wish-exists")["title"]


def test_the_same_call_again_is_the_same_wish(desk: Desk) -> None:
    first = desk.post("/wishes", WISH, "one-key-1")
    again = desk.post("/wishes", WISH, "one-key-1")
    assert (again.status_code, again.json()) == (202, first.json())
