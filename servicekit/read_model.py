"""The query side of read models: one connection, on the generation that counts at this moment.

Promises: all queries of one block see one generation and one moment; a rebuild that switches
meanwhile disturbs nobody. Shown by ``tests/broker/test_rebuild.py``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from servicekit.postgres import Connection, Pool

REACTIONS = "reactions"
"""The schema in which all reactions of a service keep checkpoints and parked events."""

_CURRENT = """
SELECT set_config('search_path', quote_ident(coalesce(c.schema, $2)) || ', public', true)
FROM (SELECT 1) one LEFT JOIN projection_current c ON c.name = $1
WHERE c.schema IS NOT NULL OR $2 IS NOT NULL"""


class NoGeneration(RuntimeError):
    """This database has no generation of the read model: ``migrate`` has not run for this version."""


@asynccontextmanager
async def read_model(pool: Pool, name: str) -> AsyncIterator[Connection]:
    """A connection for reading the model ``name`` (``<service>.<read_model>.v<n>``), as of one moment."""
    async with pool.acquire() as acquired, acquired.transaction(isolation="repeatable_read", readonly=True):
        connection: Connection = acquired  # type: ignore[assignment]
        fixed = REACTIONS if ".reactions." in name else None
        if await connection.fetchval(_CURRENT, name, fixed) is None:
            raise NoGeneration(name)
        yield connection
