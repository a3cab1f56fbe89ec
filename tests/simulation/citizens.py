"""What people do to booking in a run: each act is a small life, drawn from its own number.

Aimed at conflicts: few places and many citizens, confirmations within a second of the expiry, moves and
cancellations at once. Even load finds nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from buergerbuero_contracts.booking import BookingOpened, ConfirmationRequested
from buergerbuero_contracts.envelope import Item
from servicekit.testing.simulation.platform import OK, Call, Platform
from services.booking import commands as ask
from services.booking.contact import ContactData
from services.booking.rules.limits import Origin
from tests.rules.booking.office import on
from tests.simulation.beginning import SITE, TUESDAY
from tests.simulation.window import collect

Act = Callable[[Platform, Random], Awaitable[None]]
CLOCKS = ("10:00", "10:00", "10:10", "10:20")
SERVICES = ("id_card_apply", "passport_apply", "registration")


def of(call: Call, kind: type[Any]) -> Any:
    """The first event of a type in an answer."""
    return next((event for event in call.events if isinstance(event, kind)), None)


def _start(draw: Random) -> datetime:
    return on(TUESDAY, draw.choice(CLOCKS))


async def hold(
    platform: Platform, draw: Random, device: str, starts_at: datetime | None = None
) -> UUID | None:
    """Choose a time; the booking, if a place was held."""
    command = ask.ReserveSlot(
        site=SITE,
        starts_at=starts_at or _start(draw),
        items=(Item(service=draw.choice(SERVICES)),),
        origin=Origin(device, f"net of {device}"),
    )
    call = await platform.ask("booking", command)
    opened = of(call, BookingOpened)
    return opened.booking_id if call.outcome == OK and opened else None


async def contact(platform: Platform, draw: Random, booking_id: UUID, device: str) -> bool:
    """Say who comes; whether a mail is on its way."""
    person = ContactData(device, f"{device}@example.org")
    command = ask.GiveContact(
        booking_id=booking_id, contact=person, origin=Origin(device, f"net of {device}")
    )
    call = await platform.ask("booking", command)
    return call.outcome == OK and of(call, ConfirmationRequested) is not None


async def _pause(draw: Random, most: float = 0.3) -> None:
    await asyncio.sleep(draw.random() * most)


async def wait_near(platform: Platform, draw: Random, subject: UUID) -> None:
    """Until about a second before or after the timer of something."""
    due = [row.due_at for key, row in platform.sides["booking"].log.timers.items() if key[1] == subject]
    if due:
        near = draw.choice((0.3, 0.02)) * draw.uniform(-1, 1)
        left = (min(due) - platform.clock.now()).total_seconds() + near
        if left > 0:
            platform.story.tell("time passes", f"{left:.1f} s")
            platform.loop.skip(left)
    await asyncio.sleep(0)


async def book(platform: Platform, draw: Random) -> None:
    """From the first choice to a booking, or as far as it goes; then perhaps move or cancel it."""
    device = f"citizen{draw.randrange(10_000)}"
    booking_id = await hold(platform, draw, device)
    if booking_id is None:
        return
    await _pause(draw)
    if draw.random() < 0.3:
        await platform.ask("booking", ask.ExtendHold(booking_id=booking_id, origin=Origin(device, device)))
    if draw.random() < 0.1 or not await contact(platform, draw, booking_id, device):
        return
    await (wait_near(platform, draw, booking_id) if draw.random() < 0.4 else _pause(draw))
    confirmed = await platform.ask("booking", ask.ConfirmBooking(booking_id=booking_id))
    for _ in range(draw.choice((0, 0, 1, 2))):
        await _pause(draw)
        if draw.random() < 0.5:
            move = ask.RescheduleBooking(booking_id=booking_id, starts_at=_start(draw))
            await platform.ask("booking", move)
        elif confirmed.outcome == OK:
            cancel = ask.CancelBooking(booking_id=booking_id, typed_day=TUESDAY)
            await asyncio.gather(
                platform.ask("booking", cancel),
                platform.ask("booking", ask.UndoCancel(booking_id=booking_id)),
            )


async def leave(platform: Platform, draw: Random) -> None:
    """A hold that somebody goes on with too late, and somebody else who comes for the place as it ends."""
    device = f"visitor{draw.randrange(10_000)}"
    starts_at = _start(draw)
    booking_id = await hold(platform, draw, device, starts_at)
    if booking_id is None:
        return
    await _pause(draw)
    if draw.random() < 0.5 and await contact(platform, draw, booking_id, device):
        late: Awaitable[object] = platform.ask("booking", ask.ConfirmBooking(booking_id=booking_id))
    else:
        late = contact(platform, draw, booking_id, device)
    await wait_near(platform, draw, booking_id)
    await asyncio.gather(hold(platform, draw, f"{device} again", starts_at), late)


async def double(platform: Platform, draw: Random) -> None:
    """A double click: the same command twice at once."""
    name = f"double {draw.random()}"
    origin = Origin(name, f"net of {name}")
    command = ask.ReserveSlot(
        site=SITE, starts_at=_start(draw), items=(Item(service="id_card_apply"),), origin=origin
    )
    await asyncio.gather(*(platform.ask("booking", command, name=name) for _ in range(2)))


async def rush(platform: Platform, draw: Random) -> None:
    """Places are free again, and many come at once, through whatever door."""
    names = [f"rush {draw.random()}" for _ in range(draw.choice((4, 8, 12)))]
    await asyncio.gather(*(hold(platform, draw, name) for name in names))


async def minutes(platform: Platform, draw: Random) -> None:
    """Nobody gets anything done for a while."""
    span = timedelta(seconds=draw.choice((2, 30, 200, 700)))
    platform.story.tell("time passes", span)
    platform.loop.skip(span.total_seconds())
    await asyncio.sleep(0)


async def hours(platform: Platform, draw: Random) -> None:
    """So long that holds are forgotten with the people behind them."""
    await _pause(draw, 1.0)
    span = timedelta(hours=draw.choice((2, 2, 26)))
    platform.story.tell("time passes", span)
    platform.loop.skip(span.total_seconds())
    await asyncio.sleep(0)


ACTS: Mapping[str, tuple[int, Act]] = {
    "book": (10, book),
    "leave": (3, leave),
    "double": (2, double),
    "rush": (2, rush),
    "minutes": (2, minutes),
    "hours": (1, hours),
    "collect": (8, collect),
}
