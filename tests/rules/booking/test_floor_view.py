"""The counter's list and its next step."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from buergerbuero_contracts.booking import BookingKind
from buergerbuero_contracts.envelope import Item
from services.booking.floor_view import listed, next_step, waiting_line
from services.booking.projections.floor import FloorVisit
from services.booking.rules.counter import CounterDay, CounterStatus
from services.booking.rules.visit_state import Visit, VisitStatus
from tests.log.floor_desk import DAY, NOON, SITE


def visit(number: str, state: str = "waiting", came: int = 0, planned: int = 0, **more: Any) -> FloorVisit:
    told: dict[str, Any] = {
        "visit_id": uuid4(),
        "booking_id": uuid4(),
        "site": "flensburg",
        "day": DAY,
        "kind": BookingKind.APPOINTMENT,
        "people": 1,
        "state": state,
        "public_number": number,
        "items": (Item(service="id_card_apply"),),
        "planned_at": NOON + timedelta(minutes=planned),
        "admitted_at": NOON + timedelta(minutes=came),
        **dict.fromkeys(("first_called_at", "called_at", "counter", "target")),
        "calls": 0,
        "again": False,
    }
    return FloorVisit(**told | more)


def test_who_waits_stands_first_in_order_and_the_done_are_gone() -> None:
    given = [
        visit("A004", "gone"),
        visit("A003", "parked"),
        visit("A005", "finished"),
        visit("A002", planned=10),
        visit("A001", planned=0),
        visit("A006", "in_service", counter="counter_2"),
    ]
    rows = listed(given, 0, SITE, NOON + timedelta(minutes=15))
    assert [row.number for row in rows] == ["A001", "A002", "A006", "A003", "A004"]
    assert [row.first for row in rows] == [True, False, False, False, False]
    assert waiting_line(rows) == (2, NOON)


def test_minutes_count_from_the_admission_and_never_below_zero() -> None:
    rows = listed([visit("A001", came=-7), visit("A002", came=1)], 0, SITE, NOON)
    assert [row.minutes for row in rows] == [7, 0]


def test_nobody_waits() -> None:
    assert waiting_line(listed([], 0, SITE, NOON)) == (0, None)


@pytest.mark.parametrize(
    ("status", "state", "step"),
    [
        (CounterStatus.CLOSED, None, "open"),
        (CounterStatus.PAUSED, None, "resume"),
        (CounterStatus.OPEN, None, "next"),
        (CounterStatus.OPEN, VisitStatus.CALLED, "start"),
        (CounterStatus.OPEN, VisitStatus.IN_SERVICE, "finish"),
        (CounterStatus.PAUSED, VisitStatus.IN_SERVICE, "finish"),
    ],
)
def test_the_next_step_follows_from_counter_and_case(
    status: CounterStatus, state: VisitStatus | None, step: str
) -> None:
    case = Visit(status=state) if state else None
    assert next_step(CounterDay(status=status, visit_id=uuid4() if case else None), case) == step


def test_a_transfer_to_another_counter_is_not_offered_here() -> None:
    rows = listed([visit("A001", target="counter_2"), visit("A002", planned=1)], 0, SITE, NOON, "counter_1")
    assert [(row.number, row.able, row.first) for row in rows] == [
        ("A001", False, False),
        ("A002", True, True),
    ]
