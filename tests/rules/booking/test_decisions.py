"""Whole commands on a booking: what is appended together, the person's row, moves, undo, races."""

from datetime import date, timedelta

import pytest

from buergerbuero_contracts.booking import (
    BookingCancelled,
    BookingConfirmed,
    BookingRescheduled,
    By,
    CancellationUndone,
    CancelReason,
    Channel,
    ConfirmationRequested,
    HoldExpired,
    SlotReleased,
    SlotReserved,
)
from servicekit.decider import Refused
from servicekit.log import Stream
from services.booking import commands as ask
from services.booking.rules.events import PlaceSetAside
from services.booking.rules.opening import SetProtectionLevel
from services.booking.rules.settings import ProtectionLevel
from tests.rules.booking.flensburg import CALLER, EVA, held, kinds, reserve, standing
from tests.rules.booking.memory import Office
from tests.rules.booking.office import THURSDAY, at, on, uid

# --- the person


async def test_a_citizen_without_e_mail_cannot_confirm_online(office: Office) -> None:
    hold = await held(office)
    with pytest.raises(Refused, match="invalid-input"):
        await office.ask(ask.GiveContact(booking_id=hold.booking_id, contact=CALLER))


async def test_the_person_is_kept_as_long_as_the_reason_lives(office: Office) -> None:
    hold = await held(office)
    await office.ask(ask.GiveContact(booking_id=hold.booking_id, contact=EVA))
    (person,) = office.log.people.values()
    assert person.keep_until == on(date(2026, 12, 6), "00:00")
    office.passes(minutes=60)
    await office.fire_due()
    (person,) = office.log.people.values()
    assert (person.revision, person.keep_until) == (2, office.now + timedelta(hours=1))


async def test_a_corrected_address_is_a_new_revision_and_the_old_link_is_dead(office: Office) -> None:
    hold = await held(office)
    await office.ask(ask.GiveContact(booking_id=hold.booking_id, contact=EVA))
    (asked,) = await office.ask(ask.CorrectAddress(booking_id=hold.booking_id, email="eva@other.example"))
    assert isinstance(asked, ConfirmationRequested)
    person = office.log.people[asked.person_id]
    assert (person.email, person.revision, person.name) == ("eva@other.example", 2, "Eva")
    assert (asked.attempt, asked.person_revision) == (2, 2)
    with pytest.raises(Refused, match="not-found"):
        await office.ask(ask.ConfirmBooking(booking_id=hold.booking_id, attempt=1))
    assert kinds(await office.ask(ask.ConfirmBooking(booking_id=hold.booking_id, attempt=2))) == [
        BookingConfirmed
    ]


async def test_an_expired_hold_gets_its_place_back_with_the_contact_if_it_is_free(office: Office) -> None:
    hold = await held(office)
    office.passes(minutes=10)
    await office.fire_due()
    events = await office.ask(ask.GiveContact(booking_id=hold.booking_id, contact=EVA))
    assert kinds(events) == [SlotReserved, ConfirmationRequested]
    office.passes(minutes=61)
    await office.fire_due()
    with pytest.raises(Refused, match="wrong-state"):
        await office.ask(ask.GiveContact(booking_id=hold.booking_id, contact=EVA))


async def test_an_expired_hold_whose_place_is_gone_is_refused(office: Office) -> None:
    hold = await held(office)
    office.passes(minutes=10)
    await office.fire_due()
    for device in range(5):
        await office.ask(reserve(device=str(device)))
    with pytest.raises(Refused, match="slot-taken") as refused:
        await office.ask(ask.GiveContact(booking_id=hold.booking_id, contact=EVA))
    assert refused.value.details["alternatives"]
    assert uid("nobody") not in office.log.people


# --- moves, cancellation, undo


async def test_a_move_on_the_same_day_is_one_append_in_order(office: Office) -> None:
    stands = await standing(office)
    events = await office.ask(ask.RescheduleBooking(booking_id=stands.booking_id, starts_at=at("11:00")))
    assert kinds(events) == [SlotReleased, PlaceSetAside, SlotReserved, BookingRescheduled]


