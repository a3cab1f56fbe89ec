"""What calls about hours and counters carry, and what they answer; with an example for each.

Promises: as ``bodies.py``: unknown fields are refused, every value is bounded.
Shown by ``tests/way/test_booking_staff.py``.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from services.booking.api import bodies as b

Clock = Annotated[str, Meta(pattern="^([01][0-9]|2[0-4]):[0-5][05]$", description="Local, `24:00` as end.")]
APool = Literal["online", "phone", "desk", "emergency", "pickup_window", "walk_in", "phone_line"]
Counters = Annotated[list[b.Code], Meta(max_length=50)]


CLEANING = "Minutes of the cleaning pause; as they are if left out."


class BlockBody(b.Body, frozen=True):
    """Hours of one date."""

    from_: Clock = msgspec.field(name="from")
    until: Clock
    pool: APool
    counters: Counters = msgspec.field(default_factory=list)


class HoursBody(b.Body, frozen=True):
    """A row of regular hours. Weekdays 1 (Monday) to 7; every n weeks, or the nth of the month."""

    row: b.Code
    weekdays: Annotated[list[Annotated[int, Meta(ge=1, le=7)]], Meta(min_length=1, max_length=7)]
    from_: Clock = msgspec.field(name="from")
    until: Clock
    pool: APool
    valid_from: date
    counters: Counters = msgspec.field(default_factory=list)
    valid_until: date | None = None
    every_weeks: Annotated[int, Meta(ge=1, le=52)] = 1
    anchor: date | None = None
    nth: Annotated[int, Meta(ge=1, le=5)] | None = None


class EndBody(b.Body, frozen=True):
    """The last day of a row."""

    valid_until: date


class ExceptionBody(b.Body, frozen=True):
    """Hours of a single date; no blocks: closed."""

    exception: b.Code
    date: date
    mode: Literal["replaces", "adds"]
    blocks: Annotated[list[BlockBody], Meta(max_length=50)] = msgspec.field(default_factory=list)


class CounterBody(b.Body, frozen=True):
    """A counter: its skills are sets of services."""

    counter: b.Code
    skills: Annotated[list[Annotated[str, Meta(pattern="^[A-Za-z][a-z0-9_]{0,39}$")]], Meta(max_length=20)]
    hygiene_buffer: Annotated[int, Meta(ge=0, le=60)] = 5
    people_max: Annotated[int, Meta(ge=1, le=20)] = 2
    step_free: bool = True
    cleaning_every: Annotated[int, Meta(ge=0, le=720, description=CLEANING)] | None = None
    cleaning_minutes: Annotated[int, Meta(ge=0, le=60, description=CLEANING)] | None = None


class Opened(msgspec.Struct, frozen=True):
    """What is set for the site, as stored."""

    counters: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    exceptions: list[dict[str, Any]]


BLOCK = {"from": "07:30", "until": "12:00", "pool": "online", "counters": ["counter_1"]}
ROW = {"row": "tue_online", "weekdays": [2], "valid_from": "2026-12-01", **BLOCK}
EXCEPTION = {"exception": "staff_meeting", "date": "2026-12-02", "mode": "replaces", "blocks": [BLOCK]}
COUNTER = {"counter": "counter_1", "skills": ["i", "m", "c"], "hygiene_buffer": 5}
OPENED = {"counters": [COUNTER], "rows": [ROW], "exceptions": [EXCEPTION]}
