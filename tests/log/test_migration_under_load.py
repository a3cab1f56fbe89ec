"""F16: the schema changes while commands come in. No request fails, no restart is needed.

A changed function or table makes statements that connections have prepared invalid; asyncpg says so once
for each, inside a transaction. The committer then decides again on a new connection.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

import asyncpg
import pytest

from servicekit.handle import Outcome
from servicekit.log import Stream
from servicekit.testing.databases import Database
from tests.conftest import Databases
from tests.log.desk import Desk, context, open_desk, rows, whole

RATE = 0.01
"""Seconds between two commands."""


async def replaced_function(owner: asyncpg.Connection) -> None:
    """``append_events`` with one output column more, as a later version might have it."""
    text = await owner.fetchval("SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = 'append_events'")
    changed = re.sub(r"OUT retry timestamp with time zone\[\]", r"\g<0>, OUT extra integer", text)
    assert changed != text
    async with owner.transaction():
        await owner.execute("DROP FUNCTION append_events")
        await owner.execute(changed)
        await owner.execute("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO booking_app")


async def added_column(owner: asyncpg.Connection) -> None:
    """A column more in the tables that every append writes or reads."""
    await owner.execute("ALTER TABLE event ADD COLUMN note text")
    await owner.execute("ALTER TABLE timer ADD COLUMN note text")


async def renewed_index(owner: asyncpg.Connection) -> None:
    """The unique constraint that the upsert of limits names, dropped and made again."""
    async with owner.transaction():
        await owner.execute("ALTER TABLE limit_use DROP CONSTRAINT limit_use_pkey")
        await owner.execute(
            "ALTER TABLE limit_use ADD CONSTRAINT limit_use_pkey PRIMARY KEY (kind, key, subject)"
        )


async def steadily(desk: Desk, stop: asyncio.Event) -> list[object]:
    """One command after another, each on a ticket of its own; what came of each."""
    under_way = []
    while not stop.is_set():
        who = context()
        under_way.append(asyncio.ensure_future(desk.mark(Stream("ticket", who.new_id("ticket")), 1, who)))
        await asyncio.sleep(RATE)
    return await asyncio.gather(*under_way, return_exceptions=True)


@pytest.mark.parametrize("change", [replaced_function, added_column, renewed_index])
async def test_no_command_fails_while_the_schema_changes(
    fresh_database: Databases, change: Callable[[asyncpg.Connection], asyncio.Future[None]]
) -> None:
    database: Database = fresh_database("booking")
    stop = asyncio.Event()
    async with open_desk(database.app_url) as desk:
        running = asyncio.ensure_future(steadily(desk, stop))
        owner = await asyncpg.connect(database.owner_url)
        try:
            await asyncio.sleep(0.3)
            await change(owner)
            await asyncio.sleep(0.5)
        finally:
            stop.set()
            await owner.close()
        results = await running
        assert {type(result) for result in results} == {Outcome}
        assert whole(await rows(desk.pool))
        assert len(await rows(desk.pool)) == len(results)
        assert (await desk.take()).position == len(results) + 2
