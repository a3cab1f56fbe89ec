"""The door rule: every check in its order, what a reason sets aside, and who is missed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from msgspec import structs

from buergerbuero_contracts.booking import (
    AdmissionMode,
    AdmissionRefusal,
    AppointmentMissed,
    BookingKind,
    CitizenAdmitted,
    OverrideReason,
)
from buergerbuero_contracts.envelope import Event
from servicekit.testing.rules import Given, given, like
from services.booking.rules import attendance
from services.booking.rules.attendance import AdmitCitizen, MarkMissed, entry_window
from services.booking.rules.booking_state import Booking, Status
from services.booking.rules.settings import SiteSettings
from services.booking.rules.visit_state import visit_id_of
from tests.rules.booking.office import BOOKING, PERSON, at, confirmed, on, opened, uid
from tests.rules.booking.stages import (
    CANCELLED,
    CONFIRMED,
    DISPLACED,
    EXPIRED,
    HELD,
    MISSED,
    UNCONFIRMED,
)

ADMIT = AdmitCitizen(
    visit_id=visit_id_of(BOOKING),
    site="flensburg",
    door="main",
    people=1,
    mode=AdmissionMode.SCAN,
    override=None,
    occupancy=0,
    at=at("09:55"),
)
ADMITTED = (*CONFIRMED, attendance.decide(ADMIT, attendance.DECIDER.fold(CONFIRMED))[0])


def booking(*events: Event) -> Given[Booking, attendance.Command]:
    return given(attendance.DECIDER, *events)


def test_who_comes_in_time_is_let_in() -> None:
    booking(*CONFIRMED).when(ADMIT).then(
        like(
            CitizenAdmitted,
            booking_id=BOOKING,
            visit_id=visit_id_of(BOOKING),
            admitted_at=at("09:55"),
            starts_at=at("10:00"),
            people=1,
            override=None,
        )
    )


WRONG = replace(ADMIT, site="moers", at=on(date(2026, 12, 4), "08:00"), people=9, occupancy=15)
"""Another office, another day, too early, too many, a full house: all at once."""
LADDER: list[tuple[AdmissionRefusal, tuple[Event, ...], AdmitCitizen]] = [
    (AdmissionRefusal.UNKNOWN_CODE, (), WRONG),
    (AdmissionRefusal.WRONG_SITE, UNCONFIRMED, WRONG),
    (AdmissionRefusal.WRONG_DAY, UNCONFIRMED, replace(WRONG, site="flensburg")),
    (AdmissionRefusal.NOT_CONFIRMED, UNCONFIRMED, replace(WRONG, site="flensburg", at=at("08:00"))),
    (AdmissionRefusal.ALREADY_ADMITTED, ADMITTED, replace(WRONG, site="flensburg", at=at("08:00"))),
    (AdmissionRefusal.TOO_EARLY, CONFIRMED, replace(WRONG, site="flensburg", at=at("08:00"))),
    (AdmissionRefusal.TOO_LATE, CONFIRMED, replace(WRONG, site="flensburg", at=at("11:00"))),
    (AdmissionRefusal.TOO_MANY_PEOPLE, CONFIRMED, replace(WRONG, site="flensburg", at=at("09:55"))),
    (AdmissionRefusal.HOUSE_FULL, CONFIRMED, replace(ADMIT, occupancy=15)),
]


@pytest.mark.parametrize(("reason", "history", "admit"), LADDER, ids=[row[0].value for row in LADDER])
def test_the_first_check_that_fails_is_the_refusal(
    reason: AdmissionRefusal, history: tuple[Event, ...], admit: AdmitCitizen
) -> None:
    booking(*history).when(admit).refused(reason.value)


def test_the_ladder_has_every_rung_in_its_order() -> None:
    assert [row[0] for row in LADDER] == list(AdmissionRefusal)


@pytest.mark.parametrize(
    ("history", "state"),
    [(HELD, "held"), (UNCONFIRMED, "unconfirmed"), (EXPIRED, "expired"), (CANCELLED, "cancelled")],
)
def test_what_is_not_confirmed_stays_outside(history: tuple[Event, ...], state: str) -> None:
    assert booking(*history).when(ADMIT).refused("not-confirmed").details == {"state": state}


def test_a_displaced_booking_stays_outside() -> None:
    booking(*DISPLACED).when(ADMIT).refused("not-confirmed")


def test_a_second_use_names_time_and_door() -> None:
    refused = booking(*ADMITTED).when(replace(ADMIT, at=at("09:58"))).refused("already-admitted")
    assert refused.details == {"admitted_at": at("09:55"), "door": "main"}


@pytest.mark.parametrize(
    ("clock", "code"),
    [("09:49", "too-early"), ("09:50", None), ("10:15", None), ("10:16", "too-late")],
)
def test_the_door_opens_ten_minutes_before_and_closes_fifteen_after(clock: str, code: str | None) -> None:
    then = booking(*CONFIRMED).when(replace(ADMIT, at=at(clock)))
    if code:
        then.refused(code)
    else:
        then.then(like(CitizenAdmitted))


def test_a_pick_up_and_a_service_have_windows_of_their_own() -> None:
    state = booking(*CONFIRMED).state
    pickup = structs.replace(state, kind=BookingKind.PICKUP)
    assert entry_window(pickup) == (at("09:50"), at("10:10"))
    patient = SiteSettings(late_by_service={"id_card_apply": 30})
    assert entry_window(state, patient) == (at("09:50"), at("10:30"))


@pytest.mark.parametrize(("people", "occupancy", "code"), [(2, 13, None), (3, 0, "too-many-people")])
def test_one_companion_may_come_along(people: int, occupancy: int, code: str | None) -> None:
    then = booking(*CONFIRMED).when(replace(ADMIT, people=people, occupancy=occupancy))
    if code:
        assert then.refused(code).details == {"at_most": 2}
    else:
        then.then(like(CitizenAdmitted, people=2))


@pytest.mark.parametrize("people", [-1, 0, 21])
def test_what_is_no_number_of_people_is_refused_whatever_the_reason(people: int) -> None:
    many = replace(ADMIT, people=people, override=OverrideReason.QUIET_HOUSE)
    refused = booking(*CONFIRMED).when(many).refused("invalid-input")
    assert refused.details == {"errors": {"people": "range"}}


def test_a_full_house_tells_how_many_still_fit() -> None:
    refused = booking(*CONFIRMED).when(replace(ADMIT, people=2, occupancy=14)).refused("house-full")
    assert refused.details == {"at_most": 1}


SET_ASIDE = {AdmissionRefusal.TOO_EARLY, AdmissionRefusal.TOO_LATE, AdmissionRefusal.TOO_MANY_PEOPLE}


@pytest.mark.parametrize(("reason", "history", "admit"), LADDER, ids=[row[0].value for row in LADDER])
def test_a_reason_sets_three_checks_aside_and_no_other(
    reason: AdmissionRefusal, history: tuple[Event, ...], admit: AdmitCitizen
) -> None:
    room = replace(admit, override=OverrideReason.OFFICE_FAULT)
    if reason in SET_ASIDE:
        admitted = booking(*history).when(replace(room, occupancy=0)).of(CitizenAdmitted)
        assert admitted.override is OverrideReason.OFFICE_FAULT
        booking(*history).when(room).refused("house-full")
    else:
        booking(*history).when(room).refused(reason.value)


def test_a_reason_that_was_not_needed_is_not_recorded() -> None:
    asked = replace(ADMIT, override=OverrideReason.TRAVEL)
    booking(*CONFIRMED).when(asked).then(like(CitizenAdmitted, override=None))


def test_a_missed_booking_is_late_and_comes_in_by_a_reason_only() -> None:
    late = replace(ADMIT, at=at("10:20"))
    booking(*MISSED).when(late).refused("too-late")
    then = booking(*MISSED).when(replace(late, override=OverrideReason.ACCESSIBILITY))
    assert then.then(like(CitizenAdmitted, override="accessibility")).after.status is Status.ADMITTED


# --- missed


@pytest.mark.parametrize(("clock", "missed"), [("10:14", False), ("10:15", True), ("11:00", True)])
def test_nobody_is_missed_before_the_late_window_is_over(clock: str, missed: bool) -> None:
    then = booking(*CONFIRMED).when(MarkMissed(at=at(clock)))
    if missed:
        then.then(like(AppointmentMissed, person_id=PERSON, person_revision=1, starts_at=at("10:00")))
    else:
        then.nothing()


def test_a_site_without_a_door_misses_nobody() -> None:
    no_door = SiteSettings(records_admissions=False)
    booking(*CONFIRMED).when(MarkMissed(at=at("12:00"), settings=no_door)).nothing()


def test_missed_once_and_only_what_stands() -> None:
    booking(*MISSED).when(MarkMissed(at=at("12:00"))).nothing()
    for history in (HELD, EXPIRED, CANCELLED, DISPLACED, ADMITTED):
        booking(*history).when(MarkMissed(at=at("12:00"))).refused("wrong-state")


def test_the_window_follows_the_present_start() -> None:
    later: datetime = at("14:00")
    state = structs.replace(booking(opened(), confirmed()).state, starts_at=later)
    assert entry_window(state) == (at("13:50"), at("14:15"))
    assert uid("b") != BOOKING
