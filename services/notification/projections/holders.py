"""Read model ``notification.holders.v1``: which bookings a person has.

Promises: one row per booking whose person is known, with the newest revision and attempt that an event named;
the same events split at any place give equal rows. Opaque ids and numbers only.
Shown by ``tests/rules/notification/test_holders.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import UUID

import msgspec

from buergerbuero_contracts import topics
from servicekit.postgres import Pool
from servicekit.projection import Projection, Row, Seen, Step
from servicekit.read_model import read_model

NAME = "notification.holders.v1"


class Named(msgspec.Struct):
    """ConfirmationRequested, BookingConfirmed and BookingRescheduled. The move of a hold names nobody."""

    booking_id: UUID
    person_id: UUID | None = None
    person_revision: int | None = None
    attempt: int | None = None


READS: Mapping[str, type[msgspec.Struct]] = {
    "ConfirmationRequested": Named,
    "BookingConfirmed": Named,
    "BookingRescheduled": Named,
}


def rows(seen: Sequence[Seen]) -> Sequence[Row]:
    """One row per booking: the greatest of each number."""
    merged: dict[UUID, tuple[UUID, int, int]] = {}
    for one in seen:
        data: Named = one.data
        if data.person_id is not None:
            _person, revision, attempt = merged.get(data.booking_id, (data.person_id, 1, 1))
            newest = max(revision, data.person_revision or 1), max(attempt, data.attempt or 1)
            merged[data.booking_id] = (data.person_id, *newest)
    return [(booking, *row) for booking, row in sorted(merged.items())]


UPSERT = """
INSERT INTO holder AS known (booking_id, person_id, revision, attempt)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[])
ON CONFLICT (booking_id) DO UPDATE SET
    person_id = excluded.person_id,
    revision = greatest(known.revision, excluded.revision),
    attempt = greatest(known.attempt, excluded.attempt)"""

HOLDERS = Projection(
    name=NAME,
    topics=(topics.BOOKING,),
    reads=READS,
    steps=(Step(rows, UPSERT),),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("holder",),
)

_OF_PEOPLE = """
SELECT booking_id, person_id, revision, attempt FROM holder WHERE person_id = ANY($1::uuid[])
ORDER BY booking_id"""


class Holders:
    """The bookings of people."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, people: Sequence[UUID]) -> Sequence[Mapping[str, object]]:
        """``booking_id``, ``person_id``, ``revision``, ``attempt`` of every booking these people ever had."""
        async with read_model(self._pool, NAME) as connection:
            return [dict(row) for row in await connection.fetch(_OF_PEOPLE, list(people))]
