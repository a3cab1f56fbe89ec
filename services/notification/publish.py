"""Which own events other services may see: those of the contract, on notification's topic.

Promises: a private event has no topic. Shown by ``tests/rules/notification/test_message.py``.
"""

from __future__ import annotations

from buergerbuero_contracts import topics
from buergerbuero_contracts.envelope import Event
from buergerbuero_contracts.registry import public
from servicekit.log import EventTypes

from .rules.events import PRIVATE

SERVICE = "notification"
TOPIC = topics.topic_of(SERVICE)
PUBLIC: tuple[type[Event], ...] = tuple(public(SERVICE))
TYPES = EventTypes((*PUBLIC, *PRIVATE))
