"""How a document leaves the office: to its holder, back to the producer, or destroyed. Pure.

Promises: at a hand-over the checks come in this order and the first that fails is the refusal: at this
window, the number, whether it is an exception, then ``handover.py``'s checks, then the second person. An
exception is a hand-over whose pick-up was not admitted today; it follows from the state, whatever the form
says. Shown by ``tests/rules/documents/test_leaving.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from buergerbuero_contracts import documents as pub
from buergerbuero_contracts.documents import (
    Authority,
    CheckMethod,
    HandoverChannel,
    HandoverException,
    HandoverField,
    OldDocument,
    Place,
    RecipientRole,
)
from buergerbuero_contracts.envelope import Event
from servicekit.decider import Refused
from services.documents import commands as ask

from . import events as own
from .calendar import local_date
from .document_commands import Facts
from .document_state import WAITING, Document, Status
from .handover import Handover, obstacle
from .holder import Holder
from .moves import moved, second_person
from .ordering import holder_at, readings


def hand_over(step: ask.HandOverDocument, facts: Facts, state: Document) -> Sequence[Event]:
    """To who stands at the window. Refuses ``already-handed-over`` with window and time of the first."""
    if state.status is Status.HANDED_OVER:
        raise Refused("already-handed-over", window=state.window, at=state.handed_over_at)
    here = state.place is Place.WINDOW and state.window == step.window
    if not here or state.status not in WAITING:
        raise Refused("not-here", window=state.window)
    if not _same_number(step.scan, facts):
        raise Refused("number-mismatch")
    if state.person_id is None:
        raise Refused("holder-unknown")
    exception = exception_at(state, facts.at)
    if code := obstacle(_seen(step, facts, state)):
        raise Refused(code)
    approved = second_person(step.approved_by, facts, exception=exception) if exception else None
    given = moved(
        pub.DocumentHandedOver,
        state,
        facts,
        Place.HOLDER,
        channel=HandoverChannel.WINDOW,
        booking_id=state.booking_id if state.status is Status.BOOKED else None,
        recipient_role=step.recipient_role,
        check_method=step.check_method,
        authority=step.authority,
        old_document=step.old_document,
        exception=exception,
    )
    witnessed = own.HandoverWitnessed(document_id=state.document_id, window=step.window, approved_by=approved)
    return [given, witnessed]


def exception_at(state: Document, at: datetime) -> HandoverException | None:
    """Which rule a hand-over now would set aside: no pick-up is booked, or it was not admitted today."""
    if state.status is not Status.BOOKED:
        return HandoverException.NOT_BOOKED
    admitted = state.admitted_at if state.admitted_by == state.booking_id else None
    if admitted is None or local_date(admitted) != local_date(at):
        return HandoverException.NOT_ADMITTED
    return None


def _same_number(scan: str, facts: Facts) -> bool:
    known = facts.case.number if facts.case else None
    if facts.anothers:
        return False  # two numbers may differ by Y and Z alone: then only the exact one counts
    try:
        return known is not None and known in readings(scan)
    except Refused:
        return False  # what no document has as number fits none


def _seen(step: ask.HandOverDocument, facts: Facts, state: Document) -> Handover:
    case = facts.case
    by_birthday = holder_at(case.born_on, None, facts.at) if case else None
    ordered_for = case.holder if case else None
    return Handover(
        kind=state.kind,
        holder=by_birthday or step.holder or ordered_for or Holder.ADULT,
        pin_letter=state.pin_letter,
        role=step.recipient_role,
        check=step.check_method,
        authority=step.authority,
        old_document=step.old_document,
        pin_letter_confirmed=step.pin_letter_confirmed,
        pin_reset=step.pin_reset,
        consent=facts.settings.minor_passport_consent,
    )


def collect(step: ask.CollectFromLocker, facts: Facts, state: Document) -> Sequence[Event]:
    """The locker opens with three factors; it keeps the old document."""
    if not (step.phone and step.code and step.old_document):
        raise Refused("check-missing")
    given = moved(
        pub.DocumentHandedOver,
        state,
        facts,
        Place.HOLDER,
        channel=HandoverChannel.LOCKER,
        recipient_role=RecipientRole.APPLICANT,
        check_method=CheckMethod.ID_SEEN,
        authority=Authority.NONE_NEEDED,
        old_document=OldDocument.VOIDED_KEPT,
    )
    return [given]


def correct(step: ask.CorrectHandover, facts: Facts, state: Document) -> Sequence[Event]:
    """Which fields of the record were wrong, and what was right. The record itself stays."""
    right = {
        HandoverField.RECIPIENT_ROLE: step.recipient_role,
        HandoverField.CHECK_METHOD: step.check_method,
        HandoverField.AUTHORITY: step.authority,
        HandoverField.OLD_DOCUMENT: step.old_document,
        HandoverField.AT: step.handed_over_at,
    }
    fields = tuple(field for field, value in right.items() if value is not None)
    if not fields:
        raise Refused("invalid-input", errors={"recipient_role": "missing"})
    if step.handed_over_at is not None and step.handed_over_at > facts.at:
        raise Refused("future-date")
    approved = second_person(step.approved_by, facts)
    restated = own.HandoverRestated(
        document_id=state.document_id,
        approved_by=approved,
        recipient_role=step.recipient_role,
        check_method=step.check_method,
        authority=step.authority,
        old_document=step.old_document,
        handed_over_at=step.handed_over_at,
    )
    corrected = pub.HandoverCorrected(document_id=state.document_id, fields=fields, at=facts.at)
    return [corrected, restated]


def return_to_producer(step: ask.ReturnToProducer, facts: Facts, state: Document) -> Sequence[Event]:
    """Defect or revoked, from wherever it is at the office."""
    approved = second_person(step.approved_by, facts)
    gone = moved(pub.DocumentReturned, state, facts, Place.PRODUCER)
    return [gone, own.DepartureApproved(document_id=state.document_id, approved_by=approved)]


def decide_destruction(step: ask.DecideDestruction, facts: Facts, state: Document) -> Sequence[Event]:
    """No law names a day: without this record nothing is ever destroyed."""
    approved = second_person(step.approved_by, facts)
    return [
        own.DestructionDecided(
            document_id=state.document_id, destroy_after=step.destroy_after, approved_by=approved
        )
    ]


def destroy(step: ask.DestroyDocument, facts: Facts, state: Document) -> Sequence[Event]:
    """Uncollected, after the recorded day, from the safe, by two persons."""
    if state.destroy_after is None:
        raise Refused("retention-unset")
    if local_date(facts.at) <= state.destroy_after:
        raise Refused("retention-running", destroy_after=state.destroy_after)
    if state.place is not Place.SAFE:
        raise Refused("not-here", window=state.window)
    approved = second_person(step.approved_by, facts)
    gone = moved(pub.DocumentDestroyed, state, facts, Place.DESTROYED)
    return [gone, own.DepartureApproved(document_id=state.document_id, approved_by=approved)]
