"""What documents counts of its own events, for operations. Pure but for the counter itself.

Promises: bounded labels, never an id. Shown by ``tests/rules/test_business_metrics.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import Counter

from buergerbuero_contracts import documents as d
from buergerbuero_contracts.envelope import Event

DOCUMENTS = Counter("documents_total", "Steps of documents and items", ["outcome"])
OUTCOMES: Mapping[type[Event], str] = {
    d.DocumentOrdered: "ordered",
    d.DocumentReady: "ready",
    d.DocumentStored: "stored",
    d.DocumentFetched: "fetched",
    d.DocumentHandedOver: "handed_over",
    d.DocumentShipped: "shipped",
    d.DocumentReturned: "returned",
    d.DocumentDestroyed: "destroyed",
    d.DocumentMissed: "missed",
    d.ItemReceived: "item_received",
    d.ItemAnswered: "item_answered",
    d.ItemForwarded: "item_forwarded",
}
"""Event type to the label ``outcome``."""


def count(event: Event) -> None:
    """Count one stored event, if it is one of the table."""
    if outcome := OUTCOMES.get(type(event)):
        DOCUMENTS.labels(outcome).inc()
