"""Who does not come is missed, and the rest of the place is free again; who comes is not."""

from __future__ import annotations

import pytest

from buergerbuero_contracts.booking import (
    AdmissionMode,
    AppointmentMissed,
    By,
    OverrideReason,
    ReleaseReason,
    ReplanReason,
    SlotReleased,
    SlotReserved,
)
from buergerbuero_contracts.envelope import Event, Item
from servicekit.decider import Refused
from servicekit.log import Due, Stream
from servicekit.testing.rules import given, like
from services.booking import commands as ask
from services.booking.contact import ContactData
from services.booking.floor_commands import AdmitCitizen, MarkMissed
from services.booking.rules import day_plan
from services.booking.rules.booking_state import Status
from services.booking.rules.day_commands import ReleaseRest
from services.booking.rules.events import CounterSetup, PlaceSetAside
from services.booking.rules.opening import ArrangeCounter, ConfigureSite
from services.booking.rules.retention import of_no_show
from tests.rules.booking.flensburg import reserve, standing
from tests.rules.booking.memory import Office
from tests.rules.booking.office import THURSDAY, at, block, on, planned, slot, uid

# --- the day plan


def rest(clock: str, public_from: str = "10:30") -> ReleaseRest:
    return ReleaseRest(booking_id=uid("b"), public_from=at(public_from), at=at(clock), least=10)


LONG: tuple[Event, ...] = (planned(block("c1", "07:30-16:00")), slot("10:00-12:00"))


@pytest.mark.parametrize(("clock", "starts"), [("10:15", "10:15"), ("10:16", "10:20"), ("11:50", "11:50")])
def test_the_rest_begins_with_the_next_grid_tick(clock: str, starts: str) -> None:
    given(day_plan.DECIDER, *LONG).when(rest(clock)).then(
        like(SlotReleased, reason=ReleaseReason.MISSED, starts_at=at(starts), ends_at=at("12:00")),
        like(PlaceSetAside, starts_at=at(starts), occupied_until=at("12:05"), public_from=at("10:30")),
    )


@pytest.mark.parametrize("clock", ["11:51", "12:00", "18:00"])
def test_less_than_ten_minutes_are_no_rest(clock: str) -> None:
    given(day_plan.DECIDER, *LONG).when(rest(clock)).nothing()


def test_a_booking_without_a_place_leaves_none() -> None:
    given(day_plan.DECIDER, LONG[0]).when(rest("10:15")).nothing()


# --- the whole command


async def long_appointment(office: Office) -> ask.ConfirmBooking:
    """120 minutes from 10:00 on Thursday, confirmed."""
    events = await office.ask(reserve(items=(Item(service="child_document_apply", quantity=6),), persons=6))
    (opened,) = (event.booking_id for event in events if isinstance(event, SlotReserved))
    await office.ask(ask.GiveContact(booking_id=opened, contact=ContactData("Eva", "eva@example.org")))
    confirm = ask.ConfirmBooking(booking_id=opened)
    await office.ask(confirm)
    return confirm


async def one_counter(office: Office) -> None:
    """Only the first counter is left to do anything."""
    others = [CounterSetup(counter=f"counter_{n}", skills=("none",)) for n in range(2, 7)]
    steps = tuple(ArrangeCounter(site="flensburg", setup=setup) for setup in others)
    await office.ask(ask.SetUp(site="flensburg", steps=steps))
    await office.ask(ask.ReplanHorizon(site="flensburg", reason=ReplanReason.COUNTERS))


async def refused(office: Office, clock: str) -> str:
    with pytest.raises(Refused) as caught:
        await office.ask(reserve(clock, device=f"look at {office.now}"))
    return caught.value.code


async def test_f39_the_rest_of_a_running_appointment_is_nobodys_until_it_is_missed(office: Office) -> None:
    await one_counter(office)
    confirm = await long_appointment(office)
    for clock in ("10:04", "10:06", "10:14"):
        office.now = at(clock)
        await office.fire_due()
        assert await refused(office, "11:00") == "slot-taken"
    office.now = at("10:15")
    assert await office.fire_due() > 0
    (missed,) = (one.event for one in office.log.events if isinstance(one.event, AppointmentMissed))
    assert missed.booking_id == confirm.booking_id
    (freed,) = (
        one.event
        for one in office.log.events
        if isinstance(one.event, SlotReleased) and one.event.reason is ReleaseReason.MISSED
    )
    assert (freed.starts_at, freed.ends_at) == (at("10:15"), at("12:00"))
    for clock in ("10:16", "10:25"):
        office.now = at(clock)
        assert await refused(office, "11:00") in {"slot-taken", "not-released"}
    office.now = at("10:26")
    assert any(isinstance(event, SlotReserved) for event in await office.ask(reserve("11:00")))


