"""What can be decided about one item: the commands of its rules, with time and the office's lists in them.

Shown by ``tests/rules/documents/test_item.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from buergerbuero_contracts.documents import ItemChannel, ItemOutcome, ReplyChannel


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveItem:
    """One letter, e-mail, form or fax with its stamp of arrival."""

    item_id: UUID
    service: str
    channel: ItemChannel
    received_on: date
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignItem:
    """To a team, never to a person."""

    team: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardItem:
    """To another office; it is closed here."""

    office: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerItem:
    """Done with an outcome. ``reply_channel`` is absent if nobody was written to or called."""

    outcome: ItemOutcome
    reply_channel: ReplyChannel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenItem:
    """``answered_on``: the local date of the answer, from the history."""

    answered_on: date | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPapers:
    """``allowed`` is the service's list. The person is absent if nobody can be mailed."""

    papers: frozenset[str]
    allowed: tuple[str, ...]
    person_id: UUID | None = None
    person_revision: int | None = None
    language: str = "de"
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPapers:
    """Which of the papers came in."""

    papers: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePapersOverdue:
    """The papers did not come in time."""

    at: datetime


Command = (
    ReceiveItem
    | AssignItem
    | ForwardItem
    | AnswerItem
    | ReopenItem
    | RequestPapers
    | RecordPapers
    | NotePapersOverdue
)
