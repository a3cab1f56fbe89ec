"""Pick-ups: an invitation's booking at the secured window, and what becomes of it when documents leave.

Promises: place, booking and the note of which documents it took are stored together or not at all; an
invitation has one booking, however often and at once it is asked for; documents that are out are neither
booked nor undone to, whichever of the two topics is late. What a pick-up's facts mean for the person's
row is decided in ``rules/person_documents.py``.
Shown by ``tests/rules/booking/test_pickups.py`` and ``test_documents_leaving.py``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import structs

from buergerbuero_contracts.booking import (
    BookingKind,
    By,
    CancelReason,
    Channel,
    Method,
    Pool,
    Purpose,
    SlotReserved,
)
from buergerbuero_contracts.envelope import Item
from servicekit.decider import Refused
from servicekit.handle import Handler, Outcome
from servicekit.log import Context, Decision, Effects, Person, States, Stream

from . import commands as ask
from .case import Case, day_stream, on_day
from .floor_commands import FinishService
from .rules import booking, catalogue, day_plan, limits, person_documents, pickup, retention
from .rules import booking_commands as c
from .rules.attendance import entry_window
from .rules.booking_state import Booking, Status, folded, start_of
from .rules.day_commands import ReserveSlot
from .rules.limits import together
from .rules.person_documents import Documents, stream_of
from .rules.pickup import Invitation
from .rules.places import Wanted
from .rules.visit import visit_id_of

GOES_ON = booking.STANDING | {Status.ADMITTED}
Execute = Callable[[Any, Context], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Pickup:
    """A new pick-up on a new place, confirmed at once: a grant proved the mailbox, or staff book."""

    command: ask.BookPickup
    case: Case
    invitation: Invitation

    @property
    def day(self) -> Stream:
        """The day plan that decides."""
        return day_stream(self.invitation.site, self.command.starts_at)

    @property
    def streams(self) -> tuple[Stream, ...]:
        """The day, the new booking, and the person's documents."""
        return (self.day, self.case.stream, stream_of(self.invitation.person_id))

    def met(self, states: States) -> Decision:
        """The invitation has its booking: that is the answer, unless it is over."""
        state: Booking = states[self.case.stream]
        if state.status not in GOES_ON:
            raise Refused("invitation-ended")
        return Decision(())

    def __call__(self, states: States) -> Decision:
        """SlotReserved, BookingOpened, BookingConfirmed, and which documents it took."""
        case, state = self.case, states[self.case.stream]
        if state.status is not Status.NONE:
            return self.met(states)
        documents: Documents = states[stream_of(self.invitation.person_id)]
        called = self.invitation.only(documents.to_collect(self.invitation.document_ids))
        if called.ended or not called.documents:
            raise Refused("invitation-ended")
        reserved = day_plan.decide(self._reserve(called), states[self.day])
        (slot,) = (event for event in reserved if isinstance(event, SlotReserved))
        row = case.kept(retention.of_appointment(slot.starts_at))
        opened = case.own(self._open(called, slot), state)
        held = booking.DECIDER.fold((event for _stream, event in opened), state)
        confirm = c.ConfirmAtOnce(
            person_id=called.person_id,
            person_revision=max([called.person_revision, *(one.revision for one in self._rows(row))]),
            method=Method.PICKUP_LINK if self.command.channel is Channel.ONLINE else Method.STAFF,
            invitation_id=called.invitation_id,
            settings=case.settings,
        )
        take = person_documents.Book(booking_id=called.booking_id, document_ids=called.document_ids)
        stream = stream_of(called.person_id)
        taken = tuple((stream, event) for event in person_documents.decide(take, documents))
        until = entry_window(held, case.settings)[1]
        return Decision(
            (*on_day(self.day, reserved), *opened, *case.own(confirm, held), *taken),
            together(pickup.held(called.booking_id, called.document_ids, until), row),
        )

    def _rows(self, row: Effects) -> Iterable[Person]:
        return row.people or ((self.case.person,) if self.case.person else ())

    def _reserve(self, called: Invitation) -> ReserveSlot:
        wanted = wanted_for(called, self.case)
        return ReserveSlot(
            booking_id=called.booking_id,
            slot_id=self.case.context.new_id("slot"),
            starts_at=self.command.starts_at,
            ticks=wanted.ticks,
            needs=wanted.needs,
            pool=wanted.pool,
            items=called.items,
            persons=1,
            channel=self.command.channel,
            purpose=Purpose.PICKUP,
            at=self.case.at,
            settings=self.case.settings,
        )

    def _open(self, called: Invitation, slot: SlotReserved) -> c.OpenBooking:
        return c.OpenBooking(
            booking_id=called.booking_id,
            kind=BookingKind.PICKUP,
            channel=self.command.channel,
            site=called.site,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            items=called.items,
            persons=1,
            language=called.language,
            hold_until=None,
            document_ids=called.document_ids,
        )


def wanted_for(called: Invitation, case: Case) -> Wanted:
    """The place of a pick-up: five minutes per document at a window."""
    needs = catalogue.needs(case.site.catalogue, called.items)
    return Wanted(len(called.documents), needs, Pool.PICKUP_WINDOW)


def stands(case: Case, state: Booking, starts_at: datetime | None) -> Effects:
    """What a standing booking counts for until it starts, or no more (None): a pick-up has its documents."""
    if state.kind is not BookingKind.PICKUP:
        online = state.channel is Channel.ONLINE
        return limits.stands_until(case.reached, state.booking_id, starts_at, online=online)
    until = entry_window(structs.replace(state, starts_at=starts_at), case.settings)[1] if starts_at else None
    return pickup.held_until(state.booking_id, state.document_ids, until)


