"""Phone desk, waiting list, closures, the catalogue, lead times and the note of the week."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from buergerbuero_contracts import kinds as k
from buergerbuero_contracts.envelope import Code, Count, Day, Instant, Privacy, Value, about

from .base import BookingEvent
from .enums import (
    CallOutcome,
    CallReason,
    CallResult,
    ClosureReason,
    ClosureScope,
    Presence,
    ServiceChannel,
    WishEnd,
)

DueAt = Annotated[Instant, about(Privacy.TIME, "When the callback was promised for.")]


class CallClosed(BookingEvent, category="call", key="call_id"):
    """An operator closed an answered call. Sent at its end; gives reasons, never volumes."""

    call_id: k.CallId
    site: k.Site
    reason: Annotated[CallReason, about(Privacy.ENUM, "What the call was about.")]
    outcome: Annotated[CallOutcome, about(Privacy.ENUM, "How it ended.")]
    started_at: Annotated[Instant, about(Privacy.TIME, "When the operator answered.")]
    ended_at: Annotated[Instant, about(Privacy.TIME, "When the call ended.")]
    booking_id: k.BookingId | None = None


class CallRecorded(BookingEvent, category="call", key="call_id"):
    """The telephone system saw a call. Sent at the import, once per call; gives volumes, never reasons."""

    call_id: k.CallId
    site: k.Site
    result: Annotated[CallResult, about(Privacy.ENUM, "Whether it was answered.")]
    offered_at: Annotated[Instant, about(Privacy.TIME, "When it first rang.")]
    answered_at: Annotated[Instant, about(Privacy.TIME, "When it was first answered.")] | None = None
    ended_at: Annotated[Instant, about(Privacy.TIME, "When its last leg ended.")]


class CallbackPromised(BookingEvent, category="call", key="call_id"):
    """An operator promised to call back. Sent with the promise."""

    call_id: k.CallId
    due_at: DueAt


class CallbackKept(BookingEvent, category="call", key="call_id"):
    """The office called back. Sent after the try, reached or not."""

    call_id: k.CallId
    due_at: DueAt
    reached: Annotated[bool, about(Privacy.ENUM, "Whether the person answered.")] | None = None


class CallbackMissed(BookingEvent, category="call", key="call_id"):
    """A promised callback did not happen. Sent one hour after it was due."""

    call_id: k.CallId
    due_at: DueAt


class WishEvent(BookingEvent, category="waiting_list", key="wish_id"):
    """What all events of a wish carry."""

    wish_id: k.WishId
    person_id: k.PersonId
    person_revision: k.Revision
    site: k.Site
    items: k.Items
    language: k.Lang
    booking_id: (
        Annotated[UUID, about(Privacy.ID, "The person's present booking, if there is one.")] | None
    ) = None


class WishMade(WishEvent):
    """A person wants an earlier place. Sent with the wish; unproven unless made from a ticket."""


class WishConfirmed(WishEvent):
    """The wish is proven by the mailed link and takes part in offers. Sent once."""


class WishOffered(WishEvent):
    """A returned place was offered to this wish. Sent with SlotOffered, at most to five wishes at a time."""

    offer_id: k.OfferId
    starts_at: k.StartsAt
    offered_until: k.OfferedUntil


class WishFulfilled(WishEvent):
    """The offer was taken; the wish is closed. Sent with the booking's own event."""

    offer_id: k.OfferId
    starts_at: k.StartsAt


class WishClosed(WishEvent):
    """The wish ended without an earlier place. Sent once."""

    reason: Annotated[WishEnd, about(Privacy.ENUM, "Why it ended.")]


class ClosureEvent(BookingEvent, category="opening", key="site"):
    """What both events of a closure carry."""

    closure_id: k.ClosureId
    site: k.Site
    scope: Annotated[ClosureScope, about(Privacy.ENUM, "How much is closed.")]
    from_: k.FromAt
    until: k.UntilAt
    reason: Annotated[ClosureReason, about(Privacy.ENUM, "Why.")]
    bookings_hit: k.BookingsHit


class ClosureDeclared(ClosureEvent):
    """The office will be closed, in whole or in part. Sent when it stands, with DayReplanned per date."""


class ClosureLifted(ClosureEvent):
    """A closure was taken back. Sent at once; DayReplanned and BookingRestored follow."""


class ServiceEvent(BookingEvent, category="catalogue", key="site"):
    """What both events of the catalogue carry."""

    site: k.Site
    service_: k.Service
    group: Annotated[Code, about(Privacy.CODE, "The group for figures and limits.")]
    minutes: k.Duration
    channels: Annotated[
        tuple[ServiceChannel, ...], about(Privacy.ENUM, "The ways to have it; the first is offered first.")
    ]
    presence: Annotated[Presence, about(Privacy.ENUM, "Who has to come.")]
    fee_cents: k.Fee | None = None
    leika: Annotated[tuple[k.LeikaKey, ...], about(Privacy.CODE, "Keys of the service in LeiKa.")] | None = (
        None
    )


class ServiceDescribed(ServiceEvent):
    """A service is on offer, or its description changed. Sent at each change; the last one counts."""


class ServiceRetired(ServiceEvent):
    """A service is no longer on offer. Sent once, with its last description."""


class LeadTime(Value):
    """The lead time of one service at one moment. Without a free place only the service is there."""

    service: k.Service
    first_free_on: Annotated[Day, about(Privacy.TIME, "The date of the first free public place.")] | None = (
        None
    )
    working_days: Annotated[Count, about(Privacy.COUNT, "Working days until then.")] | None = None


class LeadTimesSampled(BookingEvent, category="lead_time", key="site"):
    """How long one would wait for a place, per service. Sent every hour."""

    site: k.Site
    sampled_at: Annotated[Instant, about(Privacy.TIME, "The moment of the look.")]
    entries: Annotated[
        tuple[LeadTime, ...], about(Privacy.COUNT, "One entry for each service that can be booked.")
    ]


def _no_address_no_number(text: str) -> str:
    """Refuse what looks like an address or a number of somebody: ``@`` and five digits in a row."""
    digits = 0
    for sign in text:
        digits = digits + 1 if sign.isdigit() else 0
        if sign == "@" or digits == 5:
            raise ValueError("the note of the week takes no '@' and no five digits in a row")
    return text


Note = Annotated[
    str,
    Field(max_length=400, json_schema_extra={"not": {"pattern": "@|[0-9]{5}"}}),
    AfterValidator(_no_address_no_number),
]


class WeekNoteWritten(BookingEvent, category="week_note", key="site"):
    """Office management commented a week. Sent for each version of the note; the last one counts."""

    site: k.Site
    iso_week: k.IsoWeek
    text: Annotated[
        Note, about(Privacy.TEXT, "The note, at most 400 characters, about the week, never about people.")
    ]
