"""A process that dies before its checkpoint hears booking's last words again: nothing ends wrong by that.

What led to something is known when it comes again; what was refused is not, and may be possible by then.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import pytest

from buergerbuero_contracts.booking import AppointmentMissed, BookingCancelled
from buergerbuero_contracts.documents import PickupReopened
from buergerbuero_contracts.envelope import Event
from services.documents.inviting import end_of_pickup
from services.documents.rules.document_state import Status
from tests.rules.documents.desk import PASSPORT, Desk, uid
from tests.rules.documents.world import MONDAY_AT_NINE, World

STORIES = 120
FIRST, SECOND, THIRD = BOOKINGS = [uid(f"booking {n}") for n in range(3)]


def day(number: int) -> datetime:
    """The same time of a day after the invitation."""
    return MONDAY_AT_NINE + timedelta(days=number)


class Ending(NamedTuple):
    """What is left of a document when everything is told."""

    status: Status
    booking_id: UUID | None
    starts_at: datetime | None
    over_at: datetime | None


class Telling:
    """Booking's words about one document; what was told may come again as it was."""

    def __init__(self, ahead: UUID | None = None) -> None:
        """``ahead``: what this booking says comes after all the others' words, and is read before them."""
        self.world, self.ahead = World(), ahead
        self.desk = Desk(self.world)
        (self.document,) = self.desk.invited(PASSPORT)
        self.told: list[tuple[Event, UUID]] = []

    def tell(self, *events: Event) -> None:
        for event in events:
            self.told.append((event, uid(f"event {len(self.told)}")))
            if getattr(event, "booking_id", None) == self.ahead:
                self.world.positions[self.told[-1][1]] = 1_000 + len(self.told)
            self.world.hear(*self.told[-1])

    def again(self, last: int) -> None:
        """The process died before its checkpoint, and that many words come once more."""
        for event, event_id in self.told[-last:]:
            self.world.hear(event, event_id)

    @property
    def ending(self) -> Ending:
        document = self.world.document(self.document)
        timer = self.world.timer("pickup-over", self.document)
        return Ending(document.status, document.booking_id, document.starts_at, timer)

    def confirmed(self, booking: UUID, at: int) -> Event:
        return self.desk.confirmed(self.document, booking=booking, starts_at=day(at))

    def moved(self, booking: UUID, at: int, was: int) -> Event:
        return self.desk.moved(self.document, booking=booking, to=day(at), was=day(was))

    def cancelled(self, booking: UUID, at: int) -> Event:
        undo_until = self.world.at + timedelta(minutes=10)
        cancelled = self.desk.cancelled(self.document, booking=booking, undo_until=undo_until)
        return cancelled.model_copy(update={"starts_at": day(at)})

    def undone(self, booking: UUID, at: int) -> Event:
        return self.desk.undone(self.document, booking=booking).model_copy(update={"starts_at": day(at)})

    def missed(self, booking: UUID, at: int) -> Event:
        return self.desk.missed(self.document, booking=booking).model_copy(update={"starts_at": day(at)})

    def admitted(self, booking: UUID, at: int) -> Event:
        return self.desk.admitted(self.document, booking=booking).model_copy(update={"starts_at": day(at)})


@pytest.fixture
def telling() -> Telling:
    """A document whose holder is invited, and two letters: the second booking has it first."""
    telling = Telling(ahead=SECOND)
    telling.tell(telling.confirmed(SECOND, 3), telling.confirmed(FIRST, 1))
    assert telling.world.refused == ["wrong-state"]
    return telling


def test_a_confirmation_that_was_refused_takes_nothing_from_the_move_after_it(telling: Telling) -> None:
    telling.tell(telling.cancelled(SECOND, 3), telling.moved(FIRST, 4, 1))
    held = Ending(Status.BOOKED, FIRST, day(4), end_of_pickup(day(4)))
    assert telling.ending == held
    telling.again(3)
    assert telling.ending == held


def test_a_move_that_was_refused_takes_nothing_from_the_move_back(telling: Telling) -> None:
    telling.tell(telling.moved(FIRST, 4, 1), telling.cancelled(SECOND, 3), telling.moved(FIRST, 1, 4))
    telling.again(4)
    assert telling.ending == Ending(Status.BOOKED, FIRST, day(1), end_of_pickup(day(1)))


