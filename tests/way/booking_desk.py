"""A client of booking's JSON API, and the calls that most stories begin with."""

from __future__ import annotations

from itertools import count
from typing import Any
from uuid import UUID

from servicekit.tokens import Purpose
from tests.way.memory_office import MemoryOffice

API = "/api/booking/v1"
TUESDAY = "2026-12-01T09:00:00+01:00"
RESERVE: dict[str, Any] = {
    "site": "flensburg",
    "starts_at": TUESDAY,
    "items": [{"service": "id_card_apply"}],
    "persons": 1,
}
CONTACT = {"name": "CANARY Mustermann", "email": "Erika.CANARY@Example.org", "needs": ["wheelchair"]}
PHONE = {"Authorization": "Bearer dev:phone@flensburg"}
LEAD = {"Authorization": "Bearer dev:lead@flensburg"}
_keys = count()


class Desk:
    """A client of the API with an office behind it."""

    def __init__(self, office: MemoryOffice, client: Any) -> None:
        self.office, self.client = office, client

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(API + path, headers=_named(headers))

    def post(self, path: str, body: Any, key: str | None = None, **headers: str) -> Any:
        given = {"Idempotency-Key": key or f"key-{next(_keys):06}", **_named(headers)}
        return self.client.post(API + path, json=body, headers=given)

    def held(self, **changes: Any) -> dict[str, Any]:
        answer = self.post("/bookings", RESERVE | changes)
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def asked(self, **changes: Any) -> dict[str, Any]:
        held = self.held(**changes)
        answer = self.post(f"/bookings/{held['booking_id']}/give-contact", CONTACT, **bearer(held["access"]))
        assert answer.status_code == 202, answer.text
        return held

    def link(self, booking_id: str, attempt: int = 1, purpose: Purpose = Purpose.CONFIRM) -> str:
        until = self.office.clock.now().replace(year=2027)
        return self.office.tokens.sign(purpose, UUID(booking_id), until, attempt)

    def confirmed(self, **changes: Any) -> dict[str, Any]:
        asked = self.asked(**changes)
        booking = asked["booking_id"]
        answer = self.post(f"/bookings/{booking}/confirm", {"token": self.link(booking)})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    return body
