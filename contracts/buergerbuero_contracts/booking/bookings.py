"""The life of a booking, from the first hold to the missed appointment. One stream per booking."""

from __future__ import annotations

from typing import Annotated

from buergerbuero_contracts import kinds as k
from buergerbuero_contracts.envelope import Count, Instant, Privacy, about

from .base import BookingEvent
from .enums import BookingKind, By, CancelReason, Channel, ExpiryReason, HoldStage, Method

Kind = Annotated[BookingKind, about(Privacy.ENUM, "What the booking is for.")]
AMethod = Annotated[Method, about(Privacy.ENUM, "How it was confirmed.")]
ABy = Annotated[By, about(Privacy.ENUM, "Who did it.")]


class BookingOpened(BookingEvent, category="booking", key="booking_id"):
    """A booking began; it is a hold until more follows. Sent with the SlotReserved of its place."""

    booking_id: k.BookingId
    kind: Kind
    channel: Annotated[Channel, about(Privacy.ENUM, "By which way the booking is made.")]
    site: k.Site
    starts_at: k.StartsAt | None = None
    ends_at: k.EndsAt | None = None
    items: k.Items
    persons: k.Persons
    document_ids: k.DocumentIds = ()
    language: k.Lang | None = None
    hold_until: Annotated[Instant, about(Privacy.TIME, "The hold ends then if nothing follows.")] | None = (
        None
    )


class ConfirmationRequested(BookingEvent, category="booking", key="booking_id"):
    """The person was asked to confirm by a link. Sent for each attempt.

    Attempts are the first contact, a resend, a corrected address. After a corrected address
    ``person_revision`` is higher than before; links of older attempts are dead.
    """

    booking_id: k.BookingId
    person_id: k.PersonId
    person_revision: k.Revision
    kind: Kind
    starts_at: k.StartsAt
    confirm_until: Annotated[Instant, about(Privacy.TIME, "The booking expires then if not confirmed.")]
    attempt: k.Attempt
    language: k.Lang


class BookingConfirmed(BookingEvent, category="booking", key="booking_id"):
    """The appointment stands. Sent once, when the link was used, or at once for proven people.

    ``starts_at`` and ``ends_at`` are absent for walk-ins, ``invitation_id`` is there for pick-ups.
    """

    booking_id: k.BookingId
    person_id: k.PersonId | None = None
    person_revision: k.Revision | None = None
    invitation_id: k.InvitationId | None = None
    kind: Kind
    method: AMethod
    site: k.Site
    starts_at: k.StartsAt | None = None
    ends_at: k.EndsAt | None = None
    items: k.Items
    persons: k.Persons
    companions: k.Companions
    document_ids: k.DocumentIds = ()
    language: k.Lang
    sequence: k.Sequence


class BookingRescheduled(BookingEvent, category="booking", key="booking_id"):
    """A booking got another time; what it is for and for whom stays. Sent for each move.

    A hold can move too: then ``method`` is absent. A displaced booking is confirmed again.
    """

    booking_id: k.BookingId
    person_id: k.PersonId | None = None
    person_revision: k.Revision | None = None
    invitation_id: k.InvitationId | None = None
    kind: Kind
    method: AMethod | None = None
    site: k.Site
    starts_at: k.StartsAt
    ends_at: k.EndsAt
    items: k.Items
    persons: k.Persons
    companions: k.Companions
    document_ids: k.DocumentIds = ()
    language: k.Lang
    sequence: k.Sequence
    was_at: Annotated[Instant, about(Privacy.TIME, "The planned start before the move.")]
    by: ABy
    moves: Annotated[Count, about(Privacy.COUNT, "Moves so far, this one included.")]


class BookingCancelled(BookingEvent, category="booking", key="booking_id"):
    """A booking ended before its time. Sent when a citizen or the office cancels.

    Until ``undo_until`` it can come back as CancellationUndone.
    """

    booking_id: k.BookingId
    person_id: k.PersonId | None = None
    person_revision: k.Revision | None = None
    kind: Kind
    starts_at: k.StartsAt | None = None
    by: ABy
    reason: Annotated[CancelReason, about(Privacy.ENUM, "Why it was cancelled.")]
    was_confirmed: Annotated[bool, about(Privacy.ENUM, "Whether it had been confirmed.")]
    document_ids: k.DocumentIds = ()
    undo_until: (
        Annotated[Instant, about(Privacy.TIME, "The cancellation can be undone until then.")] | None
    ) = None
    sequence: k.Sequence


class CancellationUndone(BookingEvent, category="booking", key="booking_id"):
    """A cancelled booking is back as it was, at the same time. Sent within the undo time."""

    booking_id: k.BookingId
    person_id: k.PersonId
    person_revision: k.Revision
    starts_at: k.StartsAt
    document_ids: k.DocumentIds = ()
    sequence: k.Sequence


class HoldExpired(BookingEvent, category="booking", key="booking_id"):
    """A booking ended because it was not confirmed in time. Sent when its limit has passed."""

    booking_id: k.BookingId
    stage: Annotated[HoldStage, about(Privacy.ENUM, "How far the booking had come.")]
    reason: Annotated[ExpiryReason, about(Privacy.ENUM, "Why it expired.")]


class BookingDisplaced(BookingEvent, category="booking", key="booking_id"):
    """A confirmed booking lost its place to a closure. Sent once per booking that the closure hits."""

    booking_id: k.BookingId
    person_id: k.PersonId
    person_revision: k.Revision
    closure_id: k.ClosureId
    starts_at: k.StartsAt
    proposals: Annotated[tuple[Instant, ...], about(Privacy.TIME, "Starts that are proposed instead.")]
    answer_until: Annotated[Instant, about(Privacy.TIME, "Without an answer it is cancelled then.")]


class BookingRestored(BookingEvent, category="booking", key="booking_id"):
    """A displaced booking has its place back. Sent when the closure was lifted."""

    booking_id: k.BookingId
    person_id: k.PersonId
    person_revision: k.Revision
    starts_at: k.StartsAt
    document_ids: k.DocumentIds = ()
    sequence: k.Sequence


class AppointmentMissed(BookingEvent, category="booking", key="booking_id"):
    """A confirmed person did not come. Sent when the late window after the start has passed.

    A later CitizenAdmitted of the same booking takes it back.
    """

    booking_id: k.BookingId
    person_id: k.PersonId
    person_revision: k.Revision
    kind: Kind
    starts_at: k.StartsAt
    document_ids: k.DocumentIds = ()
