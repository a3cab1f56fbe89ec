"""The waiting list through a browser: wishes, the mailed link, offers that become due."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from buergerbuero_contracts.booking import WishMade
from servicekit.log import Arm, Due
from servicekit.tokens import Purpose
from services.booking.timers import OFFER_LAPSE, RETURN_OFFER, WISH_END, timers
from tests.way.booking_desk import Desk, bearer
from tests.way.memory_office import MemoryOffice

KINDS = (RETURN_OFFER, OFFER_LAPSE, WISH_END)


def fire(office: MemoryOffice, **later: float) -> None:
    """Let time go by, and fire what came due."""
    office.clock.pass_(**later)
    asyncio.run(fire_due(office))


async def fire_due(office: MemoryOffice) -> None:
    """Fire what stored events of the waiting list armed, as the timer role would."""
    armed: dict[tuple[str, UUID], Any] = {}
    for one in office.log.events:
        for change in timers(one.stream, one.event):
            if change.kind in KINDS:
                armed[change.kind, change.subject] = change.due_at if isinstance(change, Arm) else None
    for (kind, subject), due_at in armed.items():
        if due_at is not None and due_at <= office.clock.now():
            await office.handlers.fire(Due(kind, subject, due_at), office.clock.now())


def wishes_of(office: MemoryOffice) -> list[UUID]:
    """All wishes, in the order in which they were made."""
    return [one.event.wish_id for one in office.log.events if isinstance(one.event, WishMade)]


def mailed(office: MemoryOffice, wish_id: UUID) -> str:
    """The token that notification's mails carry."""
    return office.tokens.sign(Purpose.WISH, wish_id, office.clock.now() + timedelta(days=67))


def somebody_cancels(desk: Desk, **changes: Any) -> None:
    """Tuesday at nine comes back, and the undo time passes."""
    booked = desk.confirmed(**changes)
    path = f"/bookings/{booked['booking_id']}/cancel"
    day = booked["starts_at"][:10]
    assert desk.post(path, {"date": day}, **bearer(booked["access"])).status_code == 200
    fire(desk.office, minutes=10)
