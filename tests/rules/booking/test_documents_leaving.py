"""Documents leave, in every order and more than once: what becomes of pick-ups, visits and rows.

The facts come by the documents' topic, the bookings are booking's own: neither waits for the other.
"""

from __future__ import annotations

from itertools import permutations
from uuid import UUID

import pytest

from buergerbuero_contracts.booking import BookingCancelled, By, CancelReason, OverrideReason, ServiceFinished
from buergerbuero_contracts.envelope import Item
from servicekit.decider import Refused
from services.booking import commands as ask
from services.booking.floor_commands import AdmitCitizen, FinishService
from services.booking.pickups import kept_for_document
from services.booking.rules import retention
from services.booking.rules.booking_state import Status
from services.booking.rules.events import Leaving
from services.booking.rules.visit_state import visit_id_of
from tests.rules.booking.called import CARD, EVA, PASS, Called
from tests.rules.booking.flensburg import kinds
from tests.rules.booking.memory import Office
from tests.rules.booking.office import THURSDAY, at, uid

BOTH = (Item(service="id_card_pickup"), Item(service="passport_pickup"))


@pytest.fixture
def called(office: Office) -> Called:
    return Called(office)


def finished(called: Called) -> list[ServiceFinished]:
    return [one.event for one in called.office.log.events if isinstance(one.event, ServiceFinished)]


def cancelled(called: Called) -> list[BookingCancelled]:
    return [one.event for one in called.office.log.events if isinstance(one.event, BookingCancelled)]


# --- the visit ends with the last document (F48)


@pytest.mark.parametrize("order", list(permutations([CARD, PASS])))
async def test_the_visit_ends_when_all_are_out_f48(called: Called, order: tuple[UUID, UUID]) -> None:
    booking_id = called.invites()
    await called.books()
    await called.admitted(booking_id)
    await called.leaves(order[0])
    assert finished(called) == []
    await called.leaves(order[1])
    (done,) = finished(called)
    assert (done.booking_id, done.person_id) == (booking_id, EVA)
    assert sorted(done.delivered, key=lambda item: item.service) == list(BOTH)


async def test_only_what_was_handed_over_counts_as_delivered(called: Called) -> None:
    booking_id = called.invites()
    await called.books()
    await called.admitted(booking_id)
    await called.leaves(PASS, Leaving.ENDED)
    await called.leaves(CARD)
    (done,) = finished(called)
    assert done.delivered == (Item(service="id_card_pickup"),)


async def test_with_the_person_in_the_house_and_nothing_handed_over_the_clerk_ends_the_visit(
    called: Called,
) -> None:
    booking_id = called.invites(PASS)
    await called.books()
    await called.admitted(booking_id)
    await called.leaves(PASS, Leaving.ENDED)
    assert (finished(called), cancelled(called)) == ([], [])


async def test_a_repeat_ends_nothing_twice(called: Called) -> None:
    booking_id = called.invites()
    await called.books()
    await called.admitted(booking_id)
    for document in (CARD, PASS, CARD, PASS):
        await called.leaves(document)
    assert len(finished(called)) == 1


async def test_a_visit_that_the_clerk_ended_first_is_left_alone(called: Called) -> None:
    booking_id = called.invites(CARD)
    await called.books()
    await called.admitted(booking_id)
    done = FinishService(visit_id=visit_id_of(booking_id), delivered=BOTH[:1])
    await called.office.ask(done)
    await called.leaves(CARD)
    assert len(finished(called)) == 1


# --- a booking that nobody came for


@pytest.mark.parametrize("leaving", list(Leaving))
async def test_a_document_that_is_gone_cancels_its_pickup_for_good(called: Called, leaving: Leaving) -> None:
    booking_id = called.invites(PASS)
    await called.books()
    await called.leaves(PASS, leaving)
    (end,) = cancelled(called)
    assert (end.by, end.reason, end.undo_until) == (By.SYSTEM, CancelReason.DOCUMENT_GONE, None)
    with pytest.raises(Refused, match="undo-over"):
        await called.office.ask(ask.UndoCancel(booking_id=booking_id))


async def test_a_pickup_goes_on_while_one_of_its_documents_is_here(called: Called) -> None:
    booking_id = called.invites()
    await called.books()
    await called.leaves(PASS, Leaving.ENDED)
    assert called.booking(booking_id).status is Status.CONFIRMED
    await called.leaves(CARD, Leaving.ENDED)
    assert called.booking(booking_id).status is Status.CANCELLED


async def test_what_came_back_from_the_post_can_be_booked_again(called: Called) -> None:
    called.invites(PASS)
    await called.leaves(PASS, Leaving.SHIPPED)
    with pytest.raises(Refused, match="invitation-ended"):
        await called.books()
    await called.awaits(PASS)
    assert await called.books() != []


