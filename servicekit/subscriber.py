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
from typing import Any

from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity

from servicekit.kafka import Kafka

GRACE_SECONDS = 15.0
"""What handlers get to finish on a stop; part of the pod's grace period."""


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


def consuming(kafka: Kafka, **options: Any) -> KafkaBroker:
    """Reads only, creates nothing, two lines per message kept at DEBUG.

    It speaks through our log: a logger that it makes itself has a handler and format of its own.
    """
    return KafkaBroker(
        kafka.bootstrap.split(","),
        consumer_only=True,
        allow_auto_create_topics=False,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        graceful_timeout=GRACE_SECONDS,
        log_level=logging.DEBUG,
        security=BaseSecurity(ssl_context=kafka.tls) if kafka.tls else None,
        **({"logger": logging.getLogger("consumers")} | options),  # what fails, ``feed.py`` says
    )
