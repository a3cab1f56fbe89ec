"""The examples of the API's description: invented, and each of the shape that it stands for."""

from __future__ import annotations

from typing import Any

DOCUMENT_ID = "5b1f8c3e-7a40-5a5d-8f3b-0d6f2f1a9c10"
PASSPORT_ID = "c2d7e1a4-30f9-5c6e-9b1d-7e5a4c8f2b63"
PERSON_ID = "8e0c5a77-1d2b-4f3e-9a6c-2b4d6e8f0a1c"
BOOKING_ID = "0f3c9a52-6c1e-5d0b-9a77-3f1f7d1c2b44"
PICKUP_ID = "41e7b6d0-9f2c-5e8a-8c3d-6a5b4c3d2e1f"
INVITATION_ID = "9a8b7c6d-5e4f-5a3b-8c2d-1e0f9a8b7c6d"
BATCH_ID = "7d6c5b4a-3f2e-5d1c-9b0a-8f7e6d5c4b3a"
NUMBER = "L01X00T47"
STARTS_AT = "2026-12-15T10:00:00+01:00"

ORDER: dict[str, Any] = {"kind": "id_card", "site": "flensburg", "booking_id": BOOKING_ID, "number": NUMBER}
ORDER_BY_POST: dict[str, Any] = {
    "kind": "driving_licence",
    "site": "flensburg",
    "contact": {"name": "Erika Mustermann", "email": "erika@example.org"},
}
ORDERED: dict[str, Any] = {
    "document_id": DOCUMENT_ID,
    "kind": "id_card",
    "variant": "normal",
    "delivery": "window",
    "site": "flensburg",
    "state": "ordered",
    "place": "producer",
    "person_id": PERSON_ID,
}
READY = {**ORDERED, "state": "ready", "place": "receiving"}
STORED = {**ORDERED, "state": "invited", "place": "safe", "spot": "A-07", "invitation_id": INVITATION_ID}
BOOKED = {**STORED, "state": "booked", "booking_id": PICKUP_ID, "starts_at": STARTS_AT}
AT_WINDOW = {**BOOKED, "place": "window", "spot": "window_1"}
HANDED_OVER = {**ORDERED, "state": "handed_over", "place": "holder"}
RETURNED = {**ORDERED, "state": "returned", "place": "producer"}
SHIPPED = {**ORDERED, "state": "shipped", "place": "carrier", "delivery": "shipping"}
DELIVERED = {**SHIPPED, "state": "delivered", "place": "holder"}
IN_LOCKER = {**STORED, "state": "in_locker", "place": "locker", "spot": "locker_3"}
DESTROYED = {**ORDERED, "state": "destroyed", "place": "destroyed"}

JOIN = {"booking_id": BOOKING_ID}
JOIN_ONE = {**JOIN, "order_id": PASSPORT_ID}
OPEN_BATCH = {"site": "flensburg"}
BATCH: dict[str, Any] = {
    "batch_id": BATCH_ID,
    "site": "flensburg",
    "open": True,
    "document_ids": [DOCUMENT_ID, PASSPORT_ID],
}
SCAN = {"number": NUMBER}
SCAN_FIRST = {"number": NUMBER, "booking_id": BOOKING_ID, "kind": "id_card"}
STORE = {"bin": "A-07", "approved_by": "window_2"}
STORE_AND_NUMBER = {**STORE, "number": NUMBER}
WINDOW = {"window": "window_1"}
PUT_BACK = {"window": "window_1", "bin": "A-07"}
HAND_OVER = {
    "window": "window_1",
    "scan": NUMBER,
    "recipient_role": "applicant",
    "check_method": "photo",
    "old_document": "voided_returned",
}
HAND_OVER_PROXY = {
    **HAND_OVER,
    "recipient_role": "proxy",
    "check_method": "id_seen",
    "authority": "written_seen",
    "old_document": "voided_kept",
}
CORRECT = {"recipient_role": "custodian", "approved_by": "window_2"}
APPROVED = {"approved_by": "window_2"}
LOCKER = {"locker": "locker_3", "agreed": True}
COLLECT = {"phone": True, "code": True, "old_document": True}
DECISION = {"destroy_after": "2028-01-01", "approved_by": "window_2"}
SAFE = {"site": "flensburg", "bins": [{"bin": "A-07", "documents": 1}], "without_bin": 3}
COUNT = {"numbers": [NUMBER], "document_ids": [PASSPORT_ID]}
COUNTED = {"site": "flensburg", "expected": 2, "counted": 2, "missing": 0, "found": 0, "strange": 0}
CUSTODY: dict[str, Any] = {
    "document_id": DOCUMENT_ID,
    "steps": [
        {"event": "DocumentOrdered", "at": "2026-11-26T09:12:00+01:00", "to": "producer"},
        {
            "event": "DocumentReady",
            "at": "2026-12-10T08:05:00+01:00",
            "from": "producer",
            "to": "receiving",
        },
        {
            "event": "DocumentStored",
            "at": "2026-12-10T08:20:00+01:00",
            "from": "receiving",
            "to": "safe",
            "spot": "A-07",
            "witnessed": True,
        },
        {
            "event": "DocumentHandedOver",
            "at": "2026-12-15T10:04:00+01:00",
            "from": "window",
            "to": "holder",
            "spot": "window_1",
            "recipient_role": "proxy",
            "check_method": "id_seen",
            "authority": "written_seen",
            "old_document": "voided_kept",
            "booking_id": PICKUP_ID,
        },
    ],
}
FETCH_LIST: dict[str, Any] = {
    "site": "flensburg",
    "date": "2026-12-15",
    "pickups": [
        {
            "booking_id": PICKUP_ID,
            "code": "4K7M-9QTX-C",
            "starts_at": STARTS_AT,
            "documents": [BOOKED],
            "admitted_at": "2026-12-15T09:57:00+01:00",
        }
    ],
    "at_window": [],
}
