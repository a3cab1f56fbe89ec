"""F23: after a failover a server lets sessions live and takes no writes from them. Each is let go, none kept.

A session keeps ``default_transaction_read_only`` as it was when it began, so what was opened meanwhile would
refuse writes for ever, as a pooled connection to a former primary does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import structlog

from servicekit.log import Busy, Due
from servicekit.postgres import UNREACHABLE, Connection, connect, open_pool
from servicekit.relay_ends import open_log
from servicekit.service import _answers as writes
from servicekit.testing.databases import Database
from servicekit.timers import TimerRunner
from tests.conftest import Databases
from tests.log.desk import Desk, open_desk, rows, whole
from tests.log.test_timers import table

WITHIN = 5.0
"""Seconds until the first command succeeds after the end."""


@pytest.fixture
def database(fresh_database: Databases) -> Database:
    return fresh_database("booking")


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with open_desk(database.app_url, table) as desk:
        yield desk


async def demote(database: Database) -> None:
    """From now on every new session of this database is read-only; old ones are cut off."""
    admin = await asyncpg.connect(database.admin_url)
    await admin.execute(f"ALTER DATABASE {database.name} SET default_transaction_read_only = on")
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND usename = $2",
        database.name,
        database.app,
    )
    await admin.close()


async def promote(database: Database) -> None:
    """New sessions may write again; those that were opened meanwhile may not."""
    admin = await asyncpg.connect(database.admin_url)
    await admin.execute("SET default_transaction_read_only = off")
    await admin.execute(f"ALTER DATABASE {database.name} RESET default_transaction_read_only")
    await admin.close()


async def refused(lines: list[structlog.typing.EventDict]) -> None:
    """Return when a session was refused a write."""
    async with asyncio.timeout(10):
        while not any("ReadOnly" in str(line.get("error")) for line in lines):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def insisted(desk: Desk) -> None:
    """One command, again after each 503."""
    while True:
        try:
            await desk.take()
        except Busy:
            await asyncio.sleep(0.05)
        else:
            return


async def test_a_command_waits_or_is_told_to_come_again_and_then_succeeds(
    desk: Desk, database: Database
) -> None:
    await desk.take()
    with structlog.testing.capture_logs() as lines:
        await demote(database)
        under_way = [asyncio.ensure_future(insisted(desk)) for _ in range(3)]
        await refused(lines)
        await promote(database)
        async with asyncio.timeout(WITHIN):
            await asyncio.gather(*under_way)
    found = await rows(desk.pool)
    assert whole(found) and len(found) == 8, "four places with their tickets, none half taken"


async def test_timers_go_on_without_a_restart(desk: Desk, database: Database) -> None:
    await desk.take()
    fired = asyncio.Event()

    async def own() -> Connection:
        return await connect(database.app_url, application="timers")

    async def fire(_due: Due) -> object:
        fired.set()
        return None

    await demote(database)
    with structlog.testing.capture_logs() as lines:
        running = asyncio.ensure_future(TimerRunner(own, desk.clock, fire).run())
        try:
            await refused(lines)
            await promote(database)
            async with asyncio.timeout(WITHIN):
                await fired.wait()
        finally:
            running.cancel()


async def test_the_pool_keeps_no_session_that_refuses_writes(database: Database) -> None:
    """The probe says so and lets all of them go; pages meanwhile answer as without a database."""
    await demote(database)
    pool = await open_pool(database.app_url, application="pages", size=2)
    try:
        with pytest.raises(UNREACHABLE):
            await pool.execute("DELETE FROM timer")
        assert not await writes(pool)
        await promote(database)
        assert await writes(pool)
        await pool.execute("DELETE FROM timer")
    finally:
        await pool.close()


async def test_who_cannot_write_leads_no_relay(database: Database) -> None:
    await demote(database)
    async with open_log(database.app_url)() as source:
        await source.lead()
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await source.public({"TicketOpened": "buergerbuero.booking.events.v1"}, 0)
