"""The stages of a document's way, each told in one call: what the office or booking does next."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from buergerbuero_contracts.booking import (
    AdmissionMode,
    AppointmentMissed,
    BookingCancelled,
    BookingConfirmed,
    BookingKind,
    BookingRescheduled,
    By,
    CancellationUndone,
    CancelReason,
    CitizenAdmitted,
    Method,
    ServiceFinished,
)
from buergerbuero_contracts.documents import (
    Authority,
    CheckMethod,
    DocumentKind,
    OldDocument,
    RecipientRole,
)
from buergerbuero_contracts.envelope import NIL, Event, Item
from services.documents import commands as ask
from services.documents.rules.ordering import document_id_of
from tests.rules.documents.world import SITE, World

NUMBERS = {
    DocumentKind.ID_CARD: "L01X00T47",
    DocumentKind.PASSPORT: "C01X00T47",
    DocumentKind.DRIVING_LICENCE: "B072RRE2I55",
}
APPLIED_WITH = {
    DocumentKind.ID_CARD: "id_card_apply",
    DocumentKind.PASSPORT: "passport_apply",
    DocumentKind.DRIVING_LICENCE: "driving_licence_exchange",
}
ID_CARD, PASSPORT, LICENCE = DocumentKind


def uid(name: object) -> UUID:
    """An id by name."""
    return uuid5(NIL, str(name))


EVA = uid("Eva")
VISIT = uid("Eva's application")
PICKUP = uid("Eva's pick-up")


def finished(
    *services: str, booking: UUID = VISIT, person: UUID | None = EVA, at: datetime, **quantity: int
) -> ServiceFinished:
    """The visit at which documents were applied for."""
    return ServiceFinished(
        booking_id=booking,
        visit_id=uuid5(booking, "visit"),
        site=SITE,
        at=at,
        delivered=tuple(Item(service=one, quantity=quantity.get(one, 1)) for one in services),
        person_id=person,
        person_revision=1 if person else None,
    )


class Desk:
    """One person's documents at the office."""

    def __init__(self, world: World, person: UUID = EVA, visit: UUID = VISIT) -> None:
        self.world, self.person, self.visit = world, person, visit
        self.bins = 0

    def document(self, kind: DocumentKind, piece: int = 1) -> UUID:
        """The id of a document of the visit."""
        return document_id_of(self.visit, kind, piece)

    def ordered(self, *kinds: DocumentKind) -> list[UUID]:
        """Applied for at a visit."""
        services = [APPLIED_WITH[kind] for kind in kinds]
        self.world.hear(finished(*services, booking=self.visit, person=self.person, at=self.world.at))
        return [self.document(kind) for kind in kinds]

    def number(self, kind: DocumentKind) -> str:
        """A number of the kind's form, this person's own."""
        tail = f"{self.person.int % 10**6:06d}"
        return NUMBERS[kind][:-6] + tail

    def batch(self) -> UUID:
        """A delivery is opened."""
        (opened,) = self.world.ask(ask.OpenBatch(site=SITE))
        batch_id: UUID = getattr(opened, "batch_id")  # noqa: B009 - a private event
        return batch_id

    def received(self, *kinds: DocumentKind) -> list[UUID]:
        """Ordered, and in today's delivery."""
        documents, batch = self.ordered(*kinds), self.batch()
        for kind, document in zip(kinds, documents, strict=True):
            self.world.ask(
                ask.ReceiveDocument(batch_id=batch, number=self.number(kind), document_id=document)
            )
        return documents

    def store(self, document: UUID) -> list[Event]:
        """Into the next bin, by two persons."""
        self.bins += 1
        place = f"{self.person.hex[:4]}-{self.bins}"
        return self.world.ask(ask.StoreDocument(document_id=document, bin=place, approved_by="colleague"))

    def invited(self, *kinds: DocumentKind) -> list[UUID]:
        """In the safe, the person invited."""
        documents = self.received(*kinds)
        for document in documents:
            self.store(document)
        return documents

    def booked(self, *kinds: DocumentKind, booking: UUID = PICKUP) -> list[UUID]:
        """Invited, and a pick-up booked for tomorrow."""
        documents = self.invited(*kinds)
        self.world.hear(self.confirmed(*documents, booking=booking))
        return documents

    def at_window(self, *kinds: DocumentKind, window: str = "window_1") -> list[UUID]:
        """Booked, the day has come, the person is in the house, the documents are at the window."""
        documents = self.booked(*kinds)
        self.world.passes(days=1)
        self.world.hear(self.admitted(*documents))
        for document in documents:
            self.world.ask(ask.FetchDocument(document_id=document, window=window))
        return documents

    # --- what booking says

    @property
    def tomorrow(self) -> datetime:
        """The planned start of a pick-up."""
        return self.world.at + timedelta(days=1)

    def confirmed(self, *documents: UUID, booking: UUID = PICKUP, **changed: Any) -> BookingConfirmed:
        """A pick-up for these documents, by their newest invitation."""
        told = {
            "booking_id": booking,
            "person_id": self.person,
            "person_revision": 1,
            "invitation_id": self.world.document(documents[0]).invitation_id,
            "kind": BookingKind.PICKUP,
            "method": Method.PICKUP_LINK,
            "site": SITE,
            "starts_at": self.tomorrow,
            "ends_at": self.tomorrow + timedelta(minutes=5),
            "items": (Item(service="passport_pickup"),),
            "persons": 1,
            "companions": 1,
            "document_ids": documents,
            "language": "de",
            "sequence": 0,
        }
        return BookingConfirmed(**{**told, **changed})

    def moved(
        self, *documents: UUID, to: datetime, booking: UUID = PICKUP, was: datetime | None = None
    ) -> BookingRescheduled:
        """The pick-up has another time."""
        before = self.confirmed(*documents, booking=booking)
        return BookingRescheduled(
            **{
                **before.model_dump(exclude={"starts_at", "sequence"}),
                "starts_at": to,
                "was_at": was or before.starts_at,
                "by": By.CITIZEN,
                "moves": 1,
                "sequence": 1,
            }
        )

    def cancelled(
        self, *documents: UUID, booking: UUID = PICKUP, undo_until: datetime | None = None
    ) -> BookingCancelled:
        """The pick-up is cancelled."""
        return BookingCancelled(
            booking_id=booking,
            person_id=self.person,
            person_revision=1,
            kind=BookingKind.PICKUP,
            starts_at=self.tomorrow,
            by=By.CITIZEN,
            reason=CancelReason.CITIZEN_WISH,
            was_confirmed=True,
            document_ids=documents,
            undo_until=undo_until,
            sequence=1,
        )

    def undone(self, *documents: UUID, booking: UUID = PICKUP) -> CancellationUndone:
        """The cancellation is taken back."""
        return CancellationUndone(
            booking_id=booking,
            person_id=self.person,
            person_revision=1,
            starts_at=self.tomorrow,
            document_ids=documents,
            sequence=2,
        )

    def missed(self, *documents: UUID, booking: UUID = PICKUP) -> AppointmentMissed:
        """Nobody came."""
        return AppointmentMissed(
            booking_id=booking,
            person_id=self.person,
            person_revision=1,
            kind=BookingKind.PICKUP,
            starts_at=self.world.at,
            document_ids=documents,
        )

    def admitted(self, *documents: UUID, booking: UUID = PICKUP) -> CitizenAdmitted:
        """Let in at the door."""
        return CitizenAdmitted(
            booking_id=booking,
            visit_id=uuid5(booking, "visit"),
            kind=BookingKind.PICKUP,
            site=SITE,
            door="door_1",
            admitted_at=self.world.at,
            starts_at=self.world.at,
            people=1,
            mode=AdmissionMode.CODE,
            document_ids=documents,
        )

    def hand_over(self, document: UUID, **changed: Any) -> ask.HandOverDocument:
        """To the applicant, recognised by the photo, the old document voided."""
        told = {
            "document_id": document,
            "window": "window_1",
            "scan": self.number(self.world.document(document).kind),
            "recipient_role": RecipientRole.APPLICANT,
            "check_method": CheckMethod.PHOTO,
            "authority": Authority.NONE_NEEDED,
            "old_document": OldDocument.VOIDED_RETURNED,
        }
        return ask.HandOverDocument(**{**told, **changed})
