"""Where a feed reads once more when it meets a gap, without Kafka: the client is a stub."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from servicekit import feed as feeds
from servicekit.consumer_rule import Checkpoint, GapDetected
from servicekit.feed import Feed
from servicekit.log import Busy

GAPPED, OTHER = TopicPartition("booking.events", 0), TopicPartition("booking.events", 1)
BESIDE = 4
"""The offset behind the last record that was applied."""


class Client:
    """Remembers where it was sent."""

    def __init__(self) -> None:
        self.sought = list[tuple[TopicPartition, int]]()
        self.assigned = {GAPPED, OTHER}

    def assignment(self) -> set[TopicPartition]:
        return self.assigned

    def seek(self, place: TopicPartition, offset: int) -> None:
        self.sought.append((place, offset))

    async def end_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, 10)

    async def beginning_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, 0)

    async def position(self, _place: TopicPartition) -> int:
        return 10


class Consumer:
    """Misses a record in the one partition, and may be ``busy`` with the other."""

    name = "documents.reactions.booking.v1"
    topics: tuple[str, ...] = ("booking.events",)
    busy = False

    async def apply(self, topic: str, partition: int, _records: Sequence[Any]) -> Checkpoint:
        if partition == GAPPED.partition:
            raise GapDetected(topic, partition, Checkpoint(10, 1, BESIDE), 12)
        if self.busy:
            raise Busy
        return Checkpoint(20, 1, 8)

    async def waiting(self) -> tuple[int, float]:
        return 0, 0.0


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> tuple[Feed, Consumer, Client]:
    monkeypatch.setattr(feeds, "BACKOFF", (0,))
    consumer, client = Consumer(), Client()
    feed = Feed(consumer)
    feed._subscriber = SimpleNamespace(consumer=client, tasks=[])
    return feed, consumer, client


def batch(*places: TopicPartition) -> list[Any]:
    return [SimpleNamespace(**place._asdict(), offset=9, timestamp=0) for place in places]


@pytest.mark.parametrize("failures", [0, 1, 2, 5])
async def test_a_gap_is_looked_for_twice_however_often_another_partition_failed_beside_it(
    made: tuple[Feed, Consumer, Client], failures: int
) -> None:
    feed, consumer, client = made
    consumer.busy = True
    for _ in range(failures):
        with pytest.raises(Busy):
            await feed.handle(batch(GAPPED, OTHER))
    assert not client.sought
    consumer.busy = False
    for _ in range(4):
        await feed.handle(batch(GAPPED, OTHER))
    assert client.sought == [(GAPPED, BESIDE), (GAPPED, 0)]


async def test_a_partition_that_was_away_and_comes_back_with_its_gap_is_looked_through_again(
    made: tuple[Feed, Consumer, Client],
) -> None:
    feed, _consumer, client = made
    for _ in range(3):
        await feed.handle(batch(GAPPED))
    client.assigned = {OTHER}
    await feed.look()
    client.assigned = {GAPPED, OTHER}
    await feed.handle(batch(GAPPED))
    assert client.sought == [(GAPPED, BESIDE), (GAPPED, 0), (GAPPED, BESIDE)]


async def test_nobody_seeks_in_a_partition_that_was_taken_away_meanwhile(
    made: tuple[Feed, Consumer, Client],
) -> None:
    feed, _consumer, client = made
    client.assigned = {OTHER}
    await feed.handle(batch(GAPPED))
    client.assigned = {GAPPED, OTHER}
    await feed.handle(batch(GAPPED))
    assert client.sought == [(GAPPED, BESIDE)]


async def test_the_record_at_the_end_is_read_once_more_now_and_then(
    made: tuple[Feed, Consumer, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    feed, _consumer, client = made
    client.assigned = {OTHER}
    monkeypatch.setattr(feeds, "AGAIN", 60.0)
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    for now[0] in (1000.0, 1010.0, 1059.9, 1060.0, 1070.0, 1119.9, 1120.0):
        await feed.look()
    assert client.sought == [(OTHER, 9), (OTHER, 9)]
