"""Which event asks for which mail, and how long it is of use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from buergerbuero_contracts.booking import (
    BookingCancelled,
    BookingConfirmed,
    BookingRescheduled,
    BookingRestored,
    CancellationUndone,
    ConfirmationRequested,
    HoldExpired,
    Method,
)
from buergerbuero_contracts.envelope import Event
from buergerbuero_contracts.notification import Template
from services.notification.reactions import react_to_booking as react

START = datetime(2026, 12, 1, 8, tzinfo=UTC)
TIME = datetime(2026, 11, 24, 13, 25, tzinfo=UTC)
BOOKING, PERSON, EVENT = UUID(int=1), UUID(int=2), UUID(int=3)
SOMEBODY = {"booking_id": BOOKING, "person_id": PERSON, "person_revision": 2}
PLACE = {
    "kind": "appointment",
    "method": "link",
    "site": "flensburg",
    "starts_at": START,
    "ends_at": START + timedelta(minutes=15),
    "items": [{"service": "passport_apply"}],
    "persons": 1,
    "companions": 1,
    "language": "en",
    "sequence": 1,
}
CONFIRMED = BookingConfirmed.model_validate(SOMEBODY | PLACE)
MOVED = BookingRescheduled.model_validate(
    SOMEBODY | PLACE | {"was_at": START, "by": "citizen", "moves": 1, "sequence": 2}
)
CANCELLED: dict[str, Any] = SOMEBODY | {
    "kind": "appointment",
    "starts_at": START,
    "by": "citizen",
    "reason": "citizen_wish",
    "was_confirmed": True,
    "sequence": 2,
}
BACK = SOMEBODY | {"starts_at": START, "sequence": 3}
REQUESTED = ConfirmationRequested.model_validate(
    SOMEBODY
    | {
        "kind": "appointment",
        "starts_at": START,
        "confirm_until": TIME + timedelta(hours=1),
        "attempt": 2,
        "language": "en",
    }
)


@dataclass(frozen=True)
class Came:
    """An event as it was received."""

    event: Event
    event_id: UUID = EVENT
    time: datetime = TIME
    position: int = 40


@pytest.mark.parametrize(
    ("event", "template", "until"),
    [
        (REQUESTED, Template.CONFIRM_REQUEST, TIME + timedelta(hours=1)),
        (CONFIRMED, Template.CONFIRMED, START),
        (MOVED, Template.MOVED, START),
        (CancellationUndone.model_validate(BACK), Template.MOVED, START),
        (BookingRestored.model_validate(BACK), Template.MOVED, START),
        (BookingCancelled.model_validate(CANCELLED), Template.CANCELLED_BY_CITIZEN, START),
        (
            BookingCancelled.model_validate(CANCELLED | {"by": "office"}),
            Template.CANCELLED_BY_CITIZEN,
            START,
        ),
        (
            BookingCancelled.model_validate(CANCELLED | {"by": "office", "reason": "office_fault"}),
            Template.CANCELLED_BY_OFFICE,
            START,
        ),
        (
            BookingCancelled.model_validate(CANCELLED | {"by": "system", "reason": "no_answer"}),
            Template.CANCELLED_BY_OFFICE,
            START,
        ),
    ],
)
def test_an_event_asks_for_its_mail(event: Event, template: Template, until: datetime) -> None:
    (asked,) = react(Came(event))
    assert (asked.template, asked.useful_until) == (template, until)
    assert (asked.booking_id, asked.person_id, asked.person_revision) == (BOOKING, PERSON, 2)
    assert (asked.source_event_id, asked.source_position, asked.asked_at) == (EVENT, 40, TIME)
    assert asked.source_type == type(event).__name__


@pytest.mark.parametrize(
    "event",
    [
        HoldExpired.model_validate({"booking_id": BOOKING, "stage": "unconfirmed", "reason": "time"}),
        BookingCancelled.model_validate(CANCELLED | {"was_confirmed": False}),
        BookingCancelled.model_validate(CANCELLED | {"person_id": None}),
        BookingConfirmed.model_validate(SOMEBODY | PLACE | {"person_id": None}),
        BookingConfirmed.model_validate(SOMEBODY | PLACE | {"starts_at": None, "kind": "walk_in"}),
        BookingConfirmed.model_validate(SOMEBODY | PLACE | {"method": "spoken"}),
        MOVED.model_copy(update={"method": None}),
    ],
)
def test_an_event_that_concerns_nobody_asks_for_nothing(event: Event) -> None:
    assert react(Came(event)) == []


@pytest.mark.parametrize("method", list(Method))
def test_only_who_wants_it_on_paper_gets_an_appointment_by_letter(method: Method) -> None:
    events = [
        BookingConfirmed.model_validate(SOMEBODY | PLACE | {"method": method}),
        MOVED.model_copy(update={"method": method}),
    ]
    for asked in (one for event in events for one in react(Came(event))):
        assert asked.by_letter == (method is Method.LETTER)


def test_the_confirm_request_carries_attempt_and_language() -> None:
    (asked,) = react(Came(REQUESTED))
    assert (asked.attempt, asked.language) == (2, "en")


def test_the_same_event_asks_for_the_same_message_and_another_event_for_another() -> None:
    assert react(Came(CONFIRMED))[0].message_id == react(Came(CONFIRMED))[0].message_id
    assert react(Came(CONFIRMED))[0].message_id != react(Came(CONFIRMED, UUID(int=9)))[0].message_id
