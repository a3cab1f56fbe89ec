"""Small worlds for the rules of booking: days, counters, bookings, told in local clock times."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid5

from buergerbuero_contracts.booking import (
    Block,
    BookingConfirmed,
    BookingKind,
    BookingOpened,
    Channel,
    ConfirmationRequested,
    DayPlanned,
    Method,
    PlannedCounter,
    Pool,
    Purpose,
    SlotReserved,
)
from buergerbuero_contracts.envelope import NIL, Event, Item
from services.booking.rules.calendar import instant
from services.booking.rules.day_commands import ReserveSlot
from services.booking.rules.day_state import DayPlan, evolve
from services.booking.rules.events import PlaceSetAside
from services.booking.rules.hours import Frame
from services.booking.rules.places import Wanted

THURSDAY = date(2026, 12, 3)
ALL = ("identity", "move", "certificates")
CARD = (Item(service="id_card_apply"),)
BOOKING, PERSON = uuid5(NIL, "booking"), uuid5(NIL, "person")


def uid(name: object) -> UUID:
    """An id by name."""
    return uuid5(NIL, str(name))


def on(day: date, clock: str) -> datetime:
    """A local clock time of a day, as an instant."""
    return instant(day, time.fromisoformat(clock))


def at(clock: str) -> datetime:
    """A clock time of Thursday, 3 December 2026."""
    return on(THURSDAY, clock)


def block(counter: str, hours: str, pool: Pool = Pool.DESK, day: date = THURSDAY) -> Block:
    """``"07:30-12:00"`` on a counter."""
    from_, until = hours.split("-")
    end = on(day + timedelta(days=1), "00:00") if until == "24:00" else on(day, until)
    return Block(counter=counter, from_=on(day, from_), until=end, pool=pool)


def frame(*blocks: Block, buffer: int = 5, skills: Iterable[str] = ALL) -> Frame:
    """A frame of blocks; all counters alike."""
    codes = sorted({block.counter for block in blocks})
    counters = tuple(
        PlannedCounter(counter=code, skills=tuple(skills), hygiene_buffer=buffer) for code in codes
    )
    return Frame(counters, tuple(sorted(blocks, key=lambda b: (b.counter, b.from_, b.pool))))


def planned(*blocks: Block, day: date = THURSDAY, buffer: int = 5, skills: Iterable[str] = ALL) -> DayPlanned:
    """A planned day without release draws: everything is open."""
    of_day = frame(*blocks, buffer=buffer, skills=skills)
    return DayPlanned(site="flensburg", date=day, counters=of_day.counters, blocks=of_day.blocks)


def plan(*events: Event) -> DayPlan:
    """The day after events."""
    state = DayPlan()
    for event in events:
        state = evolve(state, event)
    return state


def wanted(minutes: int = 15, pool: Pool = Pool.DESK, needs: tuple[str, ...] = ("identity",)) -> Wanted:
    """What a visit needs."""
    return Wanted(ticks=-(-minutes // 5), needs=(frozenset(needs),), pool=pool)


def reserve(
    start: datetime,
    name: object = "b",
    *,
    now: datetime | None = None,
    minutes: int = 15,
    pool: Pool = Pool.DESK,
    needs: tuple[str, ...] = ("identity",),
    purpose: Purpose = Purpose.HOLD,
    far: bool = False,
) -> ReserveSlot:
    """The command for a place; asked an hour before the start unless said otherwise."""
    return ReserveSlot(
        booking_id=uid(name),
        slot_id=uid(f"slot of {name} at {start}"),
        starts_at=start,
        ticks=-(-minutes // 5),
        needs=(frozenset(needs),),
        pool=pool,
        items=CARD,
        persons=1,
        channel=Channel.ONLINE,
        purpose=purpose,
        at=now or start - timedelta(hours=1),
        hold_until=None,
        own_is_far=far,
    )


def slot(
    hours: str, name: object = "b", counter: str = "c1", pool: Pool = Pool.DESK, buffer: int = 5
) -> SlotReserved:
    """A place that somebody has on Thursday."""
    from_, until = hours.split("-")
    return SlotReserved(
        booking_id=uid(name),
        slot_id=uid(f"slot of {name}"),
        site="flensburg",
        date=THURSDAY,
        counter=counter,
        pool=pool,
        starts_at=at(from_),
        ends_at=at(until),
        occupied_until=at(until) + timedelta(minutes=buffer),
        items=CARD,
        persons=1,
        channel=Channel.ONLINE,
        purpose=Purpose.HOLD,
    )


def set_aside(start: str, busy: str, public_from: str, name: str = "a") -> PlaceSetAside:
    """A place of counter 1 that came back."""
    return PlaceSetAside(
        site="flensburg",
        date=THURSDAY,
        booking_id=uid(name),
        slot_id=uid(f"slot of {name}"),
        counter="c1",
        pool=Pool.DESK,
        starts_at=at(start),
        occupied_until=at(busy),
        public_from=at(public_from),
    )


# --- a booking's stream; it is for Thursday at 10:00 and was opened at 8:00


def opened(channel: Channel = Channel.ONLINE, starts: str = "10:00", limit: str = "08:10") -> BookingOpened:
    """A hold until 8:10."""
    return BookingOpened(
        booking_id=BOOKING,
        kind=BookingKind.APPOINTMENT,
        channel=channel,
        site="flensburg",
        starts_at=at(starts),
        ends_at=at(starts) + timedelta(minutes=15),
        items=CARD,
        persons=1,
        language="de",
        hold_until=at(limit),
    )


def requested(attempt: int = 1, limit: str = "09:05", revision: int = 1) -> ConfirmationRequested:
    """Asked to confirm until 9:05."""
    return ConfirmationRequested(
        booking_id=BOOKING,
        person_id=PERSON,
        person_revision=revision,
        kind=BookingKind.APPOINTMENT,
        starts_at=at("10:00"),
        confirm_until=at(limit),
        attempt=attempt,
        language="de",
    )


def confirmed() -> BookingConfirmed:
    """Confirmed by the link."""
    return BookingConfirmed(
        booking_id=BOOKING,
        person_id=PERSON,
        person_revision=1,
        kind=BookingKind.APPOINTMENT,
        method=Method.LINK,
        site="flensburg",
        starts_at=at("10:00"),
        ends_at=at("10:15"),
        items=CARD,
        persons=1,
        companions=1,
        language="de",
        sequence=0,
    )
