"""Something harmless for each field that a told event leaves out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

FLENSBURG = "flensburg"


def _moved(from_: str | None, to: str, **more: Any) -> dict[str, Any]:
    return {"site": FLENSBURG, "to": to, **({"from": from_} if from_ else {}), **more}


NOON = datetime(2026, 11, 16, 11, tzinfo=UTC)
_PERSON = {"person_id": uuid5(NAMESPACE_OID, "somebody"), "person_revision": 1}
_NUMBER = {"public_number": "A001"}
_PAPERS = {"papers": ["photo"], "language": "de"}
_MESSAGE = {**_PERSON, "template_version": 1, "language": "de", "channel": "email", "attempt": 1}
_CALENDAR = {
    "kind": "appointment",
    "starts_at": NOON,
    "items": [{"service": "id_card_apply"}],
    "persons": 1,
    "language": "de",
}
_CLOSURE = {"site": FLENSBURG, "scope": "site", "reason": "training", "bookings_hit": 0}
FILL: dict[str, dict[str, Any]] = {
    "VisitOpened": _NUMBER,
    "CitizenCalled": {**_NUMBER, "counter": "c1"},
    "VisitReturned": _NUMBER,
    "CitizenAdmitted": {"door": "main", "people": 1, "mode": "scan"},
    "CallClosed": {"reason": "information"},
    "ItemAnswered": {"channel": "letter", "received_on": "2026-11-16", "outcome": "done"},
    "ItemForwarded": {"channel": "letter", "received_on": "2026-11-16", "team": "other_office"},
    "DocumentHandedOver": {
        **_PERSON,
        "site": FLENSBURG,
        "from": "window",
        "to": "holder",
        "channel": "window",
        "recipient_role": "applicant",
        "check_method": "photo",
        "authority": "none_needed",
        "old_document": "none",
    },
    "DocumentOrdered": _moved(
        None,
        "producer",
        variant="normal",
        delivery="window",
        expected_on="2026-12-01",
        pin_letter="handed_over",
    ),
    "DocumentReady": _moved("producer", "receiving", batch_id=NAMESPACE_OID),
    "DocumentShipped": _moved("producer", "carrier"),
    "ShipmentDelivered": _moved("carrier", "holder"),
    "DocumentStored": _moved("receiving", "safe"),
    "DocumentFetched": _moved("safe", "window"),
    "DocumentPlacedInLocker": _moved("safe", "locker"),
    "DocumentReturned": _moved("safe", "producer"),
    "DocumentDestroyed": _moved("safe", "destroyed"),
    "ItemReceived": {"channel": "letter"},
    "ItemAssigned": {"channel": "letter", "team": "citizens"},
    "ItemReopened": {"channel": "letter"},
    "PapersRequested": {**_PAPERS, "due_on": "2026-11-30"},
    "PapersReceived": {**_PAPERS, "complete": True},
    "PapersOverdue": {**_PAPERS, "due_on": "2026-11-30"},
    "AdmissionRefused": {"door": "main"},
    "ServiceStarted": {"counter": "c1"},
    "VisitParked": {"counter": "c1", "reason": "photo"},
    "VisitResumed": _NUMBER,
    "VisitTransferred": _NUMBER,
    "CitizenNotFound": {**_NUMBER, "counter": "c1", "call_no": 3},
    "BookingDisplaced": {
        **_PERSON,
        "closure_id": NAMESPACE_OID,
        "starts_at": NOON,
        "proposals": [],
        "answer_until": NOON,
    },
    "BookingRestored": {**_PERSON, "starts_at": NOON, "sequence": 3},
    "LetterPrinted": _MESSAGE,
    "MessageFailed": {**_MESSAGE, "reason": "permanent"},
    "MessageBounced": {**_MESSAGE, "reason": "address"},
    "MessageSkipped": {**_MESSAGE, "reason": "stale"},
    "SlotReserved": {
        "site": FLENSBURG,
        "date": "2026-11-16",
        "counter": "c1",
        "pool": "online",
        "ends_at": NOON,
        "occupied_until": NOON,
        "items": [{"service": "id_card_apply"}],
        "persons": 1,
        "channel": "online",
    },
    "BookingOpened": {**_CALENDAR, "channel": "online", "site": FLENSBURG},
    "ConfirmationRequested": {**_CALENDAR, **_PERSON, "confirm_until": NOON, "attempt": 1},
    "BookingConfirmed": {**_CALENDAR, "method": "link", "site": FLENSBURG, "companions": 1, "sequence": 0},
    "BookingRescheduled": {
        **_CALENDAR,
        "site": FLENSBURG,
        "ends_at": NOON,
        "companions": 1,
        "sequence": 1,
        "was_at": NOON,
        "by": "citizen",
        "moves": 1,
    },
    "BookingCancelled": {
        "kind": "appointment",
        "by": "citizen",
        "reason": "citizen_wish",
        "was_confirmed": True,
        "sequence": 1,
    },
    "CancellationUndone": {**_PERSON, "starts_at": NOON, "sequence": 2},
    "AppointmentMissed": {**_PERSON, "kind": "appointment", "starts_at": NOON},
    "HoldExpired": {"stage": "held", "reason": "time"},
    "MessageSent": _MESSAGE,
    "WeekNoteWritten": {"site": FLENSBURG},
    "ClosureDeclared": _CLOSURE,
    "ClosureLifted": _CLOSURE,
    "ServiceDescribed": {
        "site": FLENSBURG,
        "minutes": 15,
        "channels": ["visit"],
        "presence": "self",
    },
}
