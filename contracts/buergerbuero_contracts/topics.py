"""The topics: names, partitions, settings. Provisioned from here, never created by a client.

Promises: a partition count never changes inside a topic, since that would move keys (a new count is
a new topic of the next major version). Replication and ``min.insync.replicas`` belong to the
cluster, not to the contract. Shown by ``tests/contract/test_registry.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

BOOKING = "buergerbuero.booking.events.v1"
DOCUMENTS = "buergerbuero.documents.events.v1"
NOTIFICATION = "buergerbuero.notification.events.v1"
PEOPLE = "buergerbuero.people.v1"

PEOPLE_OWNERS = ("booking", "documents")
"""The services that ask for contact data; each publishes its own rows."""


@dataclass(frozen=True)
class TopicSpec:
    """What a topic must look like. ``config`` holds Kafka's names and values."""

    partitions: int
    config: Mapping[str, str]


_EVENTS = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",  # kept for ever: read models are rebuilt from the start
    "message.timestamp.type": "LogAppendTime",
    "compression.type": "producer",
}
_HOUR = 3_600_000
_PEOPLE = {
    "cleanup.policy": "compact",
    "segment.ms": str(6 * _HOUR),
    "max.compaction.lag.ms": str(12 * _HOUR),
    "min.cleanable.dirty.ratio": "0.01",
    "delete.retention.ms": str(14 * 24 * _HOUR),
    "compression.type": "producer",
}

TOPICS: dict[str, TopicSpec] = {
    BOOKING: TopicSpec(6, _EVENTS),
    DOCUMENTS: TopicSpec(6, _EVENTS),
    NOTIFICATION: TopicSpec(6, _EVENTS),
    PEOPLE: TopicSpec(1, _PEOPLE),
}

SERVICES = {"booking": BOOKING, "documents": DOCUMENTS, "notification": NOTIFICATION}
"""Each service with the topic of its events, which it alone writes."""

_OWNERS = {topic: service for service, topic in SERVICES.items()}


def topic_of(service: str) -> str:
    """The topic of a service's public events. ``KeyError`` for a service without events."""
    return SERVICES[service]


def owner_of(topic: str) -> str | None:
    """The service that owns an event topic; None for any other topic."""
    return _OWNERS.get(topic)
