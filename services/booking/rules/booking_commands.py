"""The commands of a booking. ``at`` is the time of the decision. See ``booking.py``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec

from buergerbuero_contracts.booking import BookingKind, By, CancelReason, Channel, ExpiryReason, Method
from buergerbuero_contracts.envelope import Item

from .events import EmergencyReason
from .settings import DEFAULTS, SiteSettings


class OpenBooking(msgspec.Struct, frozen=True, kw_only=True):
    """Begin a booking on the place just reserved. Without ``hold_until`` a proof follows at once."""

    booking_id: UUID
    kind: BookingKind
    channel: Channel
    site: str
    starts_at: datetime
    ends_at: datetime
    items: tuple[Item, ...]
    persons: int
    language: str
    hold_until: datetime | None
    emergency: EmergencyReason | None = None
    document_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmAtOnce:
    """Confirm a booking whose person is proven otherwise: present, by letter, spoken code or grant."""

    person_id: UUID
    person_revision: int
    method: Method
    invitation_id: UUID | None = None
    settings: SiteSettings = DEFAULTS


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendHold:
    """More time to type."""

    at: datetime
    settings: SiteSettings = DEFAULTS


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveContact:
    """Name a person, who then confirms by a mailed link, written in ``language``."""

    person_id: UUID
    person_revision: int
    language: str | None = None
    at: datetime
    settings: SiteSettings = DEFAULTS


@dataclass(frozen=True, slots=True, kw_only=True)
class ResendConfirmation:
    """Mail the link again."""

    at: datetime
    settings: SiteSettings = DEFAULTS


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectAddress:
    """Mail the link to another address. ``person_revision`` is that of the corrected row."""

    person_revision: int
    at: datetime
    settings: SiteSettings = DEFAULTS


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmBooking:
    """The button behind the mailed link. ``attempt`` stands in the link."""

    attempt: int
    at: datetime
    settings: SiteSettings = DEFAULTS


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportUndeliverable:
    """The mail of an attempt came back."""

    attempt: int
    at: datetime
    settings: SiteSettings = DEFAULTS


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireHold:
    """End a booking that was not confirmed in time."""

    at: datetime
    reason: ExpiryReason = ExpiryReason.TIME


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelBooking:
    """End a booking. Citizens type the code or the day of their appointment; the office has a reason."""

    by: By
    reason: CancelReason
    at: datetime
    code_matches: bool = False
    typed_day: date | None = None
    settings: SiteSettings = DEFAULTS


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoCancel:
    """Take a cancellation back."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RescheduleBooking:
    """Move to another time. ``person_revision`` is that of the row, if there is a person."""

    starts_at: datetime
    by: By
    at: datetime
    person_revision: int | None = None
    settings: SiteSettings = DEFAULTS


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteUnreachable:
    """A mail to the person came back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaffirmAttendance:
    """The person will come."""


Command = (
    OpenBooking
    | ConfirmAtOnce
    | ExtendHold
    | GiveContact
    | ResendConfirmation
    | CorrectAddress
    | ConfirmBooking
    | ReportUndeliverable
    | ExpireHold
    | CancelBooking
    | UndoCancel
    | RescheduleBooking
    | NoteUnreachable
    | ReaffirmAttendance
)
