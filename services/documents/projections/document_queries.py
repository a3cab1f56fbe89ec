"""What pages and API ask the read model ``documents.documents.v1``.

Promises: every query is bounded and runs on an index; ``seen`` tells up to which position of the log
the answers go. Shown by ``tests/log/test_documents_reads.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from servicekit.postgres import Pool
from servicekit.read_model import read_model

from .documents import NAME, OPEN

MOST = 1000
"""Rows of a list at most."""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One document as the read model has it. Instants are UTC; ``desk`` is the window or locker."""

    document_id: UUID
    kind: str
    variant: str
    delivery: str
    site: str
    ordered_at: datetime
    expected_on: date
    ordered_booking: UUID | None
    state: str
    place: str
    bin: str | None
    desk: str | None
    placed_at: datetime
    ready_at: datetime | None
    person_id: UUID | None
    person_revision: int | None
    booking_id: UUID | None
    starts_at: datetime | None
    admitted_at: datetime | None
    missed_since: datetime | None


_ROWS = """
SELECT document_id, kind, variant, delivery, site, ordered_at, expected_on, ordered_booking, state, place,
       bin, desk, placed_at, ready_at, person_id, person_revision, booking_id, starts_at, admitted_at,
       missed_since
FROM document
"""
"""By name: of ``*`` every connection that has prepared it fails once when a column is added (F16)."""
_BY_ID = _ROWS + "WHERE document_id = ANY($1::uuid[]) ORDER BY starts_at, document_id"
_OF_BOOKING = _ROWS + "WHERE booking_id = $1 ORDER BY document_id"
_OF_PERSON = f"""{_ROWS}
WHERE person_id = $1 AND site = $2 AND state = ANY($3::text[])
ORDER BY ordered_at DESC, document_id LIMIT $4"""
_DAY = f"""{_ROWS}
WHERE site = $1 AND starts_at >= $2 AND starts_at < $3 AND booking_id IS NOT NULL
ORDER BY starts_at, booking_id, kind, document_id LIMIT $4"""
_ORDERED = f"""{_ROWS}
WHERE site = $1 AND place = 'producer' AND state = 'ordered' AND ($2::text IS NULL OR kind = $2)
ORDER BY ordered_at DESC, document_id LIMIT $3"""
_BOOKED = """
SELECT booking_id FROM document WHERE site = $1 AND booking_id IS NOT NULL
GROUP BY booking_id ORDER BY min(starts_at), booking_id LIMIT $2"""
_AT = f"""{_ROWS}
WHERE site = $1 AND place = $2 AND state = ANY($3::text[])
ORDER BY placed_at, document_id LIMIT $4"""
_BINS = """
SELECT bin, count(*) AS documents FROM document
WHERE site = $1 AND place = 'safe' AND bin IS NOT NULL GROUP BY bin ORDER BY bin LIMIT $2"""
_SEEN = "SELECT max(position) FROM checkpoint WHERE consumer = $1"


class Documents:
    """The read model. Every list is of one site."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def by_id(self, documents: Iterable[UUID]) -> Sequence[DocumentRow]:
        """These documents, as far as they are known."""
        return await self._rows(_BY_ID, list(documents))

    async def of_booking(self, booking_id: UUID) -> Sequence[DocumentRow]:
        """What a pick-up booking collects."""
        return await self._rows(_OF_BOOKING, booking_id)

    async def of_person(self, person_id: UUID, site: str) -> Sequence[DocumentRow]:
        """A person's documents whose way has not ended, newest order first."""
        return await self._rows(_OF_PERSON, person_id, site, list(OPEN), MOST)

    async def of_day(self, site: str, first: datetime, last: datetime) -> Sequence[DocumentRow]:
        """What is collected from ``first`` on and before ``last``, by time."""
        return await self._rows(_DAY, site, first, last, MOST)

    async def at(self, site: str, place: str) -> Sequence[DocumentRow]:
        """What lies at a place, longest first."""
        return await self._rows(_AT, site, place, list(OPEN), MOST)

    async def ordered(self, site: str, kind: str | None) -> Sequence[DocumentRow]:
        """What was ordered and did not come yet, of one kind or of all, newest order first."""
        return await self._rows(_ORDERED, site, kind, MOST)

    async def booked(self, site: str) -> Sequence[UUID]:
        """The pick-up bookings that are open, the next ones first."""
        async with read_model(self._pool, NAME) as connection:
            return [row["booking_id"] for row in await connection.fetch(_BOOKED, site, MOST)]

    async def bins(self, site: str) -> Mapping[str, int]:
        """The bins in use, and how many documents each holds."""
        async with read_model(self._pool, NAME) as connection:
            return {row["bin"]: row["documents"] for row in await connection.fetch(_BINS, site, MOST)}

    async def seen(self) -> int:
        """The log position up to which the read model goes."""
        async with read_model(self._pool, NAME) as connection:
            return int(await connection.fetchval(_SEEN, NAME) or 0)

    async def _rows(self, query: str, *values: Any) -> Sequence[DocumentRow]:
        async with read_model(self._pool, NAME) as connection:
            found = await connection.fetch(query, *values)
        return [DocumentRow(**row) for row in found]
