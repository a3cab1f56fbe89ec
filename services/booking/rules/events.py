"""Booking's private events: facts that its rules need and that no topic ever carries.

Promises: no text about people, no draw that an outsider could read before its moment.
Shown by ``tests/rules/booking/test_publish.py``.
"""

from __future__ import annotations

from datetime import time
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from buergerbuero_contracts.booking import BookingEvent, ConfirmationRequested, Pool
from buergerbuero_contracts.documents import DocumentKind
from buergerbuero_contracts.envelope import Code, Count, Day, Instant, Minutes, Value

from .floor_events import PRIVATE_OF_FLOOR
from .settings import ProtectionLevel, ReleasePolicy, SiteSettings
from .waiting_events import PRIVATE_OF_WAITING_LIST

# --- day_plan


class ReleaseDraw(Value):
    """When one half hour of a counter first opens to the public. ``starts_at`` begins the half hour."""

    counter: Code
    starts_at: Instant
    bookable_from: Instant


class ReleaseDrawn(BookingEvent, category="day_plan"):
    """The release moments of a day's online places, or of the parts that a changed frame added."""

    site: Code
    date: Day
    draws: tuple[ReleaseDraw, ...]


class PlaceSetAside(BookingEvent, category="day_plan"):
    """A place that came back is kept from the public until ``public_from``.

    The interval is the freed part up to the end of its hygiene buffer; until ``public_from`` only
    the booking that gave it back can have it again, and from ``offer_from`` on only the waiting list.
    """

    site: Code
    date: Day
    booking_id: UUID
    slot_id: UUID
    counter: Code
    pool: Pool
    lent_by: Pool | None = None
    starts_at: Instant
    occupied_until: Instant
    public_from: Instant
    offer_from: Instant | None = None


# --- booking


class EmergencyReason(StrEnum):
    """Why staff gave an emergency place."""

    TRAVEL = "travel"
    THEFT = "theft"
    BEREAVEMENT = "bereavement"
    DEADLINE = "deadline"
    OFFICE_FAULT = "office_fault"


class EmergencyGranted(BookingEvent, category="booking"):
    """Why this booking got an emergency place. Stored with its BookingOpened."""

    booking_id: UUID
    reason: EmergencyReason


class HoldExtended(BookingEvent, category="booking"):
    """The citizen needs more time to type. ``extension`` counts from 1."""

    booking_id: UUID
    hold_until: Instant
    extension: Count


class ConfirmationWithheld(ConfirmationRequested, category="booking", key=()):
    """The same of a mailbox that had its mails: nobody outside can tell, but no mail goes out yet."""


class ConfirmationUndeliverable(BookingEvent, category="booking"):
    """The mail of this attempt came back; the booking ends early unless the address is corrected."""

    booking_id: UUID
    attempt: Count
    confirm_until: Instant


class ContactUnreachable(BookingEvent, category="booking"):
    """A mail to the person of a confirmed booking came back: the desk should know."""

    booking_id: UUID


class AttendanceReaffirmed(BookingEvent, category="booking"):
    """The person said again that they will come."""

    booking_id: UUID


# --- person_documents


class Leaving(StrEnum):
    """How a document left the office. What was shipped may come back, the others are final."""

    HANDED_OVER = "handed_over"
    SHIPPED = "shipped"
    ENDED = "ended"


class DocumentsAwaited(BookingEvent, category="person_documents"):
    """Documents of a person are coming or called for. The stream is the person's.

    ``keep_until`` and ``revision`` are those that the person's row got by it, if it changed.
    """

    document_ids: tuple[UUID, ...]
    keep_until: Instant | None = None
    revision: Count | None = None


class DocumentsBooked(BookingEvent, category="person_documents"):
    """A pick-up took documents of a person."""

    booking_id: UUID
    document_ids: tuple[UUID, ...]


class DocumentLeft(BookingEvent, category="person_documents"):
    """A document of a person left the office; see ``DocumentsAwaited`` for the row."""

    document_id: UUID
    kind: DocumentKind
    leaving: Leaving
    keep_until: Instant | None = None
    revision: Count | None = None


# --- catalogue


class CombinationsSet(BookingEvent, category="catalogue"):
    """The sets a service belongs to; services that share one combine. Stored with ServiceDescribed."""

    site: Code
    service_: Code
    sets: tuple[Code, ...]


# --- opening


class CounterSetup(Value):
    """What a counter is: its skills are sets of services."""

    counter: Code
    skills: tuple[Code, ...]
    hygiene_buffer: Minutes = 5
    people_max: Annotated[int, Field(ge=1)] = 2
    cleaning_every: Minutes = 120
    cleaning_minutes: Minutes = 5
    step_free: bool = True


class PatternRow(Value):
    """Regular hours: weekdays (1 = Monday), every n weeks from an anchor or the nth of the month."""

    row: Code
    weekdays: tuple[int, ...]
    from_: time
    until: time
    counters: tuple[Code, ...] = ()
    pool: Pool
    valid_from: Day
    valid_until: Day | None = None
    every_weeks: Annotated[int, Field(ge=1, le=52)] = 1
    anchor: Day | None = None
    nth: Annotated[int, Field(ge=1, le=5)] | None = None


class DayBlock(Value):
    """Hours of a single date."""

    from_: time
    until: time
    counters: tuple[Code, ...]
    pool: Pool


class ExceptionMode(StrEnum):
    """Whether the blocks of an exception stand instead of the pattern or beside it."""

    REPLACES = "replaces"
    ADDS = "adds"


class SiteConfigured(BookingEvent, category="opening"):
    """The settings of a site."""

    site: Code
    settings: SiteSettings


class ReleasePolicySet(BookingEvent, category="opening"):
    """When online places open."""

    site: Code
    policy: ReleasePolicy


class ProtectionLevelSet(BookingEvent, category="opening"):
    """How strict the limits are from now on. ``calm_from``: raised by itself, at least until then."""

    site: Code
    level: ProtectionLevel
    calm_from: Instant | None = None


class CounterArranged(BookingEvent, category="opening"):
    """A counter was set up or changed."""

    site: Code
    setup: CounterSetup


class HoursAdded(BookingEvent, category="opening"):
    """A row of regular hours."""

    site: Code
    pattern: PatternRow


class HoursEnded(BookingEvent, category="opening"):
    """A row of regular hours ends after ``valid_until``."""

    site: Code
    row: Code
    valid_until: Day


class ExceptionAdded(BookingEvent, category="opening"):
    """Hours of a single date. Several entries of a date count together, whatever their order."""

    site: Code
    exception: Code
    date: Day
    mode: ExceptionMode
    blocks: tuple[DayBlock, ...] = ()


class ExceptionRemoved(BookingEvent, category="opening"):
    """An entry of a single date was taken back."""

    site: Code
    exception: Code
    date: Day


PRIVATE: tuple[type[BookingEvent], ...] = (
    ReleaseDrawn,
    PlaceSetAside,
    EmergencyGranted,
    HoldExtended,
    ConfirmationWithheld,
    ConfirmationUndeliverable,
    ContactUnreachable,
    AttendanceReaffirmed,
    DocumentsAwaited,
    DocumentsBooked,
    DocumentLeft,
    CombinationsSet,
    SiteConfigured,
    ReleasePolicySet,
    ProtectionLevelSet,
    CounterArranged,
    HoursAdded,
    HoursEnded,
    ExceptionAdded,
    ExceptionRemoved,
    *PRIVATE_OF_FLOOR,
    *PRIVATE_OF_WAITING_LIST,
)
"""All of them; with the registry's public ones they are the types that booking's log may hold."""
