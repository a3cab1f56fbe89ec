"""What must hold of bookings and documents after a run, counted from what was left in the logs.

A finding is a sentence that begins with its promise: I1 one holder, I2 a confirmed booking stays, I3
acknowledged is stored, I4 in the order seen, I7 timers, I9 one place, I10 to whom, I11 admissions. What
readers have is in ``read_checks.py``, mails are in ``mail_checks.py``. Each is seen to fail in
``tests/chaos/test_checks.py``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from tests.chaos.evidence import Event, Evidence
from tests.chaos.history import FAIL, OK, Call
from tests.chaos.town import RATE

LATE = timedelta(seconds=10 * RATE)
"""Ten seconds of the world, in which processes work; the promise is a minute."""
SOON = timedelta(seconds=0.1)
RECORDED = frozenset({"AdmissionRefused"})
"""Refusals that are facts themselves."""
NOTHING_NEW = frozenset({"confirm", "open"})
"""Commands that are carried out without an event if another one has done their work."""
LAST = frozenset({"holder", "destroyed", "producer"})
END = ("HoldExpired", "BookingConfirmed", "BookingCancelled")

Check = Callable[[Evidence], Iterator[str]]


def moment(text: str) -> datetime:
    """An instant of an event."""
    return datetime.fromisoformat(text)


def booking_log(evidence: Evidence) -> Iterator[Event]:
    """Booking's events in order."""
    yield from evidence.sides["booking"].log


def one_holder(evidence: Evidence) -> Iterator[str]:
    """I1: no two live places of a counter overlap, at any moment of the log; the read model has the same."""
    live: dict[str, Mapping[str, Any]] = {}
    for row in booking_log(evidence):
        if row.type == "SlotReleased":
            live.pop(row.data["booking_id"], None)
        if row.type == "SlotReserved":
            for booking_id, other in live.items():
                if booking_id != row.data["booking_id"] and _overlap(other, row.data):
                    yield f"I1: position {row.position} takes the place of {booking_id}"
            live[row.data["booking_id"]] = row.data
    if (rows := evidence.sides["booking"].live) != set(live):
        yield f"I1: the read model has {len(rows)} live places, the log {len(live)}"


def _overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    if (one["site"], one["counter"]) != (other["site"], other["counter"]):
        return False
    return moment(one["starts_at"]) < moment(other["occupied_until"]) and moment(other["starts_at"]) < moment(
        one["occupied_until"]
    )


def confirmed_stays(evidence: Evidence) -> Iterator[str]:
    """I2: what was confirmed expires never; only a cancellation ends it."""
    confirmed = set[str]()
    for row in booking_log(evidence):
        if row.type == "BookingConfirmed":
            confirmed.add(row.stream)
        elif row.type == "BookingCancelled":
            confirmed.discard(row.stream)
        elif row.type == "HoldExpired" and row.stream in confirmed:
            yield f"I2: position {row.position} expires a confirmed booking"
    ever = {row.stream for row in booking_log(evidence) if row.type == "BookingConfirmed"}
    for call in evidence.calls:
        if call.name == "confirm" and call.outcome == OK and call.body["booking_id"] not in ever:
            yield f"I2: call {call.number} was told of a confirmation that is not in the log"


def acknowledged_is_stored(evidence: Evidence) -> Iterator[str]:
    """I3: events of an ``ok`` once and where it says, of a ``fail`` none, of the unknown all or none."""
    for name, side in evidence.sides.items():
        if [row.position for row in side.log] != list(range(1, len(side.log) + 1)):
            yield f"I3: positions of {name} have holes"
        if len({row.event_id for row in side.log}) < len(side.log):
            yield f"I3: {name} stores an event twice"
    for call, rows in _stored(evidence):
        positions = [row.position for row in rows]
        if positions and positions[-1] - positions[0] != len(positions) - 1:
            yield f"I3: {_told(call)} is stored in pieces, at {positions}"
        if call.outcome == OK and not positions and call.name not in NOTHING_NEW:
            yield f"I3: {_told(call)} was acknowledged and is not stored"
        if call.outcome == OK and positions and call.position != positions[-1]:
            yield f"I3: {_told(call)} was told position {call.position} and is stored at {positions}"
        if call.outcome == FAIL and {row.type for row in rows} - RECORDED:
            yield f"I3: {_told(call)} was refused ({call.code}) and is stored at {positions}"