@pytest.mark.parametrize("first", ["undo", "gone"])
async def test_undo_and_the_end_of_the_document_end_alike_in_either_order(called: Called, first: str) -> None:
    booking_id = called.invites(PASS)
    await called.books()
    cancel = ask.CancelBooking(booking_id=booking_id, typed_day=THURSDAY)
    await called.office.ask(cancel)
    if first == "gone":
        await called.leaves(PASS)
        with pytest.raises(Refused, match="document-gone"):
            await called.office.ask(ask.UndoCancel(booking_id=booking_id))
    else:
        await called.office.ask(ask.UndoCancel(booking_id=booking_id))
        await called.leaves(PASS)
    assert called.booking(booking_id).status is Status.CANCELLED
    await called.leaves(PASS)
    assert called.booking(booking_id).status is Status.CANCELLED


async def test_the_undo_of_a_pickup_meets_a_document_that_leaves_just_then(called: Called) -> None:
    """In another process, between what the undo read and what it decides."""
    booking_id = called.invites(PASS)
    await called.books()
    await called.office.ask(ask.CancelBooking(booking_id=booking_id, typed_day=THURSDAY))

    async def meanwhile() -> None:
        await called.elsewhere().leaves(PASS)

    called.office.log.before_decide = meanwhile
    with pytest.raises(Refused, match="document-gone"):
        await called.office.ask(ask.UndoCancel(booking_id=booking_id))


async def test_somebody_let_in_just_then_is_served_and_not_cancelled(called: Called) -> None:
    """The end of the document finds the booking confirmed, and admitted when it decides."""
    booking_id = called.invites(PASS)
    await called.books()
    called.office.now = at("10:00")

    async def meanwhile() -> None:
        other = called.elsewhere()
        await other.office.ask(AdmitCitizen(booking_id=booking_id, site="flensburg", door="main"))

    called.office.log.before_decide = meanwhile
    await called.leaves(PASS)
    assert (cancelled(called), len(finished(called))) == ([], 1)


async def test_each_pickup_of_a_document_gets_its_end(called: Called) -> None:
    """A missed booking stays as it is; the one after it has nothing left."""
    first = called.invites(PASS)
    await called.books("10:00")
    called.office.now = at("10:10")
    await called.office.fire_due()
    second = called.invites(PASS, by=uid("second"))
    await called.books("11:00", uid("second"))
    await called.leaves(PASS)
    assert called.booking(first).status is Status.MISSED
    assert called.booking(second).status is Status.CANCELLED


async def test_who_was_missed_and_has_nothing_left_to_collect_is_not_let_in(called: Called) -> None:
    """Handed over as an exception, without an admission: a visit now would be one that nothing ends."""
    booking_id = called.invites(PASS)
    await called.books("10:00")
    called.office.now = at("10:20")
    await called.office.fire_due()
    await called.leaves(PASS)
    late = AdmitCitizen(
        booking_id=booking_id, site="flensburg", door="main", override=OverrideReason.OFFICE_FAULT
    )
    with pytest.raises(Refused, match="document-gone"):
        await called.office.ask(late)
    assert called.booking(booking_id).status is Status.MISSED


@pytest.mark.parametrize("order", list(permutations(("called", "card", "pass"))))
async def test_in_every_order_nothing_open_is_left_behind(called: Called, order: tuple[str, ...]) -> None:
    """Facts late by any amount, each twice; the booking was there before all of them."""
    booking_id = called.invites()
    called.owns(called.hours(24 * 60))
    await called.books()
    for fact in (*order, *order):
        match fact:
            case "called":
                await called.awaits(CARD, PASS)
            case "card":
                await called.leaves(CARD)
            case "pass":
                await called.leaves(PASS, Leaving.ENDED)
    assert called.booking(booking_id).status is Status.CANCELLED
    assert called.row.keep_until == retention.of_ended_document(called.office.now)


# --- the row


async def test_a_service_that_leads_to_a_document_keeps_the_row_at_once(called: Called) -> None:
    called.owns(at("23:00"))
    until = retention.of_awaited_document(called.office.now)
    kept = kept_for_document(called.row, [Item(service="passport_apply")], called.office.now)
    assert [(one.keep_until, one.revision) for one in kept.people] == [(until, 4)]
    for service in ("passport_provisional", "passport_pickup", "registration"):
        assert kept_for_document(called.row, [Item(service=service)], called.office.now).people == ()
    assert kept_for_document(None, [Item(service="passport_apply")], called.office.now).people == ()


async def test_an_invitation_keeps_the_row_and_the_hand_over_ends_it_in_two_days(called: Called) -> None:
    called.owns(at("23:00"))
    await called.awaits(PASS)
    assert called.row.keep_until == retention.of_awaited_document(called.office.now)
    called.office.passes(days=3)
    await called.leaves(PASS)
    assert called.row.keep_until == retention.of_ended_document(called.office.now)
    assert kinds(await called.awaits(PASS)) == []
