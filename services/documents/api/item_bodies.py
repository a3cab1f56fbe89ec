"""What calls about the post room carry, and what they answer, with invented examples.

Promises: unknown fields are refused, every value is bounded; no answer holds a sender, a note, a file number
or a person. Shown by ``tests/way/test_items_api.py``.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from buergerbuero_contracts.documents import ItemChannel, ItemOutcome, ReplyChannel
from servicekit.decider import Refused
from servicekit.web.contact import normal_email, normal_name, taken
from services.documents.api.bodies import Body, Code, Language, Typed
from services.documents.commands import Contact

Short = Annotated[str, Meta(max_length=200)]
PaperCodes = Annotated[list[Code], Meta(max_length=30)]


class ItemsBody(Body, frozen=True):
    """1 to 50 letters, e-mails, forms or faxes that are alike. Sender, note, file number stay here."""

    service: Code
    channel: ItemChannel
    received_on: date
    count: Annotated[int, Meta(ge=1, le=50)] = 1
    sender: Short | None = None
    note: Short | None = None
    file_number: Annotated[str, Meta(max_length=40)] | None = None


class TeamBody(Body, frozen=True):
    """The team that works on it."""

    team: Code


class OfficeBody(Body, frozen=True):
    """The office that it goes on to."""

    office: Code


class AnswerBody(Body, frozen=True):
    """How it was answered, and by which way."""

    outcome: ItemOutcome
    reply_channel: ReplyChannel | None = None


class RequestPapersBody(Body, frozen=True):
    """What is missing, codes of the service's list. With a name the person gets a mail or letter."""

    papers: PaperCodes
    name: Typed | None = None
    email: Typed | None = None
    language: Language = "de"

    def contact(self) -> Contact | None:
        """Whom to ask, in normal form; None if nobody is named. Refuses ``invalid-input``."""
        return contact(self.name, self.email, self.language)


class PapersBody(Body, frozen=True):
    """Which papers came in."""

    papers: PaperCodes


class ItemState(Struct, frozen=True, omit_defaults=True):
    """An item. ``age`` in working days since its arrival; ``own_age`` without the citizen's turns."""

    item_id: UUID
    service: str
    channel: str
    received_on: date
    state: str
    age: int
    own_age: int
    team: str | None = None
    office: str | None = None
    outcome: str | None = None
    missing: tuple[str, ...] = ()
    due_on: date | None = None
    ended_on: date | None = None


class Received(Struct, frozen=True):
    """The items that came in."""

    item_ids: tuple[UUID, ...]


class Items(Struct, frozen=True, omit_defaults=True):
    """One page of the list, oldest first. ``next`` for ``after``, if there is more."""

    items: tuple[ItemState, ...]
    next: str | None = None


def contact(name: str | None, email: str | None, language: str) -> Contact | None:
    """Whom to ask for papers, in normal form; None if nobody is named. Refuses ``invalid-input``."""
    if not name and not email:
        return None
    errors: dict[str, str] = {}
    person = Contact(
        name=taken(errors, "name", normal_name, name or "") or "",
        email=taken(errors, "email", normal_email, email) if email else None,
        language=language,
    )
    if errors:
        raise Refused("invalid-input", errors=errors)
    return person


ITEM_ID = "5b0a3c52-6c1e-5d0b-9a77-3f1f7d1c2b44"
LETTERS = {
    "service": "resident_parking",
    "channel": "letter",
    "received_on": "2026-11-23",
    "count": 10,
    "file_number": "33-2/2026",
}
RECEIVED = {"item_ids": [ITEM_ID]}
ITEM: dict[str, Any] = {
    "item_id": ITEM_ID,
    "service": "resident_parking",
    "channel": "letter",
    "received_on": "2026-11-23",
    "state": "assigned",
    "age": 2,
    "own_age": 2,
    "team": "permits",
}
WAITING = {**ITEM, "state": "waiting", "missing": ["vehicle_papers"], "due_on": "2026-12-09"}
ANSWERED = {**ITEM, "state": "answered", "outcome": "done", "ended_on": "2026-11-25"}
FORWARDED = {**ITEM, "state": "closed", "office": "vehicle_registration", "ended_on": "2026-11-25"}
LIST = {"items": [WAITING], "next": "MjAyNi0xMS0yMy41YjBhM2M1Mi02YzFlLTVkMGItOWE3Ny0zZjFmN2QxYzJiNDQ"}
ASK = {"papers": ["vehicle_papers"], "name": "Erika Mustermann", "email": "erika@example.org"}
