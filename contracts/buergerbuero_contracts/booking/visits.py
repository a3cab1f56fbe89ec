"""At the door, in the room, at the counter. One stream per visit; the key is the booking."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from buergerbuero_contracts import kinds as k
from buergerbuero_contracts.envelope import Code, Instant, Item, Privacy, about

from .base import BookingEvent
from .enums import (
    AdmissionMode,
    AdmissionRefusal,
    BookingKind,
    CallOutOfOrderReason,
    DisputeReason,
    LeaveReason,
    NothingDeliveredReason,
    OverrideReason,
    ParkReason,
    PauseReason,
    ReturnReason,
)

CallNo = Annotated[int, Field(ge=1), about(Privacy.COUNT, "Which call of this visit it is, from 1.")]
PlannedAt = Annotated[Instant, about(Privacy.TIME, "The planned start of the booking; absent for walk-ins.")]
Inaccurate = Annotated[
    bool, about(Privacy.ENUM, "True if the end was forgotten: the time is not used for durations.")
]


class CitizenAdmitted(BookingEvent, category="booking", key="booking_id"):
    """A person was let in. Sent at the door, with the VisitOpened of the same admission."""

    booking_id: k.BookingId
    visit_id: k.VisitId
    kind: Annotated[BookingKind, about(Privacy.ENUM, "What the booking is for.")]
    site: k.Site
    door: k.Door
    admitted_at: Annotated[Instant, about(Privacy.TIME, "When the person came in, by the door's clock.")]
    starts_at: k.StartsAt | None = None
    people: k.People
    mode: Annotated[AdmissionMode, about(Privacy.ENUM, "How the booking was found.")]
    override: (
        Annotated[OverrideReason, about(Privacy.ENUM, "Why the rule was set aside, if it was.")] | None
    ) = None
    document_ids: k.DocumentIds = ()


class AdmissionRefused(BookingEvent, category="door", key=("booking_id", "site")):
    """A person was not let in. Sent at each refusal; without a booking if the code was unknown."""

    booking_id: k.BookingId | None = None
    site: k.Site
    door: k.Door
    reason: Annotated[AdmissionRefusal, about(Privacy.ENUM, "The first check that failed.")]
    at: k.At


class AdmissionDisputed(BookingEvent, category="door", key=("booking_id", "site")):
    """Somebody was let in offline who would not have been online. Sent when the door synchronises."""

    booking_id: k.BookingId | None = None
    site: k.Site
    door: k.Door
    reason: Annotated[DisputeReason, about(Privacy.ENUM, "What was wrong.")]
    at: k.At


class VisitEvent(BookingEvent, category="visit", key="booking_id"):
    """What all events of a visit carry."""

    booking_id: k.BookingId
    visit_id: k.VisitId
    site: k.Site
    at: k.At


class VisitOpened(VisitEvent):
    """A person waits in the room. Sent at the admission."""

    public_number: k.PublicNumber
    items: k.Items
    planned_at: PlannedAt | None = None


class CitizenCalled(VisitEvent):
    """A waiting person was called to a counter. Sent for each call; the wait ends with the first."""

    public_number: k.PublicNumber
    counter: k.Counter
    call_no: CallNo
    planned_at: PlannedAt | None = None
    reason: Annotated[CallOutOfOrderReason, about(Privacy.ENUM, "Why out of order, if so.")] | None = None


class CitizenNotFound(VisitEvent):
    """A called person did not answer. Sent after the last call; VisitReturned takes it back."""

    public_number: k.PublicNumber
    counter: k.Counter
    call_no: CallNo
    planned_at: PlannedAt | None = None
    person_id: k.PersonId | None = None
    person_revision: k.Revision | None = None


class VisitReturned(VisitEvent):
    """A called person waits again and keeps the place. Sent when staff put the visit back."""

    public_number: k.PublicNumber
    reason: Annotated[ReturnReason, about(Privacy.ENUM, "Why it went back.")]
    planned_at: PlannedAt | None = None


class ServiceStarted(VisitEvent):
    """A counter began to serve a person. Sent at the start, and again after a park or transfer."""

    counter: k.Counter
    planned_at: PlannedAt | None = None


class VisitParked(VisitEvent):
    """A visit waits for something, the counter is free. Sent when staff park it."""

    counter: k.Counter
    reason: Annotated[ParkReason, about(Privacy.ENUM, "What it waits for.")]


class VisitResumed(VisitEvent):
    """A parked visit waits to be called again. Sent when what it waited for is there."""

    public_number: k.PublicNumber


class VisitTransferred(VisitEvent):
    """A visit goes on at another counter and waits to be called. Sent by the counter that gives it away."""

    public_number: k.PublicNumber
    counter: (
        Annotated[Code, about(Privacy.CODE, "The counter that it goes to; absent for any able one.")] | None
    ) = None


class ServiceFinished(VisitEvent):
    """A visit is done: one personal contact, unless it was a pick-up. Sent at the finish or at closing."""

    counter: k.Counter | None = None
    delivered: k.Delivered
    reason: (
        Annotated[NothingDeliveredReason, about(Privacy.ENUM, "Why nothing was delivered, if so.")] | None
    ) = None
    inaccurate: Inaccurate = False
    planned_at: PlannedAt | None = None
    person_id: k.PersonId | None = None
    person_revision: k.Revision | None = None


class CitizenLeft(VisitEvent):
    """A person left without being served. Sent when staff note it, at the latest after closing."""

    reason: Annotated[LeaveReason, about(Privacy.ENUM, "Why the visit ended.")]
    planned_at: PlannedAt | None = None


class VisitCorrected(VisitEvent):
    """What a finished visit delivered was corrected. Sent on the same day; it replaces the earlier list."""

    counter: k.Counter | None = None
    delivered: k.Delivered
    reason: (
        Annotated[NothingDeliveredReason, about(Privacy.ENUM, "Why nothing was delivered, if so.")] | None
    ) = None
    replaced: Annotated[tuple[Item, ...], about(Privacy.CODE, "The list that this one replaces.")] | None = (
        None
    )
    person_id: k.PersonId | None = None
    person_revision: k.Revision | None = None


class CounterOpened(BookingEvent, category="counter", key="site"):
    """A counter is staffed and can call. Sent when a clerk opens it."""

    site: k.Site
    counter: k.Counter
    at: k.At


class CounterPaused(BookingEvent, category="counter", key="site"):
    """A counter does not call for a while. Sent at the beginning of the pause."""

    site: k.Site
    counter: k.Counter
    at: k.At
    reason: Annotated[PauseReason, about(Privacy.ENUM, "What the pause is for.")] | None = None


class CounterResumed(BookingEvent, category="counter", key="site"):
    """A counter calls again. Sent at the end of the pause."""

    site: k.Site
    counter: k.Counter
    at: k.At


class CounterClosed(BookingEvent, category="counter", key="site"):
    """A counter is no longer staffed. Sent when a clerk closes it, at the latest with the day."""

    site: k.Site
    counter: k.Counter
    at: k.At
