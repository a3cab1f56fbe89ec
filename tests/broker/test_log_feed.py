"""A read model that follows its service's own log: one process at a time, and a hole stops it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import asyncpg

from servicekit.log_feed import LogFeed
from servicekit.projection import LOG
from servicekit.testing.databases import Database
from tests.broker.tally import Model, booking, projection, until

Databases = Callable[[str], Database]

APPEND = """
INSERT INTO event (position, category, stream_id, version, event_id, type, schema_version, data, meta)
SELECT p, 'booking', $3, p, gen_random_uuid(), 'BookingOpened', 1, json_build_object('booking_id', $3::uuid),
       json_build_object('at', '2026-11-23T08:00:00Z', 'correlation_id', $3::uuid)
FROM generate_series($1::bigint, $2::bigint) p"""


async def often(_position: int, _within: float) -> None:
    """In the place of a committer that follows the log."""
    await asyncio.sleep(0.02)


async def test_the_own_log_is_followed_by_one_process_and_a_hole_stops_it(fresh_database: Databases) -> None:
    model = await Model(fresh_database("booking"), projection("booking.mine.v1", (LOG,))).make()
    writer = await asyncpg.connect(model.database.admin_url)
    await writer.execute(APPEND, 1, 50, booking(1))
    first, second = (LogFeed(model.projector(), model.connection, often) for _ in range(2))
    tasks = [asyncio.create_task(feed.watch()) for feed in (first, second)]

    async def reached(position: int) -> bool:
        return await model.position() == position

    await until(lambda: reached(50), "position 50")
    assert sorted(map(len, (first.standing.assigned, second.standing.assigned))) == [0, 1]
    active, waiting = (first, second) if first.standing.assigned else (second, first)
    await writer.execute(APPEND, 51, 60, booking(1))
    await until(lambda: reached(60), "position 60")
    await writer.execute(APPEND, 62, 62, booking(1))

    async def stopped() -> bool:
        return bool(active.standing.gapped)

    await until(stopped, "a hole")
    assert not active.standing.ready
    assert await model.position() == 60
    await writer.execute(APPEND, 61, 61, booking(1))
    await until(lambda: reached(62), "position 62")
    tasks[0 if active is first else 1].cancel()
    await writer.execute(APPEND, 63, 70, booking(1))
    await until(lambda: reached(70), "position 70")
    assert waiting.standing.assigned
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await writer.close()
    await model.close()


async def test_after_trouble_it_is_ready_again_although_nothing_new_comes(fresh_database: Databases) -> None:
    """Nobody may wait for the next event of a quiet night, nor a service for people whom it is not shown."""
    model = await Model(fresh_database("booking"), projection("booking.mine.v1", (LOG,))).make()
    away = True

    async def connection() -> asyncpg.Connection:
        if away:
            raise ConnectionRefusedError
        return await model.connection()

    feed = LogFeed(model.projector(), connection, often)
    watch = asyncio.create_task(feed.watch())

    async def is_ready(ready: bool) -> bool:
        return feed.standing.ready is ready

    await until(lambda: is_ready(False), "trouble")
    away = False
    await until(lambda: is_ready(True), "ready again")
    watch.cancel()
    await asyncio.gather(watch, return_exceptions=True)
    await model.close()
