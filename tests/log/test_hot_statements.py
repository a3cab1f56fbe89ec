"""The hot statements look things up: on a full log none of them reads through a table, whatever the plan, and
whatever the statistics say: they were taken when all limits were over, which are live now."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from servicekit.committer import SETTINGS
from servicekit.log import Arm, Decision, Disarm, Effects, Guard, Request, Stream, Use
from tests.conftest import Databases
from tests.log.desk import Desk, TicketMarked, context, open_desk

OLDER, LIVE = 50_000, 20_000
MOST = 40
"""Rows that one of these commands may read from a table: its own, and what it meets on the way to them."""
LATER = datetime.now(UTC) + timedelta(hours=1)
FILL = f"""
INSERT INTO event (position, category, stream_id, version, event_id, type, schema_version, data, meta)
SELECT n, 'ticket', md5('s' || n / 5)::uuid, n % 5 + 1, md5('e' || n)::uuid, 'TicketMarked', 1,
       json_build_object('note', n),
       json_build_object('at', '2026-11-23T08:00:00Z', 'command_id', md5('c' || n)::uuid)
FROM generate_series(1, {OLDER}) n;
INSERT INTO limit_use SELECT 'device', md5('k' || n), gen_random_uuid(), now() - interval '1 day'
FROM generate_series(1, {LIVE}) n;
INSERT INTO timer SELECT 'hold', gen_random_uuid(), now() + interval '1 day' FROM generate_series(1, {LIVE});
ANALYZE event, limit_use, timer;
UPDATE limit_use SET until = now() + interval '1 hour'"""  # noqa: S608 - two numbers
READ = """
SELECT relname, seq_scan, seq_tup_read + coalesce(idx_tup_fetch, 0) AS rows FROM pg_stat_user_tables
WHERE relname IN ('event', 'limit_use', 'timer')"""


def asked(number: int) -> Request:
    """A command with everything: two events, a limit, a use, timers."""
    stream, key = Stream("ticket", uuid4()), f"person-{number % 3}"
    effects = Effects(
        guards=(Guard("device", key, 1_000, "too-many", stream.id),),
        uses=(Use("device", key, stream.id, LATER),),
        timers=(Arm("hold", stream.id, LATER), Disarm("remind", stream.id)),
    )
    events = tuple((stream, TicketMarked(note=note)) for note in range(2))
    return Request(context(), {stream: 0}, Decision(events, effects))


async def alone(desk: Desk) -> int:
    for number in range(20):
        await desk.committer(asked(number))
    return 20


async def together(desk: Desk) -> int:
    await asyncio.gather(*(desk.committer(asked(number)) for number in range(100)))
    return 100


async def undecided(desk: Desk) -> int:
    for _ in range(10):
        await desk.take()
    return 10


async def repeated(desk: Desk) -> int:
    one = asked(1)
    await asyncio.gather(*(desk.committer(one) for _ in range(20)))
    return 20


async def asked_again(desk: Desk) -> int:
    who = context()
    for _ in range(20):
        await desk.take(who)
    return 20


@pytest.mark.parametrize("mode", ["force_generic_plan", "force_custom_plan"])
@pytest.mark.parametrize("work", [alone, together, undecided, repeated, asked_again])
async def test_a_command_reads_a_few_rows_however_many_there_are(
    fresh_database: Databases,
    work: Callable[[Desk], Awaitable[int]],
    mode: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    database = fresh_database("booking")
    monkeypatch.setitem(SETTINGS, "plan_cache_mode", mode)
    owner = await asyncpg.connect(database.admin_url)
    await owner.execute(FILL)
    async with open_desk(database.app_url) as desk:
        before = await read(owner)  # a process reads the log once when it starts
        commands = await work(desk)
    after = await read(owner)
    await owner.close()
    assert after.keys() == {"event", "limit_use", "timer"}
    for table, (scans, rows) in after.items():
        assert scans == before[table][0], f"{table} was read through"
        assert rows - before[table][1] <= MOST * commands, table


async def read(owner: asyncpg.Connection) -> dict[str, tuple[int, int]]:
    """Scans and rows read so far, of each table, by sessions that have ended or rest."""
    await asyncio.sleep(1.2)  # a session tells at most once a second
    await owner.execute("SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot()")
    return {row["relname"]: (row["seq_scan"], row["rows"]) for row in await owner.fetch(READ)}
