"""What the post room's API and pages look at: the list, and one item with its history and ages.

Promises: the list has seen the log position that is asked for, or has waited 250 ms for it; one item is
the fold of its stream, so nothing is older than the log. Who sees names is written down before.
Shown by ``tests/log/test_items.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from time import monotonic
from typing import Protocol
from uuid import UUID

from servicekit.decider import Refused
from servicekit.log import Person, Recorded, Store, Stream
from servicekit.postgres import Pool
from servicekit.read_model import read_model

from .item_cases import ItemCases
from .post_room_config import PostRoomConfig
from .projections import items
from .projections.items import ItemRow, Wanted
from .rules.calendar import local_date
from .rules.item import DECIDER
from .rules.item_age import Ages, Turn, ages, turn_of
from .rules.item_state import OPEN, Item, Status

PATIENCE = 0.25
"""Seconds for which a list waits for what was just done."""
LOOK = 0.01


@dataclass(frozen=True, slots=True)
class Looked:
    """One item as it is now, with its turns and the date of its end."""

    item: Item
    turns: tuple[Turn, ...]
    ended_on: date | None

    def ages(self, today: date) -> Ages:
        """Age and own age, today or when it ended."""
        return ages(self.item.received_on, self.turns, self.ended_on or today)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list. ``next`` begins the one that follows, if there is one."""

    rows: tuple[ItemRow, ...]
    next: tuple[date, UUID] | None


class Clock(Protocol):
    """The platform's time."""

    def now(self) -> datetime:
        """The present moment, UTC."""


class PostRoomDesk:
    """What is seen of the post room."""

    def __init__(
        self, pool: Pool, store: Store, clock: Clock, config: PostRoomConfig, cases: ItemCases
    ) -> None:
        self._pool, self._store, self._clock = pool, store, clock
        self.config, self.cases = config, cases

    def today(self) -> date:
        """The local date."""
        return local_date(self._clock.now())

    async def item(self, item_id: UUID, upto: int = 0) -> Looked:
        """One item, up to a log position or to the end of its stream. Refuses ``not-found``."""
        stream = Stream("item", item_id)
        history = (await self._store.load([stream]))[stream]
        looked = look([one for one in history if not upto or one.position <= upto])
        if looked.item.status is Status.NONE:
            raise Refused("not-found")
        return looked

    async def person(self, person_id: UUID) -> Person | None:
        """The person whose papers are missing, unless erased."""
        person = await self._store.person(person_id)
        return None if person is None or person.erased else person

    async def page(self, wanted: Wanted, upto: int = 0) -> Page:
        """One page of the list, oldest arrival first."""
        one_more, until = replace(wanted, limit=wanted.limit + 1), monotonic() + PATIENCE
        while True:
            async with read_model(self._pool, items.NAME) as connection:
                if await items.position(connection) >= upto or monotonic() >= until:
                    return _page(await items.page(connection, one_more), wanted.limit)
            await asyncio.sleep(LOOK)


def look(history: Sequence[Recorded]) -> Looked:
    """One item from its history."""
    item, turns, ended_on = Item(), [], None
    for one in history:
        item, on = DECIDER.evolve(item, one.event), local_date(one.meta.at)
        turn = turn_of(type(one.event).__name__, one.event, on)
        turns += [turn] if turn else []
        ended_on = None if item.status in OPEN else on
    return Looked(item, tuple(turns), ended_on)


def _page(rows: Sequence[ItemRow], limit: int) -> Page:
    if len(rows) <= limit:
        return Page(tuple(rows), None)
    last = rows[limit - 1]
    return Page(tuple(rows[:limit]), (last.received_on, last.item_id))
