"""A call without an answer, a round with bad data, a caller who went home: nobody gets what another has."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from servicekit import committer
from servicekit.append_sql import APPEND, FENCED, LOCK, UNLOCK
from servicekit.decider import Refused
from servicekit.handle import Outcome
from servicekit.log import Decision, Stream
from servicekit.postgres import connect, fetch_one
from tests.conftest import Databases
from tests.log.desk import SHELF, Desk, PlaceTaken, TicketOpened, context, lock_awaited, open_desk, rows


async def no_place_twice(desk: Desk) -> None:
    """Each place is stored once."""
    stored = Counter(row["data"] for row in await rows(desk.pool) if row["type"] == "PlaceTaken")
    assert not [place for place, count in stored.items() if count > 1], stored


async def test_what_was_decided_ahead_of_a_lost_call_takes_nothing_that_the_call_had(
    fresh_database: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committer, "LEAST", 2)
    monkeypatch.setattr(committer, "FRESH", 60.0)
    sent = asyncio.Event()

    async def losing(connection: Any, query: str, *values: object) -> Any:
        if query in (APPEND, FENCED) and not sent.is_set():
            sent.set()
            while len(desk.committer._ahead) < 2:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
            raise ConnectionResetError
        return await fetch_one(connection, query, *values)

    async with open_desk(fresh_database("booking").app_url) as desk, asyncio.timeout(20):
        monkeypatch.setattr(committer, "fetch_one", losing)
        first = [asyncio.ensure_future(desk.take(place=place)) for place in (0, 1)]
        await sent.wait()
        await asyncio.gather(*first, desk.take(place=1), desk.take(place=1), return_exceptions=True)
        await no_place_twice(desk)


@pytest.mark.parametrize("end", [False, True])
async def test_nobody_joins_whoever_is_sent_alone_after_bad_data(
    fresh_database: Databases, monkeypatch: pytest.MonkeyPatch, end: bool
) -> None:
    async with open_desk(fresh_database("booking").app_url) as desk, asyncio.timeout(20):
        desk.committer._crowded_until = float("inf")
        look, locks, late = desk.committer._tail.look, [], []

        async def looked(*query: str) -> None:
            if query == (LOCK,):
                locks.append(1)
                if len(locks) == 2:
                    late.append(asyncio.ensure_future(desk.take(place=2)))
                    await asyncio.sleep(0)
            await look(*query)

        async def stopping(connection: Any, query: str, *values: object) -> Any:
            if query == APPEND and late and end:
                desk.task.cancel()
                await asyncio.Event().wait()
            return await fetch_one(connection, query, *values)

        monkeypatch.setattr(desk.committer._tail, "look", looked)
        monkeypatch.setattr(committer, "fetch_one", stopping)

        await asyncio.gather(
            desk.take(place=0), desk.spoil(), desk.take(place=0), desk.take(place=2), return_exceptions=True
        )
        _done, hanging = await asyncio.wait(late, timeout=3)
        assert not hanging
        if not end:
            await no_place_twice(desk)


async def test_who_goes_home_and_comes_again_takes_one_place_and_from_nobody(
    fresh_database: Databases,
) -> None:
    url = fresh_database("booking").app_url
    async with open_desk(url) as desk, asyncio.timeout(20):
        for _ in range(18):
            await desk.take()
        desk.committer._crowded_until = float("inf")
        holder = await connect(url, application="holder")
        await holder.fetch(LOCK, 0, [])
        who = context()
        first = asyncio.ensure_future(desk.take(who))
        await lock_awaited(desk.pool, 1)
        first.cancel()
        await asyncio.sleep(0)
        again = [asyncio.ensure_future(desk.take(who)), asyncio.ensure_future(desk.take())]
        await asyncio.sleep(0)
        await holder.execute(UNLOCK)
        results = await asyncio.gather(*again, return_exceptions=True)
        await holder.close()
        assert [row["type"] for row in await rows(desk.pool)].count("PlaceTaken") == 20
        assert [type(one) for one in results] == [Outcome, Outcome]


@pytest.mark.parametrize("alone", [True, False])
async def test_who_comes_again_while_the_first_call_is_stored_takes_one_place_and_from_nobody(
    fresh_database: Databases, monkeypatch: pytest.MonkeyPatch, alone: bool
) -> None:
    monkeypatch.setattr(committer, "FRESH", 60.0)
    sent, go = asyncio.Event(), asyncio.Event()

    async def held(connection: Any, query: str, *values: object) -> Any:
        if query in (APPEND, FENCED) and who is not None and not sent.is_set():
            sent.set()
            await go.wait()
        return await fetch_one(connection, query, *values)

    who = None
    async with open_desk(fresh_database("booking").app_url) as desk, asyncio.timeout(20):
        for _ in range(18):
            await desk.take()
        monkeypatch.setattr(committer, "fetch_one", held)
        desk.committer._crowded_until = 0.0 if alone else float("inf")
        who = context()
        first = asyncio.ensure_future(desk.take(who))
        await sent.wait()
        first.cancel()
        await asyncio.sleep(0)
        again = [asyncio.ensure_future(desk.take(who)), asyncio.ensure_future(desk.take())]
        await asyncio.sleep(0)
        go.set()
        results = await asyncio.gather(*again, return_exceptions=True)
        assert [row["type"] for row in await rows(desk.pool)].count("PlaceTaken") == 20
        assert [type(one) for one in results] == [Outcome, Outcome]


async def test_a_lost_call_behind_a_round_of_refused_takes_nothing_twice(
    fresh_database: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committer, "LEAST", 3)
    url, lost = fresh_database("booking").app_url, list[asyncio.Future[Outcome]]()
    async with open_desk(url) as desk, open_desk(url) as other, asyncio.timeout(20):
        desk.committer._crowded_until = other.committer._crowded_until = float("inf")

        async def losing(connection: Any, query: str, *values: object) -> Any:
            if query == APPEND and connection is desk.committer._tail._connection and not lost:
                lost.append(asyncio.ensure_future(other.take(place=9)))
                await lock_awaited(other.pool, 1)
                raise ConnectionResetError
            return await fetch_one(connection, query, *values)

        async def after(place: int) -> Outcome:
            who = context()
            ticket = Stream("ticket", who.new_id("ticket"))

            def decide(states: Any) -> Decision:
                if 9 not in states[desk.shelf].taken:
                    raise Refused("too-soon")
                (taken,) = SHELF.decide(place, states[desk.shelf])
                return Decision(((desk.shelf, taken), (ticket, TicketOpened(place=place))))

            return await desk.handler.run(who, [desk.shelf, ticket], decide, new=ticket)

        monkeypatch.setattr(committer, "fetch_one", losing)
        holder = await connect(url, application="holder")
        await holder.fetch(LOCK, 0, [])
        calls = [asyncio.ensure_future(after(7)) for _ in range(3)]
        await lock_awaited(desk.pool, 1)
        calls += [asyncio.ensure_future(desk.take(place=place)) for place in (5, 6, 7)]
        await asyncio.sleep(0)
        await holder.execute(UNLOCK)
        await asyncio.gather(*calls, return_exceptions=True)
        await holder.close()
        await asyncio.gather(*lost)
        await no_place_twice(desk)


async def test_another_process_takes_what_a_lost_call_was_about_to_take(
    fresh_database: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, lost = fresh_database("booking").app_url, list[asyncio.Future[Outcome]]()
    async with open_desk(url) as desk, open_desk(url) as other, asyncio.timeout(20):
        desk.committer._crowded_until = other.committer._crowded_until = float("inf")

        async def losing(connection: Any, query: str, *values: object) -> Any:
            if query == APPEND and connection is desk.committer._tail._connection and not lost:
                lost.append(asyncio.ensure_future(other.take(place=1)))
                await lock_awaited(other.pool, 1)
                raise ConnectionResetError
            return await fetch_one(connection, query, *values)

        monkeypatch.setattr(committer, "fetch_one", losing)
        await asyncio.gather(desk.take(place=0), desk.take(place=1), return_exceptions=True)
        await asyncio.gather(*lost)
        await no_place_twice(desk)


@pytest.mark.parametrize("alone", [True, False])
async def test_what_was_stored_though_no_answer_came_is_known_and_told(
    fresh_database: Databases, monkeypatch: pytest.MonkeyPatch, alone: bool
) -> None:
    lost = list[str]()

    async def losing(connection: Any, query: str, *values: object) -> Any:
        row = await fetch_one(connection, query, *values)
        if query in (APPEND, FENCED) and not lost:
            lost.append(query)
            raise ConnectionResetError
        return row

    monkeypatch.setattr(committer, "FRESH", 60.0)
    async with open_desk(fresh_database("booking").app_url) as desk, asyncio.timeout(20):
        await desk.take(place=9)
        desk.committer._crowded_until = 0.0 if alone else float("inf")
        monkeypatch.setattr(committer, "fetch_one", losing)
        results = await asyncio.gather(desk.take(), desk.take())
        assert lost == [FENCED if alone else APPEND]
        assert all(one.replayed for one in results)
        assert sorted(one.of(PlaceTaken).place for one in results) == [0, 1]
        assert [row["type"] for row in await rows(desk.pool)].count("PlaceTaken") == 3
