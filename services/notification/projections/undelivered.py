"""Read model ``notification.undelivered.v1``: what did not reach its person, for the office's page.

Promises: fed from the own log in position order; one row per letter that waits and per message that failed,
none for what went well or lost its sense; the same events split at any place give equal rows; ids and codes
only. Shown by ``tests/rules/notification/test_undelivered.py`` and ``tests/way/test_letters.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec

from servicekit.postgres import Pool
from servicekit.projection import LOG, Projection, Row, Seen, Step, last_per_key
from servicekit.read_model import read_model

NAME = "notification.undelivered.v1"
MOST = 200
"""Rows of each kind that are read at a time, and that one page shows at most."""


class Ended(msgspec.Struct):
    """What went well, or goes on."""

    message_id: UUID


class Reasoned(msgspec.Struct):
    """MessageFailed, MessageBounced, MessageSkipped."""

    message_id: UUID
    reason: str


class Wanted(msgspec.Struct):
    """LetterWanted."""

    message_id: UUID
    cause: str


class Parked(msgspec.Struct):
    """MessageParked."""

    message_id: UUID
    fault: str


READS: Mapping[str, type[msgspec.Struct]] = {
    "LetterWanted": Wanted,
    "LetterPrinted": Ended,
    "MessageBounced": Reasoned,
    "MessageFailed": Reasoned,
    "MessageParked": Parked,
    "MessageResumed": Ended,
    "MessageSent": Ended,
    "MessageSkipped": Reasoned,
}


def state_of(one: Seen) -> tuple[str, str] | None:
    """State and reason that an event leaves its message in; None if nobody needs to know."""
    match one.type, one.data:
        case "LetterWanted", Wanted(cause=cause):
            return "letter", cause
        case "MessageFailed", Reasoned(reason=reason):
            return "failed", reason
        case "MessageBounced", Reasoned(reason=reason):
            return "bounced", reason
        case "MessageParked", Parked(fault=fault):
            return "parked", fault
        case "MessageSkipped", Reasoned(reason="no_address"):
            return "no_address", "no_address"
    return None


def rows(seen: Sequence[Seen]) -> Sequence[Row]:
    """Messages whose last event of the batch says that somebody must know."""
    told = {message_id: (state_of(one), one.at) for message_id, one in _last(seen).items()}
    return [(message_id, *state, at) for message_id, (state, at) in sorted(told.items()) if state is not None]


def ended(seen: Sequence[Seen]) -> Sequence[Row]:
    """The others."""
    return [(message_id,) for message_id, one in sorted(_last(seen).items()) if state_of(one) is None]


def _last(seen: Sequence[Seen]) -> dict[UUID, Seen]:
    return last_per_key(seen, lambda one: one.data.message_id)


UPSERT = """
INSERT INTO undelivered (message_id, state, reason, since)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])
ON CONFLICT (message_id) DO UPDATE SET
    state = excluded.state, reason = excluded.reason, since = excluded.since"""
FORGET = "DELETE FROM undelivered WHERE message_id = ANY($1::uuid[])"

UNDELIVERED = Projection(
    name=NAME,
    topics=(LOG,),
    reads=READS,
    steps=(Step(rows, UPSERT), Step(ended, FORGET)),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("undelivered",),
)

_LETTERS = """
SELECT message_id, state, reason, since FROM undelivered
WHERE state = 'letter' AND (since, message_id) > ($2, $3)
ORDER BY since, message_id LIMIT $1"""
_FAILED = """
SELECT message_id, state, reason, since FROM undelivered
WHERE state <> 'letter' AND since > $2 AND (state = 'no_address') >= $3
  AND ((state = 'no_address') > $3 OR (since, message_id) < ($4, $5))
ORDER BY state = 'no_address', since DESC, message_id DESC LIMIT $1"""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """One row. ``since`` is when it came to this."""

    message_id: UUID
    state: str
    reason: str
    since: datetime


OLDEST = Undelivered(UUID(int=0), "letter", "", datetime.min.replace(tzinfo=UTC))
NEWEST = Undelivered(UUID(int=2**128 - 1), "failed", "", datetime.max.replace(tzinfo=UTC))
"""What stands before the first row."""


class NotDelivered:
    """The queries of the page. Each is read on behind a row, as callers leave out what no longer matters."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def letters(self, behind: Undelivered = OLDEST) -> list[Undelivered]:
        """The letters that wait, the oldest first."""
        edge = (behind.since, behind.message_id)
        async with read_model(self._pool, NAME) as connection:
            return [Undelivered(*row) for row in await connection.fetch(_LETTERS, MOST, *edge)]

    async def failed(self, after: datetime, behind: Undelivered = NEWEST) -> list[Undelivered]:
        """What failed after a moment, the latest first; last what had no address to go to.

        Callers need none, so there may be many of those: they must not fill the page.
        """
        edge = (behind.state == "no_address", behind.since, behind.message_id)
        async with read_model(self._pool, NAME) as connection:
            return [Undelivered(*row) for row in await connection.fetch(_FAILED, MOST, after, *edge)]
