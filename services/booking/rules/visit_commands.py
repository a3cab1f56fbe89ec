"""The commands of a visit. ``at`` is the time of the decision. See ``visit.py``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from buergerbuero_contracts.booking import (
    CallOutOfOrderReason,
    NothingDeliveredReason,
    ParkReason,
    ReturnReason,
)
from buergerbuero_contracts.envelope import Item

from .settings import DEFAULTS, SiteSettings


@dataclass(frozen=True, slots=True)
class Who:
    """Whose booking it is: named where a visit ends. Pick-ups may end from any open state."""

    person_id: UUID | None = None
    person_revision: int | None = None
    pickup: bool = False


NOBODY = Who()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenVisit:
    """Somebody was admitted and waits."""

    visit_id: UUID
    booking_id: UUID
    site: str
    public_number: str
    items: tuple[Item, ...]
    planned_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Call to a counter."""

    counter: str
    at: datetime
    reason: CallOutOfOrderReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """Call once more."""

    at: datetime
    settings: SiteSettings = DEFAULTS


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkNotFound:
    """Nobody came."""

    at: datetime
    who: Who = NOBODY
    settings: SiteSettings = DEFAULTS


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnToQueue:
    """Back to the old place in the queue."""

    reason: ReturnReason
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StartService:
    """The person is at the counter."""

    counter: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Park:
    """Something else comes first."""

    reason: ParkReason
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """What it waited for is there."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Go on at another counter, or at any able one."""

    counter: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """Done: what was delivered, or why nothing was."""

    delivered: tuple[Item, ...]
    reason: NothingDeliveredReason | None
    at: datetime
    who: Who = NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Went away without service."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """The day is over."""

    at: datetime
    who: Who = NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Correct:
    """What was really delivered."""

    delivered: tuple[Item, ...]
    reason: NothingDeliveredReason | None
    at: datetime
    who: Who = NOBODY


Command = (
    OpenVisit
    | Call
    | Recall
    | MarkNotFound
    | ReturnToQueue
    | StartService
    | Park
    | Resume
    | Transfer
    | Finish
    | Leave
    | Close
    | Correct
)