def test_a_confirmation_that_was_refused_brings_no_booking_back_that_has_ended(telling: Telling) -> None:
    telling.tell(telling.cancelled(SECOND, 3), telling.moved(FIRST, 4, 1), telling.cancelled(FIRST, 4))
    telling.tell(telling.confirmed(THIRD, 5), telling.cancelled(THIRD, 5))
    telling.again(6)
    assert telling.ending == Ending(Status.INVITED, THIRD, None, None)


def test_a_missed_appointment_that_was_refused_takes_nothing_from_who_was_let_in_late(
    telling: Telling,
) -> None:
    telling.tell(telling.missed(FIRST, 1), telling.cancelled(SECOND, 3), telling.admitted(FIRST, 1))
    telling.again(4)
    assert telling.ending == Ending(Status.BOOKED, FIRST, day(1), end_of_pickup(day(1)))


def test_a_later_life_of_bookings_log_is_heard_whatever_its_positions(telling: Telling) -> None:
    telling.tell(telling.cancelled(SECOND, 3), telling.moved(FIRST, 4, 1))
    telling.world.epoch += 1
    cancelled = telling.cancelled(FIRST, 4)
    telling.world.positions[cancelled] = 1
    (reopened,) = (one for one in telling.world.hear(cancelled) if isinstance(one, PickupReopened))
    assert reopened.booking_id == FIRST


def story(seed: int, telling: Telling) -> list[tuple[UUID, datetime, Event]]:
    """What booking can tell of three bookings, each in its order and all mixed."""
    draw = random.Random(seed)  # noqa: S311 - a repeatable story, no secret
    lives = [_life(draw, telling, booking, 1 + 2 * n) for n, booking in enumerate(BOOKINGS)]
    mixed = []
    while lives := [one for one in lives if one]:
        mixed.append(draw.choice(lives).pop(0))
    return mixed


def _life(
    draw: random.Random, telling: Telling, booking: UUID, at: int
) -> list[tuple[UUID, datetime, Event]]:
    life, was = [(at, telling.confirmed(booking, at))], at
    for _ in range(draw.randrange(4)):
        kind = draw.choice(["moved", "moved back", "cancelled", "missed", "admitted"])
        if kind == "moved":
            life.append((at + 3, telling.moved(booking, at + 3, at)))
            was, at = at, at + 3
        elif kind == "moved back" and was != at:
            life.append((was, telling.moved(booking, was, at)))
            was, at = at, was
        elif kind == "cancelled":
            life.append((at, telling.cancelled(booking, at)))
            if draw.random() < 0.4:
                break
            life.append((at, telling.undone(booking, at)))
        elif kind == "missed":
            life.append((at, telling.missed(booking, at)))
            if draw.random() < 0.5:
                break
            life.append((at, telling.admitted(booking, at)))
            break
        elif kind == "admitted":
            life.append((at, telling.admitted(booking, at)))
            break
    return [(booking, day(on), event) for on, event in life]


def wrong(told: Sequence[tuple[UUID, datetime, Event]], ending: Ending) -> bool:
    """Held by a booking that has ended, or for a time that it no longer has or the timer does not know."""
    if ending.status is not Status.BOOKED or ending.starts_at is None:
        return False
    _booking, at, last = [one for one in told if one[0] == ending.booking_id][-1]
    ended = isinstance(last, BookingCancelled | AppointmentMissed)
    return ended or at != ending.starts_at or ending.over_at != end_of_pickup(at)


def test_whatever_comes_again_what_holds_a_document_is_what_booking_said_last() -> None:
    found = []
    for seed in range(STORIES):
        for last in range(1, len(story(seed, Telling())) + 1):
            telling = Telling()
            told = story(seed, telling)
            telling.tell(*(event for _booking, _at, event in told))
            before = telling.ending
            telling.again(last)
            kept = telling.ending == before or before.status is not Status.BOOKED
            if not wrong(told, before) and (wrong(told, telling.ending) or not kept):
                found.append((seed, last))
    assert not found
