"""A read model is built anew beside the running one, and nobody notices but the reader of the log."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from servicekit import rebuild as rebuilding
from servicekit.consumer_rule import Checkpoint
from servicekit.kafka import Kafka
from servicekit.postgres import open_pool
from servicekit.project import Projector
from servicekit.projection import LOG, Projection, Step
from servicekit.read_model import NoGeneration, read_model
from servicekit.rebuild import NotEqual, drop_old_generations, ensure_first_generations, rebuild
from servicekit.rebuild_shares import HelperFailed
from servicekit.testing.databases import Database
from tests.broker.feed_world import MakeWay
from tests.broker.tally import Chain, Model, booking, projection, publish, send, until
from tests.broker.test_log_feed import APPEND

Databases = Callable[[str], Database]


@pytest_asyncio.fixture
async def mine(database: Databases) -> AsyncIterator[Model]:
    """A read model of the service's own log, on an empty log."""
    model = await Model(database("booking"), projection("booking.mine.v1", (LOG,))).make()
    await model.fetch("TRUNCATE event")
    yield model
    await model.close()


async def write(model: Model, first: int, last: int) -> None:
    """Append events to the log."""
    await model.fetch(APPEND, first, last, booking(1))


async def apply_log(model: Model) -> Checkpoint:
    """Have the live projector read the log from its beginning."""
    from servicekit.own_log import read_log

    connection = await model.connection()
    try:
        return await model.projector().apply(LOG, 0, await read_log(connection, "booking", 0, 9999))
    finally:
        await connection.close()


async def schemas(model: Model) -> list[tuple[str]]:
    """The current generation's schema."""
    return await model.fetch("SELECT schema FROM projection_current WHERE name = $1", model.projection.name)


async def test_a_rebuild_beside_a_running_consumer_gives_equal_tables_and_loses_nothing(way: MakeWay) -> None:
    """12,000 rows, and more than 100 events a second arriving all the while."""
    one = await way(6)
    chain = Chain(one.topic)
    await publish(one.bootstrap, [chain.tell("BookingOpened", n, partition=n % 6) for n in range(12_000)])
    told, stop = 12_000, asyncio.Event()

    async def traffic() -> float:
        nonlocal told
        loop, producer = asyncio.get_running_loop(), Kafka(one.bootstrap).producer()
        await producer.start()
        started = loop.time()
        while not stop.is_set():
            batch = [chain.tell("BookingConfirmed", n, partition=n % 6) for n in range(told, told + 25)]
            told += 25
            await asyncio.gather(send(producer, batch), asyncio.sleep(0.1))
        await producer.stop()
        return (told - 12_000) / (loop.time() - started)

    async with one.consuming() as feed:
        await until(lambda: counted(one.model, "BookingOpened", 12_000), "the first 12,000")
        arriving = asyncio.create_task(traffic())
        await until(lambda: counted(one.model, "BookingConfirmed", 100), "traffic")
        made = await rebuild(
            one.model.projection, one.model.database.owner_url, Kafka(one.bootstrap), verify=True
        )
        generation = await schemas(one.model)
        goal = told - 12_000 + 100
        await until(lambda: counted(one.model, "BookingConfirmed", goal), "traffic goes on")
        stop.set()
        rate = await arriving
        await until(lambda: counted(one.model, "BookingConfirmed", told - 12_000), "all of it")
        assert feed.standing.ready
    assert rate >= 100
    assert generation == [(made.schema,)]
    assert made.schema.endswith("_g2")
    assert made.records >= 12_000
    assert {table: text.split(":")[0] for table, text in made.hashes.items()}["story"] >= "12000"
    assert (await one.model.tallies())["BookingOpened"] == 12_000
    assert await one.model.parked() == []


async def counted(model: Model, kind: str, at_least: int) -> bool:
    """Whether so many events of a type were counted."""
    return (await model.tallies()).get(kind, 0) >= at_least


