"""Timers: an open hold has one, at its limit; a booking that stands or ended has none."""

from datetime import date, datetime

import pytest

from buergerbuero_contracts.booking import ExpiryReason, HoldExpired, HoldStage
from buergerbuero_contracts.envelope import Event
from servicekit.log import Arm, Disarm, Due, Stream
from services.booking import commands as ask
from services.booking.rules.events import ConfirmationUndeliverable, HoldExtended
from services.booking.timers import due, next_plan_day, site_subject, timers
from tests.rules.booking.office import BOOKING, at, confirmed, on, opened, requested, slot, uid
from tests.rules.booking.stages import CANCELLED

STREAM = Stream("booking", BOOKING)
EXPIRED = HoldExpired(booking_id=BOOKING, stage=HoldStage.HELD, reason=ExpiryReason.TIME)


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
    assert list(timers(STREAM, event)) == [Disarm("hold-expiry", BOOKING)]


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
    assert due(Due("plan-day", uid("nowhere"), at("03:00")), sites) is None
    assert due(Due("unheard-of", BOOKING, at("03:00")), sites) is None
