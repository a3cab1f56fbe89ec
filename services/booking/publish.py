"""Which own events leave the service, and where to: derived from the contracts' registry. Pure.

Promises: an event is public exactly if the registry has it; its topic is booking's, its key the id
that consumers need in order. Shown by ``tests/rules/booking/test_publish.py``.
"""

from __future__ import annotations

from buergerbuero_contracts import registry, topics
from buergerbuero_contracts.envelope import Event
from servicekit.log import EventTypes

from .rules.events import PRIVATE

SERVICE = "booking"
PUBLIC: frozenset[type[Event]] = frozenset(registry.public(SERVICE))


def publish(event: Event) -> tuple[str, str] | None:
    """Topic and partition key of an own event; None for a private one."""
    if type(event) not in PUBLIC:
        return None
    return topics.topic_of(SERVICE), event.partition_key()


def event_types() -> EventTypes:
    """All types that booking's log may hold."""
    return EventTypes((*PUBLIC, *PRIVATE))
