"""Private events of the floor: who is in the room, and what a counter is busy with.

Promises: ids, codes and numbers only; each carries what holds after it, so that a reader needs no sums.
Shown by ``tests/rules/booking/test_publish.py``.
"""

from __future__ import annotations

from uuid import UUID

from buergerbuero_contracts.booking import BookingEvent
from buergerbuero_contracts.envelope import Code, Count, Day
from buergerbuero_contracts.kinds import PublicNumber

# --- door: one stream per site and date


class EntryCounted(BookingEvent, category="door"):
    """People of a visit came in. ``public_number`` is there at the admission, not at a return."""

    site: Code
    date: Day
    visit_id: UUID
    people: Count
    occupancy: Count
    door: Code | None = None
    public_number: PublicNumber | None = None


class ExitCounted(BookingEvent, category="door"):
    """People went out: counted at a door, or inferred from the end of a visit."""

    site: Code
    date: Day
    people: Count
    occupancy: Count
    door: Code | None = None
    visit_id: UUID | None = None


class OccupancyCorrected(BookingEvent, category="door"):
    """Somebody counted the people in the room."""

    site: Code
    date: Day
    occupancy: Count


# --- counter: one stream per site, counter and date


class CounterOccupied(BookingEvent, category="counter"):
    """The counter called a visit and serves nobody else. Stored with its CitizenCalled."""

    site: Code
    date: Day
    counter: Code
    visit_id: UUID


class CounterFreed(BookingEvent, category="counter"):
    """The counter's visit went on or ended: it can call again."""

    site: Code
    date: Day
    counter: Code
    visit_id: UUID


PRIVATE_OF_FLOOR: tuple[type[BookingEvent], ...] = (
    EntryCounted,
    ExitCounted,
    OccupancyCorrected,
    CounterOccupied,
    CounterFreed,
)
