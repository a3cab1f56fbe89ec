"""Read model ``notification.booking_state.v2``: what a mail has to know of its booking.

Promises: one row per booking with its latest state and the position that brought it; a later event only
changes what it carries, so the mail about a cancellation can still name services, site and time; the same
events split at any place give equal rows. Opaque ids, codes and times only.
Shown by ``tests/rules/notification/test_booking_state.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from buergerbuero_contracts import topics
from servicekit.postgres import Pool
from servicekit.projection import Projection, Row, Seen, Step
from servicekit.read_model import read_model
from services.notification.facts import BookingFacts
from services.notification.rules.templates import BookingPhase, SourceNow

NAME = "notification.booking_state.v2"


class Asked(msgspec.Struct):
    """A service and for how many people."""

    service: str
    quantity: int = 1


class Opened(msgspec.Struct):
    """BookingOpened."""

    booking_id: UUID
    site: str
    items: list[Asked]
    persons: int
    kind: str
    starts_at: datetime | None = None


class Requested(msgspec.Struct):
    """ConfirmationRequested."""

    booking_id: UUID
    starts_at: datetime
    confirm_until: datetime
    language: str


class Placed(msgspec.Struct):
    """BookingConfirmed and BookingRescheduled; a move of a mere hold has no ``method``."""

    booking_id: UUID
    site: str
    items: list[Asked]
    persons: int
    language: str
    sequence: int
    kind: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    method: str | None = None


class Cancelled(msgspec.Struct):
    """BookingCancelled."""

    booking_id: UUID
    reason: str
    sequence: int
    undo_until: datetime | None = None


class Revived(msgspec.Struct):
    """CancellationUndone and BookingRestored."""

    booking_id: UUID
    starts_at: datetime
    sequence: int


class Noted(msgspec.Struct):
    """What only changes the phase."""

    booking_id: UUID


READS: Mapping[str, type[msgspec.Struct]] = {
    "BookingOpened": Opened,
    "ConfirmationRequested": Requested,
    "BookingConfirmed": Placed,
    "BookingRescheduled": Placed,
    "BookingCancelled": Cancelled,
    "CancellationUndone": Revived,
    "BookingRestored": Revived,
    "BookingDisplaced": Noted,
    "HoldExpired": Noted,
    "CitizenAdmitted": Noted,
    "AppointmentMissed": Noted,
}
PHASES = {
    "BookingOpened": BookingPhase.HELD,
    "ConfirmationRequested": BookingPhase.UNCONFIRMED,
    "BookingConfirmed": BookingPhase.CONFIRMED,
    "BookingRescheduled": BookingPhase.CONFIRMED,
    "BookingCancelled": BookingPhase.CANCELLED,
    "CancellationUndone": BookingPhase.CONFIRMED,
    "BookingRestored": BookingPhase.CONFIRMED,
    "BookingDisplaced": BookingPhase.DISPLACED,
    "HoldExpired": BookingPhase.EXPIRED,
    "CitizenAdmitted": BookingPhase.ADMITTED,
    "AppointmentMissed": BookingPhase.MISSED,
}
SPEAKING = frozenset(PHASES) - {"BookingOpened", "HoldExpired", "CitizenAdmitted", "AppointmentMissed"}
"""Events that a mail may speak of."""
COLUMNS = (
    "booking_id",
    "position",
    "changed_at",
    "phase",
    "site",
    "items",
    "persons",
    "starts_at",
    "ends_at",
    "language",
    "sequence",
    "confirm_until",
    "cancel_reason",
    "undo_until",
    "kind",
)
PLAIN = (
    "site",
    "persons",
    "starts_at",
    "ends_at",
    "language",
    "sequence",
    "confirm_until",
    "undo_until",
    "kind",
)
"""Columns that an event fills under the same name."""


def change(one: Seen) -> dict[str, Any]:
    """What one event says about its booking; what it does not say is left out."""
    data, phase = one.data, PHASES[one.type]
    if isinstance(data, Placed) and data.method is None:
        phase = BookingPhase.HELD
    told: dict[str, Any] = {"booking_id": data.booking_id, "position": one.position, "phase": str(phase)}
    if one.type in SPEAKING:
        told["changed_at"] = one.position
    for name in PLAIN:
        told[name] = getattr(data, name, None)
    told["cancel_reason"] = getattr(data, "reason", None)
    items = getattr(data, "items", None)
    told["items"] = items and msgspec.json.encode([[a.service, a.quantity] for a in items]).decode()
    return {name: value for name, value in told.items() if value is not None}


def rows(seen: Sequence[Seen]) -> Sequence[Row]:
    """One row per booking: the last word on each column."""
    merged: dict[UUID, dict[str, Any]] = {}
    for one in seen:
        merged.setdefault(one.data.booking_id, {}).update(change(one))
    return [tuple(row.get(name) for name in COLUMNS) for _, row in sorted(merged.items())]


UPSERT = """
INSERT INTO booking_state AS known (booking_id, position, changed_at, phase, site, items, persons, starts_at,
    ends_at, language, sequence, confirm_until, cancel_reason, undo_until, kind)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::json[], $7::int[],
    $8::timestamptz[], $9::timestamptz[], $10::text[], $11::int[], $12::timestamptz[], $13::text[],
    $14::timestamptz[], $15::text[])
