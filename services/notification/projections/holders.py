"""Read model ``notification.holders.v2``: which bookings a person has, and which calls to collect documents.

Promises: one row per booking whose person is known, with the newest revision and attempt that an event
named, and one per invitation; the same events split at any place give equal rows. Opaque ids, codes and
numbers only.
Shown by ``tests/rules/notification/test_holders.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from buergerbuero_contracts import topics
from servicekit.postgres import Pool
from servicekit.projection import Projection, Row, Seen, Step, last_per_key
from servicekit.read_model import read_model

NAME = "notification.holders.v2"


class Named(msgspec.Struct):
    """ConfirmationRequested, BookingConfirmed and BookingRescheduled. The move of a hold names nobody."""

    booking_id: UUID
    person_id: UUID | None = None
    person_revision: int | None = None
    attempt: int | None = None


class Called(msgspec.Struct):
    """PickupInvited and PickupReminded."""

    invitation_id: UUID
    person_id: UUID
    person_revision: int
    document_ids: list[UUID]
    language: str


READS: Mapping[str, type[msgspec.Struct]] = {
    "ConfirmationRequested": Named,
    "BookingConfirmed": Named,
    "BookingRescheduled": Named,
    "PickupInvited": Called,
    "PickupReminded": Called,
}


def rows(seen: Sequence[Seen]) -> Sequence[Row]:
    """One row per booking: the greatest of each number."""
    merged: dict[UUID, tuple[UUID, int, int]] = {}
    for one in seen:
        data = one.data
        if isinstance(data, Named) and data.person_id is not None:
            _person, revision, attempt = merged.get(data.booking_id, (data.person_id, 1, 1))
            newest = max(revision, data.person_revision or 1), max(attempt, data.attempt or 1)
            merged[data.booking_id] = (data.person_id, *newest)
    return [(booking, *row) for booking, row in sorted(merged.items())]


def calls(seen: Sequence[Seen]) -> Sequence[Row]:
    """One row per invitation, as its last event named it."""
    own = [one for one in seen if isinstance(one.data, Called)]
    last = last_per_key(own, lambda one: one.data.invitation_id)
    return [_call(one.data) for _, one in sorted(last.items())]


def _call(data: Called) -> Row:
    documents = msgspec.json.encode(data.document_ids).decode()
    return (data.invitation_id, data.person_id, data.person_revision, documents, data.language)


UPSERT = """
INSERT INTO holder AS known (booking_id, person_id, revision, attempt)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[])
ON CONFLICT (booking_id) DO UPDATE SET
    person_id = excluded.person_id,
    revision = greatest(known.revision, excluded.revision),
    attempt = greatest(known.attempt, excluded.attempt)"""
UPSERT_CALL = """
INSERT INTO called (invitation_id, person_id, revision, document_ids, language)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::json[], $5::text[])
ON CONFLICT (invitation_id) DO UPDATE SET
    person_id = excluded.person_id,
    revision = excluded.revision,
    document_ids = excluded.document_ids,
    language = excluded.language"""

HOLDERS = Projection(
    name=NAME,
    topics=(topics.BOOKING, topics.DOCUMENTS),
    reads=READS,
    steps=(Step(rows, UPSERT), Step(calls, UPSERT_CALL)),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("holder", "called"),
)

_OF_PEOPLE = """
SELECT booking_id, person_id, revision, attempt FROM holder WHERE person_id = ANY($1::uuid[])
ORDER BY booking_id"""
_CALLED = """
SELECT invitation_id, person_id, revision, document_ids::text AS document_ids, language
FROM called WHERE person_id = ANY($1::uuid[]) ORDER BY invitation_id"""


class Holders:
    """The bookings of people, and the calls to them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, people: Sequence[UUID]) -> Sequence[Mapping[str, Any]]:
        """``booking_id``, ``person_id``, ``revision``, ``attempt`` of every booking these people ever had."""
        async with read_model(self._pool, NAME) as connection:
            return [dict(row) for row in await connection.fetch(_OF_PEOPLE, list(people))]

    async def called(self, people: Sequence[UUID]) -> Sequence[Mapping[str, Any]]:
        """Of every call to them what it named: columns of ``called``."""
        async with read_model(self._pool, NAME) as connection:
            found = [dict(row) for row in await connection.fetch(_CALLED, list(people))]
        return [row | {"document_ids": _ids(row["document_ids"])} for row in found]


def _ids(encoded: str) -> tuple[UUID, ...]:
    return msgspec.json.decode(encoded, type=tuple[UUID, ...])
