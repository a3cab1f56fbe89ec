"""What can be asked of the floor: door, counters and the people who wait. ``floor.py`` carries it out.

Promises: a command carries no time (the context supplies it) and nothing about a person but ids. The
codes that each may be refused with stand at it; ``wrong-state`` and ``not-found`` may follow from all
that name a visit. Shown by ``tests/rules/booking/test_floor.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from buergerbuero_contracts.booking import (
    AdmissionMode,
    CallOutOfOrderReason,
    NothingDeliveredReason,
    OverrideReason,
    ParkReason,
    PauseReason,
    ReturnReason,
)
from buergerbuero_contracts.envelope import Item

# --- the door


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmitCitizen:
    """Let the people of a booking in. ``people`` counts all who come, companions included.

    Gives CitizenAdmitted, VisitOpened and EntryCounted. Refused with the codes of ``AdmissionRefusal``
    in its order, each of them recorded; ``override`` sets ``too-early``, ``too-late`` and
    ``too-many-people`` aside. ``already-admitted`` tells ``admitted_at`` and ``door``, ``too-early`` and
    ``too-late`` tell ``starts_at``, ``too-many-people`` and ``house-full`` tell ``at_most``.
    """

    booking_id: UUID
    site: str
    door: str
    people: int = 1
    mode: AdmissionMode = AdmissionMode.SCAN
    override: OverrideReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseUnknown:
    """A code that fits no booking. Always refused, with ``unknown-code``, and recorded."""

    site: str
    door: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CountExit:
    """People went out. The room is never emptier than empty."""

    site: str
    door: str
    people: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectOccupancy:
    """Somebody counted: so many people are in the room now."""

    site: str
    people: int


# --- counters


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCounter:
    """Staff a counter today. Refused: ``unknown-counter``."""

    site: str
    counter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseCounter:
    """Call nobody for a while; a visit that is being served goes on."""

    site: str
    counter: str
    reason: PauseReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeCounter:
    """Call again."""

    site: str
    counter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseCounter:
    """No longer staffed. Refused: ``counter-busy`` while somebody is called or served there."""

    site: str
    counter: str


# --- the queue


@dataclass(frozen=True, slots=True, kw_only=True)
class CallNext:
    """Call the head of the queue that the counter can serve. Gives CitizenCalled.

    Refused: ``unknown-counter``, ``counter-busy`` (not open, or not idle), ``queue-empty``.
    """

    site: str
    counter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallVisit:
    """Call this person. Without a reason only the head of the queue: else ``reason-missing``."""

    visit_id: UUID
    counter: str
    reason: CallOutOfOrderReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """Call once more. Refused: ``recall-later`` (tells ``retry_at``) within 60 s of the last call."""

    visit_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkNotFound:
    """Nobody came. Refused: ``recall-first`` before three calls and five minutes since the first."""

    visit_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnToQueue:
    """Back into the queue, at the old place; also for somebody who came back the same day."""

    visit_id: UUID
    reason: ReturnReason


@dataclass(frozen=True, slots=True, kw_only=True)
class StartService:
    """The person is at the counter that called."""

    visit_id: UUID
    counter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkVisit:
    """The person does something else first; the counter is free."""

    visit_id: UUID
    reason: ParkReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeVisit:
    """What a parked visit waited for is there: it waits to be called."""

    visit_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferVisit:
    """Go on elsewhere: at ``counter``, or at any able one. Refused: ``skill-missing``."""

    visit_id: UUID
    counter: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishService:
    """The visit is done, with what was delivered, or the reason why nothing was.

    A pick-up may finish from any open state. Refused: ``reason-missing``, ``unknown-service``.
    """

    visit_id: UUID
    delivered: tuple[Item, ...] = ()
    reason: NothingDeliveredReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveVisit:
    """The person went away without service."""

    visit_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectVisit:
    """What a finished visit of the same day really delivered. Refused: ``past-read-only`` later."""

    visit_id: UUID
    delivered: tuple[Item, ...] = ()
    reason: NothingDeliveredReason | None = None


# --- the day


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDay:
    """End all open visits and close all counters of a date. Refused: ``day-open`` before closing time.

    The timer asks 60 minutes after closing time; repeatable.
    """

    site: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkMissed:
    """The person of a confirmed booking did not come in time; the rest of the place is free again."""

    booking_id: UUID


OfVisit = (
    CallVisit
    | Recall
    | MarkNotFound
    | ReturnToQueue
    | StartService
    | ParkVisit
    | ResumeVisit
    | TransferVisit
    | FinishService
    | LeaveVisit
    | CorrectVisit
)
"""Commands on a visit that is there already."""

OfDoor = AdmitCitizen | RefuseUnknown | CountExit | CorrectOccupancy
"""Commands at the door."""

OfCounter = OpenCounter | PauseCounter | ResumeCounter | CloseCounter
"""Commands on a counter by itself."""

OfFloor = OfDoor | OfCounter | CallNext | OfVisit | CloseDay
"""All that ``floor.py`` carries out; MarkMissed is one of the commands on a booking."""
