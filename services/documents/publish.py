"""Which own events leave the service, and where to: derived from the contracts' registry. Pure.

Promises: an event is public exactly if the registry has it; its topic is documents'; its key, the id
that consumers need in order, belongs to the type and stands in the log's ``meta``.
Shown by ``tests/rules/documents/test_publish.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

from buergerbuero_contracts import registry, topics

SERVICE = "documents"

PUBLISH: Mapping[str, str] = {kind.__name__: topics.topic_of(SERVICE) for kind in registry.public(SERVICE)}
"""Event type to topic. What is not here stays in the log."""
