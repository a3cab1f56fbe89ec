"""Appointments: which booking has which counter when, and the proof that no two overlap.

Promises: fed from the own log in position order, because topics are ordered per booking, not per
place; a place includes the counter's hygiene buffer; two live places that overlap violate the
exclusion constraint, which parks the event and raises the alarm "double booking" (its count is 0).
Shown by ``tests/log/test_appointments.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec

from servicekit.projection import LOG, Projection, Row, Seen, Step, last_per_key


class Reserved(msgspec.Struct, frozen=True):
    """SlotReserved."""

    booking_id: UUID
    site: str
    counter: str
    starts_at: datetime
    ends_at: datetime
    occupied_until: datetime


class Released(msgspec.Struct, frozen=True):
    """SlotReleased."""

    booking_id: UUID
    site: str
    counter: str
    starts_at: datetime
    ends_at: datetime


def appointments(seen: Sequence[Seen]) -> list[Row]:
    """The last word of the batch on each booking."""
    last = last_per_key(seen, lambda one: one.data.booking_id)
    return [_row(last[booking_id]) for booking_id in sorted(last)]


def _row(seen: Seen) -> Row:
    slot, live = seen.data, seen.type == "SlotReserved"
    until = slot.occupied_until if live else slot.ends_at
    return (slot.booking_id, slot.site, slot.counter, slot.starts_at, slot.ends_at, until, live)


UPSERT = """
INSERT INTO appointment AS held (booking_id, site, counter, starts_at, ends_at, during, live)
SELECT booking_id, site, counter, starts_at, ends_at, tstzrange(starts_at, until), live
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[],
            $6::timestamptz[], $7::boolean[])
     slot (booking_id, site, counter, starts_at, ends_at, until, live)
ON CONFLICT (booking_id) DO UPDATE SET
    site = excluded.site, counter = excluded.counter, starts_at = excluded.starts_at,
    ends_at = excluded.ends_at, during = excluded.during, live = excluded.live
"""

APPOINTMENTS = Projection(
    name="booking.appointments.v1",
    topics=(LOG,),
    reads={"SlotReserved": Reserved, "SlotReleased": Released},
    steps=(Step(appointments, UPSERT),),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("appointment",),
)
