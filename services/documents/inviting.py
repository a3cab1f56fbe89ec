"""Who is called to collect what, and what booking tells of it: decisions over several documents. Pure.

Promises: all documents of a person that wait at a site and no booking holds are called together, in one
append with the event that made them wait, so no crash can come between; a document waits under one open
invitation at most; a booking that stands ends whatever newer invitation there is, and what else that
called for is called anew. Booking's word counts in any order: a late one, a repeated one, one for a
document that is gone leads to nothing or is ``wrong-state``; of one booking the last word stands, of two
that both say they hold a document the one that said it last (``left_by``).
Shown by ``tests/rules/documents/test_inviting.py``, ``test_repeats.py`` and ``test_beside_booking.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from buergerbuero_contracts.documents import InvitationEnd, Place
from servicekit.decider import Refused
from servicekit.log import Arm

from . import commands as ask
from . import followed_commands as told
from .around import WHILE_WAITING, Around
from .draft import Draft, document_stream, holder_stream, invitation_stream
from .rules import document_commands as c
from .rules import invitation
from .rules.calendar import local_date, midnight
from .rules.document_commands import Asked
from .rules.document_state import Document, Status
from .rules.timer_kinds import PICKUP_REMINDER

C = TypeVar("C", bound=ask.OfPickup)
AT_HAND = frozenset({Place.SAFE, Place.WINDOW})


def call(around: Around, draft: Draft, documents: Sequence[Document]) -> None:
    """A new invitation for these documents' person, and for all else of the person that waits.

    A document whose booking ended a moment ago is left out until its undo time is over, unless it is
    one of ``documents``.
    """
    first = documents[0]
    if first.person_id is None or first.person_revision is None:
        return
    named = {one.document_id for one in documents}
    holding = draft[holder_stream(first.person_id, first.site)]
    waiting = [
        one
        for one in draft.documents(holding.document_ids)
        if one.status in (Status.STORED, Status.INVITED)
        and one.place in AT_HAND
        and (one.document_id in named or not one.awaits_invitation)
    ]
    if not waiting:
        return
    facts = around.facts(draft, first.site)
    leave(draft, waiting, InvitationEnd.REPLACED)
    invitation_id = around.new_invitation(draft)
    for one in waiting:
        draft.ask(document_stream(one.document_id), Asked(c.Invite(invitation_id=invitation_id), facts))
    new = invitation.Invite(
        invitation_id=invitation_id,
        document_ids=tuple(one.document_id for one in waiting),
        person_id=first.person_id,
        person_revision=first.person_revision,
        site=first.site,
        language=around.language(first.person_id),
        facts=facts,
    )
    draft.ask(invitation_stream(invitation_id), new)
    if person := around.kept(first.person_id, around.at + WHILE_WAITING):
        draft.keep(person)


def leave(draft: Draft, documents: Iterable[Document], reason: InvitationEnd) -> None:
    """These documents wait under their invitations no more."""
    leaving = [(one, invitation_stream(one.invitation_id)) for one in documents if one.invitation_id]
    draft.states(stream for _one, stream in leaving)
    for one, stream in leaving:
        draft.ask(stream, invitation.Leave(document_id=one.document_id, reason=reason))


def invite(command: ask.InvitePickup, around: Around, draft: Draft) -> None:
    """By hand: for the first time, or again."""
    documents = [draft.document(one) for one in command.document_ids]
    if any(one.person_id is None for one in documents):
        raise Refused("holder-unknown")
    if any(one.status not in (Status.STORED, Status.INVITED) for one in documents):
        raise Refused("wrong-state")
    for person_id in dict.fromkeys(one.person_id for one in documents):
        call(around, draft, [one for one in documents if one.person_id == person_id])


def reinvite(command: told.Reinvite, around: Around, draft: Draft) -> None:
    """The undo time is over: what the lost booking held is called again, unless that is back."""
    called: invitation.Invitation = draft[invitation_stream(command.invitation_id)]
    documents = [
        one
        for one in draft.documents(called.document_ids)
        if one.status is Status.INVITED and one.awaits_invitation
    ]
    if documents:
        call(around, draft, documents)


def remind(command: told.RemindPickup, around: Around, draft: Draft) -> None:
    """For what waits and no booking holds; later, if the day turned out to be closed."""
    stream = invitation_stream(command.invitation_id)
    called: invitation.Invitation = draft[stream]
    if not called.open or called.invited_at is None:
        return
    facts = around.facts(draft, called.site)
    due_at = invitation.reminder_due(called.reminded + 1, called.invited_at, facts)
    if due_at is not None and around.at < due_at:
        draft.again_at(Arm(PICKUP_REMINDER, command.invitation_id, due_at))
        return
    waiting = tuple(
        one.document_id
        for one in draft.documents(called.waiting)
        if one.status is Status.INVITED and not one.awaits_invitation and one.place in AT_HAND
    )
    draft.ask(stream, invitation.Remind(document_ids=waiting, facts=facts))


# --- what booking tells


def _in_order(rule: Callable[[C, Around, Draft], None]) -> Callable[[C, Around, Draft], None]:
    """The same rule, deaf to whatever a booking said before a word that led to something.

    A refused word leaves nothing by which its repeat is known, and by then it may have become possible.
    """

    def heard(command: C, around: Around, draft: Draft) -> None:
        documents = draft.documents(command.document_ids)
        if any(one.heard.get(command.booking_id, command.word) > command.word for one in documents):
            raise Refused("wrong-state")
        rule(command, around, draft)
        epoch, position = command.word
        step = c.Hear(booking_id=command.booking_id, epoch=epoch, position=position)
        for one in documents if draft.decision().events else ():
            draft.ask(document_stream(one.document_id), Asked(step, around.facts(draft, one.site)))

    return heard


@_in_order
def booked(command: told.NotePickupBooked, around: Around, draft: Draft) -> None:
    """A pick-up is booked, or has moved. Its invitation need not be the newest, but must name them."""
    documents = _known(draft, command.document_ids)
    if command.invitation_id is not None:
        called: invitation.Invitation = draft[invitation_stream(command.invitation_id)]
        documents = [one for one in documents if one.document_id in called.document_ids]
    free = [
        one
        for one in documents
        if one.status is Status.INVITED or one.booked_by(command.booking_id) or one.left_by(command.word)
    ]
    newer = [
        one
        for one in free
        if not one.booked_by(command.booking_id) and one.invitation_id != command.invitation_id
    ]
    if command.invitation_id is None:
        newer = [one for one in newer if one.was_booked_by(command.booking_id) and not one.awaits_invitation]
    _hold(around, draft, free, newer, command.booking_id, command.starts_at)


@_in_order
def undone(command: told.NotePickupUndone, around: Around, draft: Draft) -> None:
    """The last booking of the documents stands again; a newer invitation ends."""
    documents = _known(draft, command.document_ids)
    mine = [
        one
        for one in documents
        if one.booked_by(command.booking_id)
        or (command.booking_id in one.heard and (one.status is Status.INVITED or one.left_by(command.word)))
    ]
    _hold(around, draft, mine, _called_anew(mine), command.booking_id, command.starts_at)


@_in_order
def ended(command: told.NotePickupEnded, around: Around, draft: Draft) -> None:
    """The booking ended: the documents are called again, after the undo time if there is one."""
    documents = _known(draft, command.document_ids)
    held = [one for one in documents if one.booked_by(command.booking_id)]
    if not held:
        if any(one.was_booked_by(command.booking_id) for one in documents):
            return
        raise Refused("wrong-state")
    _reopen(around, draft, held, command.booking_id, command.undo_until)


@_in_order
def admitted(command: told.NotePickupAdmitted, around: Around, draft: Draft) -> None:
    """In the house, for what no other booking holds.

    Who was missed before and was let in late has the booking back, and so has one whose own word came
    while another booking still held the documents.
    """
    documents = _known(draft, command.document_ids)
    held = [one for one in documents if one.booked_by(command.booking_id)]
    lost = [one for one in documents if one.status is Status.INVITED]
    if not held and not lost:
        raise Refused("wrong-state")
    if lost:
        _hold(around, draft, lost, _called_anew(lost), command.booking_id, command.starts_at)
    for one in (*held, *lost):
        step = c.Admit(booking_id=command.booking_id, admitted_at=command.admitted_at)
        draft.ask(document_stream(one.document_id), Asked(step, around.facts(draft, one.site)))


def end_pickup(command: told.EndPickup, around: Around, draft: Draft) -> None:
    """The day of the pick-up is over: whatever became of the visit, the document was not collected."""
    document = draft.document(command.document_id)
    starts_at, booking_id, person_id = document.starts_at, document.booking_id, document.person_id
    if document.status is not Status.BOOKED or starts_at is None or booking_id is None or person_id is None:
        return
    if around.at < end_of_pickup(starts_at):
        return
    holding = draft[holder_stream(person_id, document.site)]
    held = [one for one in draft.documents(holding.document_ids) if one.booked_by(booking_id)]
    _reopen(around, draft, held, booking_id, None)


def end_of_pickup(starts_at: datetime) -> datetime:
    """The end of the local day of a pick-up."""
    return midnight(local_date(starts_at) + timedelta(days=1))


def _known(draft: Draft, document_ids: Iterable[UUID]) -> list[Document]:
    documents = draft.documents(document_ids)
    if not documents:
        raise Refused("not-found")
    return documents


def _called_anew(documents: Iterable[Document]) -> list[Document]:
    return [one for one in documents if one.status is Status.INVITED and not one.awaits_invitation]


def _hold(
    around: Around,
    draft: Draft,
    documents: Sequence[Document],
    newer: Sequence[Document],
    booking_id: UUID,
    starts_at: datetime | None,
) -> None:
    """The booking holds ``documents``; ``newer`` invitations end, and their other documents are called.

    Told when its day is over, it holds nothing: nobody comes by it any more, and who waits is called.
    """
    held = [one for one in documents if one.booked_by(booking_id)]
    over = starts_at is not None and around.at >= end_of_pickup(starts_at)
    if over and held:
        _reopen(around, draft, held, booking_id, None)
        return
    if over or not documents:
        raise Refused("wrong-state")
    for one in documents:
        facts, stream = around.facts(draft, one.site), document_stream(one.document_id)
        if one.status is Status.BOOKED and one.booking_id and one not in held:
            draft.ask(stream, Asked(c.Reopen(booking_id=one.booking_id), facts))
        draft.ask(stream, Asked(c.Book(booking_id=booking_id, starts_at=starts_at), facts))
    leave(draft, newer, InvitationEnd.REPLACED)
    newest = [invitation_stream(one.invitation_id) for one in newer if one.invitation_id]
    others = (other for called in draft.states(dict.fromkeys(newest)) for other in called.waiting)
    rest = [one for one in draft.documents(others) if one.status is Status.INVITED]
    if rest:
        call(around, draft, rest)


def _reopen(
    around: Around,
    draft: Draft,
    held: Sequence[Document],
    booking_id: UUID,
    undo_until: datetime | None,
) -> None:
    """No booking holds the documents any more."""
    for one in held:
        step = c.Reopen(booking_id=booking_id)
        draft.ask(document_stream(one.document_id), Asked(step, around.facts(draft, one.site)))
    open_documents = [draft.document(one.document_id) for one in held]
    if undo_until is None or undo_until <= around.at:
        call(around, draft, open_documents)
        return
    for invitation_id in dict.fromkeys(one.invitation_id for one in open_documents):
        if invitation_id is not None:
            draft.ask(invitation_stream(invitation_id), invitation.Postpone(due_at=undo_until))
