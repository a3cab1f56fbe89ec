"""Funnel: held, contact given, mail accepted, confirmed; and how it ended, by week of reservation.

Promises: each booking counts once in a stage, however often it was moved, mailed again or revived;
moves, staff bookings and pick-ups are no reservations; a hold that expired and was taken up again
is not expired. Shown by ``tests/way/test_funnel_and_lead_time.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import msgspec

from buergerbuero_contracts import topics
from servicekit.projection import Projection, Row, Seen, Step

from .merge import earliest, first, last, rows_of
from .read import Connection, Periods, Span, pairs


class Reserved(msgspec.Struct, frozen=True):
    """SlotReserved."""

    booking_id: UUID
    site: str
    purpose: str
    starts_at: datetime


class Booking(msgspec.Struct, frozen=True):
    """An event of the booking's own life."""

    booking_id: UUID


class Expired(msgspec.Struct, frozen=True):
    """HoldExpired."""

    booking_id: UUID
    stage: str


class Sent(msgspec.Struct, frozen=True):
    """MessageSent: the mail server took a message."""

    template: str
    booking_id: UUID | None = None


COLUMNS = (
    "site",
    "reserved_at",
    "starts_at",
    "contact_given_at",
    "mail_accepted_at",
    "confirmed_at",
    "state",
)
"""``state`` is the booking's latest; an expired hold's names its stage. The rest are first moments."""


def _row(booking_id: UUID | None, **known: object) -> Row:
    return (booking_id, *map(known.get, COLUMNS))


def _reserved(seen: Seen) -> Row:
    if seen.data.purpose != "hold":
        return _row(seen.data.booking_id)
    return _row(seen.data.booking_id, site=seen.data.site, reserved_at=seen.at, starts_at=seen.data.starts_at)


def _expired(seen: Seen) -> Row:
    """Whoever did not confirm had given a contact, also if its mail was withheld: that is told to nobody."""
    given_at = seen.at if seen.data.stage == "unconfirmed" else None
    return _row(seen.data.booking_id, contact_given_at=given_at, state=f"expired_{seen.data.stage}")


_own_life = rows_of(
    {
        "SlotReserved": _reserved,
        "BookingOpened": lambda e: _row(e.data.booking_id, state="held"),
        "ConfirmationRequested": lambda e: _row(
            e.data.booking_id, contact_given_at=e.at, state="unconfirmed"
        ),
        "BookingConfirmed": lambda e: _row(e.data.booking_id, confirmed_at=e.at, state="confirmed"),
        "HoldExpired": _expired,
        "BookingCancelled": lambda e: _row(e.data.booking_id, state="cancelled"),
        "CancellationUndone": lambda e: _row(e.data.booking_id, state="confirmed"),
        "BookingRestored": lambda e: _row(e.data.booking_id, state="confirmed"),
        "MessageSent": lambda e: _row(e.data.booking_id, mail_accepted_at=e.at),
    },
    rules=(first, earliest, first, earliest, earliest, earliest, last),
)


def bookings(seen: Sequence[Seen]) -> list[Row]:
    """One row per booking. Of messages only confirm requests for a booking count."""
    return _own_life([one for one in seen if one.type != "MessageSent" or _confirm_request(one.data)])


def _confirm_request(sent: Sent) -> bool:
    return sent.template == "confirm_request" and sent.booking_id is not None


BOOKINGS = """
INSERT INTO booking AS t
    (booking_id, site, reserved_at, starts_at, contact_given_at, mail_accepted_at, confirmed_at, state)
SELECT * FROM unnest(
    $1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[],
    $5::timestamptz[], $6::timestamptz[], $7::timestamptz[], $8::text[]
)
ON CONFLICT (booking_id) DO UPDATE SET
    site = coalesce(t.site, excluded.site),
    reserved_at = least(t.reserved_at, excluded.reserved_at),
    starts_at = coalesce(t.starts_at, excluded.starts_at),
    contact_given_at = least(t.contact_given_at, excluded.contact_given_at),
    mail_accepted_at = least(t.mail_accepted_at, excluded.mail_accepted_at),
    confirmed_at = least(t.confirmed_at, excluded.confirmed_at),
    state = coalesce(excluded.state, t.state)
"""

FUNNEL = Projection(
    name="reporting.funnel.v2",
    topics=(topics.BOOKING, topics.NOTIFICATION),
    reads={
        "SlotReserved": Reserved,
        "BookingOpened": Booking,
        "ConfirmationRequested": Booking,
        "BookingConfirmed": Booking,
        "HoldExpired": Expired,
        "BookingCancelled": Booking,
        "CancellationUndone": Booking,
        "BookingRestored": Booking,
        "MessageSent": Sent,
    },
    steps=(Step(bookings, BOOKINGS),),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("booking",),
)


# Queries. ``site`` None means the whole office.

STAGES = """
SELECT
    p.label,
    count(*) AS held,
    count(contact_given_at) AS contact_given,
    count(mail_accepted_at) AS mail_accepted,
    count(confirmed_at) AS confirmed,
    count(*) FILTER (WHERE state = 'expired_held') AS expired_held,
    count(*) FILTER (WHERE state = 'expired_unconfirmed') AS expired_unconfirmed,
    count(*) FILTER (WHERE state = 'cancelled') AS cancelled,
    count(*) FILTER (WHERE lead_days <= 14) AS within_14
FROM unnest($1::text[], $2::date[]) AS p (label, week)
JOIN booking AS b USING (week)
WHERE $3::text IS NULL OR b.site = $3
GROUP BY 1
"""

FEEDS = """
SELECT
    min(week) AS first,
    max(week) AS last,
    min(week) FILTER (WHERE mail_accepted_at IS NOT NULL) AS first_mail,
    max(week) FILTER (WHERE mail_accepted_at IS NOT NULL) AS last_mail
FROM booking
WHERE week IS NOT NULL AND ($1::text IS NULL OR site = $1)
"""


class Stages(NamedTuple):
    """Bookings of a period by the stages they reached, as far as known now."""

    held: int = 0
    contact_given: int = 0
    mail_accepted: int = 0
    confirmed: int = 0
    expired_held: int = 0
    expired_unconfirmed: int = 0
    cancelled: int = 0
    within_14: int = 0


async def stages(read: Connection, periods: Periods, site: str | None = None) -> dict[str, Stages]:
    """The funnel per period of reservation; a period without reservations is left out."""
    rows = await read.fetch(STAGES, *pairs(periods), site)
    return {row["label"]: Stages(*(row[name] for name in Stages._fields)) for row in rows}


async def feeds(read: Connection, site: str | None = None) -> dict[str, Span]:
    """Since when and until when reservations (``bookings``) and accepted mails (``mails``) are told."""
    (row,) = await read.fetch(FEEDS, site)
    return {"bookings": Span(row["first"], row["last"]), "mails": Span(row["first_mail"], row["last_mail"])}
