"""A person whose documents wait at the office: what documents' topic told of them, and the grant."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from buergerbuero_contracts.documents import DocumentKind
from buergerbuero_contracts.envelope import NIL
from servicekit.log import Person
from servicekit.tokens import Purpose
from services.booking import commands as ask
from services.booking.rules.events import Leaving
from services.booking.rules.pickup import Invitation, pickup_booking_id
from tests.way.booking_desk import Desk
from tests.way.memory_office import MemoryOffice

PASSPORT, ID_CARD = DocumentKind.PASSPORT, DocumentKind.ID_CARD


class Waiting:
    """An invitation for documents of the given kinds, known to booking."""

    def __init__(self, office: MemoryOffice, *kinds: DocumentKind, name: str = "one", who: str = "") -> None:
        self.office, who = office, who or name
        self.invitation_id, self.person_id = _id(f"invitation {name}"), _id(f"person {who}")
        self.booking_id = pickup_booking_id(self.invitation_id)
        self.documents = tuple((_id(f"{kind} of {who}"), kind) for kind in kinds or (PASSPORT,))
        self.known()

    def known(self, *, ended: bool = False) -> None:
        """The read model has it, as open or as ended."""
        self.office.invited[self.invitation_id] = Invitation(
            self.invitation_id, self.person_id, 3, "flensburg", "de", self.documents, ended
        )

    def unknown(self) -> None:
        """The read model has not heard of it."""
        del self.office.invited[self.invitation_id]

    def copied(self, name: str) -> None:
        """The person's row is documents' own; booking has a copy."""
        keep = self.office.clock.now() + timedelta(days=90)
        self.office.copied[self.person_id] = Person(self.person_id, 3, keep, name, "eva@example.org")

    def grant(self, minutes: float = 30, purpose: Purpose = Purpose.GRANT) -> str:
        """As documents' page signs it."""
        until = self.office.clock.now() + timedelta(minutes=minutes)
        return self.office.tokens.sign(purpose, self.invitation_id, until)

    def leaves(self, nr: int = 0, leaving: Leaving = Leaving.HANDED_OVER) -> None:
        """A document leaves the office."""
        document, kind = self.documents[nr]
        fact = ask.NoteDocumentLeft(
            person_id=self.person_id,
            document_id=document,
            kind=kind,
            leaving=leaving,
            at=self.office.clock.now(),
        )
        asyncio.run(_note(self.office, fact))


async def _note(office: MemoryOffice, fact: ask.Command) -> None:
    await office.execute(fact, office.context())


def _id(name: str) -> UUID:
    return uuid5(NIL, name)


def pick(desk: Desk, grant: str, starts_at: str | datetime, key: str | None = None) -> Any:
    """POST /pickups."""
    when = starts_at if isinstance(starts_at, str) else starts_at.isoformat()
    return desk.post("/pickups", {"grant": grant, "starts_at": when}, key)


async def pick_in(office: MemoryOffice, waiting: Waiting, starts_at: str) -> None:
    """Book past HTTP."""
    wish = ask.BookPickup(invitation_id=waiting.invitation_id, starts_at=datetime.fromisoformat(starts_at))
    await office.execute(wish, office.context())
