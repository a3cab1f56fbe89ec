"""Two processes on one shelf, calls that get lost, callers who go home: one holder for a place, or none.

Which calls are lost, who comes when and who gives up follows from the shelf's number; how the two processes
meet does not. The faults of ``test_lost_calls.py`` were found in this way.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pytest

from servicekit import committer
from servicekit.append_sql import APPEND, FENCED
from servicekit.decider import Refused
from servicekit.handle import Outcome
from servicekit.log import Busy, Effects, Guard, Stream
from servicekit.postgres import fetch_one
from tests.conftest import Databases
from tests.log.desk import Desk, context, open_desk

SHELVES, CALLERS, PLACES, TRIES = 40, 30, 12, 3
UNHEARD, UNANSWERED = 0.12, 0.08
"""How many calls are lost before and after the log has heard them."""


@dataclass
class Shelf:
    """One shelf, the two desks that it is filled from, and what its callers were told of which place."""

    random: Random
    stream: Stream
    desks: list[Desk]

    async def caller(self) -> tuple[int, object]:
        """Come at some time; with luck leave again, and come back with the same command."""
        desk, place, who = self.random.choice(self.desks), self.random.randrange(PLACES), context()
        await asyncio.sleep(self.random.random() * 0.05)
        if self.random.random() < 0.05:
            with pytest.raises(Busy):
                await desk.spoil()
            return place, None
        limit = Guard("device", "h", 0, "too-many", context().command_id)
        effects = Effects((limit,)) if self.random.random() < 0.1 else None
        for _ in range(TRIES):
            asked = asyncio.ensure_future(desk.take(who, effects, place))
            if self.random.random() < 0.15:
                await asyncio.sleep(self.random.random() * 0.01)
                asked.cancel()
            try:
                return place, await asked
            except Refused as refused:
                return place, refused
            except (Busy, asyncio.CancelledError):
                continue
        return place, None

    async def wrong(self) -> list[str]:
        """Fill it; what is not as it was told."""
        calls = [asyncio.ensure_future(self.caller()) for _ in range(CALLERS)]
        told = await asyncio.gather(*calls)
        rows = await self.desks[0].pool.fetch(
            "SELECT (data->>'place')::int AS place FROM event WHERE stream_id = $1", self.stream.id
        )
        stored = Counter(row["place"] for row in rows)
        found = [f"{place} stored {times} times" for place, times in stored.items() if times > 1]
        for place, answer in told:
            if isinstance(answer, Outcome) and not stored[place]:
                found.append(f"{place} was given and is not stored")
            if isinstance(answer, Refused) and answer.code == "slot-taken" and not stored[place]:
                found.append(f"{place} was refused and is free")
        return found


async def test_two_processes_with_lost_calls_give_no_place_twice_and_lose_none(
    fresh_database: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"LEAST": 3, "IDLE": 0.01}.items():
        monkeypatch.setattr(committer, name, value)
    url, found = fresh_database("booking").app_url, dict[int, list[str]]()
    random = Random()  # noqa: S311 - a story, no secret

    async def losing(connection: Any, query: str, *values: object) -> Any:
        luck = random.random() if query in (APPEND, FENCED) else 1.0
        if luck < UNHEARD:
            await asyncio.sleep(random.choice((0, 0.005)))
            raise ConnectionResetError
        row = await fetch_one(connection, query, *values)
        if luck < UNHEARD + UNANSWERED:
            raise ConnectionResetError
        return row

    async with open_desk(url) as one, open_desk(url) as other, asyncio.timeout(120):
        monkeypatch.setattr(committer, "fetch_one", losing)
        for number in range(SHELVES):
            random.seed(number)
            stream = Stream.named("shelf", number)
            desks = [replace(desk, shelf=stream) for desk in (one, other)]
            for desk in desks:
                if random.random() < 0.5:
                    desk.committer._crowded_until = 0.0
            if wrong := await Shelf(random, stream, desks).wrong():
                found[number] = wrong
    assert not found
