"""Read model ``booking.invitations.v1``: whom documents called to collect what, as far as its topic told.

Promises: an invitation is known once its event and the kinds of all its documents have been read,
whatever their order; repeats change nothing. It may be late: whether a document is still here is decided
on the stream of its person (``rules/person_documents.py``), not here.
Shown by ``tests/rules/booking/test_invitations.py`` and ``tests/log/test_invitations.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec

from buergerbuero_contracts import topics
from buergerbuero_contracts.documents import DocumentKind
from servicekit.postgres import Pool
from servicekit.projection import Projection, Row, Seen, Step
from servicekit.read_model import read_model
from services.booking.rules.limits import OPEN_KINDS
from services.booking.rules.pickup import Invitation

NAME = "booking.invitations.v1"


class Invited(msgspec.Struct, frozen=True):
    """PickupInvited."""

    invitation_id: UUID
    document_ids: list[UUID]
    person_id: UUID
    person_revision: int
    site: str
    language: str


class Ended(msgspec.Struct, frozen=True):
    """InvitationEnded."""

    invitation_id: UUID
    reason: str


class Arrived(msgspec.Struct, frozen=True):
    """DocumentReady and DocumentStored: no document is called for before it was here."""

    document_id: UUID
    kind: str


def invitations(seen: Sequence[Seen]) -> list[Row]:
    """Who is called, and where to."""
    found = {one.data.invitation_id: one.data for one in seen if isinstance(one.data, Invited)}
    return [
        (one.invitation_id, one.person_id, one.person_revision, one.site, one.language)
        for _key, one in sorted(found.items())
    ]


def invited_documents(seen: Sequence[Seen]) -> list[Row]:
    """What for, in the order of the call."""
    found = {one.data.invitation_id: one.data for one in seen if isinstance(one.data, Invited)}
    return [
        (one.invitation_id, nr, document)
        for _key, one in sorted(found.items())
        for nr, document in enumerate(one.document_ids)
    ]


def ends(seen: Sequence[Seen]) -> list[Row]:
    """Which calls are over, and why; the first word counts."""
    found = {one.data.invitation_id: one.data for one in reversed(seen) if isinstance(one.data, Ended)}
    return [(key, one.reason) for key, one in sorted(found.items())]


def documents(seen: Sequence[Seen]) -> list[Row]:
    """What kind each document is, which never changes."""
    found = {one.data.document_id: one.data for one in seen if isinstance(one.data, Arrived)}
    return [(key, one.kind) for key, one in sorted(found.items())]


INVITE = """
INSERT INTO invitation SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[])
ON CONFLICT DO NOTHING"""
INVITE_FOR = """
INSERT INTO invited_document SELECT * FROM unnest($1::uuid[], $2::int[], $3::uuid[]) ON CONFLICT DO NOTHING"""
END = "INSERT INTO invitation_end SELECT * FROM unnest($1::uuid[], $2::text[]) ON CONFLICT DO NOTHING"
KIND = "INSERT INTO document SELECT * FROM unnest($1::uuid[], $2::text[]) ON CONFLICT DO NOTHING"

INVITATIONS = Projection(
    name=NAME,
    topics=(topics.DOCUMENTS,),
    reads={
        "PickupInvited": Invited,
        "InvitationEnded": Ended,
        "DocumentReady": Arrived,
        "DocumentStored": Arrived,
    },
    steps=(
        Step(invitations, INVITE),
        Step(invited_documents, INVITE_FOR),
        Step(ends, END),
        Step(documents, KIND),
    ),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("invitation", "invited_document", "invitation_end", "document"),
)

_INVITATION = """
SELECT person_id, person_revision, site, language, document_id, kind, reason IS NOT NULL AS ended
FROM invitation JOIN invited_document USING (invitation_id)
LEFT JOIN document USING (document_id) LEFT JOIN invitation_end USING (invitation_id)
WHERE invitation_id = $1 ORDER BY nr"""
_OPEN = """
SELECT invitation_id, person_id FROM invitation LEFT JOIN invitation_end USING (invitation_id)
WHERE site = $1 AND reason IS NULL ORDER BY invitation_id"""
_HOLDER = """
SELECT subject FROM limit_use WHERE kind = $1 AND key = ANY ($2::text[]) AND until > $3
ORDER BY until DESC LIMIT 1"""
_COUNTED = "SELECT kind, key FROM limit_use WHERE kind = ANY ($1::text[]) AND subject = $2 AND until > $3"


class Invitations:
    """The queries on it, and on who holds a document."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def invitation(self, invitation_id: UUID) -> Invitation | None:
        """The call; None while it or the kind of one of its documents is not known."""
        async with read_model(self._pool, NAME) as connection:
            rows = await connection.fetch(_INVITATION, invitation_id)
        if not rows or any(row["kind"] is None for row in rows):
            return None
        first = rows[0]
        return Invitation(
            invitation_id=invitation_id,
            person_id=first["person_id"],
            person_revision=first["person_revision"],
            site=first["site"],
            language=first["language"],
            documents=tuple((row["document_id"], DocumentKind(row["kind"])) for row in rows),
            ended=first["ended"],
        )

    async def open(self, site: str) -> Mapping[UUID, UUID]:
        """The open calls of a site, each with its person."""
        async with read_model(self._pool, NAME) as connection:
            rows = await connection.fetch(_OPEN, site)
        return {row["invitation_id"]: row["person_id"] for row in rows}

    async def holder(self, kind: str, keys: Sequence[str], at: datetime) -> UUID | None:
        """Who counts for one of these keys at a moment, by the log's own guard."""
        subject: UUID | None = await self._pool.fetchval(_HOLDER, kind, keys, at)
        return subject

    async def counted(self, subject: UUID, at: datetime) -> Mapping[str, str]:
        """The kinds and keys that the log's guards count an open booking for. Read over all open ones."""
        return {row["kind"]: row["key"] for row in await self._pool.fetch(_COUNTED, OPEN_KINDS, subject, at)}
