"""The life of a visit: waiting, called, served, parked, finished. One stream per visit. Pure.

Promises: the place in the queue is kept by a call that nobody answered, and by a return; a visit ends
once; a repeat whose effect already holds gives no events; what has no row in the table is
``wrong-state``. Counters and the room change in the same append (``floor.py``).
Shown by ``tests/rules/booking/test_visit.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, assert_never

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
from buergerbuero_contracts.envelope import Event, Item
from servicekit.decider import Decider, Refused

from . import visit_commands as c
from .calendar import local_date
from .visit_state import INSIDE, Visit, VisitStatus, evolve, visit_id_of

__all__ = ["DECIDER", "decide", "visit_id_of"]


def decide(command: c.Command, state: Visit) -> Sequence[Event]:
    """The events of one command on the visit. Raises ``Refused`` with the codes of the table."""
    match command:
        case c.OpenVisit():
            _expect(state, VisitStatus.NONE)
            return [_opened(command)]
        case c.Call():
            _expect(state, VisitStatus.WAITING)
            return [_called(state, command.counter, command.at, reason=command.reason)]
        case c.Recall():
            return [_recalled(command, state)]
        case c.MarkNotFound():
            return _not_found(command, state)
        case c.ReturnToQueue():
            return _returned(command, state)
        case c.StartService():
            return _started(command, state)
        case c.Park():
            if state.status is VisitStatus.PARKED:
                return []
            _expect(state, VisitStatus.IN_SERVICE)
            return [VisitParked(counter=state.counter, reason=command.reason, **_told(state, command.at))]
        case c.Resume():
            if state.status is VisitStatus.WAITING and state.again:
                return []
            _expect(state, VisitStatus.PARKED)
            return [VisitResumed(public_number=state.public_number, **_told(state, command.at))]
        case c.Transfer():
            _expect(state, VisitStatus.IN_SERVICE)
            number, told = state.public_number, _told(state, command.at)
            return [VisitTransferred(public_number=number, counter=command.counter, **told)]
        case c.Finish():
            return _finished(command, state)
        case c.Leave():
            if state.status is VisitStatus.GONE:
                return []
            _expect(state, VisitStatus.WAITING, VisitStatus.PARKED)
            return [_left(state, LeaveReason.LEFT, command.at)]
        case c.Close():
            return _closed(command, state)
        case c.Correct():
            return _corrected(command, state)
        case _:
            assert_never(command)


def _expect(state: Visit, *allowed: VisitStatus) -> None:
    if state.status not in allowed:
        raise Refused("wrong-state", state=state.status.value)


def _told(state: Visit, at: datetime) -> dict[str, Any]:
    """What every event of a visit says."""
    return {"booking_id": state.booking_id, "visit_id": state.visit_id, "site": state.site, "at": at}


def _opened(command: c.OpenVisit) -> Event:
    return VisitOpened(
        booking_id=command.booking_id,
        visit_id=command.visit_id,
        site=command.site,
        at=command.at,
        public_number=command.public_number,
        items=command.items,
        planned_at=command.planned_at,
    )


def _called(state: Visit, counter: str, at: datetime, **more: Any) -> Event:
    return CitizenCalled(
        public_number=state.public_number,
        counter=counter,
        call_no=state.calls + 1,
        planned_at=state.planned_at,
        **more,
        **_told(state, at),
    )


def _recalled(command: c.Recall, state: Visit) -> Event:
    _expect(state, VisitStatus.CALLED)
    again = (state.called_at or command.at) + timedelta(seconds=command.settings.recall_seconds)
    if command.at < again:
        raise Refused("recall-later", retry_at=again)
    return _called(state, state.counter, command.at)


def _not_found(command: c.MarkNotFound, state: Visit) -> Sequence[Event]:
    if state.status is VisitStatus.GONE:
        return []
    _expect(state, VisitStatus.CALLED)
    settings = command.settings
    since = (state.round_since or command.at) + timedelta(minutes=settings.not_found_minutes)
    if state.round_calls < settings.calls or command.at < since:
        raise Refused("recall-first", calls=state.round_calls, retry_at=since)
    return [
        CitizenNotFound(
            public_number=state.public_number,
            counter=state.counter,
            call_no=state.calls,
            planned_at=state.planned_at,
            person_id=command.who.person_id,
            person_revision=command.who.person_revision,
            **_told(state, command.at),
        )
    ]


def _returned(command: c.ReturnToQueue, state: Visit) -> Sequence[Event]:
    if state.status is VisitStatus.WAITING:
        return []
    _expect(state, VisitStatus.CALLED, VisitStatus.GONE)
    if state.day != local_date(command.at):
        raise Refused("past-read-only")
    return [
        VisitReturned(
            public_number=state.public_number,
            reason=command.reason,
            planned_at=state.planned_at,
            **_told(state, command.at),
        )
    ]


def _started(command: c.StartService, state: Visit) -> Sequence[Event]:
    if (state.status, state.counter) == (VisitStatus.IN_SERVICE, command.counter):
        return []
    _expect(state, VisitStatus.CALLED)
    if state.counter != command.counter:
        raise Refused("wrong-state", state=state.status.value, counter=state.counter)
    told = _told(state, command.at)
    return [ServiceStarted(counter=command.counter, planned_at=state.planned_at, **told)]


def _finished(command: c.Finish, state: Visit) -> Sequence[Event]:
    reason = None if command.delivered else command.reason
    if state.status is VisitStatus.FINISHED and (state.delivered, state.reason) == (
        command.delivered,
        reason,
    ):
        return []
    _expect(state, *(INSIDE if command.who.pickup else (VisitStatus.IN_SERVICE,)))
    return [_done(state, command.delivered, _because(command), command.at, command.who)]


def _because(command: c.Finish | c.Correct) -> NothingDeliveredReason | None:
    """Why nothing was delivered, if so."""
    if command.delivered:
        return None
    if command.reason is None:
        raise Refused("reason-missing")
    return command.reason


def _done(
    state: Visit,
    delivered: tuple[Item, ...],
    reason: NothingDeliveredReason | None,
    at: datetime,
    who: c.Who,
    *,
    inaccurate: bool = False,
) -> Event:
    return ServiceFinished(
        counter=state.counter or None,
        delivered=delivered,
        reason=reason,
        inaccurate=inaccurate,
        planned_at=state.planned_at,
        person_id=who.person_id,
        person_revision=who.person_revision,
        **_told(state, at),
    )


def _left(state: Visit, reason: LeaveReason, at: datetime) -> Event:
    return CitizenLeft(reason=reason, planned_at=state.planned_at, **_told(state, at))


def _closed(command: c.Close, state: Visit) -> Sequence[Event]:
    """A forgotten end: whoever was being served got a contact of unknown length, the others left."""
    if state.status not in INSIDE:
        return []
    if state.status is not VisitStatus.IN_SERVICE:
        return [_left(state, LeaveReason.DAY_END, command.at)]
    why = NothingDeliveredReason.DAY_END
    return [_done(state, (), why, command.at, command.who, inaccurate=True)]


def _corrected(command: c.Correct, state: Visit) -> Sequence[Event]:
    _expect(state, VisitStatus.FINISHED)
    if state.day != local_date(command.at):
        raise Refused("past-read-only")
    reason = _because(command)
    if (state.delivered, state.reason) == (command.delivered, reason):
        return []
    return [
        VisitCorrected(
            counter=state.counter or None,
            delivered=command.delivered,
            reason=reason,
            replaced=state.delivered,
            person_id=command.who.person_id,
            person_revision=command.who.person_revision,
            **_told(state, command.at),
        )
    ]


DECIDER: Decider[Visit, c.Command] = Decider("visit", Visit(), evolve, decide)
