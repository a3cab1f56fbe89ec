"""Who can be reached how, as the mailer asks for it: copies of contact data, and addresses that do not exist.

Promises: an address is used only as long as its copy lives; an address that a mail server refused for good
is not written to for 90 days; the list of those holds keyed hashes, never addresses. ``servicekit.people``
keeps the copies themselves. Shown by ``tests/way/test_mail.py``.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from servicekit.postgres import Pool

from .mail import usable
from .rules.templates import PersonNow

SUPPRESSED_FOR = timedelta(days=90)
FOR_EVER = datetime.max.replace(tzinfo=UTC)

_BY_ID = """
SELECT revision, email_after, keep_until, name, email, phone, erased_at IS NOT NULL AS erased
FROM person_copy WHERE person_id = $1"""

_BY_ADDRESS = """
SELECT person_id FROM person_copy WHERE email = $1 AND erased_at IS NULL AND keep_until > $2"""

_SUPPRESS = """
INSERT INTO suppression (address_hash, reason, suppressed_at) VALUES ($1, $2, $3)
ON CONFLICT (address_hash) DO UPDATE SET reason = excluded.reason, suppressed_at = excluded.suppressed_at"""
_SUPPRESSED = "SELECT EXISTS (SELECT FROM suppression WHERE address_hash = $1 AND suppressed_at > $2)"
_FORGET = "DELETE FROM suppression WHERE suppressed_at <= $1"


class Copies:
    """The copies and the suppression list. ``hash_key`` is the secret of HASH_KEY_FILE.

    ``subscribers`` are addresses of the office itself, from its settings; no service owns a row of theirs.
    """

    def __init__(self, pool: Pool, hash_key: bytes, subscribers: Iterable[str] = ()) -> None:
        self._pool, self._key = pool, hash_key
        self._subscribers = {
            UUID(bytes=hmac.digest(hash_key, f"subscriber:{one}".encode(), hashlib.sha256)[:16]): one
            for one in subscribers
        }

    @property
    def subscribers(self) -> Sequence[UUID]:
        """Who is told of each week: opaque ids, which say nothing without the secret."""
        return tuple(self._subscribers)

    async def look(self, person_id: UUID, at: datetime) -> tuple[PersonNow | None, Mapping[str, Any]]:
        """What is known of a person, and the row: ``name``, ``email``, ``phone`` (empty if unknown)."""
        if address := self._subscribers.get(person_id):
            suppressed = await self._suppressed(address, at)
            return PersonNow(1, FOR_EVER, False, usable(address), suppressed), {"email": address}
        row = await self._pool.fetchrow(_BY_ID, person_id)
        if row is None:
            return None, {}
        good = usable(row["email"])
        suppressed = good and await self._suppressed(row["email"], at)
        now = PersonNow(
            row["revision"], row["keep_until"], row["erased"], good, suppressed, row["email_after"]
        )
        return now, dict(row)

    async def people_of(self, address: str, at: datetime) -> Sequence[UUID]:
        """Whose mailbox it is, in its normal form; people whose time is over are nobody's."""
        return [row["person_id"] for row in await self._pool.fetch(_BY_ADDRESS, address, at)]

    def hashed(self, kind: str, value: str) -> str:
        """A keyed hash for limits; never the thing itself."""
        return hmac.digest(self._key, f"{kind}:{value}".encode(), hashlib.sha256).hex()[:32]

    async def suppress(self, address: str, reason: str, at: datetime) -> None:
        """Do not write to this address for 90 days. ``reason`` is the mail server's code."""
        await self._pool.execute(_SUPPRESS, self._hash(address), reason, at)

    async def forget(self, at: datetime) -> None:
        """Delete what the list need not hold any more. Runs daily or oftener."""
        await self._pool.execute(_FORGET, at - SUPPRESSED_FOR)

    async def _suppressed(self, address: str, at: datetime) -> bool:
        return bool(await self._pool.fetchval(_SUPPRESSED, self._hash(address), at - SUPPRESSED_FOR))

    def _hash(self, address: str) -> str:
        return hmac.digest(self._key, address.strip().casefold().encode(), hashlib.sha256).hex()
