"""A read model on real Kafka: processes die, groups rebalance, records vanish and come back."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
import sys
from collections.abc import Callable, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from servicekit import feed as feeds
from servicekit.consumer_rule import Checkpoint
from servicekit.feed import Feed
from servicekit.testing.databases import Database
from tests.broker.feed_world import MakeWay, admin, assigned, committed
from tests.broker.tally import Chain, make_topic, publish, until

Databases = Callable[[str], Database]
Patch = pytest.MonkeyPatch
ROOT = Path(__file__).parents[2]


async def test_a_topic_becomes_a_read_model_and_a_redelivery_changes_nothing(
    way: MakeWay,
) -> None:
    one = await way()
    chain = Chain(one.topic)
    await publish(one.bootstrap, chain.story(range(300)))
    async with one.consuming() as feed:
        await one.reached(600)
        await until(lambda: committed(one, 600), "commit")
        assert feed.standing.ready
    before = await one.model.tables()
    await one.commit(0)
    async with one.consuming():
        await publish(one.bootstrap, [chain.tell("BookingCancelled", 7)])
        await one.reached(601)
    assert (await one.model.tallies())["BookingOpened"] == 300
    assert len((await one.model.tables())[0]) == len(before[0])


@pytest.mark.parametrize("fault", ["project.before_commit:2", "project.after_commit:2"])
async def test_a_consumer_that_dies_in_mid_batch_loses_and_repeats_nothing(way: MakeWay, fault: str) -> None:
    one = await way()
    chain = Chain(one.topic)
    await publish(one.bootstrap, chain.story(range(50)))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.broker.tally_consumer"),
        *(one.model.database.app_url, one.bootstrap, one.topic, one.name),
        cwd=ROOT,
        env={**os.environ, "APP_ENV": "test", "FAULT": fault, "PYTHONPATH": f"{ROOT}:{ROOT / 'contracts'}"},
    )
    try:
        await one.reached(100)
        await publish(one.bootstrap, chain.story(range(50, 100)))
        assert await asyncio.wait_for(process.wait(), 30) == 137
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()
    async with one.consuming():
        await one.reached(200)
    assert await one.model.tallies() == {"BookingOpened": 100, "BookingConfirmed": 100}
    assert await one.model.parked() == []


async def test_a_null_header_in_the_middle_costs_nothing_but_itself(way: MakeWay) -> None:
    one = await way()
    chain = Chain(one.topic)
    records = chain.story(range(100))
    bad = [
        dataclasses.replace(records[3], headers=[("x", None)]),
        dataclasses.replace(records[4], headers=[("x", b"\xff\xfe")]),
    ]
    await publish(one.bootstrap, [*records[:100], *bad, *records[100:]])
    async with one.consuming():
        await one.reached(200)
    assert await one.model.tallies() == {"BookingOpened": 100, "BookingConfirmed": 100}
    assert await one.model.parked() == [(None, None, "headers")] * 2


async def test_a_gap_seeks_back_once_and_heals_a_group_that_was_ahead_of_the_read_model(way: MakeWay) -> None:
    """A database restored to an earlier state: the group's offset is past records that it never saw."""
    one = await way()
    chain = Chain(one.topic)
    await publish(one.bootstrap, chain.story(range(20)))
    async with one.consuming():
        await one.reached(40)
    await publish(one.bootstrap, chain.story(range(20, 40)))
    await one.commit(70)
    async with one.consuming() as feed:
        await one.reached(80)
        assert feed.standing.ready
    assert await one.model.tallies() == {"BookingOpened": 40, "BookingConfirmed": 40}


async def test_a_partition_filled_anew_heals_a_reader_whose_missing_records_lie_below_its_offset(
    way: MakeWay,
) -> None:
    """A topic was lost and sent again; the group's and the read model's offsets are of the lost one."""
    one = await way()
    chain = Chain(one.topic)
    records = chain.story(range(20))
    await publish(one.bootstrap, [*records[:10], *records[:4]])
    async with one.consuming():
        await one.reached(10)
        await until(lambda: committed(one, 14), "commit")
    async with admin(one.bootstrap) as client:
        await client.delete_topics([one.topic])
    await make_topic(one.bootstrap, one.topic, 1)
    await publish(one.bootstrap, records)
    await one.commit(14)  # forgotten with the topic, but for a lost disk of one broker
    async with one.consuming() as feed:
        await one.reached(40)
        assert feed.standing.ready
    assert await one.model.tallies() == {"BookingOpened": 20, "BookingConfirmed": 20}


async def test_a_topic_that_was_away_is_read_again_soon_after_it_is_back(way: MakeWay) -> None:
    """A group that meets while its topic is missing has nothing to read until it looks at the topics anew."""
    one = await way()
    records = Chain(one.topic).story(range(20))
    await publish(one.bootstrap, records[:10])
    async with one.consuming() as feed:
        await one.reached(10)
        async with admin(one.bootstrap) as client:
            await client.delete_topics([one.topic])

        async def nothing_to_read() -> bool:
            return not feed._client.assignment()

        await until(nothing_to_read, "a group without partitions")
        await make_topic(one.bootstrap, one.topic, 1)
        await publish(one.bootstrap, records)
        await one.reached(40)
    assert await one.model.tallies() == {"BookingOpened": 20, "BookingConfirmed": 20}


