"""The waiting list on PostgreSQL: five who press at once in three processes, and the list itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from buergerbuero_contracts.booking import SlotOffered
from servicekit.decider import Refused
from servicekit.handle import Outcome
from servicekit.log import Due
from services.booking import wish_commands as wish
from services.booking.timers import OFFER_LAPSE, RETURN_OFFER
from tests.conftest import Databases
from tests.log.floor_desk import DAY, NOON
from tests.log.waiting_desk import Process, open_processes

UNDO_OVER = NOON + timedelta(minutes=10)


@pytest.fixture
async def processes(fresh_database: Databases) -> AsyncIterator[list[Process]]:
    async with open_processes(fresh_database("booking").app_url, 3) as made:
        yield made


async def offered(processes: list[Process], *names: str) -> SlotOffered:
    """These wish, a place comes back, and the timer offers it."""
    for name in names:
        await processes[0].wish(name)
    place = await processes[1].comes_back()
    await processes[0].projected()
    due = Due(RETURN_OFFER, place, UNDO_OVER)
    slot: SlotOffered = (await processes[2].handlers.fire(due, UNDO_OVER)).of(SlotOffered)
    return slot


async def counted(process: Process, kind: str) -> int:
    """How many events of a type the log has."""
    count: int = await process.desk.pool.fetchval("SELECT count(*) FROM event WHERE type = $1", kind)
    return count


async def test_of_five_who_press_at_once_in_three_processes_one_has_the_place(
    processes: list[Process],
) -> None:
    slot = await offered(processes, "a", "b", "c", "d", "e")
    assert len(slot.wish_ids) == 5

    async def press(number: int, wish_id: UUID) -> Outcome | str:
        command = wish.AcceptOffer(wish_id=wish_id, offer_id=slot.offer_id)
        try:
            return await processes[number % 3].ask(command, UNDO_OVER + timedelta(minutes=1))
        except Refused as refused:
            return refused.code

    everybody = [press(n, one) for n, one in enumerate((*slot.wish_ids, *slot.wish_ids))]
    results = await asyncio.gather(*everybody)
    won = [one for one in results if isinstance(one, Outcome) and one.events]
    refused = [one for one in results if isinstance(one, str)]
    assert len(won) == 1
    assert set(refused) == {"offer-taken"} and len(refused) == 8
    for kind, count in (("WishFulfilled", 1), ("WishPassed", 4), ("BookingConfirmed", 2)):
        assert await counted(processes[0], kind) == count, kind
    taken = "SELECT count(*) FROM event WHERE type = 'SlotReserved' AND data ->> 'purpose' = 'offer'"
    assert await processes[0].desk.pool.fetchval(taken) == 1


async def test_two_rounds_that_fire_at_once_ask_nobody_twice(processes: list[Process]) -> None:
    """The timer role of two processes: both claim one due timer, one after the other."""
    slot = await offered(processes, "a", "b")
    assert await counted(processes[0], "WishOffered") == 2
    end = slot.offered_until
    due = Due(OFFER_LAPSE, slot.offer_id, end)
    await asyncio.gather(*(one.handlers.fire(due, end) for one in processes))
    assert await counted(processes[0], "OfferLapsed") == 1
    assert await counted(processes[0], "WishPassed") == 2


async def test_the_list_has_who_waits_now_and_for_which_days(processes: list[Process]) -> None:
    slot = await offered(processes, "a", "b", "c")
    decline = wish.DeclineOffer(wish_id=slot.wish_ids[1], offer_id=slot.offer_id)
    await processes[0].ask(decline, UNDO_OVER)
    await processes[0].ask(wish.CloseWish(wish_id=slot.wish_ids[2]), UNDO_OVER)
    await processes[0].projected()
    (waiting,) = await processes[0].wishes("flensburg", DAY)
    assert waiting.wish_id == slot.wish_ids[1]
    assert waiting.minutes == 15 and waiting.window.latest == DAY + timedelta(days=7)
    assert await processes[0].wishes("flensburg", DAY + timedelta(days=8)) == []


async def test_one_by_one_the_list_ends_alike(fresh_database: Databases) -> None:
    async with open_processes(fresh_database("booking").app_url, 1) as (process,):
        first, second = await process.wish("a"), await process.wish("b")
        await process.projected(most=1)
        assert [one.wish_id for one in await process.wishes("flensburg", DAY)] == [first, second]
        await process.ask(wish.CloseWish(wish_id=first))
        await process.projected(most=1)
        assert [one.wish_id for one in await process.wishes("flensburg", DAY)] == [second]
