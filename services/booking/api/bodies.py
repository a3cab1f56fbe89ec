"""What calls to the JSON API carry, and what they answer.

Promises: unknown fields are refused, every value is bounded; instants go out as Berlin local time
with offset; a booking's answer never holds more of a person than the first letter of the name and
the domain of the address. Shown by ``tests/way/test_booking_api.py``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from servicekit.decider import Refused

Code = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,39}$")]
Instant = Annotated[datetime, Meta(tz=True, description="RFC 3339 with offset.")]
Language = Literal["de", "de-leicht", "en", "da"]
Typed = Annotated[str, Meta(max_length=320)]
Need = Literal["wheelchair", "interpreter", "sign_language"]
Token = Annotated[str, Meta(min_length=54, max_length=54)]


def near(field: str, *days: date | None) -> None:
    """Refuse dates that no calendar arithmetic of ours must meet: outside 2000 to 2100."""
    if any(day is not None and not 2000 <= day.year <= 2100 for day in days):
        raise Refused("invalid-input", errors={field: "range"})


class Body(Struct, frozen=True, forbid_unknown_fields=True):
    """What is common to all bodies of requests."""


class ItemBody(Body, frozen=True):
    """One service, and for how many people it is asked."""

    service: Code
    quantity: Annotated[int, Meta(ge=1, le=6)] = 1


class ContactBody(Body, frozen=True):
    """How to reach the person. Without e-mail only staff may book."""

    name: Typed
    email: Typed | None = None
    phone: Typed | None = None
    needs: Annotated[list[Need], Meta(max_length=3)] = []


class ReserveBody(Body, frozen=True):
    """A place that shall be held. The fields from ``channel`` on are for staff.

    ``proof`` is needed while the protection level is raised: the answer of a task of ``/hold-tasks``, or the
    token of a wish whose mailbox is proven.
    """

    site: Code
    starts_at: Instant
    items: Annotated[list[ItemBody], Meta(min_length=1, max_length=8)]
    persons: Annotated[int, Meta(ge=1, le=6)] = 1
    language: Language = "de"
    proof: Annotated[str, Meta(max_length=400)] = ""
    channel: Literal["phone", "desk"] | None = None
    pool: Literal["phone", "desk", "emergency", "pickup_window"] | None = None
    contact: ContactBody | None = None
    by_letter: bool = False
    reason: Literal["travel", "theft", "bereavement", "deadline", "office_fault"] | None = None

    @property
    def by_staff(self) -> bool:
        """True if it names anything that only staff may ask for."""
        return any((self.channel, self.pool, self.contact, self.reason, self.by_letter))


class TaskBody(Body, frozen=True):
    """What a hold shall be for."""

    site: Code
    items: Annotated[list[ItemBody], Meta(min_length=1, max_length=8)]
    persons: Annotated[int, Meta(ge=1, le=6)] = 1


class HoldTask(Struct, frozen=True, omit_defaults=True):
    """A task that costs a device a second or two. ``task`` is absent while no proof is needed.

    Its parts, between dots: rounds, numbers, end (Unix seconds), salt, beginning of the key, seal. The key
    of a number is PBKDF2-SHA-256 of its decimal digits with the salt's bytes, 32 bytes as hex. ``proof`` is
    the task, ``~`` and the key that begins as the task says.
    """

    needed: bool
    task: str | None = None
    until: datetime | None = None


class PickupBody(Body, frozen=True):
    """A time for the documents of a grant, which the documents' service gives.

    Staff who book for somebody name the invitation instead.
    """

    starts_at: Instant
    grant: Annotated[str, Meta(max_length=200)] = ""
    invitation_id: UUID | None = None


class AddressBody(Body, frozen=True):
    """The right address, after a wrong one."""

    email: Typed


class ConfirmBody(Body, frozen=True):
    """The token of the mailed link."""

    token: Token


class MoveBody(Body, frozen=True):
    """Another time for the same appointment. ``pool`` is for staff."""

    starts_at: Instant
    pool: Literal["phone", "desk", "emergency", "pickup_window"] | None = None


class CancelBody(Body, frozen=True):
    """The day or the code of the appointment, typed; staff give a reason instead."""

    code: Annotated[str, Meta(max_length=40)] | None = None
    date: date | None = None
    reason: Literal["booked_twice", "not_responsible", "office_fault", "citizen_wish"] | None = None


class NothingBody(Body, frozen=True):
    """A command without values: ``{}``."""


# --- answers


class Held(Struct, frozen=True, omit_defaults=True):
    """A place that is held. ``access`` proves the booking in later calls."""

    booking_id: UUID
    state: str
    starts_at: datetime
    ends_at: datetime
    extensions_left: int
    access: str
    hold_until: datetime | None = None
    spoken_code: str | None = None


class BookingState(Struct, frozen=True, omit_defaults=True):
    """A booking as its holder may see it."""

    booking_id: UUID
    state: str
    site: str
    items: tuple[ItemBody, ...]
    persons: int
    language: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    hold_until: datetime | None = None
    confirm_until: datetime | None = None
    undo_until: datetime | None = None
    extensions_left: int | None = None
    moves_left: int | None = None
    name_initial: str | None = None
    email_domain: str | None = None
    spoken_code: str | None = None
    access: str | None = None


class ServiceAnswer(Struct, frozen=True):
    """One service of the catalogue in the request's language. ``send_to`` is for what is posted."""

    code: str
    name: str
    minutes: int
    channels: tuple[str, ...]
    presence: str
    papers: tuple[str, ...]
    fee_cents: int | None
    combinable_with: tuple[str, ...]
    send_to: str | None


