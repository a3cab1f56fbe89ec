"""The head as fence: alone at the log a command costs one call; if others write, it is decided again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest

from servicekit import committer
from servicekit.append_sql import APPEND, FENCED, LOCK, UNLOCK
from servicekit.decider import Refused
from servicekit.handle import Outcome
from servicekit.log import Effects, Guard, Stream
from servicekit.plans import Overlay, Step
from servicekit.postgres import connect, fetch_one
from tests.conftest import Databases
from tests.log.desk import PlaceTaken, context, lock_awaited, open_desk, rows, whole

ADVISORY = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, bool]]]:
    """The committers' appends as (fenced or plain, stored or not); they look at the log only to write."""
    monkeypatch.setattr(committer, "IDLE", 60.0)
    monkeypatch.setattr(committer, "FRESH", 60.0)  # however slow the machine is
    seen: list[tuple[str, bool]] = []

    async def spy(connection: Any, query: str, *values: object) -> Any:
        row = await fetch_one(connection, query, *values)
        if query in (APPEND, FENCED):
            seen.append(("fenced" if query == FENCED else "plain", row["status"] is not None))
        return row

    monkeypatch.setattr(committer, "fetch_one", spy)
    yield seen


async def test_alone_at_the_log_each_command_is_one_fenced_call(
    fresh_database: Databases, calls: list[tuple[str, bool]]
) -> None:
    async with open_desk(fresh_database("booking").app_url) as desk:
        places = [(await desk.take()).of(PlaceTaken).place for _ in range(5)]
        assert places == [0, 1, 2, 3, 4]
        assert calls == [("fenced", True)] * 5
        assert whole(await rows(desk.pool))


async def test_what_somebody_else_wrote_meanwhile_is_seen_before_anything_is_stored(
    fresh_database: Databases, calls: list[tuple[str, bool]]
) -> None:
    url = fresh_database("booking").app_url
    async with open_desk(url) as one, open_desk(url) as other:
        await other.take()
        one.committer._crowded_until = 0.0
        one.committer._tail.looked_at = float("inf")  # it believes that nothing has happened since
        taken = await one.take()
        assert taken.of(PlaceTaken).place == 1
        assert calls == [("fenced", True), ("fenced", False), ("plain", True)]
        assert await one.pool.fetchval(ADVISORY) == 0


async def test_a_place_that_somebody_else_took_last_is_refused_and_the_lock_is_free_again(
    fresh_database: Databases, calls: list[tuple[str, bool]]
) -> None:
    url = fresh_database("booking").app_url
    async with open_desk(url) as one, open_desk(url) as other:
        for _ in range(20):
            await other.take()
        one.committer._crowded_until = 0.0
        one.committer._tail.looked_at = float("inf")
        with pytest.raises(Refused, match="slot-taken"):
            await one.take()
        assert await one.pool.fetchval(ADVISORY) == 0
        assert len(await rows(one.pool)) == 40


async def test_writers_in_turn_never_lose_or_double_a_place(fresh_database: Databases) -> None:
    url = fresh_database("booking").app_url
    async with AsyncExitStack() as stack:
        desks = [await stack.enter_async_context(open_desk(url)) for _ in range(3)]
        for turn in range(5):
            for desk in desks:  # each believes to be alone, which is wrong each time
                desk.committer._crowded_until = 0.0
            await asyncio.gather(*(desk.take() for desk in desks), return_exceptions=False)
            assert whole(await rows(desks[turn % 3].pool))
        stored = [row["data"] for row in await rows(desks[0].pool) if row["type"] == "PlaceTaken"]
        assert len(stored) == len(set(map(str, stored))) == 15
        assert isinstance(await desks[0].take(), Outcome)


@pytest.mark.parametrize(("limit", "places", "decisions"), [(1, [0, 1], 2), (0, [0], 3)])
async def test_while_a_round_is_stored_the_next_is_decided_and_once_more_if_it_left_something_else(
    fresh_database: Databases, monkeypatch: pytest.MonkeyPatch, limit: int, places: list[int], decisions: int
) -> None:
    monkeypatch.setattr(committer, "FRESH", 60.0)
    sent, decided, twice = asyncio.Event(), list[bool](), asyncio.Event()

    async def held(connection: Any, query: str, *values: object) -> Any:
        if query == FENCED and not sent.is_set():
            sent.set()
            await twice.wait()
        return await fetch_one(connection, query, *values)

    def seen(overlay: Overlay, events: Any) -> list[Step]:
        decided.append(desk.committer._under_way)
        if len(decided) == 2:
            twice.set()
        return take(overlay, events)

    take = Overlay.take
    async with open_desk(fresh_database("booking").app_url) as desk, asyncio.timeout(20):
        monkeypatch.setattr(committer, "fetch_one", held)
        monkeypatch.setattr(Overlay, "take", seen)
        guard = Guard("device", "hash", limit, "too-many-holds", context().command_id)
        first = asyncio.ensure_future(desk.take(effects=Effects((guard,))))
        await sent.wait()
        results = await asyncio.gather(first, desk.take(), return_exceptions=True)
        taken = [one.of(PlaceTaken).place for one in results if isinstance(one, Outcome)]
        assert (taken, decided[:2], len(decided)) == (places, [False, True], decisions)
        assert whole(await rows(desk.pool))


@pytest.mark.parametrize(("same", "decisions"), [(False, 1), (True, 2)])
async def test_what_was_decided_while_another_held_the_lock_stands_if_that_left_its_states_alone(
    fresh_database: Databases, monkeypatch: pytest.MonkeyPatch, same: bool, decisions: int
) -> None:
    decided, take = list[Overlay](), Overlay.take

    def seen(overlay: Overlay, events: Any) -> list[Step]:
        decided.extend([overlay] if overlay._plans is one.committer.plans else [])
        return take(overlay, events)

    monkeypatch.setattr(Overlay, "take", seen)
    url = fresh_database("booking").app_url
    async with open_desk(url) as one, open_desk(url) as other, asyncio.timeout(20):
        for desk in (one, other):
            desk.committer._crowded_until = float("inf")
        holder = await connect(url, application="holder")
        await holder.fetch(LOCK, 0, [])
        elsewhere = replace(other, shelf=other.shelf if same else Stream.named("shelf", "elsewhere"))
        await other.committer.ensure([elsewhere.shelf])
        first = asyncio.ensure_future(elsewhere.take())
        await lock_awaited(one.pool, 1)
        second = asyncio.ensure_future(one.take())
        await lock_awaited(one.pool, 2)
        assert len(decided) == 1
        await holder.execute(UNLOCK)
        places = [(await taken).of(PlaceTaken).place for taken in (first, second)]
        assert (places, len(decided)) == ([0, 1 if same else 0], decisions)
        assert whole(await rows(one.pool))
        await holder.close()


async def test_who_comes_while_the_lock_is_waited_for_joins_the_round(
    fresh_database: Databases, calls: list[tuple[str, bool]]
) -> None:
    url = fresh_database("booking").app_url
    async with open_desk(url) as desk, asyncio.timeout(20):
        desk.committer._crowded_until = float("inf")
        holder = await connect(url, application="holder")
        await holder.fetch(LOCK, 0, [])
        first = asyncio.ensure_future(desk.take())
        await lock_awaited(desk.pool, 1)
        others = [asyncio.ensure_future(desk.take()) for _ in range(4)]
        await asyncio.sleep(0)
        await holder.execute(UNLOCK)
        outcomes = await asyncio.gather(first, *others)
        assert [one.of(PlaceTaken).place for one in outcomes] == [0, 1, 2, 3, 4]
        assert calls == [("plain", True)]
        await holder.close()
