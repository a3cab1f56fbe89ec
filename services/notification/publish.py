"""Which own events other services may see: those of the contract, on notification's topic.

Promises: a private event has no topic. Shown by ``tests/rules/notification/test_message.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

from buergerbuero_contracts import topics
from buergerbuero_contracts.registry import public

SERVICE = "notification"
PUBLISH: Mapping[str, str] = {kind.__name__: topics.topic_of(SERVICE) for kind in public(SERVICE)}
"""Own event type → topic; the key is the message's id, by the type itself."""