class Services(Struct, frozen=True):
    """The catalogue."""

    services: tuple[ServiceAnswer, ...]


class Hours(Struct, frozen=True):
    """Open from–until on one date, local clock."""

    date: date
    opens: str
    closes: str


class SiteAnswer(Struct, frozen=True):
    """One office."""

    code: str
    name: str
    address: str
    phone: str
    email: str
    opening_hours: tuple[Hours, ...]
    next_release_at: datetime | None


class Sites(Struct, frozen=True):
    """All offices."""

    sites: tuple[SiteAnswer, ...]


class DayCount(Struct, frozen=True):
    """How many times one date shows, and the first."""

    date: date
    count: int
    first_at: datetime


class Overview(Struct, frozen=True):
    """Days with free times. ``next_release_at`` is of the published policy, never a drawn moment."""

    days: tuple[DayCount, ...]
    next_at: datetime | None
    next_release_at: datetime | None


class FreeTime(Struct, frozen=True):
    """One time that can be had."""

    starts_at: datetime
    ends_at: datetime


class Times(Struct, frozen=True):
    """The free times of one date."""

    times: tuple[FreeTime, ...]


class FreeTimesOfDay(Struct, frozen=True):
    """The free times of one date."""

    date: date
    times: tuple[FreeTime, ...]


class PickupTimes(Struct, frozen=True):
    """What waits, where, and when the window has time for it. ``next_from``: ask again from that date."""

    site: str
    items: tuple[ItemBody, ...]
    days: tuple[FreeTimesOfDay, ...]
    next_from: date | None


class PlacedBooking(Struct, frozen=True):
    """A booking in the day's plan, without the person."""

    booking_id: UUID
    counter: str
    pool: str
    starts_at: datetime
    ends_at: datetime
    spoken_code: str


class PlannedBlock(Struct, frozen=True):
    """A stretch of one counter's day."""

    counter: str
    pool: str
    from_: datetime = msgspec.field(name="from")
    until: datetime


class DayAnswer(Struct, frozen=True):
    """The day plan as staff see it."""

    site: str
    date: date
    counters: tuple[str, ...]
    blocks: tuple[PlannedBlock, ...]
    bookings: tuple[PlacedBooking, ...]
