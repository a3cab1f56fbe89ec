"""Limits per device, network, contact and mailbox, on whole commands; how long a person is kept."""

from datetime import date, timedelta

import pytest

from buergerbuero_contracts.booking import Channel
from buergerbuero_contracts.envelope import Item
from servicekit.decider import Refused
from services.booking import commands as ask
from services.booking.contact import ContactData
from services.booking.rules import retention
from services.booking.rules.hold_proof import Work
from services.booking.rules.limits import LIMITS, NETWORK, Origin
from services.booking.rules.opening import SetProtectionLevel
from services.booking.rules.settings import ProtectionLevel
from tests.rules.booking.flensburg import CALLER, EVA, held, reserve, standing
from tests.rules.booking.memory import Office
from tests.rules.booking.office import at, on

CLOCKS = ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30", "12:00", "12:30", "13:00", "13:30", "14:00"]


async def raise_level(office: Office) -> None:
    step = SetProtectionLevel(site="flensburg", level=ProtectionLevel.RAISED)
    await office.ask(ask.SetUp(site="flensburg", steps=(step,)))


async def give(office: Office, hold: ask.ExtendHold, contact: ContactData = EVA) -> None:
    await office.ask(ask.GiveContact(booking_id=hold.booking_id, contact=contact, origin=hold.origin))


async def give_by_staff(office: Office, hold: ask.ExtendHold) -> None:
    await office.ask(ask.GiveContact(booking_id=hold.booking_id, contact=EVA))


@pytest.mark.parametrize("level", list(ProtectionLevel))
async def test_open_holds_of_a_device(office: Office, level: ProtectionLevel) -> None:
    if level is ProtectionLevel.RAISED:
        await raise_level(office)
    most = LIMITS[level].holds_per_device
    for clock in CLOCKS[:most]:
        await held(office, clock)
    with pytest.raises(Refused, match="too-many-holds"):
        await held(office, CLOCKS[most])
    await held(office, CLOCKS[most], device="another")
    office.passes(minutes=10)
    await held(office, CLOCKS[most])


async def test_a_hold_that_ends_or_gets_its_contact_makes_room(office: Office) -> None:
    first, second = await held(office, "09:00"), await held(office, "09:30")
    await office.ask(ask.CancelBooking(booking_id=first.booking_id, origin=first.origin))
    await held(office, "10:00")
    await give(office, second)
    await held(office, "10:30")


async def test_an_extended_hold_counts_on(office: Office) -> None:
    first, _second = await held(office, "09:00"), await held(office, "09:30")
    office.passes(minutes=9)
    await office.ask(first)
    office.passes(minutes=2)
    await held(office, "10:00")
    with pytest.raises(Refused, match="too-many-holds"):
        await held(office, "10:30")


async def test_open_holds_of_a_network(office: Office) -> None:
    for n, clock in enumerate(CLOCKS[:8]):
        await office.ask(reserve(clock, origin=Origin(f"device {n}", "one network")))
    with pytest.raises(Refused, match="too-many-holds"):
        await office.ask(reserve(CLOCKS[8], origin=Origin("device 9", "one network")))
    await office.ask(reserve(CLOCKS[8], origin=Origin("device 9", None)))


@pytest.mark.parametrize("level", list(ProtectionLevel))
async def test_a_network_counts_what_is_unconfirmed_until_it_is_confirmed_from_wherever(
    office: Office, level: ProtectionLevel
) -> None:
    """An invented contact frees no network; the real person's link does, opened on whatever device."""
    holds = []
    for n in range(LIMITS[level].holds_per_network):
        origin = Origin(f"device {n}", "one network")
        opened = (await office.ask(reserve(CLOCKS[n], origin=origin)))[1]
        hold = ask.ExtendHold(booking_id=opened.booking_id, origin=origin)  # type: ignore[attr-defined]
        await give(office, hold, ContactData("Eva", f"eva{n}@example.org"))
        holds.append(hold)
    if level is ProtectionLevel.RAISED:
        await raise_level(office)
    more = reserve(CLOCKS[9], origin=Origin("one more", "one network"), proof=Work("a task", at("12:00")))
    office.passes(minutes=50)
    with pytest.raises(Refused, match="too-many-holds"):
        await office.ask(more)
    await office.ask(ask.ConfirmBooking(booking_id=holds[0].booking_id))
    await office.ask(more)


