"""What people do around the window in a run: the delivery, the safe, the pick-up and the hand-over.

Two clerks may do the same at once, and a citizen may move or cancel while the document is on its way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from buergerbuero_contracts.booking import BookingOpened
from buergerbuero_contracts.documents import CheckMethod, OldDocument, RecipientRole
from servicekit.testing.simulation.platform import OK, Call, Platform
from services.booking import commands as booking
from services.booking.floor_commands import AdmitCitizen
from services.booking.rules.calendar import local_date
from services.documents import commands as ask
from services.documents.rules.events import BatchOpened
from tests.rules.booking.office import on
from tests.rules.process.seed import Piece
from tests.simulation.beginning import SITE, TUESDAY, beginning

CLOCKS = ("08:00", "08:10", "09:00", "10:00")
WINDOWS = ("window_1", "window_2")


def stored(platform: Platform, service: str, kind: str) -> list[Any]:
    """The events of a type that a log has."""
    side = platform.sides[service]
    return [side.decode(row) for row in side.log.events if row.type == kind]


async def until(look: Callable[[], Any], tries: int = 40) -> Any:
    """Look again until something is there, or patience ends."""
    for _ in range(tries):
        if found := look():
            return found
        await asyncio.sleep(0.05)
    return None


async def _twice(platform: Platform, draw: Random, service: str, command: Any, by: str = "clerk") -> Call:
    """Once, or by two people at once: the call of the first."""
    calls = [platform.ask(service, command, by) for _ in range(draw.choice((1, 1, 1, 2)))]
    done = await asyncio.gather(*calls)
    return next((one for one in done if one.outcome == OK), done[0])


async def collect(platform: Platform, draw: Random) -> None:
    """One document's way from the delivery into its holder's hand, as far as it goes."""
    piece = draw.choice(beginning().pieces)
    if draw.random() < 0.8:
        await until(lambda: stored(platform, "documents", "DocumentOrdered"))
    if not await _into_safe(platform, draw, piece):
        return
    booked = await _book(platform, draw, piece.document_id)
    if booked is None:
        return
    booking_id, starts_at = booked
    for _ in range(draw.choice((0, 0, 1, 2))):
        await _change_mind(platform, draw, booking_id)
    _go(platform, starts_at + timedelta(minutes=draw.choice((-5, 0, 3, 30))))
    await _twice(
        platform, draw, "booking", AdmitCitizen(booking_id=booking_id, site=SITE, door="main"), "door"
    )
    await until(lambda: stored(platform, "documents", "PickupAdmitted"), draw.choice((0, 10, 10, 10)))
    await _hand_over(platform, draw, piece)


async def _into_safe(platform: Platform, draw: Random, piece: Piece) -> bool:
    call = await platform.ask("documents", ask.OpenBatch(site=SITE), "clerk")
    opened = next((one for one in call.events if isinstance(one, BatchOpened)), None)
    if call.outcome != OK or opened is None:
        return False
    scan = ask.ReceiveDocument(
        batch_id=opened.batch_id, number=piece.number, kind=piece.kind, booking_id=piece.booking_id
    )
    await _twice(platform, draw, "documents", scan)
    received = await until(lambda: stored(platform, "documents", "DocumentReady"), 5)
    for one in received or ():
        command = ask.StoreDocument(
            document_id=one.document_id, bin=draw.choice(("A1", "A2", "A3")), approved_by="colleague"
        )
        await _twice(platform, draw, "documents", command)
    return bool(received)


async def _book(platform: Platform, draw: Random, document_id: UUID) -> tuple[UUID, datetime] | None:
    def called() -> list[Any]:
        return [
            one for one in stored(platform, "documents", "PickupInvited") if document_id in one.document_ids
        ]

    invited = await until(called)
    if not invited:
        return None
    starts_at = on(TUESDAY, draw.choice(CLOCKS))
    for _ in range(6):
        wish = booking.BookPickup(invitation_id=invited[-1].invitation_id, starts_at=starts_at)
        call = await _twice(platform, draw, "booking", wish, "citizen")
        opened = next((one for one in call.events if isinstance(one, BookingOpened)), None)
        if opened is not None and opened.starts_at is not None:
            return opened.booking_id, opened.starts_at
        if call.code != "invitation-on-its-way":
            return None
        await asyncio.sleep(0.2)
    return None


async def _change_mind(platform: Platform, draw: Random, booking_id: UUID) -> None:
    starts_at = on(TUESDAY, draw.choice(CLOCKS))
    move = booking.RescheduleBooking(booking_id=booking_id, starts_at=starts_at)
    cancel = booking.CancelBooking(booking_id=booking_id, typed_day=local_date(starts_at))
    undo = booking.UndoCancel(booking_id=booking_id)
    await asyncio.gather(
        *(platform.ask("booking", one, "citizen") for one in draw.choice(((move,), (cancel, undo))))
    )


async def _hand_over(platform: Platform, draw: Random, piece: Piece) -> None:
    window = draw.choice(WINDOWS)
    fetch = ask.FetchDocument(document_id=piece.document_id, window=window)
    await _twice(platform, draw, "documents", fetch)
    if draw.random() < 0.2:
        back = ask.PutBack(document_id=piece.document_id, window=window, bin="A4")
        await platform.ask("documents", back, "clerk")
    give = ask.HandOverDocument(
        document_id=piece.document_id,
        window=window,
        scan=piece.number,
        recipient_role=RecipientRole.APPLICANT,
        check_method=CheckMethod.PHOTO,
        old_document=OldDocument.VOIDED_RETURNED,
        holder=piece.holder,
    )
    for _ in range(3):
        call = await _twice(platform, draw, "documents", give)
        if call.outcome == OK:
            return
        await asyncio.sleep(0.2)


def _go(platform: Platform, moment: datetime) -> None:
    left = (moment - platform.clock.now()).total_seconds()
    if left > 0:
        platform.story.tell("time passes", f"{left:.0f} s")
        platform.loop.skip(left)


Act = Callable[[Platform, Random], Awaitable[None]]
