"""Calling people and what booking tells of their pick-ups, in every order in which it can arrive."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from buergerbuero_contracts.documents import (
    DocumentHandedOver,
    InvitationEnd,
    InvitationEnded,
    PickupBooked,
    PickupInvited,
    PickupReminded,
    PickupReopened,
)
from buergerbuero_contracts.envelope import Event
from servicekit.decider import Refused
from services.documents import commands as ask
from services.documents.rules.document_state import Status
from services.documents.rules.events import PickupAdmitted
from tests.rules.documents.desk import EVA, ID_CARD, PASSPORT, PICKUP, Desk, uid
from tests.rules.documents.world import World

E = TypeVar("E", bound=Event)
ANOTHER = uid("another pick-up")


def of(kind: type[E], events: list[Event]) -> list[E]:
    """The events of a type."""
    return [one for one in events if isinstance(one, kind)]


def open_invitations(world: World, *documents: UUID) -> set[UUID]:
    """Under which open invitations the documents wait."""
    ids = {stream.id for stream in world.log.streams if stream.category == "invitation"}
    called = [world.invitation(one) for one in ids]
    return {one.invitation_id for one in called if one.open and set(documents) & set(one.waiting)}


def test_what_is_stored_calls_its_holder_in_the_same_append(world: World, desk: Desk) -> None:
    (document,) = desk.received(PASSPORT)
    world.spoken[EVA] = "en"
    events = desk.store(document)
    (invited,) = of(PickupInvited, events)
    assert (invited.document_ids, invited.person_id, invited.language) == ((document,), EVA, "en")
    assert world.document(document).invitation_id == invited.invitation_id


def test_all_that_waits_for_a_person_is_called_together_and_the_older_call_ends(
    world: World, desk: Desk
) -> None:
    passport, id_card = desk.received(PASSPORT, ID_CARD)
    (first,) = of(PickupInvited, desk.store(passport))
    events = desk.store(id_card)
    (both,) = of(PickupInvited, events)
    assert both.document_ids == (passport, id_card)
    (over,) = of(InvitationEnded, events)
    assert (over.invitation_id, over.reason) == (first.invitation_id, InvitationEnd.REPLACED)


def test_another_persons_documents_are_called_for_apart(world: World, desk: Desk) -> None:
    other = Desk(world, uid("Jan"), uid("Jan's application"))
    (mine,), (theirs,) = desk.invited(PASSPORT), other.invited(PASSPORT)
    assert world.invitation(world.document(mine).invitation_id).waiting == (mine,)
    assert world.invitation(world.document(theirs).invitation_id).waiting == (theirs,)


def test_what_comes_while_a_pickup_is_booked_is_called_for_by_itself(world: World, desk: Desk) -> None:
    passport, id_card = desk.received(PASSPORT, ID_CARD)
    desk.store(passport)
    world.hear(desk.confirmed(passport))
    (invited,) = of(PickupInvited, desk.store(id_card))
    assert invited.document_ids == (id_card,)
    assert world.document(passport).status is Status.BOOKED


def test_a_booking_holds_the_documents_and_a_move_changes_its_time(world: World, desk: Desk) -> None:
    passport, id_card = desk.invited(PASSPORT, ID_CARD)
    confirmed = desk.confirmed(passport, id_card)
    booked = of(PickupBooked, world.hear(confirmed))
    assert [one.document_id for one in booked] == [passport, id_card]
    assert world.hear(confirmed) == []  # told twice
    later = world.at + timedelta(days=3)
    moved = of(PickupBooked, world.hear(desk.moved(passport, id_card, to=later)))
    assert [one.starts_at for one in moved] == [later, later]
    assert world.refused == []


def test_a_cancelled_pickup_is_open_again_and_called_anew_when_the_undo_time_is_over(
    world: World, desk: Desk
) -> None:
    (document,) = desk.booked(PASSPORT)
    undo_until = world.at + timedelta(minutes=10)
    (reopened,) = of(PickupReopened, world.hear(desk.cancelled(document, undo_until=undo_until)))
    assert (reopened.document_id, reopened.booking_id) == (document, PICKUP)
    assert of(PickupInvited, world.passes(minutes=9)) == []
    (invited,) = of(PickupInvited, world.passes(minutes=1))
    assert open_invitations(world, document) == {invited.invitation_id}


def test_an_undone_cancellation_is_booked_again_and_nobody_is_called(world: World, desk: Desk) -> None:
    (document,) = desk.booked(PASSPORT)
    world.hear(desk.cancelled(document, undo_until=world.at + timedelta(minutes=10)))
    world.hear(desk.undone(document))
    assert world.document(document).booked_by(PICKUP)
    assert of(PickupInvited, world.passes(hours=1)) == []


def test_an_undo_that_arrives_after_the_new_call_ends_that_call(world: World, desk: Desk) -> None:
    (document,) = desk.booked(PASSPORT)
    world.hear(desk.cancelled(document, undo_until=world.at + timedelta(minutes=10)))
    (invited,) = of(PickupInvited, world.passes(minutes=10))
    (over,) = of(InvitationEnded, world.hear(desk.undone(document)))
    assert (over.invitation_id, over.reason) == (invited.invitation_id, InvitationEnd.REPLACED)
    assert world.document(document).booked_by(PICKUP)


def test_what_else_the_ended_call_was_for_is_called_again(world: World, desk: Desk) -> None:
    passport, id_card = desk.received(PASSPORT, ID_CARD)
    desk.store(passport)
    world.hear(desk.confirmed(passport))
    world.hear(desk.cancelled(passport, undo_until=world.at + timedelta(minutes=10)))
    world.passes(minutes=10)
    desk.store(id_card)  # both under one new invitation
    events = world.hear(desk.undone(passport))
    (invited,) = of(PickupInvited, events)
    assert invited.document_ids == (id_card,)
    assert open_invitations(world, passport, id_card) == {invited.invitation_id}


def test_if_another_booking_took_the_document_the_undone_one_has_nothing(world: World, desk: Desk) -> None:
    (document,) = desk.booked(PASSPORT)
    world.hear(desk.cancelled(document, undo_until=world.at + timedelta(minutes=10)))
    world.passes(minutes=10)
    confirmed = desk.confirmed(document, booking=ANOTHER)
    world.positions[confirmed] = 1_000  # after the undo, which another partition tells late
    world.hear(confirmed)
    assert world.hear(desk.undone(document)) == []
    assert world.refused == ["wrong-state"]
    assert world.document(document).booked_by(ANOTHER)


def test_a_missed_pickup_is_called_anew_at_once(world: World, desk: Desk) -> None:
    (document,) = desk.booked(PASSPORT)
    events = world.hear(desk.missed(document))
    assert [type(one).__name__ for one in events if isinstance(one, PickupReopened | PickupInvited)] == [
        "PickupReopened",
        "PickupInvited",
    ]


def test_who_was_missed_and_let_in_late_has_the_booking_back(world: World, desk: Desk) -> None:
    (document,) = desk.booked(PASSPORT)
    (invited,) = of(PickupInvited, world.hear(desk.missed(document)))
    events = world.hear(desk.admitted(document))
    assert of(PickupBooked, events)
    assert of(PickupAdmitted, events)
    (over,) = of(InvitationEnded, events)
    assert over.invitation_id == invited.invitation_id
    world.ask(ask.FetchDocument(document_id=document, window="window_1"))
    assert of(DocumentHandedOver, world.ask(desk.hand_over(document)))


def test_a_pickup_that_led_to_nothing_is_open_again_when_its_day_is_over(world: World, desk: Desk) -> None:
    """Admitted, then sent home for want of papers: no event of booking names the documents any more."""
    (document,) = desk.at_window(PASSPORT)
    world.ask(ask.PutBack(document_id=document, window="window_1", bin="b1"))
    assert of(PickupReopened, world.until("2026-11-24T22:59Z")) == []
    events = world.until("2026-11-24T23:00Z")
    assert of(PickupReopened, events)
    assert of(PickupInvited, events)


def test_a_booking_by_an_older_invitation_counts_and_the_rest_is_called_again(
    world: World, desk: Desk
) -> None:
    """The link of the first mail was used a moment after the second document came."""
    passport, id_card = desk.received(PASSPORT, ID_CARD)
    desk.store(passport)
    by_first_link = desk.confirmed(passport)
    desk.store(id_card)
    (invited,) = of(PickupInvited, world.hear(by_first_link))
    assert invited.document_ids == (id_card,)
    assert world.document(passport).booked_by(PICKUP)


def test_a_booking_by_an_invitation_that_never_named_the_document_holds_nothing(
    world: World, desk: Desk
) -> None:
    other = Desk(world, uid("Jan"), uid("Jan's application"))
    (mine,), (theirs,) = desk.invited(PASSPORT), other.invited(PASSPORT)
    foreign = desk.confirmed(mine, invitation_id=world.document(theirs).invitation_id)
    assert world.hear(foreign) == []
    assert world.hear(desk.confirmed(mine, invitation_id=uid("no such invitation"))) == []
    assert world.refused == ["wrong-state", "wrong-state"]


def test_of_two_bookings_of_one_document_the_one_that_was_confirmed_last_holds_it(
    world: World, desk: Desk
) -> None:
    """Booking gives it to one at a time, but two of its partitions are read in any order."""
    (document,) = desk.booked(PASSPORT)
    earlier, later = uid("earlier"), desk.confirmed(document, booking=ANOTHER)
    confirmed = desk.confirmed(document, booking=earlier)
    world.positions[confirmed] = 0
    assert world.hear(confirmed) == []
    assert world.document(document).booked_by(PICKUP)
    events = world.hear(later)
    assert [one.booking_id for one in of(PickupReopened, events)] == [PICKUP]
    for ended in (PICKUP, earlier):
        assert world.hear(desk.cancelled(document, booking=ended)) == []
    assert world.document(document).booked_by(ANOTHER)


def test_whatever_booking_says_of_a_document_that_is_gone_changes_nothing(world: World, desk: Desk) -> None:
    (document,) = desk.at_window(PASSPORT)
    late = [desk.confirmed(document), desk.admitted(document), desk.missed(document)]
    late += [desk.cancelled(document), desk.undone(document)]
    world.ask(desk.hand_over(document))
    before = len(world.log.events)
    for event in late:
        world.hear(event)
    assert len(world.log.events) == before
    assert set(world.refused) == {"wrong-state"}


def test_whatever_booking_says_of_an_unknown_document_changes_nothing(world: World, desk: Desk) -> None:
    (document,) = desk.received(PASSPORT)  # not called for yet
    events = [desk.confirmed(document, invitation_id=uid("none")), desk.admitted(document)]
    events += [desk.missed(document), desk.undone(document), desk.missed(uid("no document"))]
    for event in events:
        assert world.hear(event) == []
    assert world.refused == ["wrong-state"] * 4 + ["not-found"]
    desk.store(document)
    assert world.document(document).status is Status.INVITED


def test_a_repeated_event_is_recognised_however_late_it_comes(world: World, desk: Desk) -> None:
    (document,) = desk.invited(PASSPORT)
    story = [desk.confirmed(document), desk.missed(document), desk.admitted(document)]
    for number, event in enumerate(story):
        world.hear(event, uid(number))
    before = len(world.log.events)
    for number, event in enumerate(story):
        assert world.hear(event, uid(number)) == []
    assert len(world.log.events) == before


def test_reminders_after_14_and_30_days_and_then_no_more(world: World, desk: Desk) -> None:
    (document,) = desk.invited(PASSPORT)
    assert of(PickupReminded, world.until("2026-12-07T07:59Z")) == []
    (first,) = of(PickupReminded, world.until("2026-12-07T08:00Z"))
    assert first.document_ids == (document,)
    assert len(of(PickupReminded, world.until("2026-12-23T08:00Z"))) == 1
    assert of(PickupReminded, world.until("2027-01-20T08:00Z")) == []


def test_f13_after_an_outage_over_both_reminders_only_one_goes(world: World, desk: Desk) -> None:
    desk.invited(PASSPORT)
    (reminded,) = of(PickupReminded, world.passes(days=31))
    assert world.invitation(reminded.invitation_id).reminded == 2
    assert of(PickupReminded, world.passes(days=100)) == []


def test_nobody_is_reminded_of_what_is_booked(world: World, desk: Desk) -> None:
    (document,) = desk.invited(PASSPORT)
    world.hear(desk.confirmed(document, starts_at=world.at + timedelta(days=40)))
    assert of(PickupReminded, world.passes(days=35)) == []


def test_a_new_call_by_hand_starts_the_clock_anew(world: World, desk: Desk) -> None:
    (document,) = desk.invited(PASSPORT)
    world.passes(days=10)
    (invited,) = of(PickupInvited, world.ask(ask.InvitePickup(document_ids=(document,))))
    assert of(PickupReminded, world.until("2026-12-16T08:00Z")) == []
    (reminded,) = of(PickupReminded, world.until("2026-12-17T08:00Z"))
    assert reminded.invitation_id == invited.invitation_id


def test_by_hand_only_what_waits_is_called_for(world: World, desk: Desk) -> None:
    (booked,) = desk.booked(PASSPORT)
    for document in (booked, uid("no document")):
        try:
            world.ask(ask.InvitePickup(document_ids=(document,)))
        except Refused as refused:
            world.refused.append(refused.code)
    assert world.refused == ["wrong-state", "not-found"]
