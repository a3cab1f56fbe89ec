"""The same town in memory: the real application before a log that is a list, for a small attack as a test.

Promises: requests and answers are those of the service's routes; holds that ended and reviews of the level
that came due fire when time passes; time stands still meanwhile.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx

from buergerbuero_contracts.booking import (
    BookingCancelled,
    BookingConfirmed,
    BookingOpened,
    HoldExpired,
    WishMade,
)
from servicekit.log import Arm, Due
from servicekit.web.requests import trusted
from services.booking import commands as ask
from services.booking.rules.events import ProtectionLevelSet
from services.booking.rules.protection import Holds
from services.booking.timers import HOLD_EXPIRY, timers
from tests.bots.town import Town
from tests.way.memory_office import ORIGIN, MemoryOffice, an_app

OVER = (BookingConfirmed, HoldExpired, BookingCancelled)
REVIEW = 5


class WatchedOffice(MemoryOffice):
    """An office that sees what became of its holds."""

    async def holds(self, site: str, first: datetime, last: datetime) -> Holds:
        opened = {
            one.event.booking_id
            for one in self.log.events
            if isinstance(one.event, BookingOpened) and first < one.meta.at <= last
        }
        meant = {one.stream.id for one in self.log.events if isinstance(one.event, BookingConfirmed)}
        return Holds(len(opened), len(opened & meant))


class MemoryTown(Town):
    """A town whose clock is set and whose log is a list."""

    def __init__(self, office: MemoryOffice, client: httpx.AsyncClient) -> None:
        self.office, self.client, self.tokens = office, client, office.tokens
        self.begin = office.clock.now()
        self._seen, self._armed = 0, dict[UUID, Due]()

    def now(self) -> datetime:
        return self.office.clock.now()

    async def forward(self, minutes: float) -> None:
        before = int(self.minute()) // REVIEW
        self.office.clock.at += timedelta(minutes=minutes)
        for one in self.office.log.events[self._seen :]:
            for change in timers(one.stream, one.event):
                if change.kind == HOLD_EXPIRY:
                    self._armed.pop(change.subject, None)
                    if isinstance(change, Arm):
                        self._armed[change.subject] = Due(HOLD_EXPIRY, change.subject, change.due_at)
        self._seen = self.office.position()
        for due in [one for one in self._armed.values() if one.due_at <= self.now()]:
            await self.office.handlers.fire(due, self.now())
        if int(self.minute()) // REVIEW > before:
            await self.office.execute(ask.ReviewProtection(site="flensburg"), self.office.context())

    def hashed(self, value: str) -> str:
        return self.office.hashed("work", value)[:32]

    async def wish_of(self, email: str) -> UUID | None:
        people = {one.person_id for one in self.office.log.people.values() if one.email == email}
        made = [one.event for one in self.office.log.events if isinstance(one.event, WishMade)]
        return next((one.wish_id for one in reversed(made) if one.person_id in people), None)

    async def confirmed(self) -> set[UUID]:
        return self._streams(BookingConfirmed)

    async def unfinished(self) -> int:
        return len(self._streams(BookingOpened) - self._streams(*OVER))

    async def levels(self) -> list[str]:
        events = (one.event for one in self.office.log.events)
        return [event.level.value for event in events if isinstance(event, ProtectionLevelSet)]

    def _streams(self, *kinds: type) -> set[UUID]:
        return {one.stream.id for one in self.office.log.events if isinstance(one.event, kinds)}


@asynccontextmanager
async def remembered(folder: Path) -> AsyncIterator[MemoryTown]:
    """A fresh office, planned, behind its application."""
    office = WatchedOffice(folder)
    await office.set_up()
    app = an_app(office)
    app.state.proxies = trusted(["127.0.0.1"])
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield MemoryTown(office, client)
