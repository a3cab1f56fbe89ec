"""Eva's documents in Flensburg: called for, booked, admitted, out. ``documents`` plays the other service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from buergerbuero_contracts.documents import DocumentKind
from buergerbuero_contracts.envelope import Event
from servicekit.log import Person, Stream
from services.booking import commands as ask
from services.booking.floor_commands import AdmitCitizen
from services.booking.rules.booking_state import Booking
from services.booking.rules.events import Leaving
from services.booking.rules.pickup import Invitation, pickup_booking_id
from services.booking.rules.visit_state import Visit, visit_id_of
from tests.rules.booking.memory import Office
from tests.rules.booking.office import at, uid

EVA = uid("eva")
CARD, PASS = uid("card"), uid("pass")
KINDS = {CARD: DocumentKind.ID_CARD, PASS: DocumentKind.PASSPORT}
ONE = uid("invitation")


@dataclass
class Called:
    """An office, and what a person's documents do to it."""

    office: Office

    def invites(self, *documents: UUID, by: UUID = ONE, who: UUID = EVA, ended: bool = False) -> UUID:
        """The topic told of an invitation; gives the booking that it will have."""
        named = tuple((one, KINDS[one]) for one in documents or (CARD, PASS))
        self.office.invited[by] = Invitation(by, who, 3, "flensburg", "de", named, ended)
        return pickup_booking_id(by)

    def owns(self, keep_until: datetime) -> None:
        """The person's row is booking's own, from the visit at which the documents were ordered."""
        self.office.log.people[EVA] = Person(EVA, 3, keep_until, "Eva", "eva@example.org")

    @property
    def row(self) -> Person:
        """Eva's row."""
        return self.office.log.people[EVA]

    def elsewhere(self) -> Called:
        """The same office in another process: it knows the log and nothing else."""
        other = Office(log=self.office.log, now=self.office.now, commands=self.office.commands + 5_000)
        other.invited = self.office.invited
        return Called(other)

    async def books(self, clock: str = "10:00", by: UUID = ONE) -> list[Event]:
        """A time on Thursday."""
        return await self.office.ask(ask.BookPickup(invitation_id=by, starts_at=at(clock)))

    async def awaits(self, *documents: UUID, since: datetime | None = None) -> list[Event]:
        """DocumentOrdered or PickupInvited reached booking."""
        coming = ask.AwaitDocuments(person_id=EVA, document_ids=documents, since=since or self.office.now)
        return await self.office.ask(coming)

    def left(self, document: UUID, leaving: Leaving = Leaving.HANDED_OVER) -> ask.NoteDocumentLeft:
        """The command that the end of a document leads to."""
        return ask.NoteDocumentLeft(
            person_id=EVA, document_id=document, kind=KINDS[document], leaving=leaving, at=self.office.now
        )

    async def leaves(self, document: UUID, leaving: Leaving = Leaving.HANDED_OVER) -> list[Event]:
        """It reached booking; gives all events that followed, as the log has them."""
        before = len(self.office.log.events)
        await self.office.ask(self.left(document, leaving), f"{document} {leaving}")
        return [one.event for one in self.office.log.events[before:]]

    async def admitted(self, booking_id: UUID, clock: str = "10:00") -> None:
        """Eva is let in at that time."""
        self.office.now = at(clock)
        await self.office.ask(AdmitCitizen(booking_id=booking_id, site="flensburg", door="main"))

    def booking(self, booking_id: UUID) -> Booking:
        """The booking as it is now."""
        found: Booking = self.office.log.state(Stream("booking", booking_id))
        return found

    def visit(self, booking_id: UUID) -> Visit:
        """Its visit as it is now."""
        found: Visit = self.office.log.state(Stream("visit", visit_id_of(booking_id)))
        return found

    def hours(self, hours: float) -> datetime:
        """A moment from now."""
        return self.office.now + timedelta(hours=hours)
