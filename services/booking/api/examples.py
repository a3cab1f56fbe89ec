"""The examples of the API's description: invented, and each of the shape that it stands for."""

from __future__ import annotations

from typing import Any

BOOKING_ID = "0f3c9a52-6c1e-5d0b-9a77-3f1f7d1c2b44"
TOKEN = "AQECAQ88mlJsHl0LmnfzH30cK0RnY2VkAAAAAAAAAAAAAAAAAAAAAA"  # noqa: S105 - a token's shape, of no key
ITEMS = [{"service": "id_card_apply", "quantity": 1}, {"service": "registration", "quantity": 2}]

RESERVE = {
    "site": "flensburg",
    "starts_at": "2026-12-01T09:00:00+01:00",
    "items": ITEMS,
    "persons": 2,
    "language": "de",
}
RESERVE_FOR_CALLER = {
    **RESERVE,
    "channel": "phone",
    "pool": "phone",
    "contact": {"name": "Erika Mustermann", "phone": "0461 123456"},
}
HELD = {
    "booking_id": BOOKING_ID,
    "state": "held",
    "starts_at": "2026-12-01T09:00:00+01:00",
    "ends_at": "2026-12-01T09:45:00+01:00",
    "extensions_left": 10,
    "access": TOKEN,
    "hold_until": "2026-11-25T14:35:00+01:00",
}
BOOKING: dict[str, Any] = {
    "booking_id": BOOKING_ID,
    "state": "confirmed",
    "site": "flensburg",
    "items": ITEMS,
    "persons": 2,
    "language": "de",
    "starts_at": "2026-12-01T09:00:00+01:00",
    "ends_at": "2026-12-01T09:45:00+01:00",
    "moves_left": 3,
    "name_initial": "E",
    "email_domain": "example.org",
    "spoken_code": "4K7M-9QTX-C",
}
UNCONFIRMED = {
    **{name: value for name, value in BOOKING.items() if name not in ("moves_left", "spoken_code")},
    "state": "unconfirmed",
    "confirm_until": "2026-11-25T15:25:00+01:00",
}
CANCELLED = {**BOOKING, "state": "cancelled", "undo_until": "2026-11-25T14:45:00+01:00"}
CONTACT = {"name": "Erika Mustermann", "email": "erika@example.org", "needs": ["wheelchair"]}
SERVICE = {
    "code": "document_address",
    "name": "Change the address on an ID card or passport",
    "minutes": 5,
    "channels": ["online", "visit", "post"],
    "presence": "proxy",
    "papers": ["ID card", "passport"],
    "fee_cents": 0,
    "combinable_with": ["passport_apply", "registration"],
    "send_to": "Bürgerbüro Flensburg, Rathausplatz 1, 24937 Flensburg, buergerbuero@flensburg.example",
}
SITE = {
    "code": "flensburg",
    "name": "Bürgerbüro Flensburg",
    "address": "Rathausplatz 1, 24937 Flensburg",
    "phone": "0461 85-0",
    "email": "buergerbuero@flensburg.example",
    "opening_hours": [{"date": "2026-11-30", "opens": "07:30", "closes": "16:00"}],
    "next_release_at": "2026-11-30T07:30:00+01:00",
}
OVERVIEW = {
    "days": [{"date": "2026-12-01", "count": 12, "first_at": "2026-12-01T07:30:00+01:00"}],
    "next_at": "2026-12-01T07:30:00+01:00",
    "next_release_at": "2026-11-30T07:30:00+01:00",
}
TIMES = {"times": [{"starts_at": "2026-12-01T09:00:00+01:00", "ends_at": "2026-12-01T09:45:00+01:00"}]}
DAY = {
    "site": "flensburg",
    "date": "2026-12-01",
    "counters": ["counter_1"],
    "blocks": [
        {
            "counter": "counter_1",
            "pool": "online",
            "from": "2026-12-01T07:30:00+01:00",
            "until": "2026-12-01T12:00:00+01:00",
        }
    ],
    "bookings": [
        {
            "booking_id": BOOKING_ID,
            "counter": "counter_1",
            "pool": "online",
            "starts_at": "2026-12-01T09:00:00+01:00",
            "ends_at": "2026-12-01T09:45:00+01:00",
            "spoken_code": "4K7M-9QTX-C",
        }
    ],
}
PICKUP = {"grant": TOKEN, "starts_at": "2026-12-01T09:00:00+01:00"}
PICKUP_FOR = {"invitation_id": BOOKING_ID, "starts_at": "2026-12-01T09:00:00+01:00"}
PICKED: dict[str, Any] = {
    "booking_id": BOOKING_ID,
    "state": "confirmed",
    "starts_at": "2026-12-01T09:00:00+01:00",
    "ends_at": "2026-12-01T09:05:00+01:00",
    "extensions_left": 10,
    "access": TOKEN,
    "spoken_code": "4K7M-9QTX-C",
}
PICKUP_TIMES: dict[str, Any] = {
    "site": "flensburg",
    "items": [{"service": "passport_pickup", "quantity": 1}],
    "days": [
        {
            "date": "2026-12-01",
            "times": [{"starts_at": "2026-12-01T09:00:00+01:00", "ends_at": "2026-12-01T09:05:00+01:00"}],
        }
    ],
    "next_from": "2026-12-08",
}
