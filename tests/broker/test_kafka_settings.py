"""The platform's Kafka settings as the client and the broker understand them."""

from __future__ import annotations

import asyncio
import inspect
import logging
import socket
import struct
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.admin import ApiVersionRequest
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from buergerbuero_contracts.topics import BOOKING, PEOPLE, TOPICS, TopicSpec
from servicekit.kafka import MAX_BATCH_BYTES, Kafka, TopicMismatch, check_topics
from servicekit.subscriber import GATHERING, SUBSCRIBER, consuming
from servicekit.testing.kafka import TopicPlan, make_topics


class TestTopics:
    async def test_the_topics_of_the_contracts_are_as_the_contracts_say(self, kafka: str) -> None:
        await check_topics(Kafka(kafka), TOPICS)

    @pytest.mark.parametrize(
        ("name", "wanted", "complaint"),
        [
            (BOOKING, TopicSpec(12, TOPICS[BOOKING].config), "partitions is 6, not 12"),
            (BOOKING, TopicSpec(6, {"retention.ms": "604800000"}), "retention.ms is -1, not 604800000"),
            (PEOPLE, TopicSpec(1, {"cleanup.policy": "delete"}), "cleanup.policy is compact, not delete"),
            ("nobody.made.this.v1", TopicSpec(6, {}), "partitions is 0, not 6"),
        ],
    )
    async def test_a_role_refuses_a_topic_that_is_missing_or_other(
        self, kafka: str, name: str, wanted: TopicSpec, complaint: str
    ) -> None:
        with pytest.raises(TopicMismatch, match=f"{name}: {complaint}"):
            await check_topics(Kafka(kafka), {name: wanted})

    async def test_every_difference_is_named_at_once(self, kafka: str) -> None:
        wrong = {BOOKING: TopicSpec(5, {"retention.ms": "1", "cleanup.policy": "compact"})}
        with pytest.raises(TopicMismatch) as refused:
            await check_topics(Kafka(kafka), wrong)
        assert str(refused.value).count(BOOKING) == 3


class TestConnection:
    def test_one_that_closed_a_moment_ago_is_a_lost_one_on_the_loop_of_the_services_too(self) -> None:
        """Before its reader knows, what is sent meets a closed transport, and uvloop raises RuntimeError."""

        def reset(_reader: object, writer: asyncio.StreamWriter) -> None:
            at_once = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
            writer.transport.abort()

        async def spoken() -> None:
            server = await asyncio.start_server(reset, "127.0.0.1", 0)
            host, port = server.sockets[0].getsockname()
            link = AIOKafkaConnection(host, port)
            link._reader, link._writer = await asyncio.open_connection(host, port)
            with pytest.raises(ConnectionResetError):
                await link._reader.read()
            assert link.connected()
            with pytest.raises(KafkaConnectionError):
                link.send(ApiVersionRequest())
            link._reader = None
            server.close()

        with ThreadPoolExecutor(1) as thread:
            thread.submit(uvloop.run, spoken()).result()

    async def test_one_that_another_request_gave_up_is_a_lost_one_to_who_still_waits_on_it(self) -> None:
        """On a crowded machine several requests time out at once; aiokafka then looks for what is gone.

        Its KeyError ended the tasks that read records and keep the membership, and the group stood still.
        """
        client = AIOKafkaClient()

        class Silent:
            def connected(self) -> bool:
                return True

            async def send(self, _request: object, *, expect_response: bool) -> None:
                client._conns.clear()  # another's time-out closed it, and a third looks for a new one
                raise TimeoutError

        client._conns[(0, ConnectionGroup.DEFAULT)] = Silent()
        with pytest.raises(KafkaConnectionError) as lost:
            await client.send(0, ApiVersionRequest())
        assert lost.value.retriable


