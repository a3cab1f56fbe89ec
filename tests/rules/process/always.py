"""What holds after each append of a life, whatever was late: custody, entitlement, one place at a time.

Judged from events alone where that is possible, with a count of its own: a rule that folds wrongly and
decides wrongly would agree with itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from buergerbuero_contracts.booking import BookingConfirmed, CancellationUndone, CitizenAdmitted
from buergerbuero_contracts.documents import (
    DocumentDestroyed,
    DocumentHandedOver,
    HandoverChannel,
    InvitationEnded,
    PickupInvited,
    Place,
)
from buergerbuero_contracts.documents.custody import CustodyEvent
from buergerbuero_contracts.envelope import Event
from servicekit.log import Recorded, Stream
from services.booking.rules.attendance import entry_window
from services.booking.rules.booking_state import Booking
from services.booking.rules.booking_state import Status as Stage
from services.booking.rules.visit_state import INSIDE, Visit, visit_id_of
from services.documents import commands as ask
from services.documents import followed_commands as told
from services.documents.draft import document_stream
from services.documents.rules import events as own
from services.documents.rules.calendar import local_date
from services.documents.rules.document_state import AT_OFFICE, Document, Status
from tests.rules.process.entitled import objection
from tests.rules.process.life import Broken, Life, Side

LAST = frozenset({Place.HOLDER, Place.DESTROYED})


def must(holds: object, what: str) -> None:
    """Raises ``Broken``."""
    if not holds:
        raise Broken(what)


@dataclass
class Always:
    """The checks, and what they remember of one life."""

    life: Life
    places: dict[UUID, Place] = field(default_factory=dict)
    windows: dict[UUID, str] = field(default_factory=dict)
    over: set[UUID] = field(default_factory=set)
    decided: dict[UUID, own.DestructionDecided] = field(default_factory=dict)
    open: dict[UUID, set[UUID]] = field(default_factory=dict)
    admitted: dict[UUID, CitizenAdmitted] = field(default_factory=dict)
    stages: dict[UUID, Stage] = field(default_factory=dict)

    def __call__(self, side: Side, new: Sequence[Recorded]) -> None:
        """Judge one append. Raises ``Broken``."""
        if side is self.life.booking:
            for one in new:
                if one.stream.category == "booking":
                    self._of_booking(one)
            return
        for one in new:
            self._of_document(one.event, new)
        asked = self.life.doing
        if isinstance(asked, told.NotePickupEnded) and asked.undo_until and asked.undo_until > self.life.at:
            must(not _in(new, PickupInvited), "called anew while the cancellation can be undone")
        for document_id in {one.stream.id for one in new if one.stream.category == "document"}:
            self._calls(document_id)

    # --- documents

    def _of_document(self, event: Event, new: Sequence[Recorded]) -> None:
        if isinstance(event, CustodyEvent):
            self._custody(event, new)
        match event:
            case own.DocumentPlaced(place=Place.WINDOW):
                self.windows[event.document_id] = event.spot
            case own.DestructionDecided():
                self.decided[event.document_id] = event
            case PickupInvited():
                must(event.invitation_id not in self.open, "an invitation is sent twice")
                self.open[event.invitation_id] = set(event.document_ids)
            case own.DocumentLeft():
                self.open[event.invitation_id].discard(event.document_id)
                must(
                    self.open[event.invitation_id] or _in(new, InvitationEnded),
                    "an invitation calls for nothing and is not ended",
                )
            case InvitationEnded():
                must(not self.open.pop(event.invitation_id), "an invitation ended before its documents left")

    def _custody(self, event: CustodyEvent, new: Sequence[Recorded]) -> None:
        document_id = event.document_id
        must(event.from_ == self.places.get(document_id), f"custody breaks at {type(event).__name__}")
        must(document_id not in self.over, f"{type(event).__name__} after the document's end")
        self.places[document_id] = event.to
        came_back = event.to is Place.PRODUCER and event.from_ is not None
        if event.to in LAST or came_back:
            self.over.add(document_id)
        if isinstance(event, DocumentHandedOver):
            self._handed_over(event, new)
        if isinstance(event, DocumentDestroyed):
            after = self.decided[document_id].destroy_after
            must(local_date(event.at) > after, "destroyed before its day")
            must(_in(new, own.DepartureApproved), "destroyed by one person")

    def _handed_over(self, event: DocumentHandedOver, new: Sequence[Recorded]) -> None:
        if event.channel is HandoverChannel.LOCKER:
            must(event.from_ is Place.LOCKER, "handed over from a locker that it was not in")
            return
        asked = self.life.doing
        assert isinstance(asked, ask.HandOverDocument)
        must(event.from_ is Place.WINDOW, "handed over without custody")
        must(asked.window == self.windows.get(event.document_id), "handed over at another window")
        case = self.life.documents.cases.rows.get(event.document_id)
        must(case and case.number == asked.scan, "handed over with another number")
        must(event.person_id, "handed over to nobody known")
        reason = objection(event, self.life.holder(event.document_id))
        must(reason is None, f"handed over wrongly: {reason}")
        if event.exception is not None:
            (witness,) = (one.event for one in new if isinstance(one.event, own.HandoverWitnessed))
            must(witness.approved_by, "an exception without a second person")
            must(witness.approved_by != own.staff_ref("clerk"), "the second person is the first")
            return
        visit = self.admitted.get(event.booking_id) if event.booking_id else None
        must(visit, "handed over without an admitted pick-up, and no exception")
        assert visit is not None
        must(event.document_id in visit.document_ids, "the admitted pick-up is for other documents")
        must(visit.admitted_at <= event.at, "handed over before the admission")
        must(local_date(visit.admitted_at) == local_date(event.at), "admitted on another day")

    def _calls(self, document_id: UUID) -> None:
        """Called by one open invitation at most; by one exactly if it waits for its holder."""
        document: Document = self.life.documents.log.state(document_stream(document_id))
        calling = [one for one, called in self.open.items() if document_id in called]
        must(len(calling) <= 1, "called for by two invitations")
        if document.status not in AT_OFFICE:
            must(not calling, f"called for, but {document.status}")
        if document.status is Status.INVITED and not document.awaits_invitation:
            must(calling == [document.invitation_id], "invited, but no open invitation calls for it")
        if document.status is Status.STORED:
            must(document.person_id is None, "stored, its holder known and not called")

    # --- bookings

    def _of_booking(self, one: Recorded) -> None:
        state: Booking = self.life.booking.log.state(one.stream)
        if isinstance(one.event, CitizenAdmitted):
            before = self.stages.get(state.booking_id)
            missed = before is Stage.MISSED and one.event.override is not None
            must(missed or before is Stage.CONFIRMED, f"admitted, but {before}")
            must(state.booking_id not in self.admitted, "admitted twice")
            self.admitted[state.booking_id] = one.event
        self.stages[state.booking_id] = state.status
        if self._stands(state, one.meta.at):
            stood = not isinstance(one.event, BookingConfirmed | CancellationUndone)
            for other in self.life.pickups:
                self._apart(state, other, one.meta.at, stood=stood)

    def _apart(self, state: Booking, other_id: UUID, at: datetime, *, stood: bool) -> None:
        """No document is in both: not in two that are to come, nor in a new one and a visit that goes on.

        Who was missed and booked anew can still be let in late; then the new one ends with the hand-over.
        """
        if other_id == state.booking_id:
            return
        other: Booking = self.life.booking.log.state(Stream("booking", other_id))
        visit: Visit = self.life.booking.log.state(Stream("visit", visit_id_of(other_id)))
        served = visit.status in INSIDE and visit.day == local_date(at) and not stood
        if served or self._stands(other, at):
            shared = set(state.document_ids) & set(other.document_ids) - self.over
            must(not shared, "a document in two open pick-ups")

    def _stands(self, state: Booking, at: datetime) -> bool:
        """Whether people with this booking may still come."""
        if state.status is not Stage.CONFIRMED:
            return False
        return at < entry_window(state, self.life.booking.the_site.opening.settings)[1]


def _in(new: Sequence[Recorded], kind: type[Event]) -> bool:
    return any(isinstance(one.event, kind) for one in new)
