"""A delivery of the producer, unpacked by scan: open, its documents, closed. One stream per delivery. Pure.

Promises: a document is received in an open delivery only. Shown by ``tests/rules/documents/test_safe.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from buergerbuero_contracts.envelope import NIL, Event
from servicekit.decider import Decider, Refused

from .events import BatchClosed, BatchOpened, DocumentScanned


@dataclass(frozen=True, slots=True)
class Batch:
    """One delivery. Without ``opened_at`` there is none."""

    batch_id: UUID = NIL
    site: str = ""
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    document_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Begin to unpack."""

    batch_id: UUID
    site: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A document is in it."""

    document_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """All is unpacked."""

    at: datetime


Command = Open | Scan | Close


def evolve(state: Batch, event: Event) -> Batch:
    """The delivery after an event."""
    match event:
        case BatchOpened():
            return replace(state, batch_id=event.batch_id, site=event.site, opened_at=event.at)
        case DocumentScanned():
            return replace(state, document_ids=(*state.document_ids, event.document_id))
        case BatchClosed():
            return replace(state, closed_at=event.at)
    return state


def decide(command: Command, state: Batch) -> Sequence[Event]:
    """The events of one step. Refuses ``unknown-batch`` and, for a closed one, ``wrong-state``."""
    if isinstance(command, Open):
        if state.opened_at is not None:
            raise Refused("wrong-state")
        return [BatchOpened(batch_id=command.batch_id, site=command.site, at=command.at)]
    if state.opened_at is None:
        raise Refused("unknown-batch")
    match command:
        case Scan():
            if command.document_id in state.document_ids:
                return []
            if state.closed_at is not None:
                raise Refused("wrong-state")
            return [DocumentScanned(batch_id=state.batch_id, document_id=command.document_id)]
        case Close():
            if state.closed_at is not None:
                return []
            count = len(state.document_ids)
            return [BatchClosed(batch_id=state.batch_id, at=command.at, documents=count)]


DECIDER: Decider[Batch, Command] = Decider("delivery_batch", Batch(), evolve, decide)
