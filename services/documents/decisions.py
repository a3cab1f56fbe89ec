"""Commands on documents, as pure decisions over their streams.

Promises: whatever a document's step entails is in the same append: its bin taken or freed, its holder
called, its invitation left, its person's row ended. Decisions over several documents are in
``inviting.py``, those on orders and deliveries in ``orders.py``.
Shown by ``tests/rules/documents/test_safe.py`` and ``test_leaving.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from buergerbuero_contracts.documents import InvitationEnd, Place
from servicekit.decider import Refused
from servicekit.log import Arm, Decision, States, Stream

from . import commands as ask
from . import followed_commands as told
from . import inviting, orders
from .around import Around, end_of_retention
from .draft import Draft, document_stream, holder_stream, office_stream
from .rules import batch, safe
from .rules import document_commands as c
from .rules.calendar import local_date
from .rules.document_commands import Asked, Facts
from .rules.document_state import ENDED, Document, Status
from .rules.events import SPOT
from .rules.timer_kinds import LOCKER_RETURN, ORDER_LATE, OVERDUE

Decide = Callable[[Any, Around, Draft], None]


def decide(command: ask.Command, around: Around, states: States) -> Decision:
    """What a command leads to. Raises ``Refused``, or ``Missing`` for streams that were not loaded."""
    draft = Draft(states)
    for field in ("bin", "window", "locker"):
        spot = getattr(command, field, None)
        if spot is not None and not re.fullmatch(SPOT, spot):
            raise Refused("invalid-input", errors={field: "format"})
    DECISIONS[type(command)](command, around, draft)
    return draft.decision()


def _of_document(command: ask.OfDocument, around: Around, draft: Draft) -> None:
    """One document's step, and what it entails."""
    document = draft.document(command.document_id)
    facts = around.facts(draft, document.site)
    if document.person_id is not None:
        facts = replace(facts, language=around.language(document.person_id))
    if timer := _too_early(command, document, facts):
        draft.again_at(timer)
        return
    if draft.ask(document_stream(document.document_id), Asked(command, facts)):
        _follow(command, document, around, draft)


def _follow(command: ask.OfDocument, before: Document, around: Around, draft: Draft) -> None:
    now = draft.document(before.document_id)
    if isinstance(command, ask.StoreDocument | ask.ReceiveReturn | ask.PutBack):
        draft.add(safe.taken(before, command.bin, around.settings(before.site)))
    if before.missed and now.place is not before.place:
        facts = around.facts(draft, before.site)
        draft.ask(document_stream(before.document_id), Asked(c.Find(), facts))
    if now.status is Status.STORED:
        inviting.call(around, draft, [now])
    if now.status in ENDED and before.status not in ENDED:
        _end(now, before, around, draft)


def _end(now: Document, before: Document, around: Around, draft: Draft) -> None:
    """The document is gone."""
    gone = now.status is not Status.HANDED_OVER
    inviting.leave(draft, [now], InvitationEnd.DOCUMENT_GONE if gone else InvitationEnd.HANDED_OVER)
    draft.add(safe.freed(before))
    if person := around.kept(now.person_id, end_of_retention(around.at)):
        holding = draft[holder_stream(person.person_id, now.site)]
        if all(one.status in ENDED for one in draft.documents(holding.document_ids)):
            draft.keep(person)


def _too_early(command: ask.OfDocument, document: Document, facts: Facts) -> Arm | None:
    """The timer anew, if what it waits for is later by what is known of closures now."""
    days, settings = facts.days, facts.settings
    kind, due_at = "", facts.at
    match command:
        case told.MarkOverdue() if document.status is Status.INVITED and document.first_invited_at:
            kind, due_at = OVERDUE, days.end_after(document.first_invited_at, settings.overdue_days)
        case told.ReturnFromLocker() if document.status is Status.IN_LOCKER and document.placed_at:
            kind, due_at = LOCKER_RETURN, days.end_after(document.placed_at, settings.locker_days)
        case told.NoteOrderLate() if document.status is Status.ORDERED and document.expected_on:
            kind, due_at = ORDER_LATE, days.end_of(document.expected_on)
    return Arm(kind, document.document_id, due_at) if facts.at < due_at else None


def _open_batch(command: ask.OpenBatch, around: Around, draft: Draft) -> None:
    around.settings(command.site)
    batch_id = around.context.new_id("batch")
    step = batch.Open(batch_id=batch_id, site=command.site, at=around.at)
    draft.ask(Stream("delivery_batch", batch_id), step)


def _close_batch(command: ask.CloseBatch, around: Around, draft: Draft) -> None:
    draft.ask(Stream("delivery_batch", command.batch_id), batch.Close(at=around.at))


def _count_safe(command: ask.CountSafe, around: Around, draft: Draft) -> None:
    """What should be there by the bins' uses, judged by each document's own stream."""
    facts = around.facts(draft, command.site)
    present = [one for one in draft.documents(sorted(around.counted)) if one.site == command.site]
    expected = [
        one
        for one in draft.documents(sorted(around.in_safe | around.counted))
        if one.site == command.site and one.place is Place.SAFE
    ]
    here = {one.document_id for one in present if one.place is Place.SAFE}
    missing = [one for one in expected if one.document_id not in here]
    for one in missing:
        draft.ask(document_stream(one.document_id), Asked(c.Miss(), facts))
    found = [one for one in present if draft.ask(document_stream(one.document_id), Asked(c.Find(), facts))]
    day = local_date(around.at)
    count = safe.Count(
        site=command.site,
        date=day,
        at=around.at,
        expected=len(expected),
        counted=len(here),
        missing=len(missing),
        found=len(found),
        strange=around.strange + len(around.counted) - len(here),
    )
    draft.ask(Stream.named("safe", command.site, day), count)


def _closure(command: told.NoteClosure | told.NoteClosureLifted, around: Around, draft: Draft) -> None:
    around.settings(command.site)
    draft.ask(office_stream(command.site), command)


_OF_DOCUMENT: tuple[type[Any], ...] = (
    ask.StoreDocument,
    ask.ReturnToProducer,
    ask.RecordShipment,
    ask.ConfirmDelivery,
    ask.ReceiveReturn,
    ask.FetchDocument,
    ask.PutBack,
    ask.HandOverDocument,
    ask.CorrectHandover,
    ask.PlaceInLocker,
    ask.CollectFromLocker,
    ask.DecideDestruction,
    ask.DestroyDocument,
    told.MarkOverdue,
    told.ReturnFromLocker,
    told.NoteOrderLate,
)
DECISIONS: Mapping[type[Any], Decide] = {
    **dict.fromkeys(_OF_DOCUMENT, _of_document),
    ask.OrderDocument: orders.order,
    ask.JoinOrder: orders.join,
    ask.OpenBatch: _open_batch,
    ask.ReceiveDocument: orders.receive,
    ask.CloseBatch: _close_batch,
    ask.InvitePickup: inviting.invite,
    told.Reinvite: inviting.reinvite,
    told.RemindPickup: inviting.remind,
    told.EndPickup: inviting.end_pickup,
    told.NotePickupBooked: inviting.booked,
    told.NotePickupUndone: inviting.undone,
    told.NotePickupEnded: inviting.ended,
    told.NotePickupAdmitted: inviting.admitted,
    ask.CountSafe: _count_safe,
    told.NoteClosure: _closure,
    told.NoteClosureLifted: _closure,
}
"""Every command and its decision."""
