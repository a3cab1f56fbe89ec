"""Every Kafka setting of the platform, once, but those of subscribers, which ``subscriber.py`` has.

Promises: nothing is read from the end, no topic comes into being by itself. A role refuses to start on a
topic whose partitions or settings differ. Whoever imports this module has a connection that closed a moment
ago, or that another request gave up, told as any other lost one. Shown by
``tests/broker/test_kafka_settings.py``.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError, KafkaError

from buergerbuero_contracts.topics import TopicSpec

MAX_BATCH_BYTES = 512 * 1024
"""One record batch. Below the broker's 1 MiB; an event has at most 256 KiB, so one always fits."""
REQUEST_MS = 10_000
"""One request to a broker, milliseconds."""
UNREACHABLE = (KafkaError, OSError, TimeoutError)
"""What a lost broker looks like. Whether a record was stored is unknown."""


_send, _ask = AIOKafkaConnection.send, AIOKafkaClient.send


def _sent(link: Any, request: Any, expect_response: bool = True) -> Any:
    """uvloop has a word of its own for a closed transport (aiokafka's issue 1038).

    Unheard, it ends the client's tasks for good: one without its metadata waits for ever, and says nothing.
    """
    try:
        return _send(link, request, expect_response)
    except RuntimeError as error:
        raise KafkaConnectionError("closed a moment ago") from error


async def _asked(client: Any, node_id: int, request: Any, **group: Any) -> Any:
    """aiokafka looks up the connection of a request that timed out, which others may have given up: KeyError.

    Unheard too: on a crowded machine it ended the tasks for group and records, with no fault of anybody's.
    """
    try:
        return await _ask(client, node_id, request, **group)
    except KeyError as error:
        raise KafkaConnectionError("given up by another request") from error


AIOKafkaConnection.send, AIOKafkaClient.send = _sent, _asked


class TopicMismatch(RuntimeError):
    """A topic is missing or is not what the contracts say; the message names each difference."""


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
        safe = {"acks": "all", "enable_idempotence": True, "max_batch_size": MAX_BATCH_BYTES}
        return AIOKafkaProducer(**self._link, **safe, request_timeout_ms=REQUEST_MS)

    def reader(self) -> AIOKafkaConsumer:
        """A consumer without a group: it looks at partitions and commits nothing."""
        return AIOKafkaConsumer(
            **self._link,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_max_wait_ms=100,
            max_partition_fetch_bytes=8 * 1024 * 1024,  # a page of a rebuild
        )

    def admin(self) -> AIOKafkaAdminClient:
        """For topics only."""
        return AIOKafkaAdminClient(**self._link)


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
