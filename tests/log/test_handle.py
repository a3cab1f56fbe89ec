"""One command's way through the handler."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

import pytest

from servicekit.clock import elapsed
from servicekit.decider import Refused
from servicekit.log import Decision, Recorded, States, Stream
from servicekit.plans import Planned
from tests.conftest import Databases
from tests.log.desk import Desk, Shelf, TicketMarked, TicketOpened, context, open_desk, rows, whole


@pytest.fixture
async def desk(fresh_database: Databases) -> AsyncIterator[Desk]:
    async with open_desk(fresh_database("booking").app_url) as desk:
        yield desk


async def test_a_rule_never_sees_a_command_that_was_carried_out(desk: Desk) -> None:
    who, calls = context(), 0
    ticket = Stream("ticket", who.new_id("ticket"))

    def decide(_states: States) -> Decision:
        nonlocal calls
        calls += 1
        return Decision(((ticket, TicketMarked(note=1)),))

    outcomes = [await desk.handler.run(who, [ticket], decide) for _ in range(3)]
    assert calls == 1
    assert [outcome.replayed for outcome in outcomes] == [False, True, True]
    assert {outcome.events for outcome in outcomes} == {outcomes[0].events}


async def test_the_id_of_a_thing_of_another_kind_leads_to_nothing(desk: Desk) -> None:
    who = context()
    ticket = Stream("ticket", who.new_id("ticket"))
    await desk.handler.run(who, [ticket], lambda _states: Decision(((ticket, TicketMarked(note=1)),)))
    shelf = Stream("shelf", ticket.id)
    found = await desk.handler.store.load([ticket, shelf])
    assert (len(found[ticket]), found[shelf]) == (1, [])


async def test_a_replay_tells_the_first_answer_even_after_later_events(desk: Desk) -> None:
    who = context()
    first = await desk.take(who)
    ticket = first.events[-1][0]
    await desk.mark(ticket, 5)
    again = await desk.take(who)
    assert again.replayed
    assert again.of(TicketOpened) == first.of(TicketOpened)


async def test_a_repeat_tells_of_all_streams_whichever_are_at_hand(desk: Desk) -> None:
    who, other = context(), context()
    tickets = [Stream("ticket", who.new_id(name)) for name in "abc"]

    def all_of_them(_states: States) -> Decision:
        return Decision(tuple((ticket, TicketMarked(note=1)) for ticket in tickets))

    first = await desk.handler.run(who, tickets, all_of_them)
    await desk.mark(tickets[0], 2, other)
    again = await desk.handler.run(who, tickets[1:2], all_of_them)
    assert (again.events, again.position, again.replayed) == (first.events, first.position, True)
    assert await desk.handler.store.carried_out(context().command_id) == []


async def test_a_stream_that_a_command_begins_is_read_only_for_its_first_answer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads, load = list[list[Stream]](), desk.handler.store.load

    async def counted(streams: Iterable[Stream]) -> dict[Stream, list[Recorded]]:
        reads.append(list(streams))
        return await load(reads[-1])

    monkeypatch.setattr(desk.handler.store, "load", counted)
    who = context()
    first = await desk.take(who)
    assert not reads
    again = await desk.take(who)
    async with open_desk(desk.url) as other:
        await other.committer.stands(desk.shelf, bool, who.command_id)  # no look is under way now
        other.committer.plans.restart(0)
        other.committer.plans.loaded([desk.shelf], ())  # a full shelf, from before the first time
        other.committer.plans._states[desk.shelf] = Planned(Shelf(places=0))
        other.committer._tail.looked_at = elapsed()
        elsewhere = await other.take(who)
        assert [again.replayed, elsewhere.replayed] == [True, True]
        assert again.events == elsewhere.events == first.events
        with pytest.raises(Refused, match="slot-taken"):
            await other.take()


async def test_commands_on_one_stream_from_two_processes_all_find_their_turn(
    fresh_database: Databases,
) -> None:
    url = fresh_database("booking").app_url
    ticket = Stream("ticket", context().command_id)
    async with open_desk(url) as one, open_desk(url) as other:

        def next_note(states: States) -> Decision:
            return Decision(((ticket, TicketMarked(note=states[ticket])),))

        await asyncio.gather(
            *((one, other)[nr % 2].handler.run(context(), [ticket], next_note) for nr in range(60))
        )
        stored = await rows(one.pool)
        assert whole(stored)
        assert [row["version"] for row in stored] == list(range(1, 61))
        assert [row["data"] for row in stored] == [f'{{"note":{nr}}}' for nr in range(60)]


async def test_a_command_without_effect_stores_nothing(desk: Desk) -> None:
    outcome = await desk.handler.run(
        context(), [Stream("ticket", context().command_id)], lambda _: Decision(())
    )
    assert outcome.events == ()
    assert await rows(desk.pool) == []
