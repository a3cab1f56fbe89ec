"""What stands on an item and tells of people: sender, note, file number. The side table ``item_case``.

Promises: nothing of it is in an event, a log line or an address; a row is written before its item, so no
item lacks it, and one whose item never came ends a day later; whoever opens an item that has any of it
leaves a row in ``read_log``; once forgotten it stays forgotten, whoever repeats the call that brought it.
The list shows file numbers alone and leaves no row: they name nobody without the file, and a row for each
line of each look would hide in the log who read of a person. Shown by ``tests/log/test_items.py`` and
``test_cases_without_event.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from servicekit.postgres import Pool
from servicekit.staff import Staff

_KEEP = """
INSERT INTO item_case (item_id, sender, note, file_number)
SELECT item_id, $2, $3, $4 FROM unnest($1::uuid[]) item_id
ON CONFLICT (item_id) DO NOTHING"""
_FORGET = """
UPDATE item_case SET sender = NULL, note = NULL, file_number = NULL, forgotten_at = clock_timestamp()
WHERE item_id = $1 AND forgotten_at IS NULL"""
_OF = "SELECT item_id, sender, note, file_number FROM item_case WHERE item_id = ANY($1::uuid[])"
_READ = """
INSERT INTO read_log (read_at, staff_id, role, site, reason, person_id, item_id)
VALUES ($1, $2, $3, $4, 'item', $5, $6)"""


@dataclass(frozen=True, slots=True)
class ItemCase:
    """What one item says about people. Kept until 30 days after its end."""

    sender: str | None = None
    note: str | None = None
    file_number: str | None = None


NOTHING = ItemCase()


class ItemCases(Protocol):
    """The side table as a port: PostgreSQL in production, memory in tests of rules."""

    async def keep(self, item_ids: Sequence[UUID], case: ItemCase) -> None:
        """The same row for each item, unless it has one."""

    async def forget(self, item_id: UUID) -> None:
        """Empty the row for good."""

    async def of(self, item_ids: Sequence[UUID]) -> Mapping[UUID, ItemCase]:
        """The rows of these items; those without one are missing."""

    async def record(self, who: Staff, item_id: UUID, person_id: UUID | None, at: datetime) -> None:
        """Write down who sees what stands on an item."""


class StoredItemCases:
    """``item_case`` in PostgreSQL."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def keep(self, item_ids: Sequence[UUID], case: ItemCase) -> None:
        """The same row for each item, unless it has one."""
        await self._pool.execute(_KEEP, item_ids, case.sender, case.note, case.file_number)

    async def forget(self, item_id: UUID) -> None:
        """Empty the row for good."""
        await self._pool.execute(_FORGET, item_id)

    async def of(self, item_ids: Sequence[UUID]) -> Mapping[UUID, ItemCase]:
        """The rows of these items; those without one are missing."""
        rows = await self._pool.fetch(_OF, item_ids)
        return {row["item_id"]: ItemCase(row["sender"], row["note"], row["file_number"]) for row in rows}

    async def record(self, who: Staff, item_id: UUID, person_id: UUID | None, at: datetime) -> None:
        """Write down who sees what stands on an item."""
        await self._pool.execute(_READ, at, who.id, who.role, who.site, person_id, item_id)