async def test_a_move_to_another_day_touches_both_days_and_keeps_the_person_longer(office: Office) -> None:
    stands = await standing(office)
    monday = on(date(2026, 12, 7), "09:00")
    events = await office.ask(ask.RescheduleBooking(booking_id=stands.booking_id, starts_at=monday))
    assert kinds(events) == [SlotReleased, PlaceSetAside, SlotReserved, BookingRescheduled]
    moved = events[3]
    assert isinstance(moved, BookingRescheduled)
    (person,) = office.log.people.values()
    assert (person.revision, person.keep_until) == (moved.person_revision, on(date(2026, 12, 10), "00:00"))
    old = office.log.state(Stream.named("day_plan", "flensburg", THURSDAY))
    new = office.log.state(Stream.named("day_plan", "flensburg", date(2026, 12, 7)))
    assert stands.booking_id not in old.slots
    assert stands.booking_id in new.slots


async def test_a_move_to_a_full_time_leaves_everything_as_it_was(office: Office) -> None:
    stands = await standing(office)
    for device in range(5):
        await office.ask(reserve("11:00", device=str(device)))
    count = len(office.log.events)
    with pytest.raises(Refused, match="slot-taken"):
        await office.ask(ask.RescheduleBooking(booking_id=stands.booking_id, starts_at=at("11:00")))
    assert len(office.log.events) == count


async def test_a_link_pressed_again_after_cancelling_leaves_the_next_one_alone(office: Office) -> None:
    stands = await standing(office)
    cancel = ask.CancelBooking(booking_id=stands.booking_id, typed_day=THURSDAY)
    events = await office.ask(cancel)
    assert kinds(events) == [BookingCancelled, SlotReleased, PlaceSetAside]
    office.passes(hours=2)
    others = [(await office.ask(reserve(device=str(device))))[0] for device in range(5)]
    with pytest.raises(Refused, match="wrong-state"):
        await office.ask(stands)
    day = office.log.state(Stream.named("day_plan", "flensburg", THURSDAY))
    assert {event.booking_id for event in others if isinstance(event, SlotReserved)} == set(day.slots)


async def test_an_undo_brings_place_and_booking_back_in_time(office: Office) -> None:
    stands = await standing(office)
    await office.ask(ask.CancelBooking(booking_id=stands.booking_id, code_matches=True))
    office.passes(minutes=9, seconds=59)
    events = await office.ask(ask.UndoCancel(booking_id=stands.booking_id))
    assert kinds(events) == [SlotReserved, CancellationUndone]
    await office.ask(ask.CancelBooking(booking_id=stands.booking_id, code_matches=True))
    office.passes(minutes=11)
    with pytest.raises(Refused, match="undo-over"):
        await office.ask(ask.UndoCancel(booking_id=stands.booking_id))


async def test_an_undo_is_refused_after_another_booking_in_its_place_and_free_otherwise(
    office: Office,
) -> None:
    """However often somebody cancels, books and takes the cancellation back."""
    for clock in ("09:00", "09:30", "10:00"):
        third = (await standing(office, clock)).booking_id
        office.passes(hours=1)
    for clock in ("11:00", "11:30"):
        await office.ask(ask.CancelBooking(booking_id=third, code_matches=True))
        await office.ask(ask.UndoCancel(booking_id=third))
        await office.ask(ask.CancelBooking(booking_id=third, code_matches=True))
        instead = (await standing(office, clock)).booking_id
        with pytest.raises(Refused, match="too-many-bookings"):
            await office.ask(ask.UndoCancel(booking_id=third))
        await office.ask(ask.CancelBooking(booking_id=instead, code_matches=True))
        await office.ask(ask.UndoCancel(booking_id=third))


