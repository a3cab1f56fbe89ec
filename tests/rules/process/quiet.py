"""What holds when everything was delivered and every due timer fired: both services say the same.

First at the moment at which a life stops, then when its days are over: nothing may be left half done.
"""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import UUID

from buergerbuero_contracts.documents import DocumentHandedOver
from servicekit.log import Stream
from services.booking.rules import retention
from services.booking.rules.booking_state import Booking
from services.booking.rules.booking_state import Status as Stage
from services.booking.rules.calendar import local_date
from services.booking.rules.events import Leaving
from services.booking.rules.person_documents import stream_of
from services.booking.rules.visit_state import INSIDE, Visit, visit_id_of
from services.documents.draft import document_stream, invitation_stream
from services.documents.rules.document_state import AT_OFFICE, Document, Status
from services.documents.rules.invitation import Invitation
from services.documents.rules.timer_kinds import REINVITE
from tests.rules.process.always import Always, must
from tests.rules.process.life import Broken, Life
from tests.rules.process.office import documents
from tests.rules.process.people import bookings, invitations

MOST_ROUNDS = 60
LEFT = {
    Status.HANDED_OVER: Leaving.HANDED_OVER,
    Status.SHIPPED: Leaving.SHIPPED,
    Status.DELIVERED: Leaving.ENDED,
    Status.RETURNED: Leaving.ENDED,
    Status.DESTROYED: Leaving.ENDED,
}
"""What booking must hold of a document that is not at the office."""


def settle(life: Life, draw: random.Random) -> None:
    """Deliver everything and fire all that is due, in any order, until nothing is left."""
    consumers = (life.to_documents, life.to_booking, life.to_called)
    for _ in range(MOST_ROUNDS):
        idle = True
        for consumer in consumers:
            while consumer.behind:
                idle = False
                life.deliver(consumer, draw.choice(list(consumer.behind)))
        for side in (life.booking, life.documents):
            for timer in life.due(side):
                if side.log.armed.get((timer.kind, timer.subject)) == timer.due_at:
                    idle = False
                    life.fire(side, timer)
        if idle:
            return
    raise Broken("it never becomes quiet")


def go_on(life: Life, draw: random.Random, days: int) -> None:
    """Let the days pass without anybody acting; every timer has its moment."""
    end = life.at + timedelta(days=days)
    for _ in range(MOST_ROUNDS * 10):
        moments = [*life.booking.log.armed.values(), *life.documents.log.armed.values()]
        following = min((one for one in moments if one > life.at), default=None)
        if following is None or following > end:
            life.go(end)
            settle(life, draw)
            return
        life.go(following)
        settle(life, draw)
    raise Broken("the timers arm each other for ever")


def agreed(life: Life, always: Always) -> None:
    """Both services hold the same of documents, invitations, pick-ups and visits. Raises ``Broken``."""
    for document in documents(life):
        _same_document(life, document)
    for called in invitations(life):
        _same_invitation(life, called)
    for state in bookings(life):
        _same_pickup(life, state)
    for event in (one.event for one in life.documents.log.events):
        if isinstance(event, DocumentHandedOver) and event.booking_id is not None:
            _served(life, event.booking_id, always)


def _same_document(life: Life, document: Document) -> None:
    if document.person_id is not None:
        view = life.booking.log.state(stream_of(document.person_id))
        held = view.left.get(document.document_id)
        must(held is LEFT.get(document.status), f"booking holds {held}, the document is {document.status}")
    if document.status is Status.BOOKED:
        assert document.booking_id
        state: Booking = life.booking.log.state(Stream("booking", document.booking_id))
        must(document.document_id in state.document_ids, "booked by a pick-up that does not name it")
        comes = state.status in (Stage.CONFIRMED, Stage.ADMITTED)
        must(comes, f"booked by a pick-up that is {state.status}")
        must(document.starts_at == state.starts_at, "booked for another time than the pick-up's")
        assert state.starts_at
        must(local_date(state.starts_at) >= local_date(life.at), "booked by a pick-up of the past")
        known = state.status is not Stage.ADMITTED or document.admitted_by == document.booking_id
        must(known, "its holder was let in, and the window does not know")
    if document.status is Status.INVITED and document.awaits_invitation:
        armed = (REINVITE, document.invitation_id) in life.documents.log.armed
        must(armed, "its booking is lost, and no new invitation will come")


