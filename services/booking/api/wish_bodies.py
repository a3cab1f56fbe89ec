"""What calls about the waiting list carry, and what they answer; with an example of each.

Promises: unknown fields are refused, every value is bounded; no answer holds anything about a person.
Shown by ``tests/way/test_wishes_api.py``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from services.booking.api import examples as ex
from services.booking.api.bodies import Body, Code, ContactBody, ItemBody, Language

WEEK = (1, 2, 3, 4, 5, 6, 7)
Weekday = Annotated[int, Meta(ge=1, le=7)]
Clock = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", description="Local, such as 08:00.")]
State = Literal["unproven", "active", "offered", "closed"]


class Suits(Body, frozen=True):
    """Which starts suit: dates, both included; weekdays, 1 is Monday; from a time of day until another."""

    earliest: date
    latest: date
    weekdays: Annotated[list[Weekday], Meta(min_length=1, max_length=7)] = msgspec.field(
        default_factory=lambda: list(WEEK)
    )
    from_: Clock | None = msgspec.field(name="from", default=None)
    until: Clock | None = None


class WishBody(Body, frozen=True):
    """A wish without an appointment. The contact's mailbox gets a link that proves it."""

    site: Code
    items: Annotated[list[ItemBody], Meta(min_length=1, max_length=8)]
    suits: Suits
    contact: ContactBody
    persons: Annotated[int, Meta(ge=1, le=6)] = 1
    language: Language = "de"


class OfferBody(Body, frozen=True):
    """Which offer is meant: a later one needs an answer of its own."""

    offer_id: UUID


# --- answers


class OfferAnswer(Struct, frozen=True):
    """A place that this wish and others may have. Who accepts first has it."""

    offer_id: UUID
    starts_at: datetime
    offered_until: datetime


class WishAnswer(Struct, frozen=True, omit_defaults=True):
    """A wish. ``booking_id`` is the present appointment, or the one that was got."""

    wish_id: UUID
    state: State
    site: str
    items: tuple[ItemBody, ...]
    persons: int
    suits: Suits
    confirm_until: datetime | None = None
    offer: OfferAnswer | None = None
    booking_id: UUID | None = None
    ended: str | None = None
    access: str | None = None


WISH_ID, OFFER_ID = "1f0e2d3c-4b5a-5968-8778-695a4b3c2d1e", "0a1b2c3d-4e5f-5061-8272-839405162738"
SUITS: dict[str, Any] = {
    **{"earliest": "2026-11-26", "latest": "2026-12-11", "weekdays": [1, 2, 4]},
    **{"from": "08:00", "until": "12:00"},
}
WISH: dict[str, Any] = {
    "site": "flensburg",
    "items": [{"service": "id_card_apply"}],
    "suits": SUITS,
    "contact": {"name": "Erika Mustermann", "email": "erika@example.org"},
}
MADE: dict[str, Any] = {
    **{"wish_id": WISH_ID, "state": "unproven", "site": "flensburg"},
    **{"items": [{"service": "id_card_apply", "quantity": 1}], "persons": 1, "suits": SUITS},
    "confirm_until": "2026-11-25T10:00:00+01:00",
}
ACTIVE: dict[str, Any] = {name: value for name, value in MADE.items() if name != "confirm_until"} | {
    "state": "active"
}
EARLIER: dict[str, Any] = ACTIVE | {"booking_id": ex.BOOKING_ID, "access": "x" * 54}
OFFER: dict[str, Any] = {
    "offer_id": OFFER_ID,
    "starts_at": "2026-11-26T09:00:00+01:00",
    "offered_until": "2026-11-25T11:10:00+01:00",
}
OFFERED: dict[str, Any] = ACTIVE | {"state": "offered", "offer": OFFER}
TAKEN: dict[str, Any] = ACTIVE | {"state": "closed", "booking_id": ex.BOOKING_ID, "access": "x" * 54}
CLOSED: dict[str, Any] = ACTIVE | {"state": "closed", "ended": "withdrawn"}
