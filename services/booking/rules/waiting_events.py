"""Private events of the waiting list: which places a wish is for, and offers that came to nothing.

Promises: ids, codes, times and numbers only; a wish's public events say that it exists, these what for.
Shown by ``tests/rules/booking/test_publish.py``.
"""

from __future__ import annotations

from datetime import datetime, time
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from buergerbuero_contracts.booking import BookingEvent
from buergerbuero_contracts.envelope import Day, Instant, Minutes, Value
from buergerbuero_contracts.kinds import Persons

from .calendar import local_date, local_time

Weekday = Annotated[int, Field(ge=1, le=7)]


class Window(Value):
    """Which starts suit: local dates, both included, weekdays (1 = Monday), times from-until of day."""

    earliest: Day
    latest: Day
    weekdays: tuple[Weekday, ...] = (1, 2, 3, 4, 5, 6, 7)
    from_: time = time.min
    until: time | None = None

    def suits(self, starts_at: datetime) -> bool:
        """Whether a place that begins then is one of them."""
        day, clock = local_date(starts_at), local_time(starts_at)
        on_day = self.earliest <= day <= self.latest and day.isoweekday() in self.weekdays
        return on_day and self.from_ <= clock and (self.until is None or clock < self.until)


class PassReason(StrEnum):
    """Why an offer came to nothing for a wish."""

    DECLINED = "declined"
    TAKEN = "taken"
    LAPSED = "lapsed"


class WishDescribed(BookingEvent, category="waiting_list"):
    """What a wish is for. Stored with WishMade.

    ``over_at`` is when it ends unfulfilled, ``confirm_until`` when it ends unproven, absent if proven.
    """

    wish_id: UUID
    persons: Persons
    minutes: Minutes
    window: Window
    over_at: Instant
    confirm_until: Instant | None = None


class WishPassed(BookingEvent, category="waiting_list"):
    """An offer came to nothing, and the wish goes on waiting."""

    wish_id: UUID
    offer_id: UUID
    reason: PassReason


PRIVATE_OF_WAITING_LIST: tuple[type[BookingEvent], ...] = (WishDescribed, WishPassed)
