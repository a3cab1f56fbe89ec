"""One canary for each fact of FastStream 0.7 that our settings rest on.

A canary that falls silent after an upgrade says which setting of ``servicekit/subscriber.py`` may go, or
which promise no longer holds. Where a default loses records, the same input runs with ours beside it.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from aiokafka.errors import KafkaConnectionError, UnknownTopicOrPartitionError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.subscriber.usecase import BatchSubscriber

from servicekit.kafka import Kafka
from servicekit.subscriber import SUBSCRIBER, consuming
from servicekit.testing.kafka import TopicPlan, make_topics
from servicekit.testing.process import free_port
from tests.broker.relay_world import until

PLAIN: dict[str, Any] = {"batch": True, "auto_offset_reset": "earliest", "batch_timeout_ms": 50}
"""FastStream as it comes, but from the beginning."""


@pytest.fixture
async def topic(kafka: str) -> str:
    """A topic with two partitions of its own."""
    name = f"canary-{uuid4().hex[:12]}"
    await make_topics(kafka, {name: TopicPlan(2)})
    return name


async def produce(bootstrap: str, topic: str, *records: tuple[int, bytes, list[tuple[str, Any]]]) -> None:
    """Records (partition, value, headers), one batch per record."""
    producer = Kafka(bootstrap).producer()
    await producer.start()
    for partition, value, headers in records:
        await producer.send_and_wait(topic, value, partition=partition, headers=headers)
    await producer.stop()


@dataclass
class Handler:
    """Notes the values of each call; fails in the calls that the test names."""

    fail: Callable[[int], bool] = lambda _call: False
    calls: list[list[Any]] = field(default_factory=list)

    async def __call__(self, messages: Any) -> None:
        self.calls.append([getattr(one, "value", one) for one in messages])
        if self.fail(len(self.calls)):
            raise RuntimeError("the handler failed")

    def values(self) -> list[Any]:
        """Everything handed out, in order."""
        return [value for call in self.calls for value in call]

    def has(self, *values: Any) -> Callable[[], Any]:
        """A condition for ``until``."""

        async def there() -> bool:
            return set(values) <= set(self.values())

        return there


@asynccontextmanager
async def listening(broker: KafkaBroker, topic: str, handler: Handler, **options: Any) -> AsyncIterator[None]:
    """A subscriber under way."""

    async def handle(messages: list[Any]) -> None:
        await handler(messages)

    broker.subscriber(topic, **options)(handle)
    await broker.start()
    try:
        yield
    finally:
        await broker.stop()


def plain(bootstrap: str) -> KafkaBroker:
    """FastStream's broker as it comes."""
    return KafkaBroker(bootstrap, logger=None)


async def after_a_failure(bootstrap: str, topic: str, broker: KafkaBroker, **options: Any) -> list[Any]:
    """What the group's next consumer still gets after a handler failed and its process ended."""
    group = f"group-{uuid4().hex[:8]}"
    await produce(bootstrap, topic, (0, b"first", []))
    failing = Handler(fail=lambda call: True)
    async with listening(broker, topic, failing, group_id=group, **options):
        await until(failing.has(b"first"))
    await produce(bootstrap, topic, (0, b"second", []))
    second = Handler()
    async with listening(ours(bootstrap), topic, second, group_id=group, **SUBSCRIBER):
        await until(second.has(b"second"))
    return second.values()


def ours(bootstrap: str) -> KafkaBroker:
    """The platform's broker."""
    return consuming(Kafka(bootstrap), logger=None)


