"""The door carried out: letting people in, or not, and counting who is in the room.

Promises: an admission changes booking, visit and room together or not at all; each refusal at the door
is recorded, the unknown code too; two doors never admit a booking twice or pass the limit of the room.
Shown by ``tests/rules/booking/test_admitting.py`` and ``tests/log/test_call_next.py``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid5

from buergerbuero_contracts.booking import AdmissionRefusal, BookingKind
from servicekit.decider import Refused
from servicekit.handle import Handler, Outcome
from servicekit.log import Context, Decision, Effects, States, Stream

from . import floor_commands as f
from .contact import counted_as
from .rules import admission, attendance, limits, pickup, visit
from .rules import visit_commands as c
from .rules.booking_state import Booking, Status, folded
from .rules.calendar import local_date, midnight
from .rules.person_documents import Documents, stream_of
from .rules.site import Site
from .streams import door_stream, visit_stream
from .surroundings import Surroundings, site_of
from .timers import close_day_after

RECORDED = frozenset(reason.value for reason in AdmissionRefusal)


async def at_door(
    handler: Handler, around: Surroundings, command: f.AdmitCitizen | f.RefuseUnknown, context: Context
) -> Outcome:
    """Let in, or record why not and refuse."""
    site = site_of(around, command.site)
    try:
        if isinstance(command, f.RefuseUnknown):
            raise Refused("unknown-code")
        return await _admit(handler, around, site, command, context)
    except Refused as refused:
        if refused.code in RECORDED:
            await _record(handler, command, AdmissionRefusal(refused.code), context)
        raise


async def _admit(
    handler: Handler, around: Surroundings, site: Site, command: f.AdmitCitizen, context: Context
) -> Outcome:
    visit_id, day = visit.visit_id_of(command.booking_id), local_date(context.at)
    booking, visited = Stream("booking", command.booking_id), visit_stream(visit_id)
    door = door_stream(command.site, day)
    timer = close_day_after(command.site, site.opening.frame(day), day, context.at)
    known = folded((await handler.store.load([booking]))[booking])
    collects = known.kind is BookingKind.PICKUP and known.person_id is not None
    documents = (stream_of(known.person_id),) if collects and known.person_id else ()
    came = await _came_after_all(handler, around, known)

    def decide(states: States) -> Decision:
        state: Booking = states[booking]
        admitted = attendance.admit(_asked(command, visit_id, states[door], site, context), state)
        for one in documents:
            _must_have_something_here(state, states[one])
        entry = admission.enter(
            admission.CountEntry(
                site=command.site,
                day=day,
                door=command.door,
                visit_id=visit_id,
                kind=state.kind,
                people=command.people,
            ),
            states[door],
        )
        opened = visit.decide(_opening(state, visit_id, entry.public_number, context), states[visited])
        parts = ((booking, admitted), *((visited, event) for event in opened), (door, entry))
        # Who collects documents has them for the day, also after being missed and called for anew.
        held = pickup.held_until(state.booking_id, state.document_ids, midnight(day + timedelta(days=1)))
        return Decision(parts, Effects(uses=(*held.uses, *came.uses), timers=(timer,)))

    return await handler.run(context, (booking, visited, door, *documents), decide)


async def _came_after_all(handler: Handler, around: Surroundings, known: Booking) -> Effects:
    """Who was missed and is let in late has not stayed away."""
    if known.status is not Status.MISSED or known.person_id is None:
        return Effects()
    person = await handler.store.person(known.person_id)
    reach = person and (person.email or person.phone)
    contact = around.hashed("contact", counted_as(reach)) if reach else None
    return limits.missed(contact, known.booking_id, None)


def _must_have_something_here(state: Booking, documents: Documents) -> None:
    """A missed pick-up whose documents went out otherwise would begin a visit that nothing ends."""
    if state.status is Status.MISSED and not documents.to_collect(state.document_ids):
        raise Refused("document-gone")


def _asked(
    command: f.AdmitCitizen, visit_id: UUID, room: admission.Room, site: Site, context: Context
) -> attendance.AdmitCitizen:
    return attendance.AdmitCitizen(
        visit_id=visit_id,
        site=command.site,
        door=command.door,
        people=command.people,
        mode=command.mode,
        override=command.override,
        occupancy=room.occupancy,
        at=context.at,
        settings=site.opening.settings,
    )


def _opening(state: Booking, visit_id: UUID, number: str | None, context: Context) -> c.OpenVisit:
    return c.OpenVisit(
        visit_id=visit_id,
        booking_id=state.booking_id,
        site=state.site,
        public_number=number or "",
        items=state.items,
        planned_at=state.starts_at,
        at=context.at,
    )


async def _record(
    handler: Handler,
    command: f.AdmitCitizen | f.RefuseUnknown,
    reason: AdmissionRefusal,
    context: Context,
) -> None:
    """AdmissionRefused, in an append of its own: the refused command itself stores nothing."""
    booking_id = command.booking_id if isinstance(command, f.AdmitCitizen) else None
    known = reason is not AdmissionRefusal.UNKNOWN_CODE
    record = admission.RecordRefusal(
        site=command.site,
        door=command.door,
        reason=reason,
        at=context.at,
        booking_id=booking_id if known else None,
    )
    own = replace(context, command_id=uuid5(context.command_id, f"refused:{reason}"))
    await _in_room(handler, command.site, record, own)


async def count(
    handler: Handler, around: Surroundings, command: f.CountExit | f.CorrectOccupancy, context: Context
) -> Outcome:
    """People went out, or somebody counted them."""
    site_of(around, command.site)
    day = local_date(context.at)
    if isinstance(command, f.CountExit):
        exit_ = admission.CountExit(site=command.site, day=day, door=command.door, people=command.people)
        return await _in_room(handler, command.site, exit_, context)
    correct = admission.CorrectOccupancy(site=command.site, day=day, people=command.people)
    return await _in_room(handler, command.site, correct, context)


async def _in_room(handler: Handler, site: str, step: admission.Command, context: Context) -> Outcome:
    door = door_stream(site, local_date(context.at))

    def decide(states: States) -> Decision:
        return Decision(tuple((door, event) for event in admission.decide(step, states[door])))

    return await handler.run(context, (door,), decide)
