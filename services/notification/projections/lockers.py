"""Read model ``notification.lockers.v1``: what a message has to know of a document in a locker.

Promises: one row per document that moved, as its last move left it, and the position that brought it; the
same events split at any place give equal rows. Opaque ids, codes and dates only.
Shown by ``tests/rules/notification/test_lockers.py`` and ``tests/way/test_locker_mail.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from buergerbuero_contracts import topics
from servicekit.postgres import Pool
from servicekit.projection import Projection, Row, Seen, Step
from servicekit.read_model import read_model
from services.notification.facts import LockerFacts
from services.notification.projections.merge import merged
from services.notification.rules.templates import LockerPhase, SourceNow

NAME = "notification.lockers.v1"


class Placed(msgspec.Struct):
    """DocumentPlacedInLocker."""

    document_id: UUID
    kind: str
    site: str
    collect_until: date | None = None


class Out(msgspec.Struct):
    """What takes a document out of its locker."""

    document_id: UUID
    kind: str
    site: str


def move(one: Seen) -> dict[str, Any]:
    """What an event says about its document."""
    told = {"position": one.position, "kind": one.data.kind, "site": one.data.site, "inside": False}
    if isinstance(one.data, Placed):
        told |= {"inside": True, "collect_until": one.data.collect_until}
    return told


def rows(seen: Sequence[Seen]) -> Sequence[Row]:
    """One row per document, as its last move left it."""
    return [tuple(map(row.get, COLUMNS)) for row in merged(seen, "document_id", move).values()]


COLUMNS = ("document_id", "position", "kind", "site", "inside", "collect_until")
UPSERT = """
INSERT INTO locker_state (document_id, position, kind, site, inside, collect_until)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::boolean[], $6::date[])
ON CONFLICT (document_id) DO UPDATE SET
    position = excluded.position,
    inside = excluded.inside,
    collect_until = coalesce(excluded.collect_until, locker_state.collect_until)"""

LOCKERS = Projection(
    name=NAME,
    topics=(topics.DOCUMENTS,),
    reads={
        "DocumentPlacedInLocker": Placed,
        "DocumentStored": Out,
        "DocumentHandedOver": Out,
        "DocumentReturned": Out,
        "DocumentDestroyed": Out,
    },
    steps=(Step(rows, UPSERT),),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("locker_state",),
)

_BY_ID = "SELECT position, kind, site, inside, collect_until FROM locker_state WHERE document_id = $1"


class Lockers:
    """Documents in lockers as the mailer asks for them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def row(self, document_id: UUID) -> Mapping[str, Any] | None:
        """What is known of a document, from the generation that counts."""
        async with read_model(self._pool, NAME) as connection:
            found = await connection.fetchrow(_BY_ID, document_id)
        return dict(found) if found is not None else None


def now_of(row: Mapping[str, Any] | None) -> SourceNow | None:
    """What the stale check needs."""
    if row is None:
        return None
    phase = LockerPhase.OPEN if row["inside"] else LockerPhase.GONE
    return SourceNow(row["position"], row["position"], phase)


def facts_of(row: Mapping[str, Any], _source_type: str) -> LockerFacts:
    """What a message tells of it. Raises ``LookupError`` for a document that never had a last day."""
    if row["collect_until"] is None:
        raise LookupError("a locker without a last day")
    return LockerFacts(row["site"], row["kind"], row["collect_until"])
