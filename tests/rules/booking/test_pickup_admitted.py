"""A pick-up whose person is in the house: nobody books its documents again on that day."""

import pytest

from buergerbuero_contracts.booking import OverrideReason
from servicekit.decider import Refused
from services.booking import commands as ask
from services.booking.floor_commands import AdmitCitizen
from services.booking.rules.booking_state import Status
from tests.rules.booking.called import PASS, Called
from tests.rules.booking.memory import Office
from tests.rules.booking.office import at, uid


@pytest.fixture
def called(office: Office) -> Called:
    return Called(office)


async def test_somebody_let_in_after_being_missed_has_the_documents(called: Called) -> None:
    """Missed, called for anew, let in late all the same: the new letter books nothing on that day."""
    first = called.invites(PASS)
    await called.books("10:00")
    called.office.now = at("10:10")
    await called.office.fire_due()
    assert called.booking(first).status is Status.MISSED
    called.invites(PASS, by=uid("second"))
    late = AdmitCitizen(booking_id=first, site="flensburg", door="main", override=OverrideReason.OFFICE_FAULT)
    await called.office.ask(late)
    with pytest.raises(Refused, match="document-booked") as refused:
        await called.books("11:00", uid("second"))
    assert refused.value.details == {"booking_id": first}


async def test_a_visit_that_lasts_longer_than_the_door_waits_keeps_its_documents(called: Called) -> None:
    first = called.invites(PASS)
    await called.books("10:00")
    await called.admitted(first)
    called.office.now = at("10:30")
    called.invites(PASS, by=uid("older"))
    with pytest.raises(Refused, match="document-booked"):
        await called.books("11:00", uid("older"))


async def test_on_the_next_day_they_can_be_booked_again(called: Called) -> None:
    first = called.invites(PASS)
    await called.books("10:00")
    await called.admitted(first)
    called.office.passes(days=1)
    second = called.invites(PASS, by=uid("second"))
    wish = ask.BookPickup(invitation_id=uid("second"), starts_at=called.office.now.replace(hour=10))
    await called.office.ask(wish)
    assert called.booking(second).status is Status.CONFIRMED
