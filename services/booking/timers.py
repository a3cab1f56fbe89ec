"""Booking's timers: which own event arms or disarms which, and what a due one asks for. Pure.

Promises: an open hold always has exactly one armed timer, at its present limit; an expired or cancelled
booking has none, a confirmed one that for ``no-show`` at its start, until somebody is admitted.
``plan-day``, ``lead-sample`` and ``protection-review`` recur: their own append arms the next one.
``close-day`` is armed by whoever comes or opens a counter on that date. A place that may be offered has
``return-offer``, an open offer ``offer-lapse``, an open wish ``wish-end``.
Shown by ``tests/rules/booking/test_timers.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from uuid import UUID

from buergerbuero_contracts.booking import (
    BookingCancelled,
    BookingConfirmed,
    BookingDisplaced,
    BookingOpened,
    BookingRescheduled,
    BookingRestored,
    CancellationUndone,
    CitizenAdmitted,
    ConfirmationRequested,
    HoldExpired,
    OfferLapsed,
    SlotOffered,
    SlotReserved,
    WishClosed,
    WishFulfilled,
)
from buergerbuero_contracts.envelope import Event
from servicekit.log import Arm, Disarm, Due, Stream

from . import commands as ask
from .floor_commands import CloseDay, MarkMissed
from .rules.aside import place_id_of
from .rules.calendar import TICK, floor_to_tick, instant, local_date
from .rules.events import ConfirmationUndeliverable, HoldExtended, PlaceSetAside
from .rules.hours import Frame, closing_of
from .rules.waiting_events import WishDescribed
from .streams import door_stream
from .wish_commands import EndWish, LapseOffer, OfferReturned

HOLD_EXPIRY = "hold-expiry"
PLAN_DAY = "plan-day"
LEAD_SAMPLE = "lead-sample"
PROTECTION_REVIEW = "protection-review"
NO_SHOW = "no-show"
CLOSE_DAY = "close-day"
RETURN_OFFER = "return-offer"
OFFER_LAPSE = "offer-lapse"
WISH_END = "wish-end"
AFTER_CLOSING = timedelta(minutes=60)
PLAN_DAY_CLOCK = time(3)


def timers(_stream: Stream, event: Event) -> Iterable[Arm | Disarm]:
    """What one stored event changes among the timers."""
    match event:
        case BookingOpened():
            return  # the most frequent ones first; a hold's timer comes with its place
        case SlotReserved():
            yield from _place_taken(event)
            return
        case HoldExtended():
            yield Arm(HOLD_EXPIRY, event.booking_id, event.hold_until)
        case ConfirmationRequested() | ConfirmationUndeliverable():
            yield Arm(HOLD_EXPIRY, event.booking_id, event.confirm_until)
        case BookingConfirmed() | HoldExpired() | BookingCancelled():
            yield Disarm(HOLD_EXPIRY, event.booking_id)
    yield from _no_show(event)
    yield from _waiting_list(event)


def _place_taken(event: SlotReserved) -> Iterable[Arm | Disarm]:
    if event.hold_until is not None:
        yield Arm(HOLD_EXPIRY, event.booking_id, event.hold_until)
    if event.offer_id is not None:
        yield Disarm(OFFER_LAPSE, event.offer_id)


def _no_show(event: Event) -> Iterable[Arm | Disarm]:
    """Armed for the start; how late one may come, the command knows (``missed.py``)."""
    match event:
        case (
            BookingConfirmed(starts_at=datetime() as start)
            | CancellationUndone(starts_at=start)
            | BookingRestored(starts_at=start)
        ):
            yield Arm(NO_SHOW, event.booking_id, start)
        case BookingRescheduled(starts_at=datetime() as start) if event.method is not None:
            yield Arm(NO_SHOW, event.booking_id, start)
        case BookingCancelled(was_confirmed=True) | BookingDisplaced() | CitizenAdmitted():
            yield Disarm(NO_SHOW, event.booking_id)


def _waiting_list(event: Event) -> Iterable[Arm | Disarm]:
    """A proven wish gets its later end from the decision (``wishing.py``): WishConfirmed has no time."""
    match event:
        case PlaceSetAside(offer_from=datetime() as moment):
            yield Arm(RETURN_OFFER, place_id_of(event.slot_id, event.starts_at), moment)
        case SlotOffered():
            yield Arm(OFFER_LAPSE, event.offer_id, event.offered_until)
        case OfferLapsed():
            yield Disarm(OFFER_LAPSE, event.offer_id)
        case WishDescribed():
            yield Arm(WISH_END, event.wish_id, event.confirm_until or event.over_at)
        case WishFulfilled() | WishClosed():
            yield Disarm(WISH_END, event.wish_id)


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


def close_day_after(site: str, frame: Frame, day: date, at: datetime) -> Arm:
    """60 minutes after closing time, and no less after a moment: also late guests get their time."""
    return Arm(CLOSE_DAY, door_stream(site, day).id, max(closing_of(frame, day), at) + AFTER_CLOSING)


def due(timer: Due, sites: Iterable[str]) -> ask.Command | None:
    """The command that a due timer asks for; None for a kind or subject that is not known here."""
    known: Mapping[UUID, str] = {site_subject(site): site for site in sites}
    if timer.kind == HOLD_EXPIRY:
        return ask.ExpireHold(booking_id=timer.subject)
    if timer.kind == NO_SHOW:
        return MarkMissed(booking_id=timer.subject)
    if timer.kind == RETURN_OFFER:
        return OfferReturned(place_id=timer.subject)
    if timer.kind == OFFER_LAPSE:
        return LapseOffer(offer_id=timer.subject)
    if timer.kind == WISH_END:
        return EndWish(wish_id=timer.subject)
    if timer.kind == CLOSE_DAY:
        return _close_day(timer, known.values())
    if timer.kind == PLAN_DAY and timer.subject in known:
        return ask.PlanHorizon(site=known[timer.subject])
    if timer.kind == LEAD_SAMPLE and timer.subject in known:
        return ask.SampleLeadTimes(site=known[timer.subject])
    if timer.kind == PROTECTION_REVIEW and timer.subject in known:
        return ask.ReviewProtection(site=known[timer.subject])
    return None


def _close_day(timer: Due, sites: Iterable[str]) -> CloseDay | None:
    """The subject is the room of a site and date, the date on which the timer fires or the one before."""
    fires = local_date(timer.due_at)
    for site in sites:
        for day in (fires, fires - timedelta(days=1)):
            if door_stream(site, day).id == timer.subject:
                return CloseDay(site=site, day=day)
    return None