async def test_a_hold_that_ended_counts_again_for_its_network_with_its_contact(office: Office) -> None:
    hold = await held(office, "10:00")
    office.passes(minutes=11)
    await office.fire_due()
    await give(office, hold)
    uses = {kind: until for (kind, _key, _who), until in office.log.uses.items() if until > office.now}
    assert uses[NETWORK] > office.now + timedelta(minutes=59)


@pytest.mark.parametrize("level", list(ProtectionLevel))
@pytest.mark.parametrize("fired", [True, False])
async def test_holds_that_ended_pass_no_limit_of_their_network_with_their_contacts(
    office: Office, level: ProtectionLevel, fired: bool
) -> None:
    if level is ProtectionLevel.RAISED:
        await raise_level(office)
    most, ended = LIMITS[level].holds_per_network, []
    for n in range(most + 1):
        origin = Origin(f"device {n}", "one network")
        opened = (await office.ask(reserve(CLOCKS[n], origin=origin)))[1]
        ended.append(ask.ExtendHold(booking_id=opened.booking_id, origin=origin))  # type: ignore[attr-defined]
        office.passes(minutes=11)
        if fired:
            await office.fire_due()
    for n, hold in enumerate(ended[:most]):
        await give(office, hold, ContactData("Eva", f"eva{n}@example.org"))
    with pytest.raises(Refused, match="too-many-holds"):
        await give(office, ended[most])


@pytest.mark.parametrize("late", [timedelta(minutes=60), timedelta(minutes=61)])
async def test_no_mail_lengthens_a_booking_that_counts_for_no_network_any_more(
    office: Office, late: timedelta
) -> None:
    """Its time is over, though no timer has ended it yet."""
    hold = await held(office, "14:00")
    await give(office, hold)
    office.now += late
    for mail in (
        ask.ResendConfirmation(booking_id=hold.booking_id, origin=hold.origin),
        ask.CorrectAddress(booking_id=hold.booking_id, email="eva@other.example", origin=hold.origin),
    ):
        with pytest.raises(Refused, match="hold-expired"):
            await office.ask(mail)


async def test_attempts_of_a_device_in_an_hour(office: Office) -> None:
    for n in range(10):
        hold = await held(office, CLOCKS[n % 3])
        await office.ask(ask.CancelBooking(booking_id=hold.booking_id, origin=hold.origin))
        office.passes(minutes=1)
    with pytest.raises(Refused, match="too-many-holds"):
        await held(office, "14:00")
    office.passes(minutes=51)
    await held(office, "14:00")


async def test_staff_have_neither_device_nor_network(office: Office) -> None:
    for clock in CLOCKS[:9]:
        contact = ContactData(f"Caller at {clock}", None, f"+49461{clock[:2]}{clock[3:]}")
        await office.ask(reserve(clock, channel=Channel.PHONE, origin=ask.STAFF, contact=contact))


async def test_unconfirmed_bookings_of_a_contact_and_group_are_told_to_staff(office: Office) -> None:
    for n in range(2):
        await give(office, await held(office, CLOCKS[n], f"d{n}"))
    third = await held(office, CLOCKS[2], "d3")
    with pytest.raises(Refused, match="too-many-bookings"):
        await give_by_staff(office, third)
    await give(office, third, ContactData("Nils", "nils@example.org"))


async def test_another_group_of_services_counts_apart(office: Office) -> None:
    for n in range(2):
        await give(office, await held(office, CLOCKS[n], f"d{n}"))
    office.passes(hours=1)
    await office.fire_due()
    for n in range(2):
        await give(office, await held(office, CLOCKS[n], f"e{n}"))
    copy = reserve(CLOCKS[3], "f", items=(Item(service="certified_copy"),))
    opened = (await office.ask(copy))[1]
    office.passes(hours=1)
    command = ask.GiveContact(booking_id=opened.booking_id, contact=EVA)  # type: ignore[attr-defined]
    await office.ask(command)


async def test_confirmed_future_bookings_of_a_contact_and_group(office: Office) -> None:
    for clock in CLOCKS[:3]:
        await standing(office, clock)
        office.passes(hours=1)
    fourth = await held(office, CLOCKS[3], "other device")
    with pytest.raises(Refused, match="too-many-bookings"):
        await give_by_staff(office, fourth)


