"""What a run leaves behind in which nothing went wrong, in small."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from buergerbuero_contracts.cloudevents import partition_for
from buergerbuero_contracts.topics import BOOKING, TOPICS
from servicekit.log import NAMESPACE
from tests.chaos.evidence import Event, Evidence, Place, Sent, Side
from tests.chaos.history import FAIL, OK, Call
from tests.chaos.sink import Mail
from tests.way.program import MORNING

SLOT = {"site": "flensburg", "counter": "counter_1", "starts_at": "2026-12-01T08:00:00Z"}
SLOT |= {"occupied_until": "2026-12-01T08:10:00Z"}
PASSPORT = {"document_id": "passport"}
CHECKED = {"recipient_role": "applicant", "check_method": "photo"}
LIMIT = (MORNING + timedelta(minutes=10)).isoformat()
NOW = MORNING + timedelta(minutes=5)


def command(number: int) -> UUID:
    return uuid5(NAMESPACE, f"command {number}")


def event(position: int, kind: str, stream: str, data: dict[str, Any], **meta: Any) -> Event:
    known = {"command_id": str(command(position)), "actor": {"kind": "citizen", "id": "-"}, "key": stream}
    return Event(position, stream, position, f"event {position}", kind, data, known | meta, MORNING)


def call(number: int, name: str, outcome: str = OK, position: int = 0, **body: Any) -> Call:
    made = Call(number, "booking", name, command(number), float(number), number + 0.5, outcome)
    made.position, made.body = position or number, body
    return made


def reserved(position: int, booking: str, **data: Any) -> Event:
    return event(position, "SlotReserved", "day", {**SLOT, "booking_id": booking, **data}, key=booking)


def story() -> Evidence:
    """Somebody books and confirms, has a mail, comes, applies; the document is ordered and arrives."""
    log = [
        reserved(1, "erika"),
        event(2, "BookingOpened", "erika", {"hold_until": LIMIT}),
        event(3, "BookingConfirmed", "erika", {"person_id": "p", "starts_at": "2026-12-01T08:00:00Z"}),
        event(4, "CitizenAdmitted", "erika", {}),
    ]
    custody = [
        event(1, "DocumentOrdered", "passport", {**PASSPORT, "to": "producer"}),
        event(
            2, "DocumentReady", "passport", {"document_id": "passport", "from": "producer", "to": "receiving"}
        ),
        event(
            3, "DocumentStored", "passport", {"document_id": "passport", "from": "receiving", "to": "safe"}
        ),
    ]
    queued = {"template": "confirmed", "template_version": 1}
    mails = [
        event(1, "MessageQueued", "m", queued),
        event(2, "MessageSourced", "m", {"source_event_id": "event 3"}),
        event(3, "SendStarted", "m", {}),
        event(4, "MessageSent", "m", {}),
    ]
    public = {"BookingConfirmed": 1, "SlotReserved": 1}
    place = Place(BOOKING, partition_for("erika", TOPICS[BOOKING].partitions))
    sides = {
        "booking": Side(log, public, 4, {("reader", place): 3}, live=frozenset({"erika"})),
        "documents": Side(custody, relayed=3),
        "notification": Side(mails, relayed=4),
        "reporting": Side(),
    }
    topics = {place: [Sent(place, 0, 1, 0, "erika"), Sent(place, 1, 3, 1, "erika"), Sent(place, 2, 3, 1, "")]}
    calls = [
        call(1, "bookings"),
        call(3, "confirm", booking_id="erika"),
        call(9, "cancel", FAIL),
    ]
    taken = [Mail("erika@example.org", "<event 3.confirmed.1@x>", (), 0.0, told=True)]
    return Evidence(NOW, sides, topics, calls, taken)