class TestAcknowledgement:
    async def test_by_default_a_failed_handler_loses_its_record(self, kafka: str, topic: str) -> None:
        assert await after_a_failure(kafka, topic, plain(kafka), **PLAIN) == [b"second"]

    async def test_ours_brings_it_again(self, kafka: str, topic: str) -> None:
        assert await after_a_failure(kafka, topic, ours(kafka), **SUBSCRIBER) == [b"first", b"second"]

    async def test_manual_with_an_exception_loses_the_record_at_the_next_acknowledgement(
        self, kafka: str, topic: str
    ) -> None:
        group, handler, calls = f"group-{uuid4().hex[:8]}", Handler(), 0
        broker = plain(kafka)

        async def handle(messages: list[Any], message: Any) -> None:
            nonlocal calls
            calls += 1
            await handler(messages)
            if calls == 1:
                raise RuntimeError("the handler failed")
            await message.ack()

        from faststream.kafka.annotations import KafkaMessage

        handle.__annotations__["message"] = KafkaMessage
        broker.subscriber(topic, group_id=group, ack_policy=AckPolicy.MANUAL, **PLAIN)(handle)
        await broker.start()
        await produce(kafka, topic, (0, b"lost", []))
        await until(handler.has(b"lost"))
        await produce(kafka, topic, (0, b"next", []))
        await until(handler.has(b"next"))
        await broker.stop()
        await produce(kafka, topic, (0, b"last", []))
        second = Handler()
        async with listening(ours(kafka), topic, second, group_id=group, **SUBSCRIBER):
            await until(second.has(b"last"))
        assert b"lost" not in second.values()

    async def test_nack_comes_again_without_any_delay_or_limit(self, kafka: str, topic: str) -> None:
        """So ``feed.py`` backs off before it raises."""
        handler = Handler(fail=lambda call: call < 20)
        await produce(kafka, topic, (0, b"again", []))
        async with listening(ours(kafka), topic, handler, group_id=uuid4().hex, **SUBSCRIBER):
            await until(lambda: reached(handler, 20))
        assert handler.values()[:20] == [b"again"] * 20


class TestHeaders:
    HOSTILE: Sequence[tuple[str, Any]] = (("nothing", None), ("latin", b"\xfc"))

    @pytest.mark.parametrize("header", HOSTILE, ids=["null", "not UTF-8"])
    async def test_one_odd_header_makes_the_original_lose_a_whole_batch(
        self, kafka: str, topic: str, header: tuple[str, Any]
    ) -> None:
        assert b"good" not in await self.batch_with(kafka, topic, header, plain(kafka), **PLAIN)

    @pytest.mark.parametrize("header", HOSTILE, ids=["null", "not UTF-8"])
    async def test_ours_hands_out_every_record_with_its_headers(
        self, kafka: str, topic: str, header: tuple[str, Any]
    ) -> None:
        assert await self.batch_with(kafka, topic, header, ours(kafka), **SUBSCRIBER) == [
            b"good",
            b"odd",
            b"end",
        ]

    @staticmethod
    async def batch_with(
        kafka: str, topic: str, header: Any, broker: KafkaBroker, **options: Any
    ) -> list[Any]:
        """What a handler gets of [good, odd], stored before it starts, and of [end] behind them.

        There are as many ends as it takes: the first ones may lie in the batch that is lost.
        """
        options = {**options, "ack_policy": AckPolicy.NACK_ON_ERROR}
        await produce(kafka, topic, (0, b"good", []), (0, b"odd", [header]))
        handler = Handler()

        async def ended() -> bool:
            await produce(kafka, topic, (0, b"end", []))
            return b"end" in handler.values()

        async with listening(broker, topic, handler, group_id=uuid4().hex, **options):
            await until(ended)
        return list(dict.fromkeys(handler.values()))