async def test_whoever_is_not_staff_is_told_with_the_link_and_may_choose_which_one_stands(
    office: Office,
) -> None:
    """Who only types an address learns nothing; who has its mailbox loses nothing."""
    stands = []
    for clock in CLOCKS[:3]:
        stands.append(await standing(office, clock))
        office.passes(hours=1)
    fourth = await held(office, CLOCKS[3], "other device")
    await give(office, fourth)
    confirm = ask.ConfirmBooking(booking_id=fourth.booking_id)
    with pytest.raises(Refused, match="too-many-bookings"):
        await office.ask(confirm)
    await office.ask(ask.CancelBooking(booking_id=stands[0].booking_id, code_matches=True))
    await office.ask(confirm)


async def test_a_cancelled_or_past_booking_makes_room(office: Office) -> None:
    stands = []
    for clock in CLOCKS[:3]:
        stands.append(await standing(office, clock))
        office.passes(hours=1)
    await office.ask(ask.CancelBooking(booking_id=stands[0].booking_id, code_matches=True))
    await give(office, await held(office, CLOCKS[4], "other device"))
    office.now = at("11:00")
    await give(office, await held(office, "13:00", "third device"))


async def test_callers_are_counted_by_their_number(office: Office) -> None:
    for clock in CLOCKS[:3]:
        await office.ask(reserve(clock, channel=Channel.PHONE, origin=ask.STAFF, contact=CALLER))
    with pytest.raises(Refused, match="too-many-bookings"):
        await office.ask(reserve(CLOCKS[3], channel=Channel.PHONE, origin=ask.STAFF, contact=CALLER))


async def test_mails_to_an_address(office: Office) -> None:
    hold = await held(office, "14:00")
    again = ask.ResendConfirmation(booking_id=hold.booking_id)
    await give(office, hold)
    await office.ask(again)
    with pytest.raises(Refused, match="mail-limit"):
        await office.ask(again)
    office.passes(minutes=58)
    with pytest.raises(Refused, match="mail-limit"):
        await office.ask(again)


async def test_mails_to_an_address_on_a_day(office: Office) -> None:
    hold = await held(office, "14:00")
    again = ask.ResendConfirmation(booking_id=hold.booking_id)
    await give(office, hold)
    for wait in (31, 31, 58, 58):
        office.passes(minutes=wait)
        await office.ask(again)
    office.passes(minutes=58)
    with pytest.raises(Refused, match="mail-limit"):
        await office.ask(again)


async def test_a_corrected_address_is_counted_by_itself(office: Office) -> None:
    hold = await held(office, "14:00")
    await give(office, hold)
    await office.ask(ask.ResendConfirmation(booking_id=hold.booking_id))
    await office.ask(ask.CorrectAddress(booking_id=hold.booking_id, email="eva@other.example"))


async def test_mails_from_a_network(office: Office) -> None:
    for n in range(20):
        office.passes(seconds=31)
        hold = await held(office, CLOCKS[n % len(CLOCKS)], f"d{n}")
        contact = ContactData("Eva", f"eva{n}@example.org")
        origin = Origin(f"d{n}", "one network")
        await office.ask(ask.GiveContact(booking_id=hold.booking_id, contact=contact, origin=origin))
    hold = await held(office, "15:00", "last")
    with pytest.raises(Refused, match="mail-limit"):
        await office.ask(
            ask.GiveContact(booking_id=hold.booking_id, contact=EVA, origin=Origin("last", "one network"))
        )


async def test_a_refused_contact_leaves_no_trace(office: Office) -> None:
    for n in range(2):
        await give(office, await held(office, CLOCKS[n], f"d{n}"))
    third = await held(office, CLOCKS[2], "d3")
    people, events = dict(office.log.people), len(office.log.events)
    with pytest.raises(Refused, match="too-many-bookings"):
        await give_by_staff(office, third)
    assert (office.log.people, len(office.log.events)) == (people, events)


def test_a_person_is_kept_two_days_after_the_appointment_and_an_hour_after_an_expired_hold() -> None:
    assert retention.of_appointment(at("10:00")) == on(date(2026, 12, 6), "00:00")
    assert retention.of_appointment(at("23:59")) == on(date(2026, 12, 6), "00:00")
    assert retention.of_ended_hold(at("10:00")) == at("11:00")
    change = on(date(2026, 10, 24), "10:00")
    assert retention.of_appointment(change) - change == timedelta(days=2, hours=15)
