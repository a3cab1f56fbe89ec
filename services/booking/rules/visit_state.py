"""What a visit is, and what its next steps are judged by. Pure.

Promises: a fold of the visit's stream alone; every event of the category is understood.
Shown by ``tests/rules/booking/test_visit.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid5

from buergerbuero_contracts.booking import (
    CitizenCalled,
    CitizenLeft,
    CitizenNotFound,
    LeaveReason,
    NothingDeliveredReason,
    ServiceFinished,
    ServiceStarted,
    VisitCorrected,
    VisitOpened,
    VisitParked,
    VisitResumed,
    VisitReturned,
    VisitTransferred,
)
from buergerbuero_contracts.envelope import NIL, Event, Item
from servicekit.decider import Refused

from .calendar import local_date


def visit_id_of(booking_id: UUID) -> UUID:
    """The visit of a booking: there is at most one."""
    return uuid5(booking_id, "visit")


class VisitStatus(StrEnum):
    """How far a visit has come. ``gone``: did not answer, or left; may come back the same day."""

    NONE = "none"
    WAITING = "waiting"
    CALLED = "called"
    IN_SERVICE = "in_service"
    PARKED = "parked"
    GONE = "gone"
    FINISHED = "finished"
    CLOSED = "closed"


INSIDE = frozenset({VisitStatus.WAITING, VisitStatus.CALLED, VisitStatus.IN_SERVICE, VisitStatus.PARKED})
"""Open: the people are in the room."""
AT_COUNTER = frozenset({VisitStatus.CALLED, VisitStatus.IN_SERVICE})


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit. ``counter`` is where it was called to last, empty while it waits;
    ``target`` where a transfer sends it.

    ``calls`` counts all calls; ``round_calls`` and ``round_since`` those since it last waited. ``again``:
    it was served before. ``delivered`` and ``reason`` are how it ended.
    """

    status: VisitStatus = VisitStatus.NONE
    visit_id: UUID = NIL
    booking_id: UUID = NIL
    site: str = ""
    opened_at: datetime | None = None
    public_number: str = ""
    items: tuple[Item, ...] = ()
    planned_at: datetime | None = None
    counter: str = ""
    target: str | None = None
    calls: int = 0
    called_at: datetime | None = None
    round_calls: int = 0
    round_since: datetime | None = None
    again: bool = False
    ended_at: datetime | None = None
    delivered: tuple[Item, ...] = ()
    reason: NothingDeliveredReason | None = None

    @property
    def day(self) -> date:
        """The date on which the people came. Refuses ``wrong-state`` for a visit that never began."""
        if self.opened_at is None:
            raise Refused("wrong-state", state=self.status.value)
        return local_date(self.opened_at)

    @property
    def occupies(self) -> str | None:
        """The counter that it keeps busy."""
        return self.counter if self.status in AT_COUNTER else None


def evolve(state: Visit, event: Event) -> Visit:
    """The visit after an event of its stream."""
    match event:
        case VisitOpened():
            return Visit(
                status=VisitStatus.WAITING,
                visit_id=event.visit_id,
                booking_id=event.booking_id,
                site=event.site,
                opened_at=event.at,
                public_number=event.public_number,
                items=event.items,
                planned_at=event.planned_at,
            )
        case CitizenCalled():
            first = state.round_calls == 0
            return replace(
                state,
                status=VisitStatus.CALLED,
                counter=event.counter,
                target=None,
                calls=event.call_no,
                called_at=event.at,
                round_calls=state.round_calls + 1,
                round_since=event.at if first else state.round_since,
            )
        case CitizenNotFound():
            return replace(state, status=VisitStatus.GONE, ended_at=event.at)
        case VisitReturned():
            return _waiting(state)
        case ServiceStarted():
            return replace(state, status=VisitStatus.IN_SERVICE, counter=event.counter)
        case VisitParked():
            return replace(state, status=VisitStatus.PARKED)
        case VisitResumed():
            return replace(_waiting(state), again=True)
        case VisitTransferred():
            return replace(_waiting(state), again=True, target=event.counter)
        case CitizenLeft():
            over = VisitStatus.CLOSED if event.reason is LeaveReason.DAY_END else VisitStatus.GONE
            return replace(state, status=over, ended_at=event.at)
        case ServiceFinished() | VisitCorrected():
            closed = isinstance(event, ServiceFinished) and event.inaccurate
            return replace(
                state,
                status=VisitStatus.CLOSED if closed else VisitStatus.FINISHED,
                ended_at=state.ended_at if isinstance(event, VisitCorrected) else event.at,
                delivered=event.delivered,
                reason=event.reason,
            )
    return state


def _waiting(state: Visit) -> Visit:
    """Waits to be called: a new round of calls."""
    return replace(
        state, status=VisitStatus.WAITING, counter="", round_calls=0, round_since=None, ended_at=None
    )
