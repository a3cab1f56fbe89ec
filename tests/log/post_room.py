"""The post room on a real database: its commands, its list and its side table, without the other roles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from buergerbuero_contracts.registry import public
from servicekit.committer import SETTINGS, Committer
from servicekit.handle import Handler, Outcome
from servicekit.log import Actor, Context, EventTypes
from servicekit.own_log import read_log
from servicekit.plans import Plans
from servicekit.postgres import Connection, Pool, PostgresStore, connect, open_pool
from servicekit.project import Projector
from servicekit.projection import LOG
from services.documents import post_room_commands as ask
from services.documents.item_cases import StoredItemCases
from services.documents.post_room import PostRoom
from services.documents.post_room_desk import PostRoomDesk
from services.documents.projections.items import ITEMS
from services.documents.rules.item import DECIDER
from tests.rules.documents.items import MONDAY, noon
from tests.rules.documents.post_room_office import CONFIG

TYPES = EventTypes(public("documents"))


@dataclass
class Clock:
    """A clock that a test moves. The committer's samples of the database's time do not matter here."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def sample(self, _db_now: datetime, _asked: float) -> None:
        """Keep to the test's time."""


@dataclass
class World:
    """One process's way to the post room."""

    url: str
    pool: Pool
    clock: Clock
    post_room: PostRoom
    desk: PostRoomDesk
    projector: Projector

    async def execute(self, command: ask.OfPostRoom, context: Context | None = None) -> Outcome:
        """A command of its own, unless ``context`` says which."""
        command_id = uuid4()
        new = Context(command_id, self.clock.now(), Actor("staff", "post_room_1"), command_id)
        return await self.post_room.execute(command, context or new)

    async def listed(self) -> int:
        """Bring the list up to the log; its position."""
        seen = (await self.projector.seen(LOG, 0)).position or 0
        tail = await connect(self.url, application="test")
        try:
            while records := await read_log(tail, "documents", seen, 1000):
                await self.projector.apply(LOG, 0, records)
                seen = records[-1].offset
        finally:
            await tail.close()
        return seen


@asynccontextmanager
async def open_post_room(url: str) -> AsyncIterator[World]:
    """The post room on a database of its own, on Monday, 23 November 2026, at noon."""

    async def own() -> Connection:
        return await connect(url, application="post-room", settings=SETTINGS)

    clock, pool = Clock(noon(MONDAY)), await open_pool(url, application="post-room", size=4)
    committer = Committer(own, TYPES, clock, Plans({}))  # type: ignore[arg-type]
    task = asyncio.create_task(committer.run())
    store, cases = PostgresStore(pool, TYPES), StoredItemCases(pool)
    handler, projector = Handler(store, committer, {"item": DECIDER}), Projector(ITEMS, own)
    post_room = PostRoom(handler, CONFIG, cases)
    try:
        yield World(url, pool, clock, post_room, PostRoomDesk(pool, store, clock, CONFIG, cases), projector)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await projector.close()
        await pool.close()


def ids(rows: object) -> list[UUID]:
    """Which items are on a page."""
    return [row.item_id for row in rows]  # type: ignore[attr-defined]
