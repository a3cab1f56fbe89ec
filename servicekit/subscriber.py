"""FastStream's side of Kafka, once: the broker that carries subscribers, and every subscriber's settings.

Promises: nothing is acknowledged before it is applied, nothing is read from the end, no topic comes into
being by itself, and one odd header costs nothing but itself. Imported only where records are consumed: a
role that consumes nothing starts without FastStream. Shown by ``tests/broker/test_kafka_settings.py`` and
``tests/broker/test_faststream_canaries.py``, which has one test for each default that these override.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity

from servicekit.kafka import REQUEST_MS, Kafka

PATIENCE_MS = 1_000
"""How long a consumer waits for records before FastStream asks anew; what comes meanwhile is handed on at
once."""
METADATA_MS = 10_000
"""How often a consumer looks which topics there are: one that was gone and is back brings no other news."""
GRACE_SECONDS = 15.0
"""What handlers get to finish on a stop; part of the pod's grace period."""


async def tolerant(record: Any, original: Callable[[Any], Awaitable[Any]]) -> Any:
    """FastStream's parser with the headers kept away from it; the raw records stay as they came.

    A null header or one that is not UTF-8 makes the original fail before acknowledgement is set
    up, and the next good batch then commits past the lost one. Of a batch it looks at both ends only.
    """
    bare: Any = (
        tuple(dataclasses.replace(one, headers=()) for one in (record[0], record[-1]))
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
    "batch_timeout_ms": 10,
    "fetch_max_wait_ms": 1000,
    "heartbeat_interval_ms": 1000,
    "session_timeout_ms": 4000,
    "parser": tolerant,
    "decoder": raw,
}
"""Every subscriber: ``broker.subscriber(*topics, group_id=projection.name, **SUBSCRIBER)``."""
GATHERING: Mapping[str, Any] = {"fetch_min_bytes": 256 * 1024}
"""More for readers that nobody waits for: Kafka gathers their records for up to a second, instead of waking
every group for each."""


class _PatientConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka has no types
    """Waits for records itself: FastStream sleeps, and is deaf, whenever a poll brought nothing.

    It asks a broker for more when all that came from it is handed on. aiokafka asks after 0.1 s, for the
    partitions of which nothing lies here; where they are quiet, the answer rests at the broker for a second,
    and behind it the question for those with a backlog.
    """

    async def start(self) -> None:
        await super().start()
        self._fetcher._prefetch_backoff = float("inf")

    async def getmany(self, *partitions: Any, timeout_ms: int = 0, max_records: int | None = None) -> Any:
        wait = max(timeout_ms, PATIENCE_MS)
        return await super().getmany(*partitions, timeout_ms=wait, max_records=max_records)

    @property
    def dead(self) -> bool:
        """Whether the task for group, records or metadata has ended: polls bring nothing then, no error."""
        tasks = self._coordinator._coordination_task, self._fetcher._fetch_task, self._client._sync_task
        return any(task.done() for task in tasks)


class _PatientBroker(KafkaBroker):
    async def start(self) -> None:
        consumer = await self.connect()
        options = consumer.keywords  # type: ignore[attr-defined]
        self.config.broker_config.builder = partial(_PatientConsumer, **options)
        await super().start()


def consuming(kafka: Kafka, **options: Any) -> KafkaBroker:
    """Reads only, creates nothing, two lines per message kept at DEBUG.

    It speaks through our log: a logger that it makes itself has a handler and format of its own.
    """
    own: dict[str, Any] = {"logger": logging.getLogger("consumers"), "request_timeout_ms": REQUEST_MS}
    return _PatientBroker(
        kafka.bootstrap.split(","),
        consumer_only=True,
        allow_auto_create_topics=False,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        graceful_timeout=GRACE_SECONDS,
        metadata_max_age_ms=METADATA_MS,
        log_level=logging.DEBUG,
        security=BaseSecurity(ssl_context=kafka.tls) if kafka.tls else None,
        **(own | options),  # what fails, ``feed.py`` says
    )
