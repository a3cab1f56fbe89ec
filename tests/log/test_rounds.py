"""Decisions under the log's lock: several processes, few places, nobody gets one twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from servicekit import committer
from servicekit.append_sql import TAIL
from servicekit.clock import elapsed
from servicekit.decider import Refused
from servicekit.handle import Outcome
from servicekit.log import (
    Actor,
    Answer,
    Busy,
    Decision,
    Effects,
    Guard,
    Request,
    States,
    Stream,
    Undecided,
    Use,
)
from servicekit.postgres import Connection, fetch_one
from tests.conftest import Databases
from tests.log.desk import (
    SHELF,
    PlaceTaken,
    Shelf,
    TicketMarked,
    TicketOpened,
    context,
    open_desk,
    rows,
    whole,
)
from tests.log.test_append import LATER


async def test_three_processes_share_twenty_places_among_1000_callers(
    fresh_database: Databases,
) -> None:
    url = fresh_database("booking").app_url
    async with AsyncExitStack() as stack:
        desks = [await stack.enter_async_context(open_desk(url)) for _ in range(3)]
        results = await asyncio.gather(*(desks[nr % 3].take() for nr in range(1000)), return_exceptions=True)
        kinds = Counter(type(result) for result in results)
        assert kinds == {Outcome: 20, Refused: 980}
        stored = await rows(desks[0].pool)
        assert whole(stored)
        places = [row["data"] for row in stored if row["type"] == "PlaceTaken"]
        assert len(set(map(str, places))) == 20


async def test_a_double_click_on_two_processes_takes_one_place(fresh_database: Databases) -> None:
    url = fresh_database("booking").app_url
    async with open_desk(url) as one, open_desk(url) as other:
        who = context()
        outcomes = await asyncio.gather(*(desk.take(who) for desk in (one, other, one, other)))
        assert sorted(outcome.replayed for outcome in outcomes) == [False, True, True, True]
        assert {outcome.of(TicketOpened).place for outcome in outcomes} == {0}


async def test_a_command_that_rests_on_one_that_was_not_stored_is_decided_again(
    fresh_database: Databases,
) -> None:
    async with open_desk(fresh_database("booking").app_url) as desk:
        limited = Guard("device", "hash", 0, "too-many-holds", context().command_id)
        results = await asyncio.gather(
            *(desk.take(effects=Effects((limited,)) if nr % 2 else None) for nr in range(30)),
            return_exceptions=True,
        )
        refusals = Counter(str(result) for result in results if isinstance(result, Refused))
        assert refusals == {"too-many-holds": 15}
        places = sorted(result.of(PlaceTaken).place for result in results if isinstance(result, Outcome))
        assert len(set(places)) == 15


async def test_what_got_no_answer_is_decided_before_whoever_came_meanwhile(
    fresh_database: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second would fail and the third, decided on both, then fit the version that the first has left."""
    lost = asyncio.Event()

    async def losing(connection: Connection, query: str, *values: object) -> Any:
        if not lost.is_set():
            lost.set()
            while len(desk.committer._waiting) < 3:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
            raise ConnectionResetError
        return await fetch_one(connection, query, *values)

    async with open_desk(fresh_database("booking").app_url) as desk:
        monkeypatch.setattr(committer, "fetch_one", losing)
        desk.committer._crowded_until = float("inf")  # others write too
        first = asyncio.ensure_future(desk.take(place=0))
        await lost.wait()
        limited = Effects((Guard("device", "hash", 0, "too-many-holds", context().command_id),))
        results = await asyncio.gather(
            first, desk.take(effects=limited, place=5), desk.take(place=0), return_exceptions=True
        )
        assert [str(one) for one in results[1:]] == ["too-many-holds", "slot-taken"]
        assert [row["type"] for row in await rows(desk.pool)] == ["PlaceTaken", "TicketOpened"]


async def test_a_limit_holds_against_many_at_once(fresh_database: Databases) -> None:
    url = fresh_database("booking").app_url
    async with open_desk(url) as one, open_desk(url) as other:

        async def hold(nr: int) -> Outcome:
            who = context()
            subject = who.new_id("ticket")
            guard = Guard("device", "hash", 2, "too-many-holds", subject)
            return await (one, other)[nr % 2].take(
                who, Effects((guard,), (Use("device", "hash", subject, LATER),))
            )

        results = await asyncio.gather(*map(hold, range(30)), return_exceptions=True)
        assert Counter(type(result) for result in results) == {Outcome: 2, Refused: 28}


async def test_a_broken_committer_task_fails_its_callers_at_once(fresh_database: Databases) -> None:
    async with open_desk(fresh_database("booking").app_url) as desk:

        def broken(_events: object) -> None:
            raise KeyError("planted")

        desk.committer.plans.overlay = broken  # type: ignore[method-assign, assignment]
        with pytest.raises(Busy):
            async with asyncio.timeout(2):
                await desk.take()
        assert desk.task.done()
        with pytest.raises(Busy):
            await desk.mark(Stream("ticket", context().command_id), 1)


