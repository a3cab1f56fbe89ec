"""Timers: an open hold has one, at its limit; a booking that stands or ended has none."""

from datetime import date, datetime

import pytest

from buergerbuero_contracts.booking import (
    BookingRescheduled,
    BookingRestored,
    By,
    CancellationUndone,
    CitizenAdmitted,
    ExpiryReason,
    HoldExpired,
    HoldStage,
)
from buergerbuero_contracts.envelope import Event
from servicekit.log import Arm, Disarm, Due, Stream
from services.booking import commands as ask
from services.booking.floor_commands import CloseDay, MarkMissed
from services.booking.rules.events import ConfirmationUndeliverable, HoldExtended
from services.booking.rules.hours import Frame
from services.booking.streams import door_stream
from services.booking.timers import close_day_after, due, next_plan_day, site_subject, timers
from tests.rules.booking.office import (
    BOOKING,
    PERSON,
    THURSDAY,
    at,
    block,
    confirmed,
    frame,
    on,
    opened,
    requested,
    slot,
    uid,
)
from tests.rules.booking.stages import CANCELLED, DISPLACED

STREAM = Stream("booking", BOOKING)
EXPIRED = HoldExpired(booking_id=BOOKING, stage=HoldStage.HELD, reason=ExpiryReason.TIME)
NAMED = {"booking_id": BOOKING, "person_id": PERSON, "person_revision": 1, "starts_at": at("10:00")}
UNDONE = CancellationUndone.model_validate({**NAMED, "sequence": 2})
RESTORED = BookingRestored.model_validate({**NAMED, "sequence": 2})
ADMITTED = CitizenAdmitted.model_validate(
    {
        **{"booking_id": BOOKING, "visit_id": uid("visit"), "kind": "appointment", "site": "flensburg"},
        **{"door": "main", "admitted_at": at("09:55"), "people": 1, "mode": "scan"},
    }
)


def moved(**changes: object) -> BookingRescheduled:
    """Moved to 10:00."""
    told = {**confirmed().model_dump(), "was_at": at("11:00"), "by": By.CITIZEN, "moves": 1, "sequence": 1}
    return BookingRescheduled.model_validate({**told, **changes})


@pytest.mark.parametrize(
    ("event", "limit"),
    [
        (
            slot("10:00-10:15").model_copy(update={"booking_id": BOOKING, "hold_until": at("08:10")}),
            at("08:10"),
        ),
        (HoldExtended(booking_id=BOOKING, hold_until=at("08:19"), extension=1), at("08:19")),
        (requested(1, "09:05"), at("09:05")),
        (ConfirmationUndeliverable(booking_id=BOOKING, attempt=1, confirm_until=at("08:20")), at("08:20")),
    ],
)
def test_what_gives_a_hold_a_limit_arms_its_expiry(event: Event, limit: datetime) -> None:
    assert list(timers(STREAM, event)) == [Arm("hold-expiry", BOOKING, limit)]


@pytest.mark.parametrize("event", [confirmed(), EXPIRED, CANCELLED[-1]])
def test_what_ends_a_hold_disarms_it(event: Event) -> None:
    assert Disarm("hold-expiry", BOOKING) in list(timers(STREAM, event))


@pytest.mark.parametrize("event", [confirmed(), moved(), UNDONE, RESTORED])
def test_who_is_expected_is_missed_from_the_start_on(event: Event) -> None:
    assert Arm("no-show", BOOKING, at("10:00")) in list(timers(STREAM, event))


@pytest.mark.parametrize("event", [CANCELLED[-1], DISPLACED[-1], ADMITTED])
def test_who_is_not_expected_any_more_is_not_missed(event: Event) -> None:
    assert Disarm("no-show", BOOKING) in list(timers(STREAM, event))


def test_a_hold_that_moves_expects_nobody_yet() -> None:
    assert list(timers(STREAM, moved(method=None))) == []


def test_a_day_is_closed_an_hour_after_its_last_block_or_its_last_guest() -> None:
    hours = frame(block("c1", "07:30-12:00"), block("c2", "13:00-16:00"))
    subject = door_stream("flensburg", THURSDAY).id
    assert close_day_after("flensburg", hours, THURSDAY, at("09:00")) == Arm(
        "close-day", subject, at("17:00")
    )
    assert close_day_after("flensburg", hours, THURSDAY, at("18:10")).due_at == at("19:10")
    assert close_day_after("flensburg", Frame(), THURSDAY, at("09:00")).due_at == at("23:00")


@pytest.mark.parametrize("due_at", [at("17:00"), on(date(2026, 12, 4), "00:30")])
def test_the_timer_of_a_room_knows_its_site_and_date(due_at: datetime) -> None:
    timer = Due("close-day", door_stream("flensburg", THURSDAY).id, due_at)
    assert due(timer, ["moers", "flensburg"]) == CloseDay(site="flensburg", day=THURSDAY)
    assert due(timer, ["moers"]) is None


@pytest.mark.parametrize("event", [slot("10:00-10:15"), opened()])
def test_a_place_without_limit_and_the_booking_itself_arm_nothing(event: Event) -> None:
    assert list(timers(STREAM, event)) == []


@pytest.mark.parametrize(
    ("now", "next_one"),
    [
        (at("02:59"), at("03:00")),
        (at("03:00"), on(date(2026, 12, 4), "03:00")),
        (on(date(2026, 3, 28), "12:00"), on(date(2026, 3, 29), "03:00")),
        (on(date(2026, 10, 24), "12:00"), on(date(2026, 10, 25), "03:00")),
    ],
)
def test_days_are_planned_at_three_in_the_morning_by_the_wall_clock(
    now: datetime, next_one: datetime
) -> None:
    assert next_plan_day("flensburg", now).due_at == next_one


def test_a_due_timer_is_a_command() -> None:
    sites = ["moers", "flensburg"]
    expire = Due("hold-expiry", BOOKING, at("08:10"))
    assert due(expire, sites) == ask.ExpireHold(booking_id=BOOKING)
    plan = Due("plan-day", site_subject("flensburg"), at("03:00"))
    assert due(plan, sites) == ask.PlanHorizon(site="flensburg")
    assert due(Due("no-show", BOOKING, at("10:00")), sites) == MarkMissed(booking_id=BOOKING)
    assert due(Due("plan-day", uid("nowhere"), at("03:00")), sites) is None
    assert due(Due("unheard-of", BOOKING, at("03:00")), sites) is None
