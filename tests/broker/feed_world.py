"""A topic, a read model, and the consumers between them, on real Kafka."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import OffsetAndMetadata

from servicekit.feed import Feed
from servicekit.kafka import Kafka
from servicekit.subscriber import consuming
from tests.broker.tally import Model, until


@dataclass
class Way:
    """One topic, one read model, and the consumers between them."""

    model: Model
    bootstrap: str
    topic: str
    name: str

    def feed(self) -> Feed:
        """A consumer of the group, not yet started."""
        return Feed(self.model.projector())

    @asynccontextmanager
    async def consuming(self, feed: Feed | None = None) -> AsyncIterator[Feed]:
        """A consumer at work."""
        feed = feed or self.feed()
        broker = consuming(Kafka(self.bootstrap))
        feed.attach(broker)
        await broker.start()
        try:
            yield feed
        finally:
            await broker.stop()

    @asynccontextmanager
    async def group(self) -> AsyncIterator[AIOKafkaConsumer]:
        """The group's offsets, while nobody consumes."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap, group_id=self.name, enable_auto_commit=False
        )
        await consumer.start()
        try:
            yield consumer
        finally:
            await consumer.stop()

    async def commit(self, offset: int, partition: int = 0) -> None:
        """Set the group's offset by hand."""
        async with self.group() as consumer:
            place = TopicPartition(self.topic, partition)
            consumer.assign([place])
            await consumer.commit({place: offset})

    async def reached(self, position: int, partition: int = 0, seconds: float = 30) -> None:
        """Wait until the read model has come so far."""

        async def there() -> bool:
            return await self.model.position(partition) == position

        await until(there, f"position {position}", seconds)


async def committed(one: Way, offset: int, partition: int = 0) -> bool:
    """Whether the group has acknowledged up to ``offset``."""
    async with admin(one.bootstrap) as client:
        offsets: dict[TopicPartition, OffsetAndMetadata] = await client.list_consumer_group_offsets(one.name)
    found = offsets.get(TopicPartition(one.topic, partition))
    return found is not None and found.offset == offset


MakeWay = Callable[..., Awaitable[Way]]
"""The fixture ``way``."""


@asynccontextmanager
async def admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client."""
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


async def assigned(feed: Feed, partitions: int) -> bool:
    """Whether the consumer has so many partitions, with positions."""
    client = feed._client
    return client is not None and len(client.assignment()) == partitions
