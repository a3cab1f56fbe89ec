"""How often a citizen may move an appointment: what counts, and what does not."""

from __future__ import annotations

from buergerbuero_contracts.booking import BookingRescheduled, By
from servicekit.testing.rules import given
from services.booking.rules.booking import DECIDER
from tests.rules.booking.office import at
from tests.rules.booking.stages import CONFIRMED, HELD
from tests.rules.booking.test_booking import move


def test_who_chose_again_before_the_appointment_stood_has_moved_nothing_yet() -> None:
    """Back to the times and another one: three times at most, and three moves are left after that."""
    so_far = given(DECIDER, *HELD)
    for hour in ("11:00", "12:00", "13:00"):
        so_far = so_far.and_given(so_far.when(move(at(hour), at("08:05"))).of(BookingRescheduled))
    so_far.when(move(at("14:00"), at("08:05"))).refused("too-many-moves")
    so_far = so_far.and_given(*CONFIRMED[len(HELD) :])
    for hour in ("14:00", "15:00", "16:00"):
        so_far = so_far.and_given(so_far.when(move(at(hour), at("08:30"))).of(BookingRescheduled))
    so_far.when(move(at("09:00"), at("08:30"))).refused("too-many-moves")


def test_a_move_by_the_office_costs_the_citizen_none() -> None:
    so_far = given(DECIDER, *CONFIRMED)
    for hour, by in (("11:00", By.OFFICE), ("12:00", By.CITIZEN), ("13:00", By.CITIZEN)):
        so_far = so_far.and_given(so_far.when(move(at(hour), at("08:30"), by)).of(BookingRescheduled))
    assert so_far.when(move(at("14:00"), at("08:30"))).of(BookingRescheduled).moves == 4
