"""What notification keeps of a booking: enough to write every mail, however the events are split."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from servicekit.projection import Seen
from services.notification.projections.booking_state import (
    BOOKING_STATE,
    COLUMNS,
    PHASES,
    READS,
    facts_of,
    now_of,
    rows,
)
from services.notification.rules.templates import BookingPhase

START = datetime(2026, 12, 1, 8, tzinfo=UTC)
BOOKING = UUID(int=1)
ITEMS = [{"service": "passport_apply"}, {"service": "registration", "quantity": 2}]
PLACE = {
    "kind": "pickup",
    "site": "flensburg",
    "items": ITEMS,
    "persons": 2,
    "language": "de",
    "method": "link",
    "starts_at": START.isoformat(),
    "ends_at": (START + timedelta(minutes=45)).isoformat(),
}
LATER = PLACE | {"starts_at": (START + timedelta(days=2)).isoformat(), "ends_at": "2026-12-03T08:45:00Z"}
LIFE: list[tuple[str, dict[str, Any]]] = [
    (
        "BookingOpened",
        {
            "kind": "pickup",
            "site": "flensburg",
            "items": ITEMS,
            "persons": 2,
            "starts_at": START.isoformat(),
        },
    ),
    (
        "ConfirmationRequested",
        {"starts_at": START.isoformat(), "confirm_until": "2026-11-24T14:25:00Z", "language": "de"},
    ),
    ("BookingConfirmed", PLACE | {"sequence": 1}),
    ("BookingRescheduled", LATER | {"sequence": 2}),
    ("BookingCancelled", {"reason": "office_fault", "sequence": 3, "undo_until": "2026-11-25T10:10:00Z"}),
]


def seen(life: Sequence[tuple[str, dict[str, Any]]], first: int = 10, booking: UUID = BOOKING) -> list[Seen]:
    return [
        Seen(
            kind,
            msgspec.json.decode(msgspec.json.encode(data | {"booking_id": str(booking)}), type=READS[kind]),
            UUID(int=first + n),
            START,
            str(booking),
            BOOKING_STATE.topics[0],
            first + 10 * n,
        )
        for n, (kind, data) in enumerate(life)
    ]


def table(*batches: Sequence[Seen]) -> dict[UUID, dict[str, Any]]:
    """What the upsert makes of several batches: a later row changes only what it carries."""
    known: dict[UUID, dict[str, Any]] = {}
    for batch in batches:
        for row in rows(batch):
            told = {name: value for name, value in zip(COLUMNS, row, strict=True) if value is not None}
            known.setdefault(row[0], dict.fromkeys(COLUMNS)).update(told)
    return known


def test_a_cancelled_booking_still_has_services_site_and_time() -> None:
    row = table(seen(LIFE))[BOOKING]
    facts = facts_of(row, "BookingCancelled")
    assert facts.items == [("passport_apply", 1), ("registration", 2)]
    assert (facts.site, facts.persons, facts.reason, facts.sequence) == ("flensburg", 2, "office_fault", 3)
    assert facts.starts_at == START + timedelta(days=2)
    assert not facts.restored
    assert facts.pickup, "only the beginning said so"
    assert facts_of(row, "CancellationUndone").restored


@pytest.mark.parametrize("cut", range(len(LIFE) + 1))
def test_the_same_events_split_anywhere_give_the_same_row(cut: int) -> None:
    events = seen(LIFE)
    assert table(events[:cut], events[cut:]) == table(events)


def test_a_batch_of_many_bookings_has_one_row_each_in_order() -> None:
    others = [UUID(int=n) for n in (9, 4, 7)]
    batch = [one for booking in others for one in seen(LIFE, booking=booking)]
    assert [row[0] for row in rows(batch)] == sorted(others)


@pytest.mark.parametrize("kind", [kind for kind, _ in LIFE])
def test_the_row_says_where_the_booking_stands_and_since_which_position(kind: str) -> None:
    count = [name for name, _ in LIFE].index(kind) + 1
    now = now_of(table(seen(LIFE[:count]))[BOOKING])
    assert now is not None
    assert now.phase is PHASES[kind]
    assert now.position == 10 * count
    assert now.changed_at_position == (10 * count if count > 1 else 0)


def test_an_admission_ends_the_phase_but_changes_nothing_that_a_mail_tells() -> None:
    row = table(seen([*LIFE[:3], ("CitizenAdmitted", {})]))[BOOKING]
    now = now_of(row)
    assert now is not None
    assert (now.phase, now.position, now.changed_at_position) == (BookingPhase.ADMITTED, 40, 30)


def test_a_moved_hold_stays_a_hold() -> None:
    hold = {name: value for name, value in LATER.items() if name != "method"} | {"sequence": 0}
    row = table(seen([LIFE[0], ("BookingRescheduled", hold)]))[BOOKING]
    assert row["phase"] == "held"


def test_a_booking_whose_beginning_was_never_seen_cannot_be_written_about() -> None:
    row = table(seen(LIFE[-1:]))[BOOKING]
    with pytest.raises(LookupError):
        facts_of(row, "BookingCancelled")
