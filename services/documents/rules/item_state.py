"""An item's state: how far it has come, and what its next steps are judged by. Pure.

Promises: a fold of the item's stream alone; the citizen's turn is told from the events and their dates,
for ages. Shown by ``tests/rules/documents/test_item.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from buergerbuero_contracts.documents import (
    ItemAnswered,
    ItemAssigned,
    ItemChannel,
    ItemForwarded,
    ItemOutcome,
    ItemReceived,
    ItemReopened,
    PapersOverdue,
    PapersReceived,
    PapersRequested,
    ReplyChannel,
)
from buergerbuero_contracts.envelope import NIL, Event


class Status(StrEnum):
    """How far an item has come."""

    NONE = "none"
    RECEIVED = "received"
    ASSIGNED = "assigned"
    WAITING = "waiting"
    ANSWERED = "answered"
    CLOSED = "closed"


OPEN = frozenset({Status.RECEIVED, Status.ASSIGNED, Status.WAITING})


@dataclass(frozen=True, slots=True)
class Item:
    """One letter, e-mail, form or fax.

    ``asked`` are the papers of the last request, ``missing`` those of them that did not come yet;
    ``overdue`` counts how often they were late. ``office`` is where a closed item went.
    """

    status: Status = Status.NONE
    item_id: UUID = NIL
    service: str = ""
    channel: ItemChannel = ItemChannel.LETTER
    received_on: date = date.min
    team: str | None = None
    office: str | None = None
    outcome: ItemOutcome | None = None
    reply_channel: ReplyChannel | None = None
    asked: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    due_on: date | None = None
    overdue: int = 0
    person_id: UUID | None = None
    person_revision: int | None = None
    language: str = "de"


def evolve(state: Item, event: Event) -> Item:
    """The item after an event of its stream."""
    match event:
        case ItemReceived():
            return Item(
                status=Status.RECEIVED,
                item_id=event.item_id,
                service=event.service_,
                channel=event.channel,
                received_on=event.received_on,
            )
        case ItemAssigned():
            return replace(_taken_up(state), team=event.team)
        case ItemForwarded():
            return replace(_taken_up(state), status=Status.CLOSED, office=event.team)
        case ItemAnswered():
            return replace(
                _taken_up(state),
                status=Status.ANSWERED,
                outcome=event.outcome,
                reply_channel=event.reply_channel,
            )
        case ItemReopened():
            return replace(_taken_up(state), outcome=None, reply_channel=None)
        case PapersRequested():
            return replace(
                state,
                status=Status.WAITING,
                asked=event.papers,
                missing=event.papers,
                due_on=event.due_on,
                overdue=0,
                person_id=event.person_id,
                person_revision=event.person_revision,
                language=event.language,
            )
        case PapersReceived():
            if event.complete:
                return _taken_up(state)
            return replace(state, missing=tuple(one for one in state.missing if one not in event.papers))
        case PapersOverdue():
            if state.overdue:
                return _taken_up(state)
            return replace(state, overdue=1, due_on=event.due_on)
    return state


def _taken_up(state: Item) -> Item:
    """It is the office's turn: nothing is waited for any more."""
    return replace(state, status=Status.ASSIGNED, missing=(), due_on=None, overdue=0)
