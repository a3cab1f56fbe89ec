"""What notification counts of its own events, for operations. Pure but for the counter itself.

Promises: bounded labels, never an id. Shown by ``tests/rules/test_business_metrics.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import Counter

from buergerbuero_contracts import notification as n
from buergerbuero_contracts.envelope import Event

MESSAGES = Counter("messages_total", "Steps of messages", ["channel", "template", "outcome"])
OUTCOMES: Mapping[type[n.MessageEvent], str] = {
    n.MessageQueued: "queued",
    n.MessageSent: "sent",
    n.LetterPrinted: "printed",
    n.MessageFailed: "failed",
    n.MessageBounced: "bounced",
    n.MessageSkipped: "skipped",
}
"""Event type to the label ``outcome``."""


def count(event: Event) -> None:
    """Count one stored event, if it is one of the table."""
    if isinstance(event, n.MessageEvent) and (outcome := OUTCOMES.get(type(event))):
        MESSAGES.labels(event.channel.value, event.template.value, outcome).inc()
