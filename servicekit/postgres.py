"""Connections to PostgreSQL: direct ones for the loops, one small pool for pages and handlers.

Promises: every connection has a time limit for commands and TCP keepalives; a server whose commits
are not durable is refused (tests may allow it). Shown by ``tests/log/test_postgres.py``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from uuid import UUID

import asyncpg
import msgspec

from servicekit.log import EventTypes, Meta, Person, Recorded, Stream, event_id

Connection = asyncpg.Connection
Pool = asyncpg.Pool
Connect = Callable[[], Awaitable[Connection]]
"""Makes a direct connection."""

UNREACHABLE = (
    OSError,  # a time limit too
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection lost while asyncpg looks up its types
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.TooManyConnectionsError,
    asyncpg.ReadOnlySQLTransactionError,  # a session that outlived a failover: its server leads no more
)
"""What a lost or refused connection, or one of no use any more, looks like. The call's outcome is unknown."""
SETBACKS = (*UNREACHABLE, asyncpg.PostgresError)
"""What no loop ends for, but says each time: also a lock that lasts, as a migration may hold it."""

_SERVER = {
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "client_connection_check_interval": "1s",
    "idle_in_transaction_session_timeout": "30s",
    "lock_timeout": "5s",
    "timezone": "UTC",
}
_DURABLE = "SELECT name FROM pg_settings WHERE name = ANY($1) AND setting <> 'on'"


class NotDurable(RuntimeError):
    """The server would acknowledge commits that a power cut takes back."""


async def connect(url: str, *, application: str, settings: Mapping[str, str] | None = None) -> Connection:
    """A direct connection of its own. ``application`` is shown in ``pg_stat_activity``."""
    connection: Connection = await asyncpg.connect(
        url,
        command_timeout=30,
        timeout=10,
        server_settings={**_SERVER, "application_name": application, **(settings or {})},
    )
    return connection


async def open_pool(url: str, *, application: str, size: int = 10) -> Pool:
    """The pool for queries of pages and handlers. It keeps its reset and stays off the hot path."""
    pool: Pool = await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        command_timeout=30,
        server_settings={**_SERVER, "application_name": application},
    )
    return pool


async def require_durable(connection: Connection | Pool) -> None:
    """Refuse a server on which an acknowledged commit may be lost."""
    off = await connection.fetch(_DURABLE, ["fsync", "full_page_writes", "synchronous_commit"])
    if off:
        raise NotDurable(f"PostgreSQL runs with {', '.join(row['name'] for row in off)} off")


async def fetch_one(connection: Connection | Pool, query: str, *values: object) -> asyncpg.Record:
    """The single row of a query that always has one."""
    row: asyncpg.Record | None = await connection.fetchrow(query, *values)
    if row is None:
        raise LookupError("a query that always has a row had none")
    return row


_LOAD = """
SELECT position, category, stream_id, version, event_id, type, schema_version,
       data::text AS data, meta::text AS meta
FROM event WHERE stream_id = ANY($1::uuid[]) ORDER BY stream_id, version"""

_CARRIED_OUT = """
WITH RECURSIVE own AS (
    SELECT * FROM event WHERE event_id = $1
    UNION ALL
    SELECT e.* FROM own JOIN event e
        ON e.position = own.position + 1 AND e.meta ->> 'command_id' = own.meta ->> 'command_id'
)
SELECT position, category, stream_id, version, event_id, type, schema_version,
       data::text AS data, meta::text AS meta
FROM own ORDER BY position"""
"""From a command's first event on: what one append stores lies together."""

_PERSON = """
SELECT person_id, revision, keep_until, name, email, phone, language, needs, erased_at IS NOT NULL AS erased
FROM person WHERE person_id = $1"""

_meta = msgspec.json.Decoder(Meta)


def recorded(row: asyncpg.Record, types: EventTypes) -> Recorded:
    """A row of ``event`` as the rules know it."""
    return Recorded(
        row["position"],
        Stream(row["category"], row["stream_id"]),
        row["version"],
        row["event_id"],
        types.decode(row["type"], row["schema_version"], row["data"]),
        _meta.decode(row["meta"]),
    )


class PostgresStore:
    """The log's reading side over the pool."""

    def __init__(self, pool: Pool, types: EventTypes) -> None:
        self._pool, self._types = pool, types

    async def load(self, streams: Iterable[Stream]) -> dict[Stream, list[Recorded]]:
        """All events of each stream by version, in one round trip. An unknown stream is empty.

        So is one whose id belongs to a thing of another kind: whoever asks may have mixed them up.
        """
        found: dict[Stream, list[Recorded]] = {stream: [] for stream in streams}
        for row in await self._pool.fetch(_LOAD, [stream.id for stream in found]):
            one = recorded(row, self._types)
            found.get(one.stream, []).append(one)
        return found

    async def carried_out(self, command_id: UUID) -> list[Recorded]:
        """All events of a command in their order, whatever their streams; none if it stored nothing."""
        rows = await self._pool.fetch(_CARRIED_OUT, event_id(command_id, 0))
        return [recorded(row, self._types) for row in rows]

    async def person(self, person_id: UUID) -> Person | None:
        """The present row of a person."""
        row = await self._pool.fetchrow(_PERSON, person_id)
        if row is None:
            return None
        return Person(**{**row, "needs": tuple(row["needs"] or ()), "language": row["language"] or "de"})
