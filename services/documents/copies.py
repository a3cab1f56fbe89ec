"""Names of the people who wait for documents, for the window's pages alone.

Promises: a name is shown only while its row or copy lives and is not past its ``keep_until``; whoever
is shown a name leaves a row in ``read_log``, written before the page goes out. The app role can neither
change nor delete such a row; the database forgets it after twelve months.
Shown by ``tests/log/test_documents_reads.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from servicekit.postgres import Pool
from servicekit.staff import Staff

_NAMES = """
SELECT DISTINCT ON (known.person_id) known.person_id, known.name
FROM (
    SELECT person_id, revision, name FROM person_copy
    WHERE person_id = ANY($1::uuid[]) AND erased_at IS NULL AND keep_until > $2
    UNION ALL
    SELECT person_id, revision, name FROM person
    WHERE person_id = ANY($1::uuid[]) AND erased_at IS NULL AND keep_until > $2
) known
WHERE known.name IS NOT NULL
ORDER BY known.person_id, known.revision DESC"""
_READ = """
INSERT INTO read_log (read_at, staff_id, role, site, reason, person_id, document_id)
SELECT $1, $2, $3, $4, $5, seen.person_id, seen.document_id
FROM unnest($6::uuid[], $7::uuid[]) seen (person_id, document_id)"""


class Names:
    """Who waits for which document, by name."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, people: Iterable[UUID], at: datetime) -> Mapping[UUID, str]:
        """The names that may be known at this moment; who is erased or unknown is missing."""
        rows = await self._pool.fetch(_NAMES, sorted(set(people)), at)
        return {row["person_id"]: row["name"] for row in rows}

    async def record(
        self, who: Staff, reason: str, seen: Sequence[tuple[UUID, UUID | None]], at: datetime
    ) -> None:
        """Write down who sees whom: ``seen`` is pairs of person and document."""
        people, documents = [one for one, _ in seen], [one for _, one in seen]
        if seen:
            await self._pool.execute(_READ, at, who.id, who.role, who.site, reason, people, documents)