ON CONFLICT (booking_id) DO UPDATE SET
    position = excluded.position,
    phase = excluded.phase,
    changed_at = coalesce(excluded.changed_at, known.changed_at),
    site = coalesce(excluded.site, known.site),
    items = coalesce(excluded.items, known.items),
    persons = coalesce(excluded.persons, known.persons),
    starts_at = coalesce(excluded.starts_at, known.starts_at),
    ends_at = coalesce(excluded.ends_at, known.ends_at),
    language = coalesce(excluded.language, known.language),
    sequence = coalesce(excluded.sequence, known.sequence),
    confirm_until = coalesce(excluded.confirm_until, known.confirm_until),
    cancel_reason = coalesce(excluded.cancel_reason, known.cancel_reason),
    undo_until = coalesce(excluded.undo_until, known.undo_until),
    kind = coalesce(excluded.kind, known.kind)"""

BOOKING_STATE = Projection(
    name=NAME,
    topics=(topics.BOOKING,),
    reads=READS,
    steps=(Step(rows, UPSERT),),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("booking_state",),
)

_BY_ID = """
SELECT booking_id, position, changed_at, phase, site, items::text AS items, persons, starts_at, ends_at,
       language, sequence, confirm_until, cancel_reason, undo_until, kind
FROM booking_state WHERE booking_id = $1"""


class Bookings:
    """The bookings as the mailer asks for them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def row(self, booking_id: UUID) -> Mapping[str, Any] | None:
        """The row of a booking, from the generation that counts."""
        async with read_model(self._pool, NAME) as connection:
            found = await connection.fetchrow(_BY_ID, booking_id)
        return dict(found) if found is not None else None

    async def language(self, booking_id: UUID) -> str | None:
        """The language a booking was made in, if known."""
        row = await self.row(booking_id)
        return row["language"] if row is not None else None


def now_of(row: Mapping[str, Any] | None) -> SourceNow | None:
    """What the stale check needs."""
    if row is None:
        return None
    return SourceNow(row["position"], row["changed_at"] or 0, BookingPhase(row["phase"]))


def facts_of(row: Mapping[str, Any], source_type: str) -> BookingFacts:
    """What a mail tells. Raises ``LookupError`` where the booking's beginning was never seen."""
    needed = {name: row[name] for name in ("site", "items", "persons", "starts_at")}
    if None in needed.values():
        raise LookupError("booking known in part only")
    return BookingFacts(
        booking_id=row["booking_id"],
        site=row["site"],
        items=[(service, quantity) for service, quantity in msgspec.json.decode(row["items"])],
        persons=row["persons"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        sequence=row["sequence"] or 0,
        confirm_until=row["confirm_until"],
        reason=row["cancel_reason"],
        undo_until=row["undo_until"],
        restored=source_type in ("CancellationUndone", "BookingRestored"),
        pickup=row["kind"] == "pickup",
    )