class TestReading:
    async def test_a_new_group_starts_at_the_end_without_a_word(self, kafka: str, topic: str) -> None:
        assert default("auto_offset_reset") == "latest"
        assert SUBSCRIBER["auto_offset_reset"] == "earliest"

    def test_uncommitted_records_are_read(self) -> None:
        assert default("isolation_level") == "read_uncommitted"
        assert SUBSCRIBER["isolation_level"] == "read_committed"

    def test_an_idle_poll_is_followed_by_a_deaf_fifth_of_a_second(self) -> None:
        """So our consumers wait for records themselves, and the pause after it is short."""
        assert default("batch_timeout_ms") == 200
        assert "anyio.sleep(self.batch_timeout_ms / 1000)" in inspect.getsource(BatchSubscriber.get_msg)
        assert SUBSCRIBER["batch_timeout_ms"] == 10

    def test_a_dead_member_blocks_its_partitions_for_ten_seconds(self) -> None:
        assert (default("session_timeout_ms"), default("heartbeat_interval_ms")) == (10_000, 3_000)
        assert (SUBSCRIBER["session_timeout_ms"], SUBSCRIBER["heartbeat_interval_ms"]) == (4_000, 1_000)

    async def test_one_batch_mixes_partitions(self, kafka: str, topic: str) -> None:
        """So ``feed.py`` groups by partition."""
        await produce(kafka, topic, *((n % 2, str(n).encode(), []) for n in range(20)))
        partitions: list[set[int]] = []

        async def handle(records: list[Any]) -> None:
            partitions.append({record.partition for record in records})

        broker = ours(kafka)
        broker.subscriber(topic, group_id=uuid4().hex, **SUBSCRIBER)(handle)
        await broker.start()
        await until(lambda: told({0, 1} in partitions))
        await broker.stop()


class TestBroker:
    async def test_by_default_a_subscriber_creates_its_topic_with_one_partition(self, kafka: str) -> None:
        assert await partitions_after_listening(kafka, plain(kafka), **PLAIN) == 1

    async def test_ours_creates_nothing_and_does_not_start_without_its_topic(self, kafka: str) -> None:
        broker = consuming(Kafka(kafka), logger=None, request_timeout_ms=1500)
        assert await partitions_after_listening(kafka, broker, **SUBSCRIBER) == 0
        assert not broker.running

    async def test_ours_cannot_publish(self, kafka: str) -> None:
        broker = ours(kafka)
        await broker.start()
        with pytest.raises(Exception, match=r"(?i)producer|connect"):
            await broker.publish(b"x", "anywhere")
        await broker.stop()

    async def test_a_missing_kafka_is_an_error_at_once_and_start_may_be_tried_again(
        self, kafka: str, topic: str
    ) -> None:
        broker = consuming(Kafka(f"127.0.0.1:{free_port()}"), logger=None)
        broker.subscriber(topic, group_id="g", **SUBSCRIBER)(Handler().__call__)
        for _ in range(2):
            with pytest.raises(KafkaConnectionError):
                await broker.start()
            await broker.stop()

    async def test_publish_batch_ignores_keys_when_it_chooses_partitions(
        self, kafka: str, topic: str
    ) -> None:
        """So only the relay publishes."""
        broker = plain(kafka)
        await broker.start()
        from faststream.kafka import KafkaPublishMessage

        for n in range(24):
            await broker.publish_batch(KafkaPublishMessage(str(n), key=b"always the same"), topic=topic)
        await broker.stop()
        assert len(await used_partitions(kafka, topic)) == 2

    def test_a_stop_gives_handlers_fifteen_seconds(self) -> None:
        assert inspect.signature(KafkaBroker.__init__).parameters["graceful_timeout"].default == 15.0


def default(name: str) -> Any:
    """FastStream's own default of a subscriber's option."""
    return inspect.signature(KafkaBroker.subscriber).parameters[name].default


async def partitions_after_listening(kafka: str, broker: KafkaBroker, **options: Any) -> int:
    """How many partitions a topic has that nobody made, after somebody listened to it."""
    name = f"nobody-made-{uuid4().hex[:12]}"
    with suppress(UnknownTopicOrPartitionError):
        async with listening(broker, name, Handler(), group_id=uuid4().hex, **options):
            pass
    await broker.stop()
    admin = Kafka(kafka).admin()
    await admin.start()
    found = {one["topic"]: len(one["partitions"]) for one in await admin.describe_topics()}
    await admin.close()
    return found.get(name, 0)


async def used_partitions(kafka: str, topic: str) -> list[int]:
    """The partitions that hold something."""
    from aiokafka import TopicPartition

    parts = [TopicPartition(topic, n) for n in range(2)]
    async with Kafka(kafka).reader() as reader:
        return [part.partition for part, end in (await reader.end_offsets(parts)).items() if end]


async def reached(handler: Handler, calls: int) -> bool:
    return len(handler.calls) >= calls


async def told(truth: bool) -> bool:
    return truth
