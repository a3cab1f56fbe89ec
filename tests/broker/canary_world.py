"""Topics, handlers and brokers for the canaries."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from aiokafka.errors import UnknownTopicOrPartitionError
from faststream.kafka import KafkaBroker

from servicekit.kafka import Kafka
from servicekit.subscriber import SUBSCRIBER, consuming
from tests.broker.relay_world import until

PLAIN: dict[str, Any] = {"batch": True, "auto_offset_reset": "earliest", "batch_timeout_ms": 50}
"""FastStream as it comes, but from the beginning."""


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
