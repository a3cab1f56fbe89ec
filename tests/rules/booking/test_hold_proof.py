"""At the raised level a hold needs a proof: a task once, a mailbox one hold at a time."""

import pytest

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
from services.booking.rules.limits import Origin
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
    assert not any(kind == "open-contact" for kind, _key, _subject in live)


async def test_another_address_than_the_proven_one_is_asked_as_always(raised: Office) -> None:
    assert kinds(await raised.ask(await opened(raised, proven=False))) == [ConfirmationRequested]
