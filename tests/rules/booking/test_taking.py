"""Who takes an offer: a new booking or the present one moves; of many who press one has the place."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from buergerbuero_contracts.booking import (
    BookingConfirmed,
    BookingKind,
    BookingOpened,
    BookingRescheduled,
    By,
    Method,
    Pool,
    Purpose,
    SlotReleased,
    SlotReserved,
    WishFulfilled,
)
from servicekit.decider import Refused
from servicekit.log import Stream
from services.booking import commands as ask
from services.booking import wish_commands as wish
from services.booking.rules import retention
from services.booking.rules.booking_state import Booking, Status
from services.booking.rules.events import PlaceSetAside
from services.booking.rules.waiting_events import PassReason, WishPassed
from services.booking.rules.wish_state import WishStatus
from tests.rules.booking.flensburg import kinds, standing
from tests.rules.booking.memory import Office
from tests.rules.booking.office import THURSDAY, at
from tests.rules.booking.waiting import FOUR, Waiting, person


@pytest.fixture
def people(office: Office) -> Waiting:
    return Waiting(office)


def booking_of(people: Waiting, booking_id: object) -> Booking:
    found: Booking = people.office.log.state(Stream("booking", booking_id))  # type: ignore[arg-type]
    return found


async def test_without_an_appointment_the_offer_becomes_a_confirmed_one_in_one_append(
    people: Waiting,
) -> None:
    ada, bea = await people.offered("Ada", "Bea")
    events = await people.accepts(ada)
    assert kinds(events) == [SlotReserved, BookingOpened, BookingConfirmed, WishFulfilled, WishPassed]
    slot, opened, confirmed, fulfilled, missed = events
    assert isinstance(slot, SlotReserved) and isinstance(confirmed, BookingConfirmed)
    assert (slot.starts_at, slot.purpose, slot.pool) == (FOUR, Purpose.OFFER, Pool.ONLINE)
    assert (confirmed.method, confirmed.kind) == (Method.OFFER_LINK, BookingKind.APPOINTMENT)
    assert isinstance(opened, BookingOpened) and opened.hold_until is None
    assert isinstance(fulfilled, WishFulfilled)
    assert fulfilled.booking_id == confirmed.booking_id == slot.booking_id
    assert isinstance(missed, WishPassed) and missed.reason is PassReason.TAKEN
    assert people.wish(bea).status is WishStatus.ACTIVE
    row = people.office.log.people[people.wish(ada).person_id]
    assert row.keep_until == retention.of_appointment(FOUR)
    assert row.revision == confirmed.person_revision == fulfilled.person_revision
    armed = people.office.log.armed
    assert ("no-show", slot.booking_id) in armed
    assert not {kind for kind, _subject in armed} & {"offer-lapse", "hold-expiry"}
    assert ("wish-end", ada) not in armed and ("wish-end", bea) in armed


async def test_the_present_appointment_moves_and_its_place_is_offered_in_its_turn(people: Waiting) -> None:
    booking = await people.books("Ada", "16:00")
    ada = await people.wishes_earlier(booking)
    bea = await people.wishes("Bea")
    await people.cancels(await people.books("Otto"))
    await people.passes(minutes=10)
    events = await people.accepts(ada)
    assert kinds(events) == [
        *(SlotReleased, PlaceSetAside, SlotReserved, BookingRescheduled, WishFulfilled, WishPassed)
    ]
    moved = events[3]
    assert isinstance(moved, BookingRescheduled)
    assert (moved.starts_at, moved.was_at, moved.by, moved.booking_id) == (
        *(FOUR, at("16:00"), By.CITIZEN, booking),
    )
    assert people.slots()[booking].start == 14 * 12
    await people.passes(minutes=10)
    offer = people.wish(bea).offer
    assert offer is not None and offer.starts_at == at("16:00")


async def test_an_appointment_of_another_day_moves_too(people: Waiting) -> None:
    """Two day plans and seven streams change together."""
    friday = FOUR + timedelta(days=1) - timedelta(hours=4)
    booking = (await standing(people.office, "16:00", person("Ada"))).booking_id
    await people.office.ask(ask.RescheduleBooking(booking_id=booking, starts_at=friday))
    ada = await people.wishes_earlier(booking)
    await people.passes(minutes=80)
    await people.cancels(await people.books("Otto"))
    await people.passes(minutes=10)
    await people.accepts(ada)
    assert booking in people.slots()
    assert booking_of(people, booking).starts_at == FOUR


async def test_of_five_who_press_at_once_one_has_the_place(people: Waiting) -> None:
    wishes = await people.offered("A", "B", "C", "D", "E")
    results = await asyncio.gather(*map(people.accepts, wishes), return_exceptions=True)
    refused = [one.code for one in results if isinstance(one, Refused)]
    assert refused == ["offer-taken"] * 4
    assert [people.wish(one).status for one in wishes].count(WishStatus.CLOSED) == 1
    assert [slot.start for slot in people.slots().values()] == [14 * 12]


async def test_pressed_twice_it_is_one_booking(people: Waiting) -> None:
    (ada,) = await people.offered("Ada")
    first = await people.accepts(ada, "the form")
    offer = people.offer_of(ada)
    again = await people.office.ask(wish.AcceptOffer(wish_id=ada, offer_id=offer), "the form")
    assert {type(one) for one in again} <= {type(one) for one in first}
    assert await people.accepts(ada, "another form") == []
    assert len(people.slots()) == 1


async def test_an_offer_cannot_be_taken_at_its_end_or_after(people: Waiting) -> None:
    (ada,) = await people.offered("Ada")
    people.office.passes(minutes=60)
    with pytest.raises(Refused, match="offer-over"):
        await people.accepts(ada)
    await people.office.fire_due()
    with pytest.raises(Refused, match="offer-over"):
        await people.accepts(ada)


async def test_a_second_before_its_end_it_can(people: Waiting) -> None:
    (ada,) = await people.offered("Ada")
    people.office.passes(minutes=59, seconds=59)
    assert BookingConfirmed in kinds(await people.accepts(ada))


async def test_who_declined_cannot_take_it_any_more(people: Waiting) -> None:
    (ada,) = await people.offered("Ada")
    await people.office.ask(wish.DeclineOffer(wish_id=ada, offer_id=people.offer_of(ada)))
    with pytest.raises(Refused, match="offer-over"):
        await people.accepts(ada)


async def test_an_appointment_that_is_over_meanwhile_cannot_move(people: Waiting) -> None:
    booking = await people.books("Ada", "16:00")
    ada = await people.wishes_earlier(booking)
    await people.cancels(await people.books("Otto"))
    await people.passes(minutes=10)
    await people.cancels(booking)
    with pytest.raises(Refused, match="offer-over"):
        await people.accepts(ada)
    assert booking_of(people, booking).status is Status.CANCELLED


async def test_who_has_enough_appointments_is_told_so_and_the_offer_stays(people: Waiting) -> None:
    for clock in ("10:00", "11:00", "12:00"):
        await standing(people.office, clock, person("Ada"))
        await people.passes(minutes=61)
    (ada,) = await people.offered("Ada")
    with pytest.raises(Refused, match="too-many-bookings"):
        await people.accepts(ada)
    assert people.wish(ada).status is WishStatus.OFFERED


async def test_nobody_takes_what_was_never_wished(people: Waiting) -> None:
    with pytest.raises(Refused, match="not-found"):
        await people.office.ask(wish.AcceptOffer(wish_id=THURSDAY_ID, offer_id=THURSDAY_ID))


THURSDAY_ID = Stream.named("waiting_list", THURSDAY).id
