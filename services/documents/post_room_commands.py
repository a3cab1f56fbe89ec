"""What can be asked of the post room: the commands that its API, its pages and its timers hand on.

Promises: a command carries no time; of a person only what goes into the side table ``item_case`` or the
person's row. ``post_room.py`` carries them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from buergerbuero_contracts.documents import ItemChannel, ItemOutcome, ReplyChannel

from .commands import Contact

MOST_ALIKE = 50
"""Items of one ReceiveItems."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveItems:
    """``count`` letters, e-mails, forms or faxes that are alike. What tells of people stays here."""

    service: str
    channel: ItemChannel
    received_on: date
    count: int = 1
    sender: str | None = None
    note: str | None = None
    file_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignItem:
    """To a team; what was waited for is no longer waited for."""

    item_id: UUID
    team: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardItem:
    """To another office; it is closed here."""

    item_id: UUID
    office: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerItem:
    """Done, with an outcome."""

    item_id: UUID
    outcome: ItemOutcome
    reply_channel: ReplyChannel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenItem:
    """The answer was not the last word. At most 90 days later."""

    item_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPapers:
    """Ask for what is missing. With ``contact`` the person gets a mail or letter; else the clerk asks.

    Without ``contact`` the person of an earlier request is asked again, if there was one.
    """

    item_id: UUID
    papers: frozenset[str]
    contact: Contact | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPapers:
    """Papers came in: all that were missing, or some."""

    item_id: UUID
    papers: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePapersOverdue:
    """The timer: papers did not come in time."""

    item_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetItem:
    """The timer: sender, note and file number of an item that ended are kept no longer."""

    item_id: UUID


OfItem = AssignItem | ForwardItem | AnswerItem | ReopenItem | RequestPapers | RecordPapers | NotePapersOverdue
"""Commands on an item that is there already."""

OfPostRoom = ReceiveItems | OfItem | ForgetItem
