"""What all events of documents share."""

from __future__ import annotations

from buergerbuero_contracts.envelope import Event


class DocumentsEvent(Event):
    """A fact that the service documents recorded."""

    service = "documents"
