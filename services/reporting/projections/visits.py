"""Visits: who was let in or not, who did not come or cancelled late, and how long a service takes.

Promises: a duration is the time at a counter, without what lies between two parts of it; a visit whose
end was forgotten has none; no-shows are counted among the starts that stood, and a late admission or a
return to the queue takes one back; late is what a person cancelled less than a day before the start.
Shown by ``tests/way/test_visits.py`` and ``test_utilisation.py``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec

from buergerbuero_contracts import topics
from servicekit.projection import Projection, Row, Seen, Step

from .merge import first, last, rows_of

LATE = timedelta(hours=24)
"""Who cancels a shorter time before the start leaves a place that hardly anybody finds."""


class Delivered(msgspec.Struct, frozen=True):
    """One service of a visit."""

    service: str


class Finished(msgspec.Struct, frozen=True):
    """ServiceFinished, VisitCorrected."""

    visit_id: UUID
    site: str
    at: datetime
    delivered: tuple[Delivered, ...] = ()
    inaccurate: bool = False


class OfVisit(msgspec.Struct, frozen=True):
    """Another event of a visit."""

    booking_id: UUID
    visit_id: UUID
    site: str
    at: datetime


class Booked(msgspec.Struct, frozen=True):
    """An event of the booking. Without a planned start the person is a walk-in."""

    booking_id: UUID
    site: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class Cancelled(msgspec.Struct, frozen=True):
    """BookingCancelled."""

    booking_id: UUID
    by: str
    reason: str
    starts_at: datetime | None = None


class Refused(msgspec.Struct, frozen=True):
    """AdmissionRefused."""

    site: str
    at: datetime
    reason: str


class Admitted(msgspec.Struct, frozen=True):
    """CitizenAdmitted."""

    booking_id: UUID
    site: str
    admitted_at: datetime


def _booking(seen: Seen, **known: object) -> Row:
    columns = ("site", "starts_at", "ends_at", "confirmed", "cancelled", "late", "displaced", "present")
    return (seen.data.booking_id, *(known.get(name) for name in columns))


def _planned(seen: Seen, **known: object) -> Row:
    data = seen.data
    return _booking(seen, site=data.site, starts_at=data.starts_at, ends_at=data.ends_at, **known)


def _cancelled(seen: Seen) -> Row:
    """Whoever calls wished it too, though somebody of the office pressed the button."""
    data: Cancelled = seen.data
    own = data.by == "citizen" or data.reason == "citizen_wish"
    late = own and data.starts_at is not None and data.starts_at - seen.at < LATE
    return _booking(seen, cancelled=True, late=late)


bookings = rows_of(
    {
        "BookingConfirmed": lambda e: _planned(e, confirmed=True),
        "BookingRescheduled": lambda e: _planned(e, displaced=False),
        "BookingDisplaced": lambda e: _booking(e, displaced=True),
        "BookingRestored": lambda e: _planned(e, displaced=False),
        "BookingCancelled": _cancelled,
        "CancellationUndone": lambda e: _planned(e, cancelled=False, late=False),
        "AppointmentMissed": lambda e: _booking(e, present=False),
        "CitizenAdmitted": lambda e: _booking(e, present=True),
        "CitizenNotFound": lambda e: _booking(e, present=False),
        "VisitReturned": lambda e: _booking(e, present=True),
    },
    rules=(first, last, last, first, last, last, last, last),
)


def _finished(seen: Seen) -> Row:
    services = {one.service for one in seen.data.delivered}
    only = services.pop() if len(services) == 1 else ""
    ended = seen.type == "ServiceFinished"
    at, inaccurate = (seen.data.at, seen.data.inaccurate) if ended else (None, None)
    return (seen.data.visit_id, seen.data.site, only, at, inaccurate)


visits = rows_of(
    {"ServiceFinished": _finished, "VisitCorrected": _finished}, rules=(first, last, first, first)
)


def _turn(seen: Seen) -> Row:
    serving = seen.type == "ServiceStarted"
    return (seen.event_id, seen.data.visit_id, seen.data.at, seen.position, serving)


turns = rows_of(
    dict.fromkeys(("ServiceStarted", "VisitParked", "VisitTransferred", "ServiceFinished"), _turn),
    rules=(first,) * 4,
)

entries = rows_of(
    {
        "CitizenAdmitted": lambda e: (e.event_id, e.data.site, e.data.admitted_at, "admitted"),
        "AdmissionRefused": lambda e: (e.event_id, e.data.site, e.data.at, e.data.reason),
    },
    rules=(first,) * 3,
)

BOOKINGS = """
INSERT INTO booking AS t
    (booking_id, site, starts_at, ends_at, confirmed, cancelled, late, displaced, present)
SELECT * FROM unnest(
    $1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[],
    $5::boolean[], $6::boolean[], $7::boolean[], $8::boolean[], $9::boolean[]
)
ON CONFLICT (booking_id) DO UPDATE SET
    site = coalesce(t.site, excluded.site),
    starts_at = coalesce(excluded.starts_at, t.starts_at),
    ends_at = coalesce(excluded.ends_at, t.ends_at),
    confirmed = coalesce(t.confirmed, excluded.confirmed),
    cancelled = coalesce(excluded.cancelled, t.cancelled),
    late = coalesce(excluded.late, t.late),
    displaced = coalesce(excluded.displaced, t.displaced),
    present = coalesce(excluded.present, t.present)
"""

FINISHED = """
INSERT INTO visit AS t (visit_id, site, service, finished_at, inaccurate)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::boolean[])
ON CONFLICT (visit_id) DO UPDATE SET
    site = coalesce(t.site, excluded.site),
    service = coalesce(excluded.service, t.service),
    finished_at = coalesce(t.finished_at, excluded.finished_at),
    inaccurate = coalesce(t.inaccurate, excluded.inaccurate)
"""

TURNS = """
INSERT INTO turn (event_id, visit_id, at, position, serving)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::bigint[], $5::boolean[])
ON CONFLICT (event_id) DO NOTHING
"""

ENTRIES = """
INSERT INTO entry (event_id, site, at, result)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[])
ON CONFLICT (event_id) DO NOTHING
"""

VISITS = Projection(
    name="reporting.visits.v2",
    topics=(topics.BOOKING,),
    reads={
        "BookingConfirmed": Booked,
        "BookingRescheduled": Booked,
        "BookingDisplaced": Booked,
        "BookingRestored": Booked,
        "BookingCancelled": Cancelled,
        "CancellationUndone": Booked,
        "AppointmentMissed": Booked,
        "CitizenAdmitted": Admitted,
        "AdmissionRefused": Refused,
        "CitizenNotFound": OfVisit,
        "VisitReturned": OfVisit,
        "ServiceStarted": OfVisit,
        "VisitParked": OfVisit,
        "VisitTransferred": OfVisit,
        "ServiceFinished": Finished,
        "VisitCorrected": Finished,
    },
    steps=(Step(bookings, BOOKINGS), Step(visits, FINISHED), Step(turns, TURNS), Step(entries, ENTRIES)),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("booking", "visit", "turn", "entry"),
)