class TestProducer:
    async def test_a_repeated_batch_of_the_same_producer_is_stored_once(self, kafka: str) -> None:
        """Idempotence, seen from outside: offsets rise by exactly what was sent."""
        topic = f"producer-{uuid4().hex[:12]}"
        await make_topics(kafka, {topic: TopicPlan(1)})
        producer = Kafka(kafka).producer()
        await producer.start()
        offsets = []
        for _ in range(5):
            batch = producer.create_batch()
            batch.append(timestamp=None, key=b"k", value=b"v", headers=[])
            offsets.append((await (await producer.send_batch(batch, topic, partition=0))).offset)
        await producer.stop()
        assert offsets == [0, 1, 2, 3, 4]

    async def test_the_largest_event_fits_into_a_batch_and_a_full_batch_through_the_broker(
        self, kafka: str
    ) -> None:
        topic = f"producer-{uuid4().hex[:12]}"
        await make_topics(kafka, {topic: TopicPlan(1)})
        producer = Kafka(kafka).producer()
        await producer.start()
        batch, taken = producer.create_batch(), 0
        while batch.append(timestamp=None, key=b"k", value=b"x" * 256_000, headers=[]) is not None:
            taken += 1
        await (await producer.send_batch(batch, topic, partition=0))
        await producer.stop()
        assert taken == 2
        assert batch.size() <= MAX_BATCH_BYTES
        async with Kafka(kafka).reader() as reader:
            part = TopicPartition(topic, 0)
            assert await reader.end_offsets([part]) == {part: 2}

    async def test_it_is_idempotent_and_waits_for_all_replicas(self) -> None:
        producer = Kafka("127.0.0.1:1").producer()
        assert producer._txn_manager is not None
        assert producer._sender._acks == -1
        await producer.stop()


class TestRecordBatch:
    """What aiokafka's batch does, on which the relay's rounds rest."""

    async def test_a_full_batch_answers_none_and_takes_nothing(self, kafka: str) -> None:
        producer = Kafka(kafka).producer()
        await producer.start()
        batch, taken = producer.create_batch(), 0
        while batch.append(timestamp=None, key=b"k", value=b"x" * 10_000, headers=[]) is not None:
            taken += 1
        assert batch.record_count() == taken
        assert 50 <= taken <= 52
        await producer.stop()

    async def test_the_first_record_always_fits(self, kafka: str) -> None:
        """So a round with one event always gets on."""
        producer = Kafka(kafka).producer()
        await producer.start()
        batch = producer.create_batch()
        assert batch.append(timestamp=None, key=b"k", value=b"x" * 700_000, headers=[]) is not None
        await producer.stop()


class TestSubscribers:
    def test_every_setting_of_ours_is_one_that_the_library_knows(self) -> None:
        known = set(inspect.signature(KafkaBroker.subscriber).parameters)
        assert {*SUBSCRIBER, *GATHERING} <= known

    def test_nothing_is_acknowledged_that_failed(self) -> None:
        broker = consuming(Kafka("127.0.0.1:1"))
        assert broker.config.ack_policy is AckPolicy.NACK_ON_ERROR
        assert SUBSCRIBER["ack_policy"] is AckPolicy.NACK_ON_ERROR

    async def test_they_reach_the_consumer(self, kafka: str) -> None:
        broker = consuming(Kafka(kafka), logger=None)

        async def handle(records: list[Any]) -> None:
            raise AssertionError("nothing was sent")

        subscriber = broker.subscriber(BOOKING, group_id=uuid4().hex, **SUBSCRIBER)
        patient = broker.subscriber(BOOKING, group_id=uuid4().hex, **SUBSCRIBER, **GATHERING)
        subscriber(handle), patient(handle)
        await broker.start()
        consumer, other = subscriber.consumer, patient.consumer
        assert consumer is not None
        assert other is not None
        try:
            assert consumer._auto_offset_reset == "earliest"
            assert consumer._isolation_level == "read_committed"
            assert consumer._enable_auto_commit is False
            assert consumer._session_timeout_ms == 4000
            assert consumer._client._request_timeout_ms == 10_000  # a broker that stood still is asked again
            assert consumer._heartbeat_interval_ms == 1000
            assert (consumer._fetch_min_bytes, other._fetch_min_bytes) == (1, 262_144)
            assert consumer._fetcher._prefetch_backoff == float("inf")  # asks for no quiet one alone
            assert type(consumer).getmany is not AIOKafkaConsumer.getmany  # waits without FastStream's pauses
        finally:
            await broker.stop()

    def test_lines_for_each_message_are_debug_lines(self) -> None:
        assert consuming(Kafka("127.0.0.1:1")).config.logger.log_level == logging.DEBUG
