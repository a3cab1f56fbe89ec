"""Timers: fired at least once, never early, by one node at a time, and re-armed ones stay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from buergerbuero_contracts.envelope import Event
from servicekit.decider import Refused
from servicekit.log import Arm, Decision, Disarm, Due, Stream
from servicekit.postgres import Connection, connect
from servicekit.timers import Fire, TimerRunner
from tests.conftest import Databases
from tests.log.desk import Desk, TicketMarked, TicketOpened, open_desk, rows


def table(stream: Stream, event: Event) -> Iterable[Arm | Disarm]:
    """A ticket is due a second after it was opened; a note with a number above 9 renews it for an hour."""
    now = datetime.now(UTC)
    if isinstance(event, TicketOpened):
        yield Arm("end", stream.id, now - timedelta(seconds=1))
    elif isinstance(event, TicketMarked) and event.note > 9:
        yield Arm("end", stream.id, now + timedelta(hours=1))


@pytest.fixture
async def desk(fresh_database: Databases) -> AsyncIterator[Desk]:
    async with open_desk(fresh_database("booking").app_url, table) as desk:
        yield desk


async def unused() -> Connection:
    raise AssertionError("the test brings its own connections")


async def run(desk: Desk, fire: Fire, runners: int = 1) -> int:
    """One look by each of several nodes."""
    connections = [await connect(desk.url, application="timers") for _ in range(runners)]
    try:
        nodes = [TimerRunner(unused, desk.clock, fire) for _ in connections]
        return sum(await asyncio.gather(*(n.once(c) for n, c in zip(nodes, connections, strict=True))))
    finally:
        for connection in connections:
            await connection.close()


async def armed(desk: Desk) -> int:
    return int(await desk.pool.fetchval("SELECT count(*) FROM timer"))


async def test_a_due_timer_fires_and_its_events_are_stored_once(desk: Desk) -> None:
    await asyncio.gather(*(desk.take() for _ in range(10)))
    assert await armed(desk) == 10

    async def expire(due: Due) -> object:
        ticket = Stream("ticket", due.subject)
        return await desk.handler.run(
            due.context(desk.clock.now()),
            [ticket],
            lambda _: Decision(((ticket, TicketMarked(note=1)),)),
            fired=due,
        )

    assert await run(desk, expire, runners=3) == 10
    assert await armed(desk) == 0
    marks = [row for row in await rows(desk.pool) if row["type"] == "TicketMarked"]
    assert len(marks) == 10


async def test_who_follows_the_committer_fires_at_once_what_is_armed_for_now(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servicekit.timers.IDLE", 60.0)
    fired, looked = list[Due](), asyncio.Event()

    class Looks(TimerRunner):
        async def once(self, connection: Connection, subjects: list[UUID] | None = None) -> int:
            looked.set()
            return await super().once(connection, subjects)

    async def own() -> Connection:
        return await connect(desk.url, application="timers")

    async def fire(due: Due) -> object:
        fired.append(due)
        ticket = Stream("ticket", due.subject)
        return await desk.handler.run(
            due.context(desk.clock.now()), [ticket], lambda _: Decision(()), fired=due
        )

    running = asyncio.create_task(Looks(own, desk.clock, fire, desk.committer.armed).run())
    try:
        async with asyncio.timeout(20):
            await looked.wait()
            opened = await desk.take()
            while await armed(desk):  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
    assert [due.subject for due in fired] == [opened.events[-1][0].id]


async def test_two_who_fire_the_same_timer_act_once(desk: Desk) -> None:
    opened = await desk.take()
    stream = opened.events[-1][0]
    due = Due("end", stream.id, datetime(2026, 12, 1, tzinfo=UTC))
    now = desk.clock.now()
    outcomes = [
        await desk.handler.run(
            due.context(now), [stream], lambda _: Decision(((stream, TicketMarked(note=1)),)), fired=due
        )
        for _ in range(2)
    ]
    assert [outcome.replayed for outcome in outcomes] == [False, True]


async def test_a_timer_armed_anew_while_it_fires_stays_armed(desk: Desk) -> None:
    opened = await desk.take()
    stream = opened.events[-1][0]

    async def overtaken(due: Due) -> object:
        await desk.mark(stream, 10)  # the hold was extended a moment before
        return await desk.handler.run(
            due.context(desk.clock.now()), [stream], lambda _: Decision(()), fired=due
        )

    assert await run(desk, overtaken) == 1
    assert await armed(desk) == 1
    assert await run(desk, overtaken) == 0


async def test_a_firing_without_events_disarms(desk: Desk) -> None:
    await desk.take()

    async def nothing(due: Due) -> object:
        ticket = Stream("ticket", due.subject)
        return await desk.handler.run(
            due.context(desk.clock.now()), [ticket], lambda _: Decision(()), fired=due
        )

    await run(desk, nothing)
    assert await armed(desk) == 0


@pytest.mark.parametrize(("error", "left"), [(Refused("wrong-state"), 0), (KeyError("planted"), 1)])
async def test_a_refusal_ends_a_timer_and_an_error_backs_off(desk: Desk, error: Exception, left: int) -> None:
    await desk.take()
    seen: list[UUID] = []

    async def failing(due: Due) -> object:
        seen.append(due.subject)
        raise error

    await run(desk, failing)
    assert await run(desk, failing) == 0  # claimed or gone: no hot loop
    assert len(seen) == 1
    assert await armed(desk) == left


async def test_a_lease_from_a_clock_that_was_a_day_ahead_binds_nobody(desk: Desk) -> None:
    """Whoever claimed it was ended when the clock was set right; the timer would sleep for a day."""
    await desk.take()

    async def fires(_due: Due) -> object:
        return None

    await desk.pool.execute("UPDATE timer SET claimed_until = now() + interval '10 min'")
    assert await run(desk, fires) == 0
    await desk.pool.execute("UPDATE timer SET claimed_until = now() + interval '1 day'")
    assert await run(desk, fires) == 1


async def test_timers_pause_after_the_database_clock_jumped(desk: Desk) -> None:
    await desk.take()
    desk.clock.jumped = True

    async def never(_due: Due) -> object:
        raise AssertionError(uuid4())

    assert await run(desk, never) == 0


async def test_a_lock_that_lasts_ends_no_process_and_what_is_due_fires_after_it(desk: Desk) -> None:
    """As a migration may hold it: whoever waits for longer than ``lock_timeout`` hears an error."""
    await desk.take()
    made, fired = list[Connection](), asyncio.Event()

    async def own() -> Connection:
        made.append(await connect(desk.url, application="timers", settings={"lock_timeout": "50ms"}))
        return made[-1]

    async def fire(_due: Due) -> None:
        fired.set()

    migration = await connect(desk.url, application="migration")
    with capture_logs() as lines:
        async with migration.transaction():
            await migration.execute("LOCK TABLE timer IN SHARE ROW EXCLUSIVE MODE")
            running = asyncio.create_task(TimerRunner(own, desk.clock, fire).run())
            while len(made) < 2 and not running.done():  # noqa: ASYNC110 - or the task has ended
                await asyncio.sleep(0.02)
    await migration.close()
    try:
        assert not running.done()
        async with asyncio.timeout(20):
            await fired.wait()
    finally:
        running.cancel()
    assert [line["error"] for line in lines if line["event"] == "timers_postponed"] == [
        "LockNotAvailableError"
    ]
