"""Who waits, folded from a log in memory: what the read model of the floor would say at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from buergerbuero_contracts.booking import BookingKind, CitizenAdmitted, CitizenCalled
from servicekit.log import Recorded, Stream
from services.booking.rules import visit
from services.booking.rules.queue import Line, Waiting
from services.booking.rules.visit_state import Visit, VisitStatus


def line_of(streams: Mapping[Stream, Sequence[Recorded]], site: str, day: date) -> Line:
    """The line of a site and date."""
    kinds = {
        one.event.visit_id: one.event.kind
        for stream, events in streams.items()
        if stream.category == "booking"
        for one in events
        if isinstance(one.event, CitizenAdmitted)
    }
    people, called = list[Waiting](), list[tuple[datetime, BookingKind]]()
    for stream, events in streams.items():
        if stream.category != "visit":
            continue
        state = visit.DECIDER.fold(one.event for one in events)
        if (state.site, state.day) != (site, day):
            continue
        calls = [one.event.at for one in events if isinstance(one.event, CitizenCalled)]
        called += [(calls[0], kinds[stream.id])] if calls else []
        if state.status is VisitStatus.WAITING:
            people.append(_waiting(state, kinds[stream.id]))
    turns = 0
    for _at, kind in sorted(called):
        turns = 0 if kind is BookingKind.WALK_IN else turns + (kind is not BookingKind.EMERGENCY)
    return Line(tuple(people), turns)


def _waiting(state: Visit, kind: BookingKind) -> Waiting:
    assert state.opened_at is not None
    return Waiting(
        visit_id=state.visit_id,
        kind=kind,
        admitted_at=state.opened_at,
        planned_at=state.planned_at,
        again=state.again,
        counter=state.target,
        public_number=state.public_number,
        items=state.items,
    )