def booked(case: Case, state: Booking, *, once: bool) -> Effects:
    """The same for an appointment that did not stand, unless its contact has too many others."""
    starts_at = start_of(state)
    counted = limits.booked_at_once(case.site.limits, case.reached, state.booking_id, starts_at)
    if state.channel is not Channel.ONLINE:
        return counted
    return together(counted, limits.booked_online(case.reached, state.booking_id, starts_at, once=once))


def stands_again(case: Case, state: Booking, states: States, *, once: bool) -> Effects:
    """The same for a cancellation that is undone; a pick-up must have something left to collect.

    If another pick-up took one of its documents meanwhile, the guard refuses with ``document-booked`` and
    the booking stays cancelled: it need not be undone first and cancelled (``document_gone``) after that.
    """
    if state.kind is not BookingKind.PICKUP:
        return booked(case, state, once=once)
    documents: Documents = states[case.documents]
    left = documents.to_collect(state.document_ids)
    if not left:
        raise Refused("document-gone")
    return pickup.held(state.booking_id, left, entry_window(state, case.settings)[1])


def kept_for_document(person: Person | None, delivered: Iterable[Item], at: datetime) -> Effects:
    """The row of somebody who was served, for the append of ServiceFinished.

    A service after which a document is ordered keeps it for 90 days at once, so that it is still there
    when documents has ordered; nothing else changes it.
    """
    until = retention.of_awaited_document(at)
    known = person is not None and not person.erased and person.keep_until < until
    if person is None or not known or not pickup.creates_document(delivered):
        return Effects()
    return Effects(people=(replace(person, revision=person.revision + 1, keep_until=until),))


async def left(handler: Handler, called: Invitation) -> tuple[UUID, ...]:
    """Which documents of a call are still here, as far as this service knows."""
    documents = await _documents(handler, called.person_id)
    return documents.to_collect(called.document_ids)


async def await_documents(handler: Handler, command: ask.AwaitDocuments, context: Context) -> Outcome:
    """Note that documents are coming, and keep their person's row for them."""
    row = await _row(handler, command.person_id)
    noted = person_documents.Await(document_ids=command.document_ids, since=command.since, row=row)
    return await _note(handler, command.person_id, noted, context)


async def note_document_left(
    handler: Handler, execute: Execute, command: ask.NoteDocumentLeft, context: Context
) -> Outcome:
    """Note that a document is out, then end every pick-up of it that has nothing left to collect.

    A pick-up of several documents goes on while one of them is here: the person comes for that one, and
    a cancellation would take the time away that was promised. So a document that was handed over at the
    window before the other, or returned to its producer, ends nothing by itself. When the last one is out,
    an admitted visit is finished with what was handed over, and a booking that nobody came for is
    cancelled, ``document_gone``. Nothing handed over and the person in the house: the clerk ends the visit.

    The note comes first and is kept, so that a booking which is decided after it does not take the
    document; what was booked before it stands in the same stream and is found here. Both steps may be
    repeated. Of two documents that leave at once, the later note sees both.
    """
    row = await _row(handler, command.person_id)
    fact = person_documents.Leave(
        document_id=command.document_id,
        kind=command.kind,
        leaving=command.leaving,
        at=command.at,
        row=row,
    )
    outcome = await _note(handler, command.person_id, fact, context)
    documents, problem = await _documents(handler, command.person_id), None
    for booking_id in documents.booked_in(command.document_id):
        try:
            await _end(handler, execute, documents, booking_id, context)
        except Refused as refused:  # the others have a right to their end
            problem = refused
    if problem is not None:
        raise problem
    return outcome


async def _end(
    handler: Handler, execute: Execute, documents: Documents, booking_id: UUID, context: Context
) -> None:
    """Finish or cancel a pick-up that has nothing left; again if it moved on meanwhile."""
    stream, seen = Stream("booking", booking_id), None
    while True:
        state = folded((await handler.store.load([stream]))[stream])
        command = end_of(state, documents)
        if command is None:
            return
        step = replace(context, command_id=context.new_id(f"{type(command).__name__}:{booking_id}"))
        try:
            await execute(command, step)
            return
        except Refused:
            if state.status is seen:
                raise
            seen = state.status


def end_of(state: Booking, documents: Documents) -> ask.CancelBooking | FinishService | None:
    """What a pick-up comes to by what is left of its documents; None while it goes on, or is over."""
    if state.kind is not BookingKind.PICKUP or documents.to_collect(state.document_ids):
        return None
    if state.status in booking.STANDING:
        return ask.CancelBooking(booking_id=state.booking_id, by=By.SYSTEM, reason=CancelReason.DOCUMENT_GONE)
    delivered = documents.handed_over(state.document_ids)
    if state.status is Status.ADMITTED and delivered:
        return FinishService(visit_id=visit_id_of(state.booking_id), delivered=delivered)
    return None


async def _documents(handler: Handler, person_id: UUID) -> Documents:
    stream = stream_of(person_id)
    history = (await handler.store.load([stream]))[stream]
    return person_documents.DECIDER.fold(one.event for one in history)


async def _row(handler: Handler, person_id: UUID) -> Person | None:
    """The person's row, if it is booking's own and not erased."""
    row = await handler.store.person(person_id)
    return None if row is None or row.erased else row


async def _note(
    handler: Handler, person_id: UUID, command: person_documents.Command, context: Context
) -> Outcome:
    stream = stream_of(person_id)
    row = None if isinstance(command, person_documents.Book) else command.row

    def decide(states: States) -> Decision:
        events = person_documents.decide(command, states[stream])
        changed: tuple[Person, ...] = person_documents.row_after(row, events)
        return Decision(tuple((stream, event) for event in events), Effects(people=changed))

    return await handler.run(context, (stream,), decide)
