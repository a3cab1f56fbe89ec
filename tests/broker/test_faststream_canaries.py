"""One canary for each fact of FastStream 0.7 that our settings rest on.

A canary that falls silent after an upgrade says which setting of ``servicekit/subscriber.py`` may go, or
which promise no longer holds. Where a default loses records, the same input runs with ours beside it.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from aiokafka.errors import KafkaConnectionError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.subscriber.usecase import BatchSubscriber

from servicekit.kafka import Kafka
from servicekit.subscriber import SUBSCRIBER, consuming
from servicekit.testing.kafka import TopicPlan, make_topics
from servicekit.testing.process import free_port
from tests.broker.canary_world import (
    PLAIN,
    Handler,
    after_a_failure,
    default,
    listening,
    ours,
    partitions_after_listening,
    plain,
    produce,
    reached,
    told,
    used_partitions,
)
from tests.broker.relay_world import until


@pytest.fixture
async def topic(kafka: str) -> str:
    """A topic with two partitions of its own."""
    name = f"canary-{uuid4().hex[:12]}"
    await make_topics(kafka, {name: TopicPlan(2)})
    return name


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
