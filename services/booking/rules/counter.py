"""One counter's day: staffed or not, and which visit it has. One stream per site, counter and date. Pure.

Promises: a counter has at most one visit from its call to its end, park or transfer; it calls only
while it is open and idle (``counter-busy``); a repeat whose effect already holds gives no events.
Shown by ``tests/rules/booking/test_counter.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, assert_never
from uuid import UUID

from buergerbuero_contracts.booking import (
    CounterClosed,
    CounterOpened,
    CounterPaused,
    CounterResumed,
    PauseReason,
)
from buergerbuero_contracts.envelope import Event
from servicekit.decider import Decider, Refused

from .floor_events import CounterFreed, CounterOccupied


class CounterStatus(StrEnum):
    """Whether a counter is staffed and calls."""

    CLOSED = "closed"
    OPEN = "open"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class CounterDay:
    """A counter on one date. ``visit_id`` is whom it called or serves, ``last`` whom it had before."""

    status: CounterStatus = CounterStatus.CLOSED
    reason: PauseReason | None = None
    visit_id: UUID | None = None
    last: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """What the steps of a counter name: which one, and when."""

    site: str
    counter: str
    at: datetime


class Open(Staff):
    """Staff it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(Staff):
    """Call nobody for a while."""

    reason: PauseReason


class Resume(Staff):
    """Call again."""


class Close(Staff):
    """Nobody is there any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupy:
    """Take a visit."""

    site: str
    counter: str
    day: date
    visit_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Free:
    """The visit went on or ended."""

    site: str
    counter: str
    day: date
    visit_id: UUID


Command = Open | Pause | Resume | Close | Occupy | Free


def evolve(state: CounterDay, event: Event) -> CounterDay:
    """The counter after an event of its stream."""
    match event:
        case CounterOpened() | CounterResumed():
            return replace(state, status=CounterStatus.OPEN, reason=None)
        case CounterPaused():
            return replace(state, status=CounterStatus.PAUSED, reason=event.reason)
        case CounterClosed():
            return replace(state, status=CounterStatus.CLOSED, reason=None)
        case CounterOccupied():
            return replace(state, visit_id=event.visit_id)
        case CounterFreed():
            return replace(state, visit_id=None, last=event.visit_id)
    return state


def decide(command: Command, state: CounterDay) -> Sequence[Event]:
    """The events of one command on the counter. Raises ``Refused`` with the codes of the table."""
    match command:
        case Occupy():
            must_be_idle(state)
            return [CounterOccupied(visit_id=command.visit_id, **_named(command))]
        case Free():
            if state.visit_id != command.visit_id:
                return []
            return [CounterFreed(visit_id=command.visit_id, **_named(command))]
        case Open():
            return [] if state.status is CounterStatus.OPEN else [_opened(command, state)]
        case Resume():
            return [] if state.status is CounterStatus.OPEN else [_resumed(command, state)]
        case Pause():
            if (state.status, state.reason) == (CounterStatus.PAUSED, command.reason):
                return []
            _expect(state, CounterStatus.OPEN, CounterStatus.PAUSED)
            return [CounterPaused(reason=command.reason, **_told(command))]
        case Close():
            if state.status is CounterStatus.CLOSED:
                return []
            if state.visit_id is not None:
                raise Refused("counter-busy", state="serving")
            return [CounterClosed(**_told(command))]
        case _:
            assert_never(command)


def must_be_idle(state: CounterDay) -> None:
    """Open, and without a visit. Refuses ``counter-busy`` and tells what it is instead."""
    if state.status is not CounterStatus.OPEN:
        raise Refused("counter-busy", state=state.status.value)
    if state.visit_id is not None:
        raise Refused("counter-busy", state="serving")


def _expect(state: CounterDay, *allowed: CounterStatus) -> None:
    if state.status not in allowed:
        raise Refused("wrong-state", state=state.status.value)


def _opened(command: Open, state: CounterDay) -> Event:
    _expect(state, CounterStatus.CLOSED)
    return CounterOpened(**_told(command))


def _resumed(command: Resume, state: CounterDay) -> Event:
    _expect(state, CounterStatus.PAUSED)
    return CounterResumed(**_told(command))


def _told(command: Staff) -> dict[str, Any]:
    return {"site": command.site, "counter": command.counter, "at": command.at}


def _named(command: Occupy | Free) -> dict[str, Any]:
    return {"site": command.site, "counter": command.counter, "date": command.day}


DECIDER: Decider[CounterDay, Command] = Decider("counter", CounterDay(), evolve, decide)
