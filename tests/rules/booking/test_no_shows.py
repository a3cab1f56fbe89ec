"""Who did not come twice in 30 days has one appointment online at a time; telephone and desk stay free."""

from __future__ import annotations

from datetime import timedelta

import pytest

from buergerbuero_contracts.booking import (
    AdmissionMode,
    AppointmentMissed,
    BookingConfirmed,
    Channel,
    OverrideReason,
    Pool,
)
from buergerbuero_contracts.envelope import Item
from servicekit.decider import Refused
from services.booking import commands as ask
from services.booking.contact import ContactData
from services.booking.floor_commands import AdmitCitizen
from tests.rules.booking.flensburg import EVA, reserve, standing
from tests.rules.booking.memory import Office
from tests.rules.booking.office import at
from tests.rules.booking.waiting import Waiting

OTHER = Item(service="registration", quantity=1)


async def missed_two(office: Office, contact: ContactData = EVA) -> list[ask.ConfirmBooking]:
    """Two appointments on Thursday morning that nobody came to; it is noon."""
    stood = [await standing(office, clock, contact) for clock in ("08:00", "09:00")]
    for clock in ("08:00", "08:15", "09:00", "09:15"):
        office.now = at(clock)
        await office.fire_due()
    assert sum(isinstance(one.event, AppointmentMissed) for one in office.log.events) == 2
    office.now = at("12:00")
    return stood


async def test_one_more_may_be_made_online_and_no_second_one(office: Office) -> None:
    await missed_two(office)
    await standing(office, "13:00")
    with pytest.raises(Refused, match="too-many-bookings"):
        await standing(office, "14:00")
    await standing(office, "15:00", ContactData("Ada", "ada@example.org"))


async def test_it_is_one_whatever_the_matter_until_it_is_cancelled(office: Office) -> None:
    await missed_two(office)
    first = await standing(office, "13:00")
    hold = (await office.ask(reserve("14:00", "other", items=(OTHER,))))[0]
    booking_id = hold.booking_id  # type: ignore[attr-defined]
    await office.ask(ask.GiveContact(booking_id=booking_id, contact=EVA))
    confirm = ask.ConfirmBooking(booking_id=booking_id, attempt=1)
    with pytest.raises(Refused, match="too-many-bookings"):
        await office.ask(confirm)
    await office.ask(ask.CancelBooking(booking_id=first.booking_id, code_matches=True))
    assert isinstance((await office.ask(confirm))[0], BookingConfirmed)


async def test_an_undo_brings_back_the_only_one_and_no_second(office: Office) -> None:
    await missed_two(office)
    first = await standing(office, "13:00")
    await office.ask(ask.CancelBooking(booking_id=first.booking_id, code_matches=True))
    undo = ask.UndoCancel(booking_id=first.booking_id)
    await office.ask(undo)
    await office.ask(ask.CancelBooking(booking_id=first.booking_id, code_matches=True))
    await standing(office, "14:00")
    with pytest.raises(Refused, match="too-many-bookings"):
        await office.ask(undo)


async def test_telephone_and_desk_stay_free(office: Office) -> None:
    await missed_two(office)
    await standing(office, "13:00")
    caller = reserve("14:00", channel=Channel.DESK, pool=Pool.DESK, contact=EVA)
    assert BookingConfirmed in {type(event) for event in await office.ask(caller)}


async def test_after_thirty_days_it_is_forgotten(office: Office) -> None:
    await missed_two(office)
    kept = {until for (kind, _key, _who), until in office.log.uses.items() if kind == "missed"}
    assert kept == {at(clock) + timedelta(days=30) for clock in ("08:15", "09:15")}


async def test_who_was_let_in_late_has_come(office: Office) -> None:
    stood = await missed_two(office)
    office.now = at("09:20")
    late = AdmitCitizen(
        booking_id=stood[1].booking_id,
        site="flensburg",
        door="door_1",
        people=1,
        mode=AdmissionMode.SCAN,
        override=OverrideReason.OFFICE_FAULT,
    )
    await office.ask(late)
    for clock in ("13:00", "14:00"):
        await standing(office, clock)


async def test_an_offered_place_is_the_one_and_no_second(office: Office) -> None:
    people, ada = Waiting(office), ContactData("Ada", "ada@example.org")
    wish_id = await people.wishes("Ada")
    await missed_two(office, ada)
    await people.cancels(await people.books("Otto", "15:00"))
    await people.passes(minutes=10)
    first = await standing(office, "14:30", ada)
    with pytest.raises(Refused, match="too-many-bookings"):
        await people.accepts(wish_id)
    await people.cancels(first.booking_id)
    assert BookingConfirmed in {type(event) for event in await people.accepts(wish_id)}
