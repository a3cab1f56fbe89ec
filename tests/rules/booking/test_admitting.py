"""The door as a whole: who is let in, what is recorded of who is not, how full the house is."""

from __future__ import annotations

import pytest

from buergerbuero_contracts.booking import (
    CitizenAdmitted,
    OverrideReason,
    VisitOpened,
)
from servicekit.decider import Refused
from services.booking import commands as ask
from services.booking import floor_commands as f
from services.booking.rules.floor_events import EntryCounted
from services.booking.rules.visit_state import VisitStatus, visit_id_of
from tests.rules.booking.flensburg import kinds, standing
from tests.rules.booking.memory import Office
from tests.rules.booking.office import at, uid
from tests.rules.booking.on_floor import (
    admission,
    refusals,
    room,
    status,
)


async def test_an_admission_changes_booking_visit_and_room_at_once(office: Office) -> None:
    confirm = await standing(office)
    office.now = at("09:55")
    events = await office.ask(admission(confirm.booking_id, people=2), "the same")
    assert kinds(events) == [CitizenAdmitted, VisitOpened, EntryCounted]
    assert room(office).occupancy == 2
    assert status(office, visit_id_of(confirm.booking_id)) is VisitStatus.WAITING
    assert await office.ask(admission(confirm.booking_id, people=2), "the same") == events
    with pytest.raises(Refused, match="already-admitted"):
        await office.ask(admission(confirm.booking_id))
    assert room(office).occupancy == 2


async def test_a_refusal_at_the_door_is_recorded_and_admits_nobody(office: Office) -> None:
    confirm = await standing(office)
    office.now = at("09:30")
    with pytest.raises(Refused, match="too-early"):
        await office.ask(admission(confirm.booking_id), "early")
    with pytest.raises(Refused, match="too-early"):
        await office.ask(admission(confirm.booking_id), "early")
    with pytest.raises(Refused, match="unknown-code"):
        await office.ask(admission(uid("nobody")))
    with pytest.raises(Refused, match="unknown-code"):
        await office.ask(f.RefuseUnknown(site="flensburg", door="main"))
    assert refusals(office) == [("too-early", True), ("unknown-code", False), ("unknown-code", False)]
    assert room(office).occupancy == 0
    office.now = at("09:55")
    assert CitizenAdmitted in kinds(await office.ask(admission(confirm.booking_id), "early"))


async def test_a_ticket_from_before_a_move_is_good_for_the_new_time(office: Office) -> None:
    confirm = await standing(office)
    await office.ask(ask.RescheduleBooking(booking_id=confirm.booking_id, starts_at=at("13:00")))
    office.now = at("10:00")
    with pytest.raises(Refused, match="too-early"):
        await office.ask(admission(confirm.booking_id))
    office.now = at("13:05")
    assert CitizenAdmitted in kinds(await office.ask(admission(confirm.booking_id)))


async def test_the_house_is_full_whoever_asks_and_whatever_the_reason(office: Office) -> None:
    confirm = await standing(office)
    office.now = at("09:55")
    await office.ask(f.CorrectOccupancy(site="flensburg", people=15))
    for reason in (None, OverrideReason.QUIET_HOUSE):
        with pytest.raises(Refused, match="house-full"):
            await office.ask(admission(confirm.booking_id, override=reason))
    await office.ask(f.CountExit(site="flensburg", door="main", people=1))
    assert CitizenAdmitted in kinds(await office.ask(admission(confirm.booking_id)))


async def test_f43_the_confirm_link_after_the_admission_says_confirmed_and_changes_nothing(
    office: Office,
) -> None:
    confirm = await standing(office)
    office.now = at("09:55")
    await office.ask(admission(confirm.booking_id))
    before = len(office.log.events)
    assert await office.ask(ask.ConfirmBooking(booking_id=confirm.booking_id)) == []
    assert len(office.log.events) == before
