"""Booking's timers: which own event arms or disarms which, and what a due one asks for. Pure.

Promises: an open hold always has exactly one armed timer, at its present limit; a confirmed, expired
or cancelled booking has none. ``plan-day``, ``lead-sample`` and ``protection-review`` recur: their own
append arms the next one.
Shown by ``tests/rules/booking/test_timers.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from uuid import UUID

from buergerbuero_contracts.booking import (
    BookingCancelled,
    BookingConfirmed,
    ConfirmationRequested,
    HoldExpired,
    SlotReserved,
)
from buergerbuero_contracts.envelope import Event
from servicekit.log import Arm, Disarm, Due, Stream

from . import commands as ask
from .rules.calendar import TICK, floor_to_tick, instant, local_date
from .rules.events import ConfirmationUndeliverable, HoldExtended

HOLD_EXPIRY = "hold-expiry"
PLAN_DAY = "plan-day"
LEAD_SAMPLE = "lead-sample"
PROTECTION_REVIEW = "protection-review"
PLAN_DAY_CLOCK = time(3)


def timers(_stream: Stream, event: Event) -> Iterable[Arm | Disarm]:
    """What one stored event changes among the timers."""
    match event:
        case SlotReserved(hold_until=datetime() as until):
            yield Arm(HOLD_EXPIRY, event.booking_id, until)
        case HoldExtended():
            yield Arm(HOLD_EXPIRY, event.booking_id, event.hold_until)
        case ConfirmationRequested() | ConfirmationUndeliverable():
            yield Arm(HOLD_EXPIRY, event.booking_id, event.confirm_until)
        case BookingConfirmed() | HoldExpired() | BookingCancelled():
            yield Disarm(HOLD_EXPIRY, event.booking_id)


def site_subject(site: str) -> UUID:
    """What a site's own timers are about."""
    return Stream.named("opening", site).id


def next_plan_day(site: str, at: datetime) -> Arm:
    """The next 3:00 local time after a moment."""
    today = local_date(at)
    moments = (instant(today + timedelta(days=n), PLAN_DAY_CLOCK) for n in range(3))
    return Arm(PLAN_DAY, site_subject(site), next(moment for moment in moments if moment > at))


def next_lead_sample(site: str, at: datetime) -> Arm:
    """The next full hour after a moment."""
    hour = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return Arm(LEAD_SAMPLE, site_subject(site), hour)


def next_protection_review(site: str, at: datetime) -> Arm:
    """The next full five minutes after a moment."""
    return Arm(PROTECTION_REVIEW, site_subject(site), floor_to_tick(at) + TICK)


def due(timer: Due, sites: Iterable[str]) -> ask.Command | None:
    """The command that a due timer asks for; None for a kind or subject that is not known here."""
    known: Mapping[UUID, str] = {site_subject(site): site for site in sites}
    if timer.kind == HOLD_EXPIRY:
        return ask.ExpireHold(booking_id=timer.subject)
    if timer.kind == PLAN_DAY and timer.subject in known:
        return ask.PlanHorizon(site=known[timer.subject])
    if timer.kind == LEAD_SAMPLE and timer.subject in known:
        return ask.SampleLeadTimes(site=known[timer.subject])
    if timer.kind == PROTECTION_REVIEW and timer.subject in known:
        return ask.ReviewProtection(site=known[timer.subject])
    return None
