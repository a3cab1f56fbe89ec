"""What calls about door, queue and counters carry, and what they answer; with an example of each.

Promises: unknown fields are refused, every value is bounded; no answer holds a name.
Shown by ``tests/way/test_floor_api.py``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from services.booking.api import examples as ex
from services.booking.api.bodies import Body, Code, ItemBody

People = Annotated[int, Meta(ge=1, le=50)]
VISIT_ID = "6b2d1c3e-7f0a-5e46-8a51-0c2f9f7e1a10"


class AdmitBody(Body, frozen=True):
    """Who is at the door: a ``code`` as scanned or said, or the booking. ``people``: as booked if absent."""

    site: Code
    door: Code
    code: Annotated[str, Meta(min_length=1, max_length=300)] | None = None
    booking_id: UUID | None = None
    people: People | None = None
    override: Literal["accessibility", "office_fault", "travel", "quiet_house"] | None = None


class ExitBody(Body, frozen=True):
    """How many went out, at which door."""

    door: Code
    people: People = 1


class CountedBody(Body, frozen=True):
    """How many are in the room."""

    people: Annotated[int, Meta(ge=0, le=999)]


class PlaceBody(Body, frozen=True):
    """The site of a counter."""

    site: Code


class PauseBody(Body, frozen=True):
    """Why nobody is called for a while."""

    site: Code
    reason: Literal["break", "back_office", "phone", "cleaning"]


class CallBody(Body, frozen=True):
    """To which counter, and why out of order, if it is."""

    counter: Code
    reason: Literal["accessibility", "child", "office_fault", "travel", "skill"] | None = None


class AtCounterBody(Body, frozen=True):
    """The counter that called."""

    counter: Code


class ReturnBody(Body, frozen=True):
    """Why somebody waits again."""

    reason: Literal["came_late", "wrong_counter", "counter_closed"]


class ParkBody(Body, frozen=True):
    """What comes first."""

    reason: Literal["photo", "form", "payment"]


class TransferBody(Body, frozen=True):
    """The counter to go to; absent for any able one."""

    counter: Code | None = None


class FinishBody(Body, frozen=True):
    """What was delivered, or why nothing was."""

    delivered: Annotated[list[ItemBody], Meta(max_length=8)] = []  # noqa: RUF012 - msgspec copies it
    reason: (
        Literal[
            "papers_missing",
            "information_only",
            "not_responsible",
            "no_authority",
            "document_gone",
            "technical_fault",
        ]
        | None
    ) = None


class CloseDayBody(Body, frozen=True):
    """Which day ends."""

    date: date


# --- answers


class Admitted(Struct, frozen=True, omit_defaults=True):
    """People are in. ``wrong_layout``: the scanner's keyboard layout had to be undone."""

    booking_id: UUID
    visit_id: UUID
    public_number: str
    people: int
    mode: str
    occupancy: int
    wrong_layout: bool = False


class Occupancy(Struct, frozen=True):
    """How many people are in the room, and how many may be."""

    occupancy: int
    limit: int


class CounterAnswer(Struct, frozen=True, omit_defaults=True):
    """A counter: ``closed``, ``open`` or ``paused``, and whom it called or serves."""

    counter: str
    state: str
    reason: str | None = None
    visit_id: UUID | None = None


class VisitAnswer(Struct, frozen=True, omit_defaults=True):
    """A visit."""

    visit_id: UUID
    booking_id: UUID
    site: str
    state: str
    public_number: str
    items: tuple[ItemBody, ...]
    calls: int
    planned_at: datetime | None = None
    called_at: datetime | None = None
    counter: str | None = None


class InRoom(Struct, frozen=True, omit_defaults=True):
    """Somebody who is not done. ``minutes`` since the admission; those who wait stand first, in order."""

    visit_id: UUID
    public_number: str
    state: str
    items: tuple[ItemBody, ...]
    minutes: int
    planned_at: datetime | None = None
    counter: str | None = None


class FloorAnswer(Struct, frozen=True):
    """The room of a site today."""

    site: str
    occupancy: int
    limit: int
    counters: tuple[CounterAnswer, ...]
    visits: tuple[InRoom, ...]


class Closed(Struct, frozen=True):
    """A day that is over."""

    site: str
    date: date


ADMIT = {"site": "flensburg", "door": "door_1", "code": "4K7M-9QTX-C", "people": 2}
ADMIT_BOOKING = {
    "site": "flensburg",
    "door": "door_1",
    "booking_id": ex.BOOKING_ID,
    "override": "accessibility",
}
ADMITTED = {
    "booking_id": ex.BOOKING_ID,
    "visit_id": VISIT_ID,
    "public_number": "A012",
    "people": 2,
    "mode": "code",
    "occupancy": 12,
}
OCCUPANCY = {"occupancy": 12, "limit": 15}
COUNTER = {"counter": "counter_3", "state": "open"}
VISIT: dict[str, Any] = {
    "visit_id": VISIT_ID,
    "booking_id": ex.BOOKING_ID,
    "site": "flensburg",
    "state": "called",
    "public_number": "A012",
    "items": ex.ITEMS,
    "calls": 1,
    "planned_at": "2026-12-01T09:00:00+01:00",
    "called_at": "2026-12-01T09:02:10+01:00",
    "counter": "counter_3",
}
FLOOR = {
    "site": "flensburg",
    **OCCUPANCY,
    "counters": [COUNTER],
    "visits": [
        {
            "visit_id": VISIT_ID,
            "public_number": "A012",
            "state": "waiting",
            "items": ex.ITEMS,
            "minutes": 4,
            "planned_at": "2026-12-01T09:00:00+01:00",
        }
    ],
}
