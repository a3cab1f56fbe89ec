"""The life of an item of the post room: received, assigned, waiting for papers, answered. One stream each.

Promises: a step without a row in the table is ``wrong-state``; one whose effect already holds gives no
events; an item waits for papers of its service's list only, and no longer than two deadlines of ten
working days; whoever assigns, answers or forwards a waiting item ends the waiting.
Shown by ``tests/rules/documents/test_item.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, assert_never

from buergerbuero_contracts.documents import (
    ItemAnswered,
    ItemAssigned,
    ItemForwarded,
    ItemReceived,
    ItemReopened,
    PapersOverdue,
    PapersReceived,
    PapersRequested,
)
from buergerbuero_contracts.envelope import Event
from servicekit.decider import Decider, Refused

from . import item_commands as c
from .calendar import add_working_days, local_date
from .item_state import OPEN, Item, Status, evolve

DUE_DAYS = 10
"""Working days within which papers should be here, and again after the reminder."""
REOPEN_DAYS = 90


def decide(command: c.Command, state: Item) -> Sequence[Event]:
    """The events of one command on the item. Raises ``Refused`` with the codes of the table."""
    match command:
        case c.ReceiveItem():
            return _receive(command, state)
        case c.AssignItem():
            _expect(state, *OPEN)
            if state.status is Status.ASSIGNED and state.team == command.team:
                return []
            return [ItemAssigned(team=command.team, **_same(state))]
        case c.ForwardItem():
            if state.status is Status.CLOSED and state.office == command.office:
                return []
            _expect(state, *OPEN)
            return [ItemForwarded(team=command.office, **_same(state))]
        case c.AnswerItem():
            return _answer(command, state)
        case c.ReopenItem():
            return _reopen(command, state)
        case c.RequestPapers():
            return _request(command, state)
        case c.RecordPapers():
            return _record(command, state)
        case c.NotePapersOverdue():
            return _note_overdue(command, state)
        case _:
            assert_never(command)


def _expect(state: Item, *allowed: Status) -> None:
    if state.status is Status.NONE:
        raise Refused("not-found")
    if state.status not in allowed:
        raise Refused("wrong-state", state=state.status.value)


def _same(state: Item) -> dict[str, Any]:
    """What every event of an item repeats."""
    return {
        "item_id": state.item_id,
        "service_": state.service,
        "channel": state.channel,
        "received_on": state.received_on,
    }


def _receive(command: c.ReceiveItem, state: Item) -> Sequence[Event]:
    if state.status is not Status.NONE:
        return []
    if command.received_on > local_date(command.at):
        raise Refused("future-date")
    return [
        ItemReceived(
            item_id=command.item_id,
            service_=command.service,
            channel=command.channel,
            received_on=command.received_on,
        )
    ]


def _answer(command: c.AnswerItem, state: Item) -> Sequence[Event]:
    same = (command.outcome, command.reply_channel) == (state.outcome, state.reply_channel)
    if state.status is Status.ANSWERED and same:
        return []
    _expect(state, *OPEN)
    return [
        ItemAnswered(
            team=state.team, outcome=command.outcome, reply_channel=command.reply_channel, **_same(state)
        )
    ]


def may_reopen(answered_on: date | None, today: date) -> bool:
    """Whether an answer is still so new that the same item goes on; later it is a new one."""
    return answered_on is not None and (today - answered_on).days <= REOPEN_DAYS


def _reopen(command: c.ReopenItem, state: Item) -> Sequence[Event]:
    _expect(state, Status.ANSWERED)
    if not may_reopen(command.answered_on, local_date(command.at)):
        raise Refused("reopen-over")
    return [ItemReopened(team=state.team, **_same(state))]


def _request(command: c.RequestPapers, state: Item) -> Sequence[Event]:
    _expect(state, Status.RECEIVED, Status.ASSIGNED)
    papers = tuple(one for one in command.allowed if one in command.papers)
    if not papers or len(papers) != len(command.papers):
        raise Refused("unknown-paper")
    return [
        PapersRequested(
            item_id=state.item_id,
            person_id=command.person_id,
            person_revision=command.person_revision,
            papers=papers,
            language=command.language,
            due_on=add_working_days(local_date(command.at), DUE_DAYS),
        )
    ]


def _record(command: c.RecordPapers, state: Item) -> Sequence[Event]:
    _expect(state, Status.WAITING)
    if not command.papers or not command.papers <= set(state.asked):
        raise Refused("unknown-paper")
    came = tuple(one for one in state.missing if one in command.papers)
    if not came:
        return []
    complete = len(came) == len(state.missing)
    due_on = None if complete else state.due_on
    return [PapersReceived(papers=came, complete=complete, due_on=due_on, **_asked(state))]


def _note_overdue(command: c.NotePapersOverdue, state: Item) -> Sequence[Event]:
    """The first time a new deadline; the second time the deadline that passed, and the office's turn."""
    today = local_date(command.at)
    if state.status is not Status.WAITING or state.due_on is None or today <= state.due_on:
        return []
    due_on = state.due_on if state.overdue else add_working_days(today, DUE_DAYS)
    return [PapersOverdue(papers=state.missing, due_on=due_on, **_asked(state))]


def _asked(state: Item) -> dict[str, Any]:
    """Of whom papers were asked."""
    return {
        "item_id": state.item_id,
        "person_id": state.person_id,
        "person_revision": state.person_revision,
        "language": state.language,
    }


DECIDER: Decider[Item, c.Command] = Decider("item", Item(), evolve, decide)