async def test_what_must_be_refused_takes_no_lock_and_all_together_one_look(
    fresh_database: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_desk(fresh_database("booking").app_url) as desk:
        await asyncio.gather(*(desk.take() for _ in range(20)))
        await desk.committer.reached(40)
        looks, look = list[str](), desk.committer._tail.look

        async def counted(query: str = TAIL) -> None:
            looks.append(query)
            await look(query)

        monkeypatch.setattr(committer, "IDLE", 60.0)
        monkeypatch.setattr(committer, "FRESH", 60.0)  # however slow the machine is
        await asyncio.sleep(0.1)  # the last poll of before
        monkeypatch.setattr(desk.committer._tail, "look", counted)
        results = await asyncio.gather(*(desk.take() for _ in range(committer.LEAST)), return_exceptions=True)
        assert {str(result) for result in results} == {"slot-taken"}
        assert looks == [TAIL]


async def test_a_state_stands_only_by_a_look_that_began_after_the_question(fresh_database: Databases) -> None:
    url = fresh_database("booking").app_url
    async with open_desk(url) as one, open_desk(url) as other:
        who = context()

        def untouched(shelf: Shelf) -> bool:
            return not shelf.taken

        assert await one.committer.stands(one.shelf, untouched, who.command_id)
        await other.take(who)
        assert not await one.committer.stands(one.shelf, untouched, context().command_id)
        assert not await one.committer.stands(one.shelf, bool, who.command_id)
        assert await one.committer.stands(one.shelf, bool, context().command_id)


async def test_more_come_at_once_than_one_round_takes_and_all_are_answered(fresh_database: Databases) -> None:
    """Whoever finds no room asks again: a queue that is too short for a wave lives on questions alone."""
    async with open_desk(fresh_database("booking").app_url) as desk:
        results = await asyncio.gather(*(desk.take() for _ in range(5_000)), return_exceptions=True)
        assert Counter(type(result) for result in results) == {Outcome: 20, Refused: 4_980}


async def test_without_room_a_caller_hears_so_before_any_work(
    fresh_database: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_desk(fresh_database("booking").app_url) as desk:
        desk.committer.check_room()
        monkeypatch.setattr(committer, "WAITING", 0)
        with pytest.raises(Busy):
            desk.committer.check_room()


async def test_a_refusal_never_rests_on_an_old_look_at_the_log(fresh_database: Databases) -> None:
    async with open_desk(fresh_database("booking").app_url) as desk:
        await asyncio.gather(*(desk.take() for _ in range(20)))
        desk.committer._tail.looked_at = float("-inf")
        desk.committer.plans.restart(0)  # as if everything were free, long ago
        with pytest.raises(Refused, match="slot-taken"):
            await desk.take()


@pytest.mark.parametrize("kind", ["citizen", "timer"])
async def test_a_refusal_never_rests_on_states_older_than_what_was_loaded(
    kind: str, fresh_database: Databases
) -> None:
    """A timer's refusal is taken for good: a hold whose place it did not see yet would stay for ever."""
    url = fresh_database("booking").app_url
    async with open_desk(url) as one, open_desk(url) as other:

        def give_back(states: States, ticket: Stream, place: int) -> Decision:
            if states[ticket] and place not in states[one.shelf].taken:
                raise Refused("wrong-state")
            return Decision(((ticket, TicketMarked(note=1)),))

        for place in range(20):
            who = context()
            ticket = Stream("ticket", who.new_id("ticket"))
            decide = partial(give_back, ticket=ticket, place=place)
            other.committer._tail.looked_at = elapsed()  # fresh, and yet from before the next line
            await one.take(who)
            asked = replace(context(), actor=Actor(kind))
            await other.handler.run(asked, [ticket, one.shelf], decide)
            await one.mark(ticket, 2)


async def test_a_refusal_on_states_of_two_moments_is_looked_at_again(
    fresh_database: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ticket was loaded before it was marked, the shelf seen after: they never were so together."""
    url = fresh_database("booking").app_url
    async with open_desk(url) as one, open_desk(url) as other:
        who, seen = context(), list[int]()
        ticket = Stream("ticket", who.new_id("ticket"))
        await one.take(who)

        def decide(states: States) -> Decision:
            seen.append(states[ticket])
            if states[ticket] == 1:
                raise Refused("wrong-state")
            return Decision(((ticket, TicketMarked(note=2)),))

        async def overtaken(work: Request | Undecided) -> tuple[Answer, Decision]:
            if not seen:
                await other.mark(ticket, 1)
            return await one.committer(work)

        monkeypatch.setattr(one.handler, "_submit", overtaken)
        await one.handler.run(context(), [ticket, one.shelf], decide)
        assert (seen[0], seen[-1]) == (1, 2)


async def test_a_rule_that_breaks_hurts_only_its_own_caller(fresh_database: Databases) -> None:
    async with open_desk(fresh_database("booking").app_url) as desk:

        def broken(_states: States) -> Decision:
            raise ZeroDivisionError

        desk.committer._tail.looked_at = float("-inf")  # not on arrival: in the round
        bad = desk.handler.run(context(), [desk.shelf], broken)
        results = await asyncio.gather(desk.take(), bad, desk.take(), return_exceptions=True)
        assert [type(result) for result in results] == [Outcome, ZeroDivisionError, Outcome]
        assert not desk.task.done()


async def test_a_repeat_whose_events_are_all_in_planned_streams_is_known(fresh_database: Databases) -> None:
    async with open_desk(fresh_database("booking").app_url) as desk:
        who, read_only = context(), Stream("ticket", context().command_id)

        def decide(states: States) -> Decision:
            return Decision(tuple((desk.shelf, event) for event in SHELF.decide(None, states[desk.shelf])))

        outcomes = [await desk.handler.run(who, [desk.shelf, read_only], decide) for _ in range(2)]
        assert [outcome.replayed for outcome in outcomes] == [False, True]