async def test_a_callers_undo_is_refused_after_another_booking_in_its_place(office: Office) -> None:
    calls = [
        reserve(clock, channel=Channel.PHONE, origin=ask.STAFF, contact=CALLER)
        for clock in ("09:00", "09:30", "10:00", "10:30")
    ]
    for call in calls[:3]:
        first = (await office.ask(call))[1].booking_id  # type: ignore[attr-defined]
    await office.ask(ask.CancelBooking(booking_id=first, code_matches=True))
    await office.ask(calls[3])
    with pytest.raises(Refused, match="too-many-bookings"):
        await office.ask(ask.UndoCancel(booking_id=first))


async def test_the_office_cancels_without_code(office: Office) -> None:
    stands = await standing(office)
    cancel = ask.CancelBooking(booking_id=stands.booking_id, by=By.OFFICE, reason=CancelReason.OFFICE_FAULT)
    assert BookingCancelled in kinds(await office.ask(cancel))


# --- races and unknowns


async def test_a_booking_that_changed_between_look_and_decision_is_looked_at_again(office: Office) -> None:
    """A cancellation has chosen Thursday's plan; meanwhile another process moves the booking to Monday."""
    stands = await standing(office)
    monday = on(date(2026, 12, 7), "09:00")
    elsewhere = Office(log=office.log, commands=2_000)

    async def moves() -> None:
        await elsewhere.ask(ask.RescheduleBooking(booking_id=stands.booking_id, starts_at=monday))

    office.log.before_decide = moves
    events = await office.ask(ask.CancelBooking(booking_id=stands.booking_id, code_matches=True))
    released = next(event for event in events if isinstance(event, SlotReleased))
    assert released.starts_at == monday


async def test_confirmation_and_expiry_at_once_leave_one_truth(office: Office) -> None:
    """Expiry has looked while it was unconfirmed; another process confirms in between."""
    hold = await held(office)
    await office.ask(ask.GiveContact(booking_id=hold.booking_id, contact=EVA))
    office.passes(minutes=60)
    elsewhere = Office(log=office.log, now=office.now, commands=2_000)

    async def confirms() -> None:
        await elsewhere.ask(ask.ConfirmBooking(booking_id=hold.booking_id))

    office.log.before_decide = confirms
    assert await office.ask(ask.ExpireHold(booking_id=hold.booking_id)) == []
    day = office.log.state(Stream.named("day_plan", "flensburg", THURSDAY))
    assert hold.booking_id in day.slots


async def test_an_unknown_booking_is_not_found(office: Office) -> None:
    with pytest.raises(Refused, match="not-found"):
        await office.ask(ask.ExtendHold(booking_id=uid("nobody")))


async def test_the_raised_level_keeps_expired_places_back_for_some_minutes(office: Office) -> None:
    raised = SetProtectionLevel(site="flensburg", level=ProtectionLevel.RAISED)
    await office.ask(ask.SetUp(site="flensburg", steps=(raised,)))
    await held(office)
    office.passes(minutes=10)
    before = len(office.log.events)
    await office.fire_due()
    assert kinds([one.event for one in office.log.events[before:]]) == [
        HoldExpired,
        SlotReleased,
        PlaceSetAside,
    ]


async def test_whose_address_it_was_by_mistake_can_still_book(office: Office) -> None:
    """Two bookings are corrected away from Eva's mailbox: neither counts as hers any more."""
    for clock in ("10:00", "11:00"):
        hold = await held(office, clock, f"device at {clock}")
        give = ask.GiveContact(booking_id=hold.booking_id, contact=EVA, origin=hold.origin)
        await office.ask(give)
        right = f"right{clock[:2]}@example.org"
        await office.ask(ask.CorrectAddress(booking_id=hold.booking_id, email=right, origin=hold.origin))
    counted = {key for (kind, key, _subject), until in office.log.uses.items() if until > office.now}
    assert not any(f"contact#{EVA.email}" in key for key in counted)
    assert any("right10@example.org" in key for key in counted)
