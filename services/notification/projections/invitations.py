"""Read model ``notification.invitations.v1``: what a message has to know of documents that wait.

Promises: one row per invitation and per document with its latest state, and the position that brought it; a
later event only changes what it carries, so a reminder can still name what the invitation named; a document's
event counts against an invitation only if it is the later one in documents' log, since the two come on
different keys; the same events split at any place give equal rows. Opaque ids, codes and times only.
Shown by ``tests/rules/notification/test_invitations.py`` and ``tests/way/test_document_mails.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from buergerbuero_contracts import topics
from servicekit.postgres import Pool
from servicekit.projection import Projection, Row, Seen, Step
from servicekit.read_model import read_model
from services.notification.facts import InvitationFacts
from services.notification.projections.merge import as_json, merged
from services.notification.rules.templates import InvitationPhase, SourceNow

NAME = "notification.invitations.v1"


class Called(msgspec.Struct):
    """PickupInvited and PickupReminded."""

    invitation_id: UUID
    document_ids: list[UUID]
    site: str


class Ended(msgspec.Struct):
    """InvitationEnded."""

    invitation_id: UUID


class Moved(msgspec.Struct):
    """Events of the chain of custody that change whether the document waits at the office."""

    document_id: UUID
    kind: str
    to: str


class Booked(msgspec.Struct):
    """PickupBooked and PickupReopened."""

    document_id: UUID


CALLS: Mapping[str, type[msgspec.Struct]] = {
    "PickupInvited": Called,
    "PickupReminded": Called,
    "InvitationEnded": Ended,
}
CUSTODY: Mapping[str, type[msgspec.Struct]] = {
    "DocumentReady": Moved,
    "DocumentStored": Moved,
    "DocumentFetched": Moved,
    "DocumentHandedOver": Moved,
    "DocumentReturned": Moved,
    "DocumentShipped": Moved,
    "DocumentPlacedInLocker": Moved,
    "DocumentDestroyed": Moved,
    "PickupBooked": Booked,
    "PickupReopened": Booked,
}
WAITING = frozenset({"receiving", "safe", "window"})
"""Places where a document waits for its holder."""


def call(one: Seen) -> dict[str, Any]:
    """What an event says about its invitation."""
    if isinstance(one.data, Ended):
        return {"position": one.position, "ended": True}
    told = {"position": one.position, "changed_at": one.position, "site": one.data.site}
    told["document_ids"] = as_json(one.data.document_ids)
    return told | ({"invited_at": one.at} if one.type == "PickupInvited" else {})


def document(one: Seen) -> dict[str, Any]:
    """What an event says about its document."""
    if isinstance(one.data, Booked):
        return {"booked": one.type == "PickupBooked", "booked_at": one.position}
    return {"kind": one.data.kind, "waiting": one.data.to in WAITING, "moved_at": one.position}


def invitations(seen: Sequence[Seen]) -> Sequence[Row]:
    """One row per invitation."""
    own = (one for one in seen if one.type in CALLS)
    return [tuple(map(row.get, INVITATION)) for row in merged(own, "invitation_id", call).values()]


def documents(seen: Sequence[Seen]) -> Sequence[Row]:
    """One row per document."""
    own = (one for one in seen if one.type in CUSTODY)
    return [tuple(map(row.get, DOCUMENT)) for row in merged(own, "document_id", document).values()]


INVITATION = ("invitation_id", "position", "changed_at", "site", "document_ids", "invited_at", "ended")
UPSERT_INVITATION = """
INSERT INTO invitation_state AS known (invitation_id, position, changed_at, site, document_ids, invited_at,
    ended)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::json[], $6::timestamptz[],
    $7::boolean[])
ON CONFLICT (invitation_id) DO UPDATE SET
    position = excluded.position,
    changed_at = coalesce(excluded.changed_at, known.changed_at),
    site = coalesce(excluded.site, known.site),
    document_ids = coalesce(excluded.document_ids, known.document_ids),
    invited_at = coalesce(excluded.invited_at, known.invited_at),
    ended = coalesce(excluded.ended, known.ended)"""

DOCUMENT = ("document_id", "kind", "waiting", "moved_at", "booked", "booked_at")
UPSERT_DOCUMENT = """
INSERT INTO document_state AS known (document_id, kind, waiting, moved_at, booked, booked_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::boolean[], $4::bigint[], $5::boolean[], $6::bigint[])
ON CONFLICT (document_id) DO UPDATE SET
    kind = coalesce(excluded.kind, known.kind),
    waiting = coalesce(excluded.waiting, known.waiting),
    moved_at = coalesce(excluded.moved_at, known.moved_at),
    booked = coalesce(excluded.booked, known.booked),
    booked_at = coalesce(excluded.booked_at, known.booked_at)"""

INVITATIONS = Projection(
    name=NAME,
    topics=(topics.DOCUMENTS,),
    reads={**CALLS, **CUSTODY},
    steps=(Step(invitations, UPSERT_INVITATION), Step(documents, UPSERT_DOCUMENT)),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("invitation_state", "document_state"),
)

_BY_ID = """
SELECT i.invitation_id, i.position, i.changed_at, i.site, i.invited_at, coalesce(i.ended, false) AS ended,
    count(*) AS named, count(d.waiting) AS known,
    bool_or(coalesce(d.booked AND d.booked_at > i.changed_at, false)) AS booked,
    coalesce(array_agg(d.kind ORDER BY d.kind) FILTER (WHERE d.waiting OR d.moved_at < i.changed_at), '{}')
        AS kinds
FROM invitation_state i
CROSS JOIN json_array_elements_text(i.document_ids) named (id)
LEFT JOIN document_state d ON d.document_id = named.id::uuid
WHERE i.invitation_id = $1
GROUP BY i.invitation_id"""


class Invitations:
    """Invitations as the mailer and the page of letters ask for them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def row(self, invitation_id: UUID) -> Mapping[str, Any] | None:
        """What is known of an invitation and of its documents, from the generation that counts."""
        async with read_model(self._pool, NAME) as connection:
            found = await connection.fetchrow(_BY_ID, invitation_id)
        return dict(found) if found is not None else None


def now_of(row: Mapping[str, Any] | None) -> SourceNow | None:
    """What the stale check needs. A document booked by anybody is not called for any more."""
    if row is None:
        return None
    phase = InvitationPhase.OPEN
    if row["ended"]:
        phase = InvitationPhase.ENDED
    elif row["booked"]:
        phase = InvitationPhase.BOOKED
    elif not row["kinds"]:
        phase = InvitationPhase.GONE
    return SourceNow(row["position"], row["changed_at"] or 0, phase, row["known"] == row["named"])


def facts_of(row: Mapping[str, Any], source_type: str) -> InvitationFacts:
    """What a message tells of documents that wait. ``first_day`` of the row comes from the plans of days."""
    return InvitationFacts(
        invitation_id=row["invitation_id"],
        site=row["site"],
        kinds=row["kinds"],
        invited_at=row["invited_at"],
        reminded=source_type == "PickupReminded",
        first_day=row["first_day"],
    )
