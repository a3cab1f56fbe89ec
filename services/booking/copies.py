"""People whom another service asked for: whoever has a document that was ordered without a visit.

Promises: only for showing, on the ticket and at the door; a copy is used as long as it lives and is not
past its ``keep_until``, and never becomes a row of booking's own. ``servicekit.people`` keeps the copies.
Shown by ``tests/log/test_invitations.py``.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from servicekit.log import Person
from servicekit.postgres import Pool

GROUP = "booking.people.v1"
_COPY = """
SELECT person_id, revision, keep_until, name, email, phone, language
FROM person_copy WHERE person_id = $1 AND erased_at IS NULL AND keep_until > $2"""


class Copies:
    """The copies of other services' people."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def person(self, person_id: UUID, at: datetime) -> Person | None:
        """What is known of the person at a moment, as a row without needs."""
        row = await self._pool.fetchrow(_COPY, person_id, at)
        return Person(**{**row, "language": row["language"] or "de"}) if row else None
