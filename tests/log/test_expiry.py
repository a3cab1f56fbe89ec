"""Due holds end before a place is refused: asked over the pool, claimed once, over one connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from servicekit.log import Arm, Decision, Disarm, Due, Effects, Request
from servicekit.postgres import Connection, connect
from servicekit.timers import TimerRunner
from services.booking.expiry import Expiry
from services.booking.timers import HOLD_EXPIRY
from tests.conftest import Databases
from tests.log.desk import Desk, context, open_desk

SITE, DAY = "flensburg", date(2026, 12, 3)
HOUR = timedelta(hours=1)


@dataclass
class World:
    """An expiry on a real log, and what it did."""

    desk: Desk
    connections: list[Connection] = field(default_factory=list)
    fired: list[UUID] = field(default_factory=list)
    claims: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()
        self.expiry = Expiry(
            self.desk.pool, self.connect, TimerRunner(self.connect, self.desk.clock, self.fire)
        )

    async def connect(self) -> Connection:
        self.claims.set()
        self.connections.append(await connect(self.desk.url, application="expiry"))
        return self.connections[-1]

    async def fire(self, due: Due) -> object:
        await self.gate.wait()
        self.fired.append(due.subject)
        return await self.store(Disarm(due.kind, due.subject, due.due_at))

    async def store(self, *timers: Arm | Disarm) -> object:
        return await self.desk.committer(Request(context(), {}, Decision((), Effects(timers=timers))))

    async def held(self, *, due_in: timedelta) -> UUID:
        booking = uuid4()
        await self.store(Arm(HOLD_EXPIRY, booking, datetime.now(UTC) + due_in))
        return booking

    async def expire(self, *bookings: UUID, day: date = DAY) -> int:
        return await self.expiry(SITE, day, bookings, self.desk.clock.now())


@pytest.fixture
async def world(fresh_database: Databases) -> AsyncIterator[World]:
    async with open_desk(fresh_database("booking").app_url) as desk:
        made = World(desk)
        yield made
        await made.expiry.close()


async def test_renewed_and_ended_holds_cost_no_connection(world: World) -> None:
    """Their slots name a limit long past: the contact was given, or the booking is confirmed."""
    renewed, confirmed = await world.held(due_in=HOUR), uuid4()
    for _ in range(20):
        assert await world.expire(renewed, confirmed) == 0
    assert (world.connections, world.fired) == ([], [])


async def test_all_who_wait_for_a_day_share_one_claim(world: World) -> None:
    due, renewed = await world.held(due_in=-HOUR), await world.held(due_in=HOUR)
    world.gate.clear()
    waiting = [asyncio.ensure_future(world.expire(due, renewed)) for _ in range(10)]
    await world.claims.wait()
    world.gate.set()
    assert await asyncio.gather(*waiting) == [1] * 10
    assert world.fired == [due]
    assert await world.expire(due, renewed) == 0


async def test_who_hangs_up_does_not_take_the_claim_from_the_others(world: World) -> None:
    due = await world.held(due_in=-HOUR)
    world.gate.clear()
    first, second = (asyncio.ensure_future(world.expire(due)) for _ in range(2))
    await world.claims.wait()
    first.cancel()
    world.gate.set()
    assert await second == 1
    assert world.fired == [due]


async def test_claims_of_all_days_use_one_connection_and_a_new_one_after_a_loss(world: World) -> None:
    days = [DAY + timedelta(days=n) for n in range(5)]
    for _ in range(2):
        due = [await world.held(due_in=-HOUR) for _ in days]
        assert await asyncio.gather(
            *(world.expire(one, day=day) for one, day in zip(due, days, strict=True))
        ) == ([1] * len(days))
    assert len(world.connections) == 1
    world.connections[0].terminate()
    assert await world.expire(await world.held(due_in=-HOUR)) == 1
    assert len(world.connections) == 2
