"""What a feed's watch makes of a client that brings nothing, without Kafka: the client is a stub.

Each of these has been, or may be, a group that stood still for good and said nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from structlog.testing import capture_logs

from servicekit import feed as feeds
from servicekit.consumer_rule import Checkpoint
from servicekit.feed import Feed

PLACE = TopicPartition("booking.events", 3)
LOOKS = 5


class Client:
    """One partition with ten records, of which nothing is ever handed out."""

    dead = False

    def __init__(self) -> None:
        self.at, self.looked = 4, asyncio.Queue[None]()

    def assignment(self) -> set[TopicPartition]:
        return {PLACE}

    async def end_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        self.looked.put_nowait(None)
        return dict.fromkeys(places, 10)

    async def beginning_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, 0)

    async def position(self, _place: TopicPartition) -> int:
        return self.at

    def resume(self, _place: TopicPartition) -> None:
        """It was stopped."""


class Consumer:
    """Applies nothing, as ``trouble`` says."""

    name = "documents.reactions.booking.v1"
    topics: tuple[str, ...] = ("booking.events",)

    def __init__(self) -> None:
        self.trouble: BaseException | None = None

    async def apply(self, _topic: str, _partition: int, _records: Sequence[Any]) -> Checkpoint:
        if self.trouble is not None:
            raise self.trouble
        await asyncio.Event().wait()
        raise AssertionError

    async def waiting(self) -> tuple[int, float]:
        return 0, 0.0


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def feed(client: Client, monkeypatch: pytest.MonkeyPatch) -> Feed:
    monkeypatch.setattr(feeds, "LOOK", 0.01)
    monkeypatch.setattr(feeds, "STILL", LOOKS)
    monkeypatch.setattr(feeds, "BACKOFF", (60,))
    feed = Feed(Consumer())
    feed._subscriber = SimpleNamespace(consumer=client, tasks=[SimpleNamespace(done=lambda: False)])
    return feed


async def watched(feed: Feed, seconds: float = 5.0) -> None:
    await asyncio.wait_for(feed.watch(), seconds)


async def looks(client: Client, more: int = 3 * LOOKS) -> None:
    """Let the watch look a few times more."""
    async with asyncio.timeout(10):
        for _ in range(more):
            await client.looked.get()


async def test_a_partition_of_which_nothing_comes_although_there_is_more_ends_the_watch(feed: Feed) -> None:
    with capture_logs() as lines, pytest.raises(RuntimeError, match="stands still"):
        await watched(feed)
    (line,) = lines
    assert (line["event"], line["consumer"], line["partition"], line["position"]) == (
        "consumer_stands_still",
        "documents.reactions.booking.v1",
        "booking.events/3",
        4,
    )


async def test_a_batch_that_is_in_hand_for_ever_ends_the_watch(feed: Feed, client: Client) -> None:
    client.at = 10
    record = SimpleNamespace(topic=PLACE.topic, partition=PLACE.partition)
    batch = asyncio.ensure_future(feed.handle([record]))
    with pytest.raises(RuntimeError, match="stands still"):
        await watched(feed)
    batch.cancel()


async def test_what_moves_now_and_then_does_not_stand_still(feed: Feed, client: Client) -> None:
    watch = asyncio.ensure_future(feed.watch())
    for client.at in (5, 6, 7, 8, 9):
        await looks(client, LOOKS - 2)
    client.at = 10
    await looks(client)
    assert not watch.done()
    watch.cancel()


@pytest.mark.parametrize("state", ["gapped", "stopped"])
async def test_what_waits_for_others_and_says_so_does_not_end_the_watch(
    feed: Feed, client: Client, state: str
) -> None:
    getattr(feed.standing, state).add(f"{PLACE.topic}/{PLACE.partition}")
    watch = asyncio.ensure_future(feed.watch())
    await looks(client)
    assert not watch.done()
    watch.cancel()


async def test_while_the_database_is_away_the_process_lives_on(feed: Feed, client: Client) -> None:
    feed.consumer.trouble = ConnectionRefusedError()  # type: ignore[attr-defined]
    record = SimpleNamespace(topic=PLACE.topic, partition=PLACE.partition)
    batch = asyncio.ensure_future(feed.handle([record]))
    await asyncio.sleep(0)
    watch = asyncio.ensure_future(feed.watch())
    await looks(client)
    assert not watch.done()
    for task in (watch, batch):
        task.cancel()


async def test_a_batch_that_failed_and_is_anothers_now_is_no_trouble_of_this_one(
    feed: Feed, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its partition was dealt to another member meanwhile, or that has read it: nothing waits here."""
    monkeypatch.setattr(feeds, "BACKOFF", (0,))
    feed.consumer.trouble = ConnectionRefusedError()  # type: ignore[attr-defined]
    with pytest.raises(ConnectionRefusedError):
        await feed.handle([SimpleNamespace(topic=PLACE.topic, partition=PLACE.partition)])
    await feed.look()
    assert not feed.standing.ready, "it comes again"
    client.at = 10
    await feed.look()
    assert feed.standing.ready
    watch = asyncio.ensure_future(feed.watch())
    await looks(client)
    assert not watch.done()
    watch.cancel()


async def test_a_client_that_never_tells_a_position_is_seen_and_its_death_still_ends_the_watch(
    feed: Feed, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A partition whose first position nobody fetches any more: aiokafka waits for it without end."""

    async def never(_place: TopicPartition) -> int:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(client, "position", never)
    watch = asyncio.ensure_future(feed.watch())
    await looks(client, 2)
    assert (feed.standing.unseen, feed.standing.ready) == ("TimeoutError", False)
    client.dead = True
    with pytest.raises(RuntimeError, match="no longer consumes"):
        await asyncio.wait_for(watch, 5)
