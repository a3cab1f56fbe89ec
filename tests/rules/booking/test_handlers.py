"""Whole commands on a log in memory: planning days, reserving, staff, refusals, repeats."""

from datetime import date, timedelta

import pytest

from buergerbuero_contracts.booking import (
    BookingConfirmed,
    BookingOpened,
    Channel,
    ConfirmationRequested,
    DayPlanned,
    DayReplanned,
    HoldExpired,
    Method,
    Pool,
    ReplanReason,
    SlotReserved,
)
from buergerbuero_contracts.envelope import Item
from servicekit.decider import Refused
from services.booking import commands as ask
from services.booking.contact import ContactData
from services.booking.rules.events import EmergencyGranted, EmergencyReason, ExceptionMode
from services.booking.rules.opening import AddException
from services.booking.timers import PLAN_DAY
from tests.rules.booking.flensburg import CALLER, EVA, kinds, reserve
from tests.rules.booking.memory import Office
from tests.rules.booking.office import THURSDAY, at, on

# --- days


async def test_the_horizon_is_planned_day_by_day_and_the_next_morning_armed(office: Office) -> None:
    planned = [one.event for one in office.log.events if isinstance(one.event, DayPlanned)]
    assert [event.date for event in planned] == [date(2026, 12, 2) + timedelta(days=n) for n in range(29)]
    closed = {event.date for event in planned if not event.blocks}
    assert date(2026, 12, 25) in closed
    assert date(2026, 12, 24) not in closed
    (due,) = [due for (kind, _subject), due in office.log.armed.items() if kind == PLAN_DAY]
    assert due == on(THURSDAY, "03:00")


async def test_the_morning_plans_the_one_new_day_and_arms_the_next(office: Office) -> None:
    office.now = on(THURSDAY, "03:00")
    before = len(office.log.events)
    assert await office.fire_due() == 1
    new = [one.event for one in office.log.events[before:] if isinstance(one.event, DayPlanned)]
    assert [event.date for event in new] == [date(2026, 12, 31)]
    (due,) = [due for (kind, _subject), due in office.log.armed.items() if kind == PLAN_DAY]
    assert due == on(date(2026, 12, 4), "03:00")


async def test_changed_hours_reach_the_planned_days_they_concern(office: Office) -> None:
    closed = AddException(
        site="flensburg", exception="x", day=THURSDAY, mode=ExceptionMode.REPLACES, blocks=(), at=office.now
    )
    await office.ask(ask.SetUp(site="flensburg", steps=(closed,)))
    before = len(office.log.events)
    await office.ask(ask.ReplanHorizon(site="flensburg", reason=ReplanReason.EXCEPTION))
    (event,) = [one.event for one in office.log.events[before:]]
    assert isinstance(event, DayReplanned)
    assert (event.date, event.blocks) == (THURSDAY, ())
    with pytest.raises(Refused, match="day-closed"):
        await office.ask(reserve())


# --- reserving


async def test_a_place_and_its_booking_are_stored_together(office: Office) -> None:
    events = await office.ask(reserve())
    assert kinds(events) == [SlotReserved, BookingOpened]
    reserved, opened = events
    assert isinstance(reserved, SlotReserved)
    assert isinstance(opened, BookingOpened)
    assert reserved.booking_id == opened.booking_id
    assert reserved.hold_until == opened.hold_until == office.now + timedelta(minutes=10)
    assert office.log.armed["hold-expiry", opened.booking_id] == opened.hold_until


async def test_the_same_command_again_gets_the_first_answer(office: Office) -> None:
    first = await office.ask(reserve(), "same")
    count = len(office.log.events)
    office.passes(hours=3)
    again = await office.ask(reserve(), "same")
    assert again == first
    assert len(office.log.events) == count


async def test_a_taken_place_names_the_three_nearest(office: Office) -> None:
    for device in range(5):
        await office.ask(reserve(device=str(device)))
    with pytest.raises(Refused, match="slot-taken") as refused:
        await office.ask(reserve(device="late"))
    nearest = refused.value.details["alternatives"]
    assert len(nearest) == 3
    assert all(abs(start - at("10:00")) <= timedelta(minutes=30) for start in nearest)
    for start in nearest[:1]:
        assert await office.ask(reserve(device="late", starts_at=start))


