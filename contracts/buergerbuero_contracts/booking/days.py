"""Day plans: what can be booked, and who has which place. One stream per site and date."""

from __future__ import annotations

from typing import Annotated

from buergerbuero_contracts import kinds as k
from buergerbuero_contracts.envelope import Instant, Privacy, Value, about

from .base import BookingEvent
from .enums import Channel, Pool, Purpose, ReleaseReason, ReplanReason

APool = Annotated[Pool, about(Privacy.ENUM, "The pool that the place belongs to.")]


class PlannedCounter(Value):
    """A counter that is staffed on the day."""

    counter: k.Counter
    skills: k.Skills
    hygiene_buffer: k.Buffer


class Block(Value):
    """A stretch of one counter's day that belongs to one pool."""

    counter: k.Counter
    from_: k.FromAt
    until: k.UntilAt
    pool: APool


Counters = Annotated[tuple[PlannedCounter, ...], about(Privacy.CODE, "The counters of the day.")]
Blocks = Annotated[tuple[Block, ...], about(Privacy.TIME, "The day's frame; empty when the site is closed.")]


class DayPlanned(BookingEvent, category="day_plan", key="site"):
    """A date got its frame. Sent once for each date, when the date enters the booking horizon."""

    site: k.Site
    date: k.Date
    counters: Counters
    blocks: Blocks


class DayReplanned(BookingEvent, category="day_plan", key="site"):
    """The frame of a date changed. Sent when hours, counters, a closure or its lifting move it.

    The frame replaces the one before. Slots outside it stay reserved until their bookings are moved.
    """

    site: k.Site
    date: k.Date
    counters: Counters
    blocks: Blocks
    reason: Annotated[ReplanReason, about(Privacy.ENUM, "What changed the frame.")]
    closure_id: k.ClosureId | None = None


class SlotReserved(BookingEvent, category="day_plan", key="booking_id"):
    """A place was given to one booking; from now on nobody else can have it.

    Sent at once when a citizen picks a time, when a booking moves, when an offer or a pick-up is
    taken, when staff book, and when a cancellation is undone. It is not yet a confirmed appointment.
    """

    booking_id: k.BookingId
    slot_id: k.SlotId
    site: k.Site
    date: k.Date
    counter: k.Counter
    pool: APool
    lent_by: (
        Annotated[Pool, about(Privacy.ENUM, "The pool that lent the place, if it was borrowed.")] | None
    ) = None
    starts_at: k.StartsAt
    ends_at: k.EndsAt
    occupied_until: Annotated[Instant, about(Privacy.TIME, "The end with the hygiene buffer.")]
    items: k.Items
    persons: k.Persons
    channel: Annotated[Channel, about(Privacy.ENUM, "By which way the booking is made.")]
    purpose: Annotated[
        Purpose, about(Privacy.ENUM, "Why the place was reserved; only `hold` starts a funnel.")
    ]
    hold_until: Annotated[Instant, about(Privacy.TIME, "The hold ends then if nothing follows.")] | None = (
        None
    )
    offer_id: k.OfferId | None = None


class SlotReleased(BookingEvent, category="day_plan", key="booking_id"):
    """A place, or the rest of it, was given back. Sent when its booking ends or moves.

    In a move it is sent before the new SlotReserved. The interval is the part that became free; it
    may open to others only later.
    """

    booking_id: k.BookingId
    slot_id: k.SlotId
    site: k.Site
    date: k.Date
    counter: k.Counter
    starts_at: Annotated[Instant, about(Privacy.TIME, "Start of the freed part.")]
    ends_at: Annotated[Instant, about(Privacy.TIME, "End of the freed part.")]
    reason: Annotated[ReleaseReason, about(Privacy.ENUM, "Why it was given back.")]


class SlotOffered(BookingEvent, category="day_plan", key="site"):
    """A returned place was offered to the waiting list. Sent with one WishOffered for each wish."""

    offer_id: k.OfferId
    site: k.Site
    counter: k.Counter
    starts_at: k.StartsAt
    ends_at: k.EndsAt
    wish_ids: k.WishIds
    offered_until: k.OfferedUntil


class OfferLapsed(BookingEvent, category="day_plan", key="site"):
    """Nobody took an offer in time. Sent when ``offered_until`` has passed."""

    offer_id: k.OfferId
    site: k.Site
    counter: k.Counter
    starts_at: k.StartsAt
    ends_at: k.EndsAt
    wish_ids: k.WishIds
    offered_until: k.OfferedUntil
