"""Whatever people do with appointments and wishes, in whatever order, nothing is lost or left behind."""

from __future__ import annotations

import pytest

from services.booking.rules.booking_state import Status
from tests.rules.booking.appointment_story import story


@pytest.mark.parametrize("seed", range(25))
async def test_what_must_hold_holds_after_each_step_and_everything_ends(seed: int) -> None:
    told = await story(seed)
    await told.goes_on()
    assert not told.bookings(Status.CONFIRMED)
    assert not [one for one in told.people.everybody() if one.is_open]