async def test_a_hold_past_its_limit_blocks_nobody_even_without_the_timers(office: Office) -> None:
    for device in range(5):
        await office.ask(reserve(device=str(device)))
    office.passes(minutes=10)
    events = await office.ask(reserve(device="late"))
    assert kinds(events) == [SlotReserved, BookingOpened]
    assert sum(isinstance(one.event, HoldExpired) for one in office.log.events) == 5


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (reserve(site="moers"), "unknown-site"),
        (reserve(items=(Item(service="nothing"),)), "unknown-service"),
        (reserve(items=(Item(service="housing_entitlement"),)), "no-visit-needed"),
        (reserve(persons=7), "invalid-input"),
        (reserve(pool=Pool.EMERGENCY), "pool-forbidden"),
        (reserve(channel=Channel.PHONE, pool=Pool.ONLINE), "pool-forbidden"),
        (reserve(channel=Channel.DESK, pool=Pool.EMERGENCY), "reason-missing"),
        (reserve("10:02"), "off-grid"),
        (reserve("18:00"), "day-closed"),
    ],
)
async def test_what_cannot_be_reserved(office: Office, command: ask.ReserveSlot, code: str) -> None:
    count = len(office.log.events)
    with pytest.raises(Refused, match=code):
        await office.ask(command)
    assert len(office.log.events) == count


@pytest.mark.parametrize(
    ("day", "code"),
    [(date(2026, 12, 1), "too-soon"), (date(2026, 12, 31), "beyond-horizon"), (date(2099, 1, 1), "beyond")],
)
async def test_dates_that_cannot_be_booked_never_get_into_memory(
    office: Office, day: date, code: str
) -> None:
    async def never() -> None:
        raise AssertionError("a plan was asked for")

    office.log.before_decide = never
    with pytest.raises(Refused, match=code):
        await office.ask(reserve(starts_at=on(day, "10:00")))


async def test_the_first_answer_comes_again_after_the_day_has_passed(office: Office) -> None:
    first = await office.ask(reserve(), "same")
    office.passes(days=10)
    assert await office.ask(reserve(), "same") == first


# --- staff


async def test_a_caller_with_e_mail_confirms_within_a_day(office: Office) -> None:
    command = reserve(starts_at=on(date(2026, 12, 10), "10:00"), channel=Channel.PHONE, contact=EVA)
    events = await office.ask(command)
    assert kinds(events) == [SlotReserved, BookingOpened, ConfirmationRequested]
    asked = events[2]
    assert isinstance(asked, ConfirmationRequested)
    assert asked.confirm_until == office.now + timedelta(hours=24)
    assert office.log.armed["hold-expiry", asked.booking_id] == asked.confirm_until
    assert office.log.people[asked.person_id].email == EVA.email


@pytest.mark.parametrize(
    ("channel", "contact", "letter", "start", "method"),
    [
        (Channel.PHONE, CALLER, True, at("10:00"), Method.LETTER),
        (Channel.PHONE, CALLER, False, at("10:00"), Method.SPOKEN),
        (Channel.PHONE, EVA, False, on(date(2026, 12, 2), "10:50"), Method.STAFF),
        (Channel.DESK, EVA, False, at("10:00"), Method.STAFF),
    ],
)
async def test_who_is_proven_otherwise_has_a_confirmed_booking_at_once(
    office: Office, channel: Channel, contact: ContactData, letter: bool, start: object, method: Method
) -> None:
    command = reserve(starts_at=start, channel=channel, contact=contact, by_letter=letter)
    events = await office.ask(command)
    assert kinds(events) == [SlotReserved, BookingOpened, BookingConfirmed]
    reserved, _opened, confirmed = events
    assert isinstance(reserved, SlotReserved)
    assert isinstance(confirmed, BookingConfirmed)
    assert (reserved.purpose, reserved.hold_until, confirmed.method) == ("staff", None, method)
    assert ("hold-expiry", confirmed.booking_id) not in office.log.armed


async def test_an_emergency_place_needs_its_reason(office: Office) -> None:
    command = reserve(
        "08:00", channel=Channel.DESK, pool=Pool.EMERGENCY, emergency=EmergencyReason.THEFT, contact=CALLER
    )
    events = await office.ask(command)
    assert EmergencyGranted in kinds(events)