async def test_who_came_is_not_missed(office: Office) -> None:
    confirm = await standing(office)
    office.now = at("09:55")
    admit = AdmitCitizen(
        booking_id=confirm.booking_id, site="flensburg", door="main", mode=AdmissionMode.SCAN
    )
    await office.ask(admit)
    assert ("no-show", confirm.booking_id) not in office.log.armed
    office.now = at("11:00")
    await office.fire_due()
    assert not any(isinstance(one.event, AppointmentMissed) for one in office.log.events)


async def test_the_timer_fires_at_the_start_and_again_when_the_late_window_is_over(office: Office) -> None:
    confirm = await standing(office)
    key = ("no-show", confirm.booking_id)
    assert office.log.armed[key] == at("10:00")
    office.now = at("10:01")
    await office.handlers.fire(Due(*key, at("10:00")), office.now)
    assert office.log.armed[key] == at("10:15")
    await office.handlers.fire(Due(*key, at("10:15")), at("10:01"))
    assert office.log.state(Stream("booking", confirm.booking_id)).status is Status.MISSED
    assert key not in office.log.armed


async def records_admissions(office: Office, on: bool) -> None:
    settings = office.site("flensburg").opening.settings.model_copy(update={"records_admissions": on})
    step = ConfigureSite(site="flensburg", settings=settings)
    await office.ask(ask.SetUp(site="flensburg", steps=(step,)))


async def test_who_may_still_come_when_admissions_begin_to_be_recorded_can_be_missed(office: Office) -> None:
    await records_admissions(office, on=False)
    confirm = await standing(office)
    office.now = at("10:01")
    await office.fire_due()
    await records_admissions(office, on=True)
    office.now = at("10:15")
    await office.fire_due()
    assert office.log.state(Stream("booking", confirm.booking_id)).status is Status.MISSED


async def test_where_admissions_are_not_recorded_nobody_is_missed_and_no_timer_stays(office: Office) -> None:
    await records_admissions(office, on=False)
    confirm = await standing(office)
    key = ("no-show", confirm.booking_id)
    for clock in ("10:00", "10:15"):
        office.now = at(clock)
        await office.handlers.fire(Due(*key, office.now), office.now)
    assert office.log.state(Stream("booking", confirm.booking_id)).status is Status.CONFIRMED
    assert key not in office.log.armed


async def test_a_moved_appointment_is_missed_at_its_new_time_and_a_cancelled_one_never(
    office: Office,
) -> None:
    moved, cancelled = await standing(office), await standing(office, "11:00", ContactData("A", "a@b.de"))
    await office.ask(ask.RescheduleBooking(booking_id=moved.booking_id, starts_at=at("13:00")))
    await office.ask(ask.CancelBooking(booking_id=cancelled.booking_id, by=By.OFFICE))
    assert office.log.armed["no-show", moved.booking_id] == at("13:00")
    assert ("no-show", cancelled.booking_id) not in office.log.armed


async def test_a_missed_persons_row_is_kept_a_week_and_the_event_names_its_revision(office: Office) -> None:
    confirm = await standing(office)
    office.now = at("10:15")
    (missed,) = (
        event
        for event in await office.ask(MarkMissed(booking_id=confirm.booking_id))
        if isinstance(event, AppointmentMissed)
    )
    row = office.log.people[missed.person_id]
    assert (row.revision, row.keep_until) == (missed.person_revision, of_no_show(at("10:00")))
    assert row.keep_until == on(THURSDAY.replace(day=11), "00:00")


async def test_a_latecomer_is_let_in_by_a_reason_though_already_missed(office: Office) -> None:
    confirm = await standing(office)
    office.now = at("10:15")
    await office.fire_due()
    office.now = at("10:20")
    admit = AdmitCitizen(
        booking_id=confirm.booking_id, site="flensburg", door="main", mode=AdmissionMode.CODE
    )
    with pytest.raises(Refused, match="too-late"):
        await office.ask(admit)
    late = AdmitCitizen(
        booking_id=confirm.booking_id,
        site="flensburg",
        door="main",
        mode=AdmissionMode.CODE,
        override=OverrideReason.QUIET_HOUSE,
    )
    assert [type(event).__name__ for event in await office.ask(late)] == [
        *("CitizenAdmitted", "VisitOpened", "EntryCounted"),
    ]
