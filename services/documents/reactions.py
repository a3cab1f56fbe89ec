"""What documents does about foreign events: visits order documents, pick-ups collect them. Pure.

Promises: a repeated event asks for the same commands, whose rules answer a repeat with nothing, also one that
they refused at first (``inviting.py``); an event of a booking without documents asks for none; a correction
orders what it adds, and what it takes away stays ordered: the producer has it.
Shown by ``tests/rules/documents/test_reactions.py``.
"""

from __future__ import annotations

from datetime import timedelta

from buergerbuero_contracts import topics
from buergerbuero_contracts.booking import (
    AppointmentMissed,
    BookingCancelled,
    BookingConfirmed,
    BookingRescheduled,
    BookingRestored,
    CancellationUndone,
    CitizenAdmitted,
    ClosureDeclared,
    ClosureLifted,
    ClosureScope,
    ServiceFinished,
    VisitCorrected,
)
from buergerbuero_contracts.parse import Received
from servicekit.react import Reaction

from . import commands as ask
from . import followed_commands as told
from .rules.calendar import local_date
from .rules.ordering import Creates, added, pieces

WHOLE_DAYS = frozenset({ClosureScope.DAYS, ClosureScope.SITE})
"""Closures after which nobody can come at all."""
_INSTANT = timedelta(microseconds=1)


def react(received: Received) -> list[ask.Command]:
    """The commands that an event of booking asks for."""
    event = received.event
    match event:
        case ServiceFinished():
            return [_order(event, *one) for one in pieces(event.delivered)]
        case VisitCorrected() if event.replaced is not None:
            return [_order(event, *one) for one in added(event.replaced, event.delivered)]
        case ClosureDeclared() if event.scope in WHOLE_DAYS:
            return [_closure(event)]
        case ClosureLifted():
            return [told.NoteClosureLifted(site=event.site, closure_id=event.closure_id)]
    word = (received.epoch, received.position)
    return _of_pickup(event, word) if getattr(event, "document_ids", ()) else []


def _of_pickup(event: object, word: told.Word) -> list[ask.Command]:
    match event:
        case BookingConfirmed() | BookingRescheduled():
            return [
                told.NotePickupBooked(
                    booking_id=event.booking_id,
                    document_ids=event.document_ids,
                    word=word,
                    invitation_id=event.invitation_id,
                    starts_at=event.starts_at,
                )
            ]
        case CancellationUndone() | BookingRestored():
            return [
                told.NotePickupUndone(
                    booking_id=event.booking_id,
                    document_ids=event.document_ids,
                    word=word,
                    starts_at=event.starts_at,
                )
            ]
        case BookingCancelled() | AppointmentMissed():
            return [
                told.NotePickupEnded(
                    booking_id=event.booking_id,
                    document_ids=event.document_ids,
                    word=word,
                    starts_at=event.starts_at,
                    undo_until=event.undo_until if isinstance(event, BookingCancelled) else None,
                )
            ]
        case CitizenAdmitted():
            return [
                told.NotePickupAdmitted(
                    booking_id=event.booking_id,
                    document_ids=event.document_ids,
                    word=word,
                    admitted_at=event.admitted_at,
                    starts_at=event.starts_at,
                )
            ]
    return []


def _order(event: ServiceFinished | VisitCorrected, piece: int, creates: Creates) -> ask.OrderDocument:
    """The order of one document that the visit applied for."""
    return ask.OrderDocument(
        kind=creates.kind,
        site=event.site,
        variant=creates.variant,
        booking_id=event.booking_id,
        piece=piece,
        person_id=event.person_id,
        person_revision=event.person_revision,
        holder=creates.holder,
        ordered_at=event.at,
    )


def _closure(event: ClosureDeclared) -> told.NoteClosure:
    """The whole days of a closure; its end is not included."""
    return told.NoteClosure(
        site=event.site,
        closure_id=event.closure_id,
        first_on=local_date(event.from_),
        last_on=local_date(event.until - _INSTANT),
    )


BOOKING = Reaction("documents.reactions.booking.v1", (topics.BOOKING,), react)