def in_the_order_seen(evidence: Evidence) -> Iterator[str]:
    """I4: what was acknowledged before another call was made comes before it in their common stream."""
    by_stream: dict[str, list[tuple[Call, int]]] = defaultdict(list)
    for call, rows in _stored(evidence):
        if call.outcome == OK:
            for row in rows:
                by_stream[row.stream].append((call, row.position))
    for calls in by_stream.values():
        for one, position in calls:
            for later, after in calls:
                if one.answered < later.asked and position > after:
                    yield f"I4: {_told(one)} was answered before {_told(later)} and is stored after it"


def _stored(evidence: Evidence) -> Iterator[tuple[Call, list[Event]]]:
    """Each call with the events of its command."""
    by_command: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for name, side in evidence.sides.items():
        for row in side.log:
            by_command[name, row.meta["command_id"]].append(row)
    for call in evidence.calls:
        yield call, by_command.get((call.service, str(call.command_id)), [])


def _told(call: Call) -> str:
    return f"{call.service}'s {call.name} #{call.number}"


def timers_in_time(evidence: Evidence) -> Iterator[str]:
    """I7: no hold ends before its limit by the database's clock; nothing is open long after it."""
    limits, over = dict[str, datetime](), set[str]()
    for row in booking_log(evidence):
        if row.type in ("BookingOpened", "HoldExtended") and row.data.get("hold_until"):
            limits[row.stream] = moment(row.data["hold_until"])
        elif row.type in ("ConfirmationRequested", "ConfirmationUndeliverable", "ConfirmationWithheld"):
            limits[row.stream] = moment(row.data["confirm_until"])
            over.discard(row.stream)
        elif row.type in END:
            over.add(row.stream)
            if row.type == "HoldExpired" and row.at < limits[row.stream] - SOON:
                yield f"I7: position {row.position} ends a hold {limits[row.stream] - row.at} too early"
    for booking_id, limit in limits.items():
        if booking_id not in over and evidence.now > limit + LATE:
            yield f"I7: the hold of {booking_id} is {evidence.now - limit} past its limit"
    for name, side in evidence.sides.items():
        for kind, subject, due_at in side.timers:
            if due_at + LATE < evidence.now:
                yield f"I7: {name}'s timer {kind} of {subject} is overdue since {due_at}"


def in_one_place(evidence: Evidence) -> Iterator[str]:
    """I9: each step of a document begins where the one before ended; nothing follows the last."""
    places, over = dict[str, str | None](), set[str]()
    for row in evidence.sides["documents"].log:
        if "to" not in row.data or "document_id" not in row.data:
            continue
        document, source, target = row.data["document_id"], row.data.get("from"), row.data["to"]
        if source != places.get(document):
            yield f"I9: position {row.position}, {row.type}, begins at {source}, not {places.get(document)}"
        if document in over:
            yield f"I9: position {row.position}, {row.type}, comes after the document's end"
        places[document] = target
        if target in LAST and source is not None:
            over.add(document)


def entitled(evidence: Evidence) -> Iterator[str]:
    """I10: each hand-over says how the recipient was checked, and follows the admission of its pick-up."""
    inside = set[tuple[str, str]]()
    for row in evidence.sides["documents"].log:
        if row.type == "PickupAdmitted":
            inside.add((row.data["document_id"], row.data["booking_id"]))
        elif row.type == "DocumentHandedOver":
            if not (row.data.get("recipient_role") and row.data.get("check_method")):
                yield f"I10: position {row.position} does not say to whom, or how that was checked"
            came = (row.data["document_id"], row.data.get("booking_id")) in inside
            if not came and row.data.get("exception") is None:
                yield f"I10: position {row.position} hands over to somebody who was not let in for it"


def admitted_once(evidence: Evidence) -> Iterator[str]:
    """I11: each admission is of a booking that is confirmed at that moment, and is its first."""
    confirmed, inside = set[str](), set[str]()
    for row in booking_log(evidence):
        if row.type == "BookingConfirmed":
            confirmed.add(row.stream)
        elif row.type == "BookingCancelled":
            confirmed.discard(row.stream)
        elif row.type == "CitizenAdmitted":
            if row.stream not in confirmed or row.stream in inside:
                yield f"I11: position {row.position} lets somebody in who has no appointment"
            inside.add(row.stream)


CHECKS: tuple[Check, ...] = (
    one_holder,
    confirmed_stays,
    acknowledged_is_stored,
    in_the_order_seen,
    timers_in_time,
    in_one_place,
    entitled,
    admitted_once,
)
