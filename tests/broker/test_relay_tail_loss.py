"""Kafka acknowledged and then lost records: the relay notices and sends them again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete
from prometheus_client import REGISTRY

from buergerbuero_contracts.cloudevents import partition_for
from servicekit import relay as module
from servicekit.relay import ForeignEpoch
from servicekit.testing.databases import Database
from tests.broker.relay_world import PARTITIONS, World, assert_whole, running, until

EVENTS = [("SlotReserved", f"key-{n % 7}") for n in range(30)]


@pytest.fixture
async def world(fresh_database: Callable[[str], Database], kafka: str) -> World:
    """An empty log and an empty topic."""
    world = World(fresh_database("booking"), kafka, f"relay-{uuid4().hex[:12]}")
    await world.make_topic()
    return world


def rewinds() -> float:
    return REGISTRY.get_sample_value("relay_rewinds_total") or 0.0


async def cut(world: World, keep: Iterable[tuple[int, int]]) -> None:
    """Lose the tail of each partition: make the topic anew with the records up to an offset only."""
    limits = dict(keep)
    records = await world.raw_records()
    await made_anew(world, [one for one in records if one.offset < limits.get(one.partition, 0)])


async def made_anew(world: World, records: Iterable[Any]) -> None:
    """The topic with these records only, each in the partition where it was."""
    await world.lose_topic()
    producer = world.kafka.producer()
    await producer.start()
    for one in records:
        await producer.send_and_wait(
            world.topic, one.value, one.key, partition=one.partition, headers=list(one.headers)
        )
    await producer.stop()


async def test_a_topic_lost_while_the_relay_was_away_is_sent_again_from_the_start(world: World) -> None:
    before = rewinds()
    await world.write(*EVENTS)
    await world.sent(world.relay())
    await world.lose_topic()
    await world.repeated(world.relay(), len(EVENTS))
    assert await assert_whole(world) == 0
    assert rewinds() == before + 1


async def test_a_topic_lost_under_an_idle_relay_is_noticed_at_the_next_look(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_AGAIN", 0.2)
    await world.write(*EVENTS)
    async with running(world.relay()):
        await until(lambda: holds(world, 30))
        await world.lose_topic()
        await until(lambda: holds(world, 30))
    await assert_whole(world)


async def test_a_topic_lost_under_a_busy_relay_is_noticed_by_the_offset_of_the_next_send(
    world: World,
) -> None:
    await world.write(*EVENTS)
    async with running(world.relay()):
        await until(lambda: holds(world, 30))
        await world.lose_topic()
        await world.write(*EVENTS)
        await until(lambda: holds(world, 60), seconds=60)
    await assert_whole(world, after_loss=True)


async def test_a_cut_tail_is_sent_again_from_the_last_record_that_is_left(world: World) -> None:
    await world.write(*EVENTS)
    await world.sent(world.relay())
    sizes = await world.sizes()
    await cut(world, [(n, size - 2 if n == 1 else size) for n, size in sizes.items()])
    await world.repeated(world.relay(), 2)
    assert 0 <= await assert_whole(world) < 30, "only what follows the loss was repeated"


async def test_a_cut_is_found_although_new_records_already_stand_in_its_place(world: World) -> None:
    """The relay died between a send onto the cut tail and its checkpoint: the last record looks right."""
    await world.write(*EVENTS)
    await world.sent(world.relay())
    sizes = await world.sizes()
    await world.write(*EVENTS)
    await world.sent(world.relay())
    records = await world.raw_records()
    await made_anew(
        world, [one for one in records if not sizes[one.partition] - 2 <= one.offset < sizes[one.partition]]
    )
    async with world.connected() as connection:
        await connection.execute("UPDATE relay_state SET position = 30")
        await connection.executemany(
            "UPDATE relay_partition SET expected_offset = $2, last_position = ("
            "SELECT max(position) FROM event WHERE position <= 30 AND meta->>'key' = ANY($3))"
            " WHERE partition = $1",
            [
                (n, sizes[n], [k for _, k in EVENTS if partition_for(k, PARTITIONS) == n])
                for n in range(PARTITIONS)
                if sizes[n]
            ],
        )
    await world.repeated(world.relay(), 30)
    await assert_whole(world, after_loss=True)


async def test_a_loss_whose_place_late_records_have_taken_is_found_by_reading(world: World) -> None:
    """Another producer's batch came just after the loss, as long as what was lost: every offset is right."""
    await world.write(*EVENTS)
    await world.sent(world.relay())
    sizes = await world.sizes()
    await world.write(*EVENTS)
    await world.sent(world.relay())
    records = await world.raw_records()
    lost = next(n for n, size in sizes.items() if size > 4)
    late = next(one for one in records if one.partition == lost)

    def gone(one: Any) -> bool:
        return one.partition == lost and bool(sizes[lost] - 2 <= one.offset < sizes[lost])

    await made_anew(world, [late if gone(one) else one for one in records])
    with pytest.raises(AssertionError, match="missing for a reader"):
        await assert_whole(world, after_loss=True)
    async with running(world.relay()):
        await until(lambda: whole(world))


async def whole(world: World) -> bool:
    try:
        await assert_whole(world, after_loss=True)
    except AssertionError:
        return False
    return True


async def test_records_removed_from_the_front_on_purpose_are_not_a_loss(world: World) -> None:
    before = rewinds()
    await world.write(*EVENTS)
    await world.sent(world.relay())
    admin = world.kafka.admin()
    await admin.start()
    ends = await world.sizes()
    await admin.delete_records(
        {TopicPartition(world.topic, n): RecordsToDelete(before_offset=end) for n, end in ends.items()}
    )
    await admin.close()
    position = await world.write(*EVENTS)
    await world.sent(world.relay(), position)
    assert rewinds() == before
    assert len(await world.topic_records()) == 30


async def test_rubbish_at_the_end_of_a_partition_is_no_loss_and_no_reason_to_stop(world: World) -> None:
    before = rewinds()
    await world.write(*EVENTS)
    await world.sent(world.relay())
    producer = world.kafka.producer()
    await producer.start()
    for partition in range(PARTITIONS):
        await producer.send_and_wait(world.topic, b"{", partition=partition, headers=[("ce_epoch", b"\xff")])
    await producer.stop()
    position = await world.write(*EVENTS)
    await world.sent(world.relay(), position)
    await world.sent(world.relay(), position)
    assert rewinds() == before


async def test_a_topic_of_another_life_of_the_log_stops_the_relay(world: World) -> None:
    await world.write(*EVENTS)
    await world.sent(world.relay())
    async with world.connected() as connection:
        await connection.execute("UPDATE relay_state SET epoch = 2")
    with pytest.raises(ForeignEpoch, match="epoch 1"):
        async with running(world.relay()) as (task,):
            await asyncio.wait([task], timeout=20)


async def test_a_raised_epoch_over_an_emptied_topic_publishes_everything_again(world: World) -> None:
    await world.write(*EVENTS)
    await world.sent(world.relay())
    await world.lose_topic()
    async with world.connected() as connection:
        await connection.execute("UPDATE relay_state SET epoch = 2, position = 0")
    await world.sent(world.relay())
    assert {one.headers.epoch for one in await world.topic_records()} == {2}
    assert await assert_whole(world) == 0


async def holds(world: World, records: int) -> bool:
    return len({one.position for one in await world.topic_records()}) >= records
