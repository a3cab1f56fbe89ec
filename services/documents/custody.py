"""A document's history as a list of steps: the chain of custody and what surrounds it. Pure.

Promises: one step per thing that happened, in order, with the bin, window or locker that the log keeps
to itself; a correction is a step of its own and changes none before it; no staff id, nothing about
people. Shown by ``tests/rules/documents/test_custody.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from buergerbuero_contracts.documents.custody import CustodyEvent
from buergerbuero_contracts.envelope import Event
from servicekit.log import Recorded

from .rules.events import (
    DepartureApproved,
    DestructionDecided,
    DocumentPlaced,
    HandoverRestated,
    HandoverWitnessed,
)

_FACTS = (
    *("recipient_role", "check_method", "authority", "old_document", "exception", "channel"),
    *("booking_id", "starts_at", "late", "fields", "destroy_after", "handed_over_at"),
)
"""What a step tells beyond the places, under its name in the event."""
_SILENT = frozenset(
    {
        *("DocumentPlaced", "OrderDated", "HandoverRestated", "HandoverWitnessed", "DepartureApproved"),
        "BookingHeard",
    }
)
"""Private companions of another event, which is the step."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened.

    ``spot``: which bin, window or locker; ``witnessed``: a second person agreed.
    """

    event: str
    at: datetime
    from_: str | None = None
    to: str | None = None
    spot: str | None = None
    witnessed: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


def steps(history: Sequence[Recorded]) -> list[Step]:
    """The steps of a document's stream, oldest first."""
    return [
        _step(one, [other.event for other in history if other.meta.command_id == one.meta.command_id])
        for one in history
        if type(one.event).__name__ not in _SILENT
    ]


def _step(one: Recorded, together: Sequence[Event]) -> Step:
    """A step with what the log keeps beside its event, stored by the same command."""
    event = one.event
    step = Step(type(event).__name__, one.meta.at, facts=_facts(event))
    if isinstance(event, CustodyEvent):
        step = replace(step, from_=event.from_, to=event.to)
    for other in together:
        match other:
            case DocumentPlaced() if step.to == other.place:
                step = replace(step, spot=other.spot, witnessed=other.approved_by is not None)
            case HandoverWitnessed() if step.event == "DocumentHandedOver":
                step = replace(step, spot=other.window, witnessed=other.approved_by is not None)
            case DestructionDecided() if step.event == "DestructionDecided":
                step = replace(step, witnessed=True)
            case DepartureApproved() if step.event in ("DocumentReturned", "DocumentDestroyed"):
                step = replace(step, witnessed=True)
            case HandoverRestated() if step.event == "HandoverCorrected":
                step = replace(step, witnessed=True, facts={**step.facts, **_facts(other)})
    return step


def _facts(event: Event) -> dict[str, Any]:
    told = ((name, getattr(event, name, None)) for name in _FACTS)
    return {name: value for name, value in told if value is not None and value is not False}