async def test_a_gap_waits_unready_until_the_relay_publishes_again_behind_it(way: MakeWay) -> None:
    one = await way()
    chain = Chain(one.topic)
    records = chain.story(range(20))
    lost, rest = records[10:20], records[20:]
    await publish(one.bootstrap, [*records[:10], *rest])
    async with one.consuming() as feed:
        await one.reached(10)

        async def gapped() -> bool:
            return feed.standing.gapped == {f"{one.topic}/0"}

        await until(gapped, "gap")
        assert not feed.standing.ready
        assert await one.model.position() == 10
        await publish(one.bootstrap, [*lost, *rest])
        await one.reached(40)

        async def ready() -> bool:
            return feed.standing.ready

        await until(ready, "ready again")
    assert await one.model.tallies() == {"BookingOpened": 20, "BookingConfirmed": 20}


async def test_a_restored_producer_stops_only_its_partition_and_a_restart_stops_again(way: MakeWay) -> None:
    one = await way(2)
    old, new = Chain(one.topic), Chain(one.topic, epoch=2)
    await publish(one.bootstrap, old.story(range(5)))
    await publish(one.bootstrap, new.story(range(5)))
    other = Chain(one.topic)
    await publish(
        one.bootstrap, [dataclasses.replace(record, partition=1) for record in other.story(range(5, 10))]
    )
    for _ in range(2):
        async with one.consuming() as feed:
            await one.reached(10, partition=1)

            async def stopped(feed: Feed = feed) -> bool:
                return feed.standing.stopped == {f"{one.topic}/0"}

            await until(stopped, "stopped")
            assert not feed.standing.ready
    assert await one.model.position(0) == 10


async def test_a_rebalance_in_mid_batch_loses_and_repeats_nothing(way: MakeWay) -> None:
    one = await way(6)
    chain = Chain(one.topic)
    records = [chain.tell("BookingOpened", n, partition=n % 6) for n in range(1200)]

    async def slow(feed: Feed) -> Feed:
        apply = feed.consumer.apply

        async def later(topic: str, partition: int, records: Sequence[Any]) -> Checkpoint:
            await asyncio.sleep(0.05)  # so that the group changes while a batch is in hand
            return await apply(topic, partition, records)

        feed.consumer.apply = later  # type: ignore[method-assign]
        return feed

    async with one.consuming(await slow(one.feed())):
        for start in range(0, 600, 60):
            await publish(one.bootstrap, records[start : start + 60])
        async with one.consuming(await slow(one.feed())), one.consuming(await slow(one.feed())):
            for start in range(600, 900, 60):
                await publish(one.bootstrap, records[start : start + 60])
        for start in range(900, 1200, 60):
            await publish(one.bootstrap, records[start : start + 60])
        for partition in range(6):
            await one.reached(1195 + partition, partition)
    assert await one.model.tallies() == {"BookingOpened": 1200}
    assert await one.model.parked() == []


async def test_every_partition_gets_a_committed_offset_also_empty_and_expired_ones(way: MakeWay) -> None:
    """F33: 1 was never read, 2 up to offset 2, before what it held was removed."""
    one = await way(3)
    chain, places = Chain(one.topic), [TopicPartition(one.topic, part) for part in (1, 2)]
    await publish(one.bootstrap, [chain.tell("BookingOpened", n, partition=1 + n % 2) for n in range(10)])
    await one.commit(2, partition=2)
    async with admin(one.bootstrap) as client:
        await client.delete_records(dict.fromkeys(places, RecordsToDelete(before_offset=5)))
    async with one.consuming() as feed:
        await until(lambda: assigned(feed, 3), "assignment")
        await feed.look()
        assert [await committed(one, offset, n) for n, offset in ((0, 0), (1, 5), (2, 5))] == [True] * 3
        assert feed.standing.assigned == {f"{one.topic}/{n}" for n in range(3)}


async def test_a_database_that_is_away_delays_and_loses_nothing(way: MakeWay, monkeypatch: Patch) -> None:
    monkeypatch.setattr(feeds, "BACKOFF", (0.05,))
    one = await way()
    chain = Chain(one.topic)
    feed = one.feed()
    connect = one.model.connection
    away = True

    async def sometimes() -> Any:
        if away:
            raise ConnectionRefusedError("the database is away")
        return await connect()

    feed.consumer._connect = sometimes  # type: ignore[attr-defined]
    monkeypatch.setattr("servicekit.project.RECONNECTS", (0.0,))
    await publish(one.bootstrap, chain.story(range(10)))
    async with one.consuming(feed):

        async def failing() -> bool:
            return feed.standing.failing == "ConnectionRefusedError"

        await until(failing, "failing")
        assert not feed.standing.ready
        away = False
        await one.reached(20)
        assert await one.model.parked() == []


OF_ITS_CLIENT = ("_coordinator._coordination_task", "_fetcher._fetch_task", "_client._sync_task")


@pytest.mark.parametrize("dead", ["", *OF_ITS_CLIENT])
async def test_a_dead_task_of_a_consumer_ends_the_watch(way: MakeWay, monkeypatch: Patch, dead: str) -> None:
    monkeypatch.setattr(feeds, "LOOK", 0.05)
    one = await way()
    async with one.consuming() as feed:
        watch = asyncio.create_task(feed.watch())
        for task in [attrgetter(dead)(feed._client)] if dead else feed._subscriber.tasks:
            task.cancel()
        with pytest.raises(RuntimeError, match="no longer consumes"):
            await asyncio.wait_for(watch, 10)
