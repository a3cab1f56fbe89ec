"""Whose bookings are whose, however the topic is read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from servicekit.projection import Seen
from services.notification.projections.holders import READS, calls, rows
from tests.rules.notification.given import NOW

ONE, OTHER, EVA, ADA, CARD, PASSPORT = (UUID(int=n) for n in range(1, 7))


def seen(*events: tuple[str, dict[str, Any]]) -> list[Seen]:
    return [
        Seen(kind, READS[kind](**data), UUID(int=n), NOW, str(n), "booking", n)
        for n, (kind, data) in enumerate(events)
    ]


LIFE = seen(
    ("ConfirmationRequested", {"booking_id": ONE, "person_id": EVA, "person_revision": 1, "attempt": 1}),
    ("ConfirmationRequested", {"booking_id": OTHER, "person_id": ADA, "person_revision": 1, "attempt": 1}),
    ("ConfirmationRequested", {"booking_id": ONE, "person_id": EVA, "person_revision": 2, "attempt": 2}),
    ("BookingConfirmed", {"booking_id": ONE, "person_id": EVA, "person_revision": 2}),
    ("BookingRescheduled", {"booking_id": OTHER}),
)


def test_a_booking_has_its_person_with_the_newest_revision_and_attempt() -> None:
    assert rows(LIFE) == [(ONE, EVA, 2, 2), (OTHER, ADA, 1, 1)]


def test_a_booking_without_a_person_is_nobodys() -> None:
    assert rows(seen(("BookingRescheduled", {"booking_id": ONE}))) == []


def test_the_same_events_split_anywhere_give_the_same_rows() -> None:
    for cut in range(len(LIFE) + 1):
        known: dict[Any, tuple[Any, ...]] = {}
        for booking, person, revision, attempt in (*rows(LIFE[:cut]), *rows(LIFE[cut:])):
            _person, *before = known.get(booking, (person, 0, 0))
            known[booking] = (person, max(before[0], revision), max(before[1], attempt))
        assert known == {booking: tuple(row) for booking, *row in rows(LIFE)}


def test_a_call_is_known_as_its_last_event_named_it() -> None:
    called = {"invitation_id": ONE, "person_id": EVA, "person_revision": 1, "language": "da"}
    both = seen(
        ("PickupInvited", called | {"document_ids": [CARD, PASSPORT]}),
        ("PickupReminded", called | {"document_ids": [CARD], "person_revision": 2}),
    )
    assert calls(both) == calls(both[1:]) == [(ONE, EVA, 2, f'["{CARD}"]', "da")]
    assert rows(both) == [] and calls(LIFE) == []
