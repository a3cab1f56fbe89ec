"""Booking's word that comes late: after the pick-up's day, or while another booking holds the documents."""

from __future__ import annotations

from datetime import timedelta

import pytest

from buergerbuero_contracts.documents import DocumentHandedOver, PickupBooked, PickupInvited, PickupReopened
from buergerbuero_contracts.envelope import Event
from services.documents import commands as ask
from services.documents.rules.document_state import Status
from tests.rules.documents.desk import ID_CARD, PASSPORT, PICKUP, Desk, uid
from tests.rules.documents.world import World

OLDER = uid("the pick-up by the older letter")


def test_a_move_told_when_its_day_is_over_holds_nothing_and_no_timer_fires_for_ever(
    world: World, desk: Desk
) -> None:
    (document,) = desk.booked(PASSPORT)
    moved = desk.moved(document, to=desk.tomorrow + timedelta(hours=2))
    world.passes(days=2)  # the day is over: the holder is called anew
    called = world.document(document).invitation_id
    assert world.hear(moved) == []
    assert world.refused == ["wrong-state"]
    assert world.document(document).invitation_id == called
    assert world.timer("pickup-over", document) is None


def test_a_move_to_a_day_that_is_over_ends_the_booking(world: World, desk: Desk) -> None:
    (document,) = desk.invited(PASSPORT)
    tomorrow = desk.tomorrow
    world.hear(desk.confirmed(document, starts_at=tomorrow + timedelta(days=6)))
    moved = desk.moved(document, to=tomorrow, was=tomorrow + timedelta(days=6))
    world.passes(days=2)
    followed = [type(one) for one in world.hear(moved)]
    assert PickupReopened in followed and PickupInvited in followed and PickupBooked not in followed
    assert world.document(document).status is Status.INVITED


def test_a_confirmation_that_is_repeated_late_takes_nothing_from_the_move_after_it(
    world: World, desk: Desk
) -> None:
    """It was refused when it came first, so nothing of it was kept by which a repeat were known."""
    (document,) = desk.invited(PASSPORT)
    confirmed = desk.confirmed(document, starts_at=desk.tomorrow)
    moved = desk.moved(document, to=desk.tomorrow + timedelta(days=6), was=desk.tomorrow)
    world.passes(days=2)
    world.hear(confirmed)
    world.hear(moved)
    assert world.hear(confirmed) == []
    assert world.refused == ["wrong-state", "wrong-state"]
    assert world.document(document).booked_by(PICKUP)


def test_a_pickup_of_a_past_day_takes_nothing_from_one_that_is_still_to_come(
    world: World, desk: Desk
) -> None:
    (document,) = desk.booked(PASSPORT)
    moved = desk.moved(document, to=desk.tomorrow + timedelta(hours=2))
    world.passes(days=2)
    newer = uid("newer pick-up")
    confirmed = desk.confirmed(document, booking=newer)
    world.hear(moved)
    world.hear(confirmed)
    assert world.document(document).booked_by(newer)


def test_who_is_let_in_by_the_older_letter_collects_what_no_other_booking_holds(
    world: World, desk: Desk
) -> None:
    """Booked by the older letter, missed, booked by the newer one, cancelled; told in another order."""
    passport, card = desk.received(PASSPORT, ID_CARD)
    desk.store(passport)
    older = world.document(passport).invitation_id
    desk.store(card)
    world.hear(desk.confirmed(passport, card))
    confirmed = desk.confirmed(passport, booking=OLDER, invitation_id=older)
    world.positions[confirmed] = 0
    assert world.hear(confirmed) == []
    assert world.refused == ["wrong-state"]
    world.hear(desk.cancelled(passport, card, undo_until=world.at + timedelta(minutes=10)))
    world.passes(days=1)
    world.hear(desk.admitted(passport, booking=OLDER))
    assert world.document(passport).booked_by(OLDER)
    assert world.document(card).status is Status.INVITED
    world.ask(ask.FetchDocument(document_id=passport, window="window_1"))
    handed = world.ask(desk.hand_over(passport))[0]
    assert isinstance(handed, DocumentHandedOver)
    assert (handed.booking_id, handed.exception) == (OLDER, None)


def test_an_admission_takes_nothing_from_a_booking_that_holds_it(world: World, desk: Desk) -> None:
    (document,) = desk.booked(PASSPORT)
    world.hear(desk.missed(document))
    newer = uid("newer pick-up")
    world.hear(desk.confirmed(document, booking=newer))
    assert world.hear(desk.admitted(document, booking=PICKUP)) == []
    assert world.refused == ["wrong-state"]
    assert world.document(document).booked_by(newer)


def test_of_two_cancelled_bookings_the_one_that_is_taken_back_holds_it_again(
    world: World, desk: Desk
) -> None:
    """By a second letter another was booked meanwhile, and cancelled as well."""
    (document,) = desk.booked(PASSPORT)
    undo_until = world.at + timedelta(minutes=10)
    world.hear(desk.cancelled(document, undo_until=undo_until))
    world.ask(ask.InvitePickup(document_ids=(document,)))
    newer = uid("newer pick-up")
    world.hear(desk.confirmed(document, booking=newer))
    world.hear(desk.cancelled(document, booking=newer, undo_until=undo_until))
    world.hear(desk.undone(document))
    assert world.refused == []
    assert world.document(document).booked_by(PICKUP)
    assert not any(isinstance(one, PickupInvited) for one in world.passes(minutes=11))


@pytest.mark.parametrize("how", ["confirmed", "taken back"])
def test_who_booked_after_the_pickup_that_has_ended_keeps_it_when_that_end_is_told_late(
    world: World, desk: Desk, how: str
) -> None:
    """What else the ended pick-up had is called for as soon as its end is told."""
    passport, card = desk.received(PASSPORT, ID_CARD)
    desk.store(passport)
    newer, undo_until = uid("newer pick-up"), world.at + timedelta(minutes=10)
    if how == "taken back":
        world.hear(desk.confirmed(passport, booking=newer))
        world.hear(desk.cancelled(passport, booking=newer, undo_until=undo_until))
    older = world.document(passport).invitation_id
    desk.store(card)
    world.ask(ask.InvitePickup(document_ids=(passport, card)))
    world.hear(desk.confirmed(passport, card))
    cancelled = desk.cancelled(passport, card)
    world.positions[cancelled] = 1_000
    if how == "taken back":
        told: Event = desk.undone(passport, booking=newer)
    else:
        told = desk.confirmed(passport, booking=newer, invitation_id=older)
    world.positions[told] = 1_001
    world.hear(told)
    called = [one.document_ids for one in world.hear(cancelled) if isinstance(one, PickupInvited)]
    assert called == [(card,)]
    assert world.document(passport).booked_by(newer)
    assert world.refused == []
