"""What citizens, the door and the counters may do at any moment of a life, at random.

Each act draws its operands from what there is, so that it means something in whatever life it stands;
what there is nothing for does nothing.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from datetime import datetime, timedelta

from buergerbuero_contracts.booking import (
    By,
    CallOutOfOrderReason,
    CancelReason,
    NothingDeliveredReason,
    OverrideReason,
    ParkReason,
    ReturnReason,
)
from buergerbuero_contracts.envelope import Item
from servicekit.log import Stream
from services.booking import commands as ask
from services.booking import floor_commands as floor
from services.booking.rules.booking_state import Booking, Status
from services.booking.rules.calendar import local_date
from services.booking.rules.visit_state import INSIDE, Visit, visit_id_of
from services.documents.rules.invitation import Invitation
from tests.rules.documents.world import SITE
from tests.rules.process.life import Life

STANDING = frozenset({Status.CONFIRMED, Status.DISPLACED})
COUNTER = "window_1"


def bookings(life: Life, *statuses: Status) -> list[Booking]:
    """The pick-ups in these states; all of them if none is named."""
    found = (life.booking.log.state(Stream("booking", one)) for one in life.pickups)
    return [one for one in found if not statuses or one.status in statuses]


def visits(life: Life) -> list[Visit]:
    """The open visits of pick-ups."""
    found: list[Visit] = [
        life.booking.log.state(Stream("visit", visit_id_of(one.booking_id)))
        for one in bookings(life, Status.ADMITTED)
    ]
    return [one for one in found if one.status in INSIDE]


def invitations(life: Life) -> list[Invitation]:
    """All that there were."""
    found: list[Invitation] = life.documents.log.of("invitation")
    return found


def _time(life: Life, draw: random.Random) -> datetime:
    """A start at the window: mostly today or on the next open day, so that pick-ups meet."""
    first = bisect_right(life.times, life.at)
    until = life.at + timedelta(hours=draw.choice((1, 1, 3, 30, 80)))
    last = max(bisect_right(life.times, until), first + 10)
    return life.times[min(draw.randrange(first, last), len(life.times) - 1)]


# --- citizens


def book(life: Life, draw: random.Random) -> None:
    """By the link of an invitation, mostly one that still calls."""
    known = invitations(life)
    called = [one for one in known if one.open] if draw.random() < 0.8 else known
    if called:
        wish = ask.BookPickup(invitation_id=draw.choice(called).invitation_id, starts_at=_time(life, draw))
        life.ask(life.booking, wish, "citizen")


def move(life: Life, draw: random.Random) -> None:
    """To another time."""
    if standing := bookings(life, *STANDING):
        one = draw.choice(standing)
        by = draw.choice((By.CITIZEN, By.CITIZEN, By.OFFICE))
        wish = ask.RescheduleBooking(booking_id=one.booking_id, starts_at=_time(life, draw), by=by)
        life.ask(life.booking, wish, "citizen")


def cancel(life: Life, draw: random.Random) -> None:
    """By the citizen, or by the office."""
    if standing := bookings(life, *STANDING):
        one = draw.choice(standing)
        assert one.starts_at
        wish = ask.CancelBooking(booking_id=one.booking_id, typed_day=local_date(one.starts_at))
        if draw.random() < 0.2:
            wish = ask.CancelBooking(
                booking_id=one.booking_id, by=By.OFFICE, reason=CancelReason.OFFICE_FAULT
            )
        life.ask(life.booking, wish, "citizen")


def undo(life: Life, draw: random.Random) -> None:
    """A cancellation is taken back."""
    if cancelled := bookings(life, Status.CANCELLED):
        wish = ask.UndoCancel(booking_id=draw.choice(cancelled).booking_id)
        life.ask(life.booking, wish, "citizen")


# --- the door and the counters


def admit(life: Life, draw: random.Random) -> None:
    """Somebody comes with a ticket of today, early, in time or late."""
    today = [
        one for one in bookings(life) if one.starts_at and local_date(one.starts_at) == local_date(life.at)
    ]
    if today:
        one = draw.choice(today)
        override = draw.choice((None, None, OverrideReason.OFFICE_FAULT))
        command = floor.AdmitCitizen(
            booking_id=one.booking_id,
            site=SITE,
            door="main",
            people=draw.choice((1, 1, 2)),
            override=override,
        )
        life.ask(life.booking, command, "door")


def serve(life: Life, draw: random.Random) -> None:
    """One step of a visit at its counter."""
    if inside := visits(life):
        one = draw.choice(inside)
        life.ask(life.booking, floor.OpenCounter(site=SITE, counter=COUNTER))
        steps: list[ask.Command] = [
            floor.CallVisit(visit_id=one.visit_id, counter=COUNTER, reason=CallOutOfOrderReason.TRAVEL),
            floor.StartService(visit_id=one.visit_id, counter=COUNTER),
            floor.ParkVisit(visit_id=one.visit_id, reason=ParkReason.PAYMENT),
            floor.ResumeVisit(visit_id=one.visit_id),
            floor.ReturnToQueue(visit_id=one.visit_id, reason=ReturnReason.CAME_LATE),
        ]
        life.ask(life.booking, draw.choice(steps))


def finish(life: Life, draw: random.Random) -> None:
    """The clerk ends a visit by hand, or the person goes away."""
    if inside := visits(life):
        one = draw.choice(inside)
        items = tuple(Item(service=item.service) for item in one.items)
        steps: list[ask.Command] = [
            floor.FinishService(visit_id=one.visit_id, delivered=items),
            floor.FinishService(visit_id=one.visit_id, reason=NothingDeliveredReason.NO_AUTHORITY),
            floor.LeaveVisit(visit_id=one.visit_id),
        ]
        life.ask(life.booking, draw.choice(steps))