@pytest.fixture
def spread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rebuild of anything has a process for each of four cores."""
    monkeypatch.setattr(rebuilding, "NEAR", 0)
    monkeypatch.setattr(os, "cpu_count", lambda: 4)


@pytest.mark.usefixtures("spread")
async def test_each_process_reads_partitions_of_its_own_and_the_tables_are_equal(way: MakeWay) -> None:
    one = await way(6)
    chain = Chain(one.topic)
    await publish(one.bootstrap, [chain.tell("BookingOpened", n, partition=n % 6) for n in range(600)])
    await publish(one.bootstrap, [chain.tell("BookingConfirmed", n, partition=n % 6) for n in range(600)])
    async with one.consuming():
        await until(lambda: counted(one.model, "BookingConfirmed", 600), "all of it")
        await one.model.fetch("CREATE TABLE public.by_process (pid integer)")
        await one.model.fetch("GRANT ALL ON public.by_process TO PUBLIC")
        made = await rebuild(
            noting_who(one.model), one.model.database.owner_url, Kafka(one.bootstrap), verify=True
        )
    pids = [pid for (pid,) in await one.model.fetch("SELECT DISTINCT pid FROM public.by_process")]
    assert len(pids) == 4
    assert made.records == 1200


def noting_who(model: Model) -> Projection:
    """The model's projection; each batch says which process of ours applied it."""
    note = Step(
        lambda seen: [(os.getpid(),)], "INSERT INTO public.by_process SELECT * FROM unnest($1::integer[])"
    )
    return dataclasses.replace(model.projection, steps=(*model.projection.steps, note))


