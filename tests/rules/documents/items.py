"""Items of the post room as tests tell of them: their events, and a moment of an ordinary day."""

from datetime import UTC, date, datetime, time
from typing import Any
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
from services.documents.rules.calendar import instant

ITEM = UUID(int=7)
PERSON = UUID(int=70)
MONDAY = date(2026, 11, 23)
DUE = date(2026, 12, 7)
"""Ten working days after Monday, 23 November 2026."""
NEXT_DUE = date(2026, 12, 22)
"""Ten working days after Tuesday, 8 December."""
LIST = ("form", "landlord_confirmation", "id_copy")
SAME: dict[str, Any] = {
    "item_id": ITEM,
    "service_": "move_within_city",
    "channel": ItemChannel.LETTER,
    "received_on": MONDAY,
}
ASKED: dict[str, Any] = {"item_id": ITEM, "person_id": PERSON, "person_revision": 1, "language": "de"}

received = ItemReceived(**SAME)
assigned = ItemAssigned(team="registration", **SAME)
forwarded = ItemForwarded(team="registry_office", **SAME)
answered = ItemAnswered(outcome=ItemOutcome.DONE, reply_channel=ReplyChannel.EMAIL, **SAME)
reopened = ItemReopened(**SAME)
requested = PapersRequested(papers=("landlord_confirmation", "id_copy"), due_on=DUE, **ASKED)
copy_came = PapersReceived(papers=("id_copy",), complete=False, due_on=DUE, **ASKED)
all_came = PapersReceived(papers=("landlord_confirmation", "id_copy"), complete=True, **ASKED)
reminded = PapersOverdue(papers=("landlord_confirmation", "id_copy"), due_on=NEXT_DUE, **ASKED)
given_up = PapersOverdue(papers=("landlord_confirmation", "id_copy"), due_on=NEXT_DUE, **ASKED)


def noon(day: date) -> datetime:
    """Twelve o'clock of the office on a day."""
    return instant(day, time(12))


def utc(text: str) -> datetime:
    """A moment written in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)