def _same_invitation(life: Life, called: Invitation) -> None:
    view = life.booking.called.invitation(called.invitation_id)
    must(view is not None and view.ended is not called.open, "booking's invitation differs")
    assert view is not None
    must(view.document_ids == called.document_ids, "booking's invitation names other documents")
    for document_id in called.waiting if called.open else ():
        document: Document = life.documents.log.state(document_stream(document_id))
        must(document.status in AT_OFFICE, "an open invitation calls for what is gone")


def _same_pickup(life: Life, state: Booking) -> None:
    """It holds its documents; or another one does whose person is in the house, or for a moment nobody.

    Nobody: its word came while another one held them. Then it has them when its person is let in.
    """
    if state.status is not Stage.CONFIRMED:
        return
    named: list[Document] = [life.documents.log.state(document_stream(one)) for one in state.document_ids]
    here = [one for one in named if one.status in AT_OFFICE]
    must(here, "an open pick-up without a document that is here")
    for one in here:
        held = one.booked_by(state.booking_id) or one.status is Status.IN_LOCKER
        free = one.status is Status.INVITED and state.booking_id in life.not_held
        fits = held or free or _let_in(life, one)
        must(fits, f"an open pick-up names a document that is {one.status} and not its own")


def _let_in(life: Life, document: Document) -> bool:
    """Whether a pick-up holds it whose person was let in today: late, and booked anew before."""
    if document.status is not Status.BOOKED or document.booking_id is None:
        return False
    holder: Booking = life.booking.log.state(Stream("booking", document.booking_id))
    return holder.status is Stage.ADMITTED and document.admitted_by == holder.booking_id


def _served(life: Life, booking_id: UUID, always: Always) -> None:
    state: Booking = life.booking.log.state(Stream("booking", booking_id))
    left = set(state.document_ids) - always.over
    must(state.status is not Stage.CONFIRMED or left, "handed over, and the pick-up is open")
    visit: Visit = life.booking.log.state(Stream("visit", visit_id_of(booking_id)))
    if not left:
        must(visit.status not in INSIDE, "all documents are out and the visit goes on")


def ended(life: Life) -> None:
    """Days later nothing is half done. Raises ``Broken``."""
    for state in bookings(life):
        must(state.status is not Stage.CONFIRMED, "a pick-up that nobody ended")
        visit: Visit = life.booking.log.state(Stream("visit", visit_id_of(state.booking_id)))
        must(visit.status not in INSIDE, "a visit that nobody ended")
    for document in documents(life):
        must(document.status is not Status.BOOKED, "booked for ever")
        if document.status is Status.INVITED and document.invitation_id:
            called: Invitation = life.documents.log.state(invitation_stream(document.invitation_id))
            must(not document.awaits_invitation, "its booking is lost, and it is never called for again")
            must(called.open and document.document_id in called.waiting, "invited by what is over")
    for person_id in {one.person_id for one in documents(life) if one.person_id}:
        _kept(life, person_id)


def _kept(life: Life, person_id: UUID) -> None:
    """Who waits for nothing is forgotten soon. Of a merged order booking never hears the end."""
    row = life.booking.log.people.get(person_id)
    mine = [one for one in documents(life) if one.person_id == person_id]
    if row is None or not all(one.status in LEFT and one.status is not Status.SHIPPED for one in mine):
        return
    theirs = [one for one in bookings(life) if one.person_id == person_id]
    last = max(one for one in (*(d.placed_at for d in mine), *(b.starts_at for b in theirs)) if one)
    must(row.keep_until <= retention.of_no_show(last), "the person is kept without a reason")
