"""People whom another service asked for: whoever has a document that was ordered without a visit.

Promises: only for showing, on the ticket and at the door; a copy is used as long as it lives and is not
past its ``keep_until``, and never becomes a row of booking's own. ``servicekit.people`` keeps the copies.
Shown by ``tests/log/test_invitations.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from servicekit.log import Person
from servicekit.postgres import Pool

GROUP = "booking.people.v1"
_COPY = """
SELECT person_id, revision, keep_until, name, email, phone, language
FROM person_copy WHERE person_id = $1 AND erased_at IS NULL AND keep_until > $2"""

_NAMES = """
SELECT DISTINCT ON (known.person_id) known.person_id, known.name
FROM (
    SELECT person_id, revision, name FROM person_copy
    WHERE person_id = ANY($1::uuid[]) AND erased_at IS NULL AND keep_until > $2
    UNION ALL
    SELECT person_id, revision, name FROM person
    WHERE person_id = ANY($1::uuid[]) AND erased_at IS NULL
) known
WHERE known.name IS NOT NULL
ORDER BY known.person_id, known.revision DESC"""


class Copies:
    """The copies of other services' people."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def person(self, person_id: UUID, at: datetime) -> Person | None:
        """What is known of the person at a moment, as a row without needs."""
        row = await self._pool.fetchrow(_COPY, person_id, at)
        return Person(**{**row, "language": row["language"] or "de"}) if row else None

    async def names(self, people: Iterable[UUID], at: datetime) -> Mapping[UUID, str]:
        """The names of people, booking's own or copies; who is erased or unknown is missing."""
        rows = await self._pool.fetch(_NAMES, sorted(set(people)), at)
        return {row["person_id"]: row["name"] for row in rows}
