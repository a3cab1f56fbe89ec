"""At the raised level a hold needs a proof: a task once, a mailbox one hold at a time."""

import pytest
from msgspec import structs

from buergerbuero_contracts.booking import (
    BookingConfirmed,
    BookingOpened,
    Channel,
    ConfirmationRequested,
    Method,
)
from servicekit.decider import Refused
from services.booking import commands as ask
from services.booking.rules.hold_proof import Mailbox, Work
from services.booking.rules.limits import MAILBOX as MAILBOX_KIND
from services.booking.rules.limits import NETWORK, Origin
from services.booking.rules.opening import SetProtectionLevel
from services.booking.rules.settings import ProtectionLevel
from tests.rules.booking.flensburg import CALLER, EVA, kinds, reserve
from tests.rules.booking.memory import Office
from tests.rules.booking.office import at

TASK = Work("a task", at("10:00"))
MAILBOX = Mailbox("contact of somebody", "their address")
EVAS = Mailbox(f"contact#{EVA.email}", f"mailbox#{EVA.email}")


def origin(nr: int) -> Origin:
    """Another device in another network each time."""
    return Origin(f"device {nr}", f"network {nr}")


@pytest.fixture
async def raised(office: Office) -> Office:
    step = SetProtectionLevel(site="flensburg", level=ProtectionLevel.RAISED)
    await office.ask(ask.SetUp(site="flensburg", steps=(step,)))
    return office


async def test_at_the_normal_level_nothing_is_asked(office: Office) -> None:
    await office.ask(reserve("10:00", proof=None))


async def test_at_the_raised_level_a_hold_needs_a_proof(raised: Office) -> None:
    with pytest.raises(Refused, match="hold-proof-missing"):
        await raised.ask(reserve("10:00", proof=None))
    await raised.ask(reserve("10:00", proof=TASK))


async def test_staff_need_none(raised: Office) -> None:
    await raised.ask(reserve("10:00", channel=Channel.PHONE, origin=ask.STAFF, contact=CALLER, proof=None))


async def test_a_task_is_good_for_one_hold(raised: Office) -> None:
    await raised.ask(reserve("10:00", origin=origin(1), proof=TASK))
    with pytest.raises(Refused, match="hold-proof-missing"):
        await raised.ask(reserve("10:30", origin=origin(2), proof=TASK))


async def test_a_mailbox_has_one_hold_at_a_time_from_whatever_device_and_network(raised: Office) -> None:
    await raised.ask(reserve("10:00", origin=origin(1), proof=MAILBOX))
    with pytest.raises(Refused, match="too-many-holds"):
        await raised.ask(reserve("10:30", origin=origin(2), proof=MAILBOX))
    raised.passes(minutes=10)
    await raised.ask(reserve("10:30", origin=origin(3), proof=MAILBOX))


async def test_a_mailbox_has_five_attempts_in_an_hour(raised: Office) -> None:
    for nr in range(5):
        await raised.ask(reserve("10:00", origin=origin(nr), proof=MAILBOX))
        raised.passes(minutes=10)
        await raised.fire_due()
        raised.passes(minutes=1)
    with pytest.raises(Refused, match="too-many-holds"):
        await raised.ask(reserve("11:30", origin=origin(9), proof=MAILBOX))


async def opened(office: Office, *, proven: bool) -> ask.GiveContact:
    """A hold with a proven mailbox, and the command that names Eva."""
    events = await office.ask(reserve("10:00", origin=origin(1), proof=EVAS))
    held = next(event for event in events if isinstance(event, BookingOpened))
    return ask.GiveContact(booking_id=held.booking_id, contact=EVA, origin=origin(1), mailbox_proven=proven)


async def test_who_proved_the_mailbox_needs_no_second_link(raised: Office) -> None:
    (confirmed,) = await raised.ask(await opened(raised, proven=True))
    assert isinstance(confirmed, BookingConfirmed) and confirmed.method is Method.OFFER_LINK
    live = [use for use, until in raised.log.uses.items() if until > raised.now]
    assert not any(kind in ("open-contact", MAILBOX_KIND) for kind, _key, _subject in live)


async def test_another_address_than_the_proven_one_is_asked_as_always(raised: Office) -> None:
    assert kinds(await raised.ask(await opened(raised, proven=False))) == [ConfirmationRequested]


@pytest.mark.parametrize("level", list(ProtectionLevel))
async def test_a_proven_mailbox_gets_through_where_its_network_is_full(
    office: Office, level: ProtectionLevel
) -> None:
    """Office, home, carrier: many people, one network. It takes nobody's place there either."""
    for nr, clock in enumerate(("09:00", "09:10", "09:20", "09:30", "09:40", "09:50", "10:00", "10:10")):
        await office.ask(reserve(clock, origin=Origin(f"device {nr}", "shared")))
    step = SetProtectionLevel(site="flensburg", level=level)
    await office.ask(ask.SetUp(site="flensburg", steps=(step,)))
    proven = reserve("11:00", origin=Origin("device 9", "shared"), proof=MAILBOX)
    with pytest.raises(Refused, match="too-many-holds"):
        await office.ask(structs.replace(proven, proof=TASK))
    await office.ask(proven)
    assert len([use for use in office.log.uses if use[0] == NETWORK]) == 8


@pytest.mark.parametrize("step", [ask.ExtendHold, ask.GiveContact])
async def test_a_mailboxs_hold_counts_on_when_extended_or_given_another_contact(
    raised: Office, step: type[ask.ExtendHold] | type[ask.GiveContact]
) -> None:
    give = await opened(raised, proven=False)
    raised.passes(minutes=9)
    await raised.ask(give if step is ask.GiveContact else ask.ExtendHold(booking_id=give.booking_id))
    raised.passes(minutes=5)
    with pytest.raises(Refused, match="too-many-holds"):
        await raised.ask(reserve("11:00", origin=origin(2), proof=EVAS))
