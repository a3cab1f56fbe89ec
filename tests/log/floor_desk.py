"""Booking's floor on a real log: desks that share one database, as processes would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from buergerbuero_contracts import registry
from buergerbuero_contracts.booking import (
    AdmissionMode,
    BookingConfirmed,
    BookingKind,
    BookingOpened,
    Channel,
    Method,
)
from buergerbuero_contracts.envelope import Item
from servicekit.clock import Clock
from servicekit.committer import SETTINGS, Committer
from servicekit.handle import Handler, Outcome
from servicekit.log import Actor, Context, Decision, EventTypes, Request, Stream
from servicekit.own_log import read_log
from servicekit.plans import Plans
from servicekit.postgres import Connection, Pool, PostgresStore, connect, open_pool
from servicekit.project import Projector
from servicekit.projection import LOG
from servicekit.read_model import read_model
from services.booking import floor_commands as f
from services.booking import timers
from services.booking.administration import DECIDERS, PLANNED
from services.booking.floor import on_floor
from services.booking.projections import floor
from services.booking.rules.events import PRIVATE, CounterSetup
from services.booking.rules.opening import Opening
from services.booking.rules.queue import Line
from services.booking.rules.settings import SiteSettings
from services.booking.rules.site import Site
from services.booking.rules.visit_state import visit_id_of

NOON = datetime(2026, 12, 3, 11, tzinfo=UTC)
"""Thursday, 12 o'clock in Flensburg; the time of all commands."""
DAY = date(2026, 12, 3)
COUNTERS = tuple(f"counter_{n}" for n in range(1, 9))
TYPES = EventTypes([*registry.public("booking"), *PRIVATE])
SITE = Site(
    opening=Opening(
        site="flensburg",
        settings=SiteSettings(occupancy_limit=100),
        counters={code: CounterSetup(counter=code, skills=("identity",)) for code in COUNTERS},
    )
)


def context(command_id: UUID | None = None) -> Context:
    command = command_id or uuid4()
    return Context(command, NOON, Actor("staff"), command)


@dataclass
class FloorDesk:
    """One process's way to the floor. ``line``: what it believes to be the queue, instead of the model."""

    handler: Handler
    committer: Committer
    pool: Pool
    url: str
    site_: Site = SITE
    line: Line | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def ask(self, command: f.OfFloor, who: Context | None = None) -> Outcome:
        """Carry out a command of the floor."""
        around: Any = self  # only the site and the line are asked for
        return await on_floor(self.handler, around, command, who or context())

    def site(self, _code: str) -> Site:
        """The site."""
        return self.site_

    async def queue(self, site: str, day: date) -> Line:
        """Who waits: as last read, or as the read model has it."""
        if self.line is not None:
            return self.line
        async with read_model(self.pool, floor.FLOOR.name) as read:
            return await floor.queue(read, site, day)

    async def booked(self, minute: int = 0, kind: BookingKind = BookingKind.APPOINTMENT) -> UUID:
        """A confirmed booking, ``minute`` minutes after noon."""
        booking_id, start = uuid4(), NOON + timedelta(minutes=minute)
        stream = Stream("booking", booking_id)
        told: dict[str, Any] = {
            "booking_id": booking_id,
            "kind": kind,
            "site": "flensburg",
            "starts_at": start,
        }
        told |= {"ends_at": start + timedelta(minutes=15), "items": (Item(service="id_card_apply"),)}
        told |= {"persons": 1, "language": "de"}
        opened = BookingOpened(channel=Channel.ONLINE, **told)
        confirmed = BookingConfirmed(
            **{**told, "person_id": uuid4(), "person_revision": 1, "method": Method.LINK},
            companions=1,
            sequence=0,
        )
        decision = Decision(((stream, opened), (stream, confirmed)))
        await self.committer(Request(context(), {stream: 0}, decision))
        return booking_id

    async def inside(self, minute: int = 0) -> UUID:
        """Somebody who was let in; gives the visit."""
        booking_id = await self.booked(minute)
        await self.ask(admission(booking_id))
        return visit_id_of(booking_id)

    async def projected(self, most: int = 1000) -> None:
        """Bring the read model to the end of the log, in batches of at most ``most`` events."""

        async def own() -> Connection:
            return await connect(self.url, application="projector")

        projector, tail = Projector(floor.FLOOR, own), await own()
        while True:
            seen = (await projector.seen(LOG, 0)).position or 0
            batch = await read_log(tail, "booking", seen, most)
            if not batch:
                break
            await projector.apply(LOG, 0, batch)
        await tail.close()
        await projector.close()


def admission(booking_id: UUID, people: int = 1) -> f.AdmitCitizen:
    return f.AdmitCitizen(
        booking_id=booking_id, site="flensburg", door="main", people=people, mode=AdmissionMode.SCAN
    )


@asynccontextmanager
async def open_floor(url: str, desks: int = 1, site: Site = SITE) -> AsyncIterator[list[FloorDesk]]:
    """Desks with a committer and a pool each."""

    async def own() -> Connection:
        return await connect(url, application="committer", settings=SETTINGS)

    made: list[FloorDesk] = []
    try:
        for _ in range(desks):
            pool = await open_pool(url, application="desk", size=3)
            committer = Committer(own, TYPES, Clock(), Plans({"day_plan": DECIDERS["day_plan"]}))
            handler = Handler(
                PostgresStore(pool, TYPES), committer, DECIDERS, planned=PLANNED, timers=timers.timers
            )
            desk = FloorDesk(handler, committer, pool, url, site)
            desk.tasks.append(asyncio.create_task(committer.run()))
            made.append(desk)
            await committer.ensure(())
        yield made
    finally:
        for desk in made:
            for task in desk.tasks:
                task.cancel()
            await asyncio.gather(*desk.tasks, return_exceptions=True)
            await desk.pool.close()


async def opened(desks: Sequence[FloorDesk]) -> None:
    """All counters are staffed."""
    for code in COUNTERS:
        await desks[0].ask(f.OpenCounter(site="flensburg", counter=code))


def small(limit: int) -> Site:
    """The site with room for so many people."""
    settings = SITE.opening.settings.model_copy(update={"occupancy_limit": limit})
    return replace(SITE, opening=replace(SITE.opening, settings=settings))
