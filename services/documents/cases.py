"""Numbers and birthdays of documents beside the log, and the rest of what commands see of the service.

Promises: nothing of ``document_case`` is in an event, a log line or an address; a number belongs to one
document; a row is written before the event that needs it, may be written again, and is deleted two days
after its document ended. Implements ``surroundings.Surroundings``.
Shown by ``tests/log/test_document_cases.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from servicekit.postgres import Pool

from .item_cases import StoredItemCases
from .post_room_config import PostRoomConfig
from .rules.document_commands import DocumentCase
from .rules.holder import Holder
from .rules.safe import BIN, bin_key
from .rules.settings import SiteSettings

_OF = "SELECT document_id, number, born_on, holder FROM document_case WHERE document_id = $1"
_BY_NUMBERS = "SELECT number, document_id FROM document_case WHERE number = ANY($1::text[])"
_ENTER = """
INSERT INTO document_case AS held (document_id, number, born_on, holder) VALUES ($1, $2, $3, $4)
ON CONFLICT (document_id) DO UPDATE SET
    number = coalesce(held.number, excluded.number),
    born_on = coalesce(excluded.born_on, held.born_on),
    holder = coalesce(excluded.holder, held.holder)
WHERE held.number IS NULL OR excluded.number IS NULL OR held.number = excluded.number
RETURNING document_id"""
_ERASE = "DELETE FROM document_case WHERE document_id = $1"
_LANGUAGE = "SELECT language FROM person_copy WHERE person_id = $1 AND erased_at IS NULL"
_IN_SAFE = """
SELECT DISTINCT subject FROM limit_use
WHERE kind = $1 AND starts_with(key, $2) AND until > clock_timestamp()"""


class StoredCases:
    """``document_case`` in PostgreSQL."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, document_id: UUID) -> DocumentCase | None:
        """What is kept of a document."""
        row = await self._pool.fetchrow(_OF, document_id)
        if row is None:
            return None
        holder = Holder(row["holder"]) if row["holder"] else None
        return DocumentCase(document_id, row["number"], row["born_on"], holder)

    async def by_numbers(self, numbers: Sequence[str]) -> dict[str, UUID]:
        """Those of the numbers that are known."""
        rows = await self._pool.fetch(_BY_NUMBERS, list(numbers))
        return {row["number"]: row["document_id"] for row in rows}

    async def enter(self, case: DocumentCase) -> bool:
        """Keep what is given; False if the number is another document's, or this one has another."""
        values = (case.document_id, case.number, case.born_on, case.holder)
        try:
            return await self._pool.fetchval(_ENTER, *values) is not None
        except asyncpg.UniqueViolationError:
            return False

    async def erase(self, document_id: UUID) -> None:
        """Forget all of it."""
        await self._pool.execute(_ERASE, document_id)


@dataclass
class AroundTables:
    """What the handlers see of the running service besides the log."""

    pool: Pool
    sites: Mapping[str, SiteSettings]
    post_room: PostRoomConfig
    cases: StoredCases = field(init=False)
    item_cases: StoredItemCases = field(init=False)

    def __post_init__(self) -> None:
        self.cases, self.item_cases = StoredCases(self.pool), StoredItemCases(self.pool)

    def settings(self, site: str) -> SiteSettings:
        """The settings of a site; raises KeyError for an unknown one."""
        return self.sites[site]

    async def language(self, person_id: UUID) -> str:
        """The language in the person's copy; German until that is here."""
        return await self.pool.fetchval(_LANGUAGE, person_id) or "de"

    async def in_safe(self, site: str) -> Sequence[UUID]:
        """The documents that have a bin: the uses that guard the bins, in step with the log."""
        rows = await self.pool.fetch(_IN_SAFE, BIN, bin_key(site, ""))
        return [row["subject"] for row in rows]