@pytest.mark.usefixtures("spread")
async def test_a_process_that_dies_fails_the_rebuild_and_nothing_is_switched(
    way: MakeWay, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await way(2)
    chain, whole, first = Chain(one.topic), Projector.take, os.getpid()
    await publish(one.bootstrap, [chain.tell("BookingOpened", n, partition=n % 2) for n in range(100)])

    async def dies(self: Projector, *given: Any) -> Checkpoint:
        if os.getpid() != first:
            os._exit(1)
        return await whole(self, *given)

    monkeypatch.setattr(Projector, "take", dies)
    with pytest.raises(HelperFailed):
        await rebuild(one.model.projection, one.model.database.owner_url, Kafka(one.bootstrap))
    assert (await schemas(one.model))[0][0].endswith("_g1")
    monkeypatch.setattr(Projector, "take", whole)
    made = await rebuild(one.model.projection, one.model.database.owner_url, Kafka(one.bootstrap))
    assert (made.schema[-3:], made.records) == ("_g3", 100)


async def test_a_read_model_that_differs_is_not_replaced(way: MakeWay) -> None:
    one = await way()
    chain = Chain(one.topic)
    await publish(one.bootstrap, chain.story(range(10)))
    async with one.consuming():
        await one.reached(20)
        await one.model.fetch("UPDATE story SET last = 'tampered' WHERE booking_id = $1", booking(3))
        with pytest.raises(NotEqual, match=r"differs from tally\w+ in story$"):
            await rebuild(
                one.model.projection, one.model.database.owner_url, Kafka(one.bootstrap), verify=True
            )
        assert (await schemas(one.model))[0][0].endswith("_g1")
        made = await rebuild(one.model.projection, one.model.database.owner_url, Kafka(one.bootstrap))
    assert made.schema.endswith("_g3")
    assert (await one.model.stories())[booking(3)] == "BookingConfirmed"


async def test_a_topic_that_lost_its_tail_does_not_replace_what_has_seen_it(way: MakeWay) -> None:
    one, chain = await way(), Chain("unused")
    await publish(one.bootstrap, [dataclasses.replace(r, topic=one.topic) for r in chain.story(range(5))])
    await one.model.projector().apply(one.topic, 0, Chain(one.topic).story(range(8)))
    with pytest.raises(NotEqual, match="10 instead of 16"):
        await rebuild(one.model.projection, one.model.database.owner_url, Kafka(one.bootstrap))
    assert (await schemas(one.model))[0][0].endswith("_g1")


async def test_after_a_restored_producer_a_rebuild_reads_the_new_epoch_to_its_end(way: MakeWay) -> None:
    """The runbook: all records are deleted, the log is published again under a higher epoch, then rebuild."""
    from aiokafka import TopicPartition
    from aiokafka.admin import RecordsToDelete

    from tests.broker.feed_world import admin

    one = await way()
    await publish(one.bootstrap, Chain(one.topic).story(range(10)))
    async with one.consuming() as feed:
        await one.reached(20)
        async with admin(one.bootstrap) as client:
            await client.delete_records({TopicPartition(one.topic, 0): RecordsToDelete(before_offset=20)})
        restored = Chain(one.topic, epoch=2)
        await publish(one.bootstrap, restored.story(range(7)))

        async def stopped() -> bool:
            return bool(feed.standing.stopped)

        await until(stopped, "stopped")
        await rebuild(one.model.projection, one.model.database.owner_url, Kafka(one.bootstrap))
        assert await one.model.tallies() == {"BookingOpened": 7, "BookingConfirmed": 7}
        await publish(one.bootstrap, restored.story(range(7, 9)))
        await feed.look()  # what the watch does every few seconds: the partition gets another try
        await one.reached(18)
        assert feed.standing.ready
    assert await one.model.tallies() == {"BookingOpened": 9, "BookingConfirmed": 9}


async def test_a_model_of_the_own_log_is_rebuilt_up_to_where_the_live_one_is(mine: Model) -> None:
    await write(mine, 1, 6000)
    await apply_log(mine)
    await write(mine, 6001, 6010)
    made = await rebuild(mine.projection, mine.database.owner_url, Kafka("unused"), verify=True)
    assert (made.schema, made.records) == ("mine_v1_g2", 6000)
    assert await mine.position() == 6000
    assert await apply_log(mine) == Checkpoint(6010, 0, 6011)
    assert await mine.tallies() == {"BookingOpened": 6010}


async def test_readers_see_one_generation_and_one_moment(mine: Model) -> None:
    await write(mine, 1, 3)
    await apply_log(mine)
    pool = await open_pool(mine.database.app_url, application="test", size=2)
    async with read_model(pool, "booking.mine.v1") as connection:
        before = await connection.fetchval("SELECT sum(n) FROM tally")
        await rebuild(mine.projection, mine.database.owner_url, Kafka("unused"))
        await write(mine, 4, 9)
        await apply_log(mine)
        assert await connection.fetchval("SELECT sum(n) FROM tally") == before == 3
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await connection.execute("DELETE FROM tally")
    async with read_model(pool, "booking.mine.v1") as connection:
        assert await connection.fetchval("SELECT sum(n) FROM tally") == 9
        assert (await connection.fetchval("SHOW search_path")).startswith("mine_v1_g2")
    async with pool.acquire() as plain:
        assert "mine" not in await plain.fetchval("SHOW search_path")
    with pytest.raises(NoGeneration):
        async with read_model(pool, "booking.nobody.v1"):
            pass
    await pool.close()


async def test_first_generations_are_made_once(mine: Model) -> None:
    assert await ensure_first_generations(mine.database.owner_url, [mine.projection]) == []
    await mine.make()
    assert await schemas(mine) == [("mine_v1_g1",)]


async def test_old_generations_go_when_nobody_reads_them_any_more(mine: Model) -> None:
    url = mine.database.owner_url
    for _ in range(2):
        await rebuild(mine.projection, url, Kafka("unused"))
    assert await drop_old_generations(mine.projection, url) == 2
    assert await drop_old_generations(mine.projection, url) == 0
    left = await mine.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'mine_v1_g%'")
    assert left == await schemas(mine) == [("mine_v1_g3",)]


async def test_a_process_without_its_generation_applies_nothing(
    mine: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servicekit.project.RECONNECTS", (0.0,))
    newer: Any = Model(mine.database, projection("booking.mine.v2", (LOG,)))
    with pytest.raises(NoGeneration):
        await newer.projector().apply(
            LOG, 0, [dataclasses.replace(Chain().tell("BookingOpened", 1), topic=LOG)]
        )
    await newer.close()
