"""What must hold of booking after a run, counted from events: a fold by the rules would agree with itself.

I1 a slot has one holder, I2 a confirmed booking stays, I7 timers are neither lost nor early.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from buergerbuero_contracts.booking import (
    BookingCancelled,
    BookingConfirmed,
    ConfirmationRequested,
    HoldExpired,
    SlotReleased,
    SlotReserved,
)
from servicekit.clock import JUMP
from servicekit.testing.simulation.log_tables import Stored
from services.booking.rules.events import ConfirmationUndeliverable, HoldExtended
from services.booking.timers import HOLD_EXPIRY
from tests.simulation.booking_side import BookingSide

LATE = timedelta(seconds=60)
MARGIN = timedelta(seconds=1)


def events(side: BookingSide) -> Iterator[tuple[Stored, Any]]:
    """The log, decoded."""
    for row in side.side.log.events:
        yield row, side.side.decode(row)


def one_holder(side: BookingSide) -> Iterator[str]:
    """I1: at every moment of the log no two live places of a counter overlap."""
    live: dict[UUID, SlotReserved] = {}
    for row, event in events(side):
        if isinstance(event, SlotReleased):
            live.pop(event.booking_id, None)
        if isinstance(event, SlotReserved):
            for other in live.values():
                if other.booking_id != event.booking_id and _overlap(other, event):
                    yield f"I1: position {row.position} takes a place that another booking has"
            live[event.booking_id] = event
    rows = {key for key, row in side.appointments.rows.items() if row[5]}
    if rows != set(live):
        yield f"I6: appointments has {len(rows)} live rows, the log {len(live)}"


def _overlap(one: SlotReserved, other: SlotReserved) -> bool:
    same = (one.site, one.counter) == (other.site, other.counter)
    return same and one.starts_at < other.occupied_until and other.starts_at < one.occupied_until


def confirmed_stays(side: BookingSide) -> Iterator[str]:
    """I2: no expiry after a confirmation, and only a cancellation ends one."""
    confirmed: set[UUID] = set()
    for row, event in events(side):
        match event:
            case BookingConfirmed():
                confirmed.add(event.booking_id)
            case BookingCancelled():
                confirmed.discard(event.booking_id)
            case HoldExpired() if event.booking_id in confirmed:
                yield f"I2: position {row.position} expires a confirmed booking"


def timers_in_time(side: BookingSide) -> Iterator[str]:
    """I7: no hold ends before its limit by the database's clock, none is left open long after it."""
    now, limits = side.platform.clock.now(), dict[UUID, datetime]()
    over: dict[UUID, bool] = defaultdict(bool)
    small = (
        timedelta(seconds=0.1) if side.side.server.steps < 2 else JUMP
    )  # between two, neither clock is right
    for row, event in events(side):
        match event:
            case SlotReserved() if event.hold_until is not None:
                limits[event.booking_id] = event.hold_until
            case HoldExtended():
                limits[event.booking_id] = event.hold_until
            case ConfirmationRequested() | ConfirmationUndeliverable():
                limits[event.booking_id] = event.confirm_until
            case HoldExpired():
                over[event.booking_id] = True
                limit = limits[event.booking_id]
                really = limit - side.platform.clock.at(row.moment)
                early = min(really, limit - row.recorded_at)  # who has not heard of a step goes on as before
                if early > small:
                    yield f"I7: position {row.position} expires a hold {early} too early"
                if really > JUMP + MARGIN and not side.side.misled:
                    yield f"I7: position {row.position} expires a hold {really} too early, by a wrong clock"
            case BookingConfirmed() | BookingCancelled():
                over[event.booking_id] = True
    for booking_id, limit in limits.items():
        if not over[booking_id] and now > limit + LATE:
            yield f"I7: the hold of {booking_id} is {now - limit} past its limit"
    for (kind, subject), timer in side.side.log.timers.items():
        if kind == HOLD_EXPIRY and timer.due_at + LATE < now:
            yield f"I7: the timer of {subject} is overdue since {timer.due_at}"
