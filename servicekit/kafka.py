"""Every Kafka setting of the platform, once: producer, subscribers, topics.

Promises: nothing is acknowledged before it is applied, nothing is read from the end, no topic comes
into being by itself, and one odd header costs nothing but itself. A role refuses to start on a topic
whose partitions or settings differ. Shown by ``tests/broker/test_kafka_settings.py`` and
``tests/broker/test_faststream_canaries.py``, which has one test for each default that these override.
"""

from __future__ import annotations

import dataclasses
import logging
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity

from buergerbuero_contracts.topics import TopicSpec

MAX_BATCH_BYTES = 512 * 1024
"""One record batch. Below the broker's 1 MiB; an event has at most 256 KiB, so one always fits."""
REQUEST_MS = 10_000
"""One request to a broker, milliseconds."""
GRACE_SECONDS = 15.0
"""What handlers get to finish on a stop; part of the pod's grace period."""
LOGGER = "consumers"
"""Of FastStream's words: those of its own have another format. What fails, ``feed.py`` says."""
UNREACHABLE = (KafkaError, OSError, TimeoutError)
"""What a lost broker looks like. Whether a record was stored is unknown."""


class TopicMismatch(RuntimeError):
    """A topic is missing or is not what the contracts say; the message names each difference."""


async def tolerant(record: Any, original: Callable[[Any], Awaitable[Any]]) -> Any:
    """FastStream's parser with the headers kept away from it; the raw records stay as they came.

    A null header or one that is not UTF-8 makes the original fail before acknowledgement is set
    up, and the next good batch then commits past the lost one.
    """
    bare: Any = (
        tuple(dataclasses.replace(one, headers=()) for one in record)
        if isinstance(record, tuple)
        else dataclasses.replace(record, headers=())
    )
    message = await original(bare)
    message.raw_message = record
    return message


async def raw(message: Any) -> Any:
    """Hand out the records themselves; decoding belongs to ``project.py``."""
    return list(message.raw_message) if isinstance(message.raw_message, tuple) else message.raw_message


SUBSCRIBER: Mapping[str, Any] = {
    "batch": True,
    "auto_offset_reset": "earliest",
    "isolation_level": "read_committed",
    "ack_policy": AckPolicy.NACK_ON_ERROR,
    "batch_timeout_ms": 50,
    "heartbeat_interval_ms": 500,
    "session_timeout_ms": 4000,
    "parser": tolerant,
    "decoder": raw,
}
"""Every subscriber: ``broker.subscriber(*topics, group_id=projection.name, **SUBSCRIBER)``."""


@dataclass(frozen=True, slots=True)
class Kafka:
    """A cluster as seen by one process."""

    bootstrap: str
    tls: ssl.SSLContext | None = None

    @property
    def _link(self) -> dict[str, Any]:
        secured = {"security_protocol": "SSL", "ssl_context": self.tls} if self.tls else {}
        return {"bootstrap_servers": self.bootstrap, **secured}

    def producer(self) -> AIOKafkaProducer:
        """Idempotent, all replicas. It tries for ever: set a deadline, and throw it away after any error."""
        return AIOKafkaProducer(
            **self._link,
            acks="all",
            enable_idempotence=True,
            max_batch_size=MAX_BATCH_BYTES,
            request_timeout_ms=REQUEST_MS,
        )

    def reader(self) -> AIOKafkaConsumer:
        """A consumer without a group: it looks at partitions and commits nothing."""
        return AIOKafkaConsumer(
            **self._link,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_max_wait_ms=100,
        )

    def admin(self) -> AIOKafkaAdminClient:
        """For topics only."""
        return AIOKafkaAdminClient(**self._link)

    def broker(self, **options: Any) -> KafkaBroker:
        """FastStream's side: reads only, creates nothing, two lines per message kept at DEBUG.

        It speaks through our log: a logger that it makes itself has a handler and format of its own.
        """
        options = {"logger": logging.getLogger(LOGGER), **options}
        return KafkaBroker(
            self.bootstrap.split(","),
            consumer_only=True,
            allow_auto_create_topics=False,
            ack_policy=AckPolicy.NACK_ON_ERROR,
            graceful_timeout=GRACE_SECONDS,
            log_level=logging.DEBUG,
            security=BaseSecurity(ssl_context=self.tls) if self.tls else None,
            **options,
        )


async def check_topics(kafka: Kafka, topics: Mapping[str, TopicSpec]) -> None:
    """Raise ``TopicMismatch`` unless each topic has exactly its partitions and stated settings."""
    admin = kafka.admin()
    await admin.start()
    try:
        known = {one["topic"]: len(one["partitions"]) for one in await admin.describe_topics(list(topics))}
        found = [ConfigResource(ConfigResourceType.TOPIC, name) for name in topics if known.get(name)]
        answers = await admin.describe_configs(found) if found else []
    finally:
        await admin.close()
    settings = {
        name: {entry[0]: entry[1] for entry in entries}
        for answer in answers
        for _code, _message, _kind, name, entries in answer.resources
    }
    wrong = [
        f"{name}: {what} is {has}, not {wants}"
        for name, spec in topics.items()
        for what, has, wants in (
            ("partitions", known.get(name, 0), spec.partitions),
            *((key, settings.get(name, {}).get(key), value) for key, value in spec.config.items()),
        )
        if has != wants
    ]
    if wrong:
        raise TopicMismatch("; ".join(wrong))
