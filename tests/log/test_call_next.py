"""Many counters and doors at once on a real log: nobody is called, or let in, twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from buergerbuero_contracts.booking import CitizenCalled, NothingDeliveredReason
from servicekit.decider import Refused
from servicekit.handle import Outcome
from servicekit.read_model import read_model
from services.booking import floor_commands as f
from services.booking.projections.floor import FLOOR, open_visits, visits_of_day
from tests.conftest import Databases
from tests.log.floor_desk import COUNTERS, DAY, FloorDesk, admission, context, open_floor, opened, small


@pytest.fixture
async def desks(fresh_database: Databases) -> AsyncIterator[list[FloorDesk]]:
    async with open_floor(fresh_database("booking").app_url, desks=3) as made:
        yield made


def next_at(code: str) -> f.CallNext:
    return f.CallNext(site="flensburg", counter=code)


async def called(desk: FloorDesk, code: str) -> UUID | None:
    """Whom the counter called; None if nobody was left."""
    try:
        outcome = await desk.ask(next_at(code))
    except Refused as refused:
        assert refused.code == "queue-empty"
        return None
    visit_id: UUID = outcome.of(CitizenCalled).visit_id
    return visit_id


async def calls(desk: FloorDesk) -> Counter[UUID]:
    rows = await desk.pool.fetch("SELECT stream_id FROM event WHERE type = 'CitizenCalled'")
    return Counter(row["stream_id"] for row in rows)


async def test_two_counters_that_call_at_once_never_get_the_same_person(desks: list[FloorDesk]) -> None:
    """Eight counters of three processes, five people, one look at the line for all."""
    people = [await desks[0].inside(minute) for minute in range(5)]
    await opened(desks)
    await desks[0].projected()
    found = await asyncio.gather(*(called(desks[n % len(desks)], code) for n, code in enumerate(COUNTERS)))
    got = [one for one in found if one is not None]
    assert sorted(got) == sorted(people)
    assert found.count(None) == len(COUNTERS) - len(people)
    assert await calls(desks[0]) == Counter(people)


async def test_a_day_of_calls_serves_everybody_once_even_from_an_old_line(desks: list[FloorDesk]) -> None:
    """Each counter calls and finishes until nobody is left; the line is never read again."""
    people = [await desks[0].inside(minute % 10) for minute in range(30)]
    await opened(desks)
    await desks[0].projected()
    line = await desks[0].queue("flensburg", DAY)
    assert len(line.people) == len(people)
    for desk in desks:
        desk.line = line

    async def work(desk: FloorDesk, code: str) -> list[UUID]:
        served = []
        while (visit := await called(desk, code)) is not None:
            await desk.ask(f.StartService(visit_id=visit, counter=code))
            reason = NothingDeliveredReason.INFORMATION_ONLY
            await desk.ask(f.FinishService(visit_id=visit, reason=reason))
            served.append(visit)
        return served

    served = await asyncio.gather(*(work(desks[n % 3], code) for n, code in enumerate(COUNTERS)))
    assert Counter(visit for part in served for visit in part) == Counter(people)
    assert await calls(desks[0]) == Counter(people)
    await desks[0].projected()
    async with read_model(desks[0].pool, FLOOR.name) as read:
        assert await open_visits(read, "flensburg", DAY) == []
        assert {one.state for one in await visits_of_day(read, "flensburg", DAY)} == {"finished"}


async def test_two_clerks_at_one_counter_call_one_person(desks: list[FloorDesk]) -> None:
    for minute in range(4):
        await desks[0].inside(minute)
    await opened(desks)
    await desks[0].projected()
    answers = await asyncio.gather(
        *(desk.ask(next_at("counter_1")) for desk in (*desks, *desks)), return_exceptions=True
    )
    assert sum(isinstance(answer, Outcome) for answer in answers) == 1
    assert {answer.code for answer in answers if isinstance(answer, Refused)} == {"counter-busy"}
    assert sum((await calls(desks[0])).values()) == 1


async def test_a_double_click_calls_once_and_both_hear_the_same(desks: list[FloorDesk]) -> None:
    for minute in range(3):
        await desks[0].inside(minute)
    await opened(desks)
    await desks[0].projected()
    click = context(uuid4())
    answers = await asyncio.gather(*(desk.ask(next_at("counter_1"), click) for desk in desks))
    assert len({answer.of(CitizenCalled).visit_id for answer in answers}) == 1
    assert sum((await calls(desks[0])).values()) == 1


async def test_two_doors_admit_a_booking_once_and_numbers_are_never_shared(desks: list[FloorDesk]) -> None:
    bookings = [await desks[0].booked(minute) for minute in range(6)]
    answers = await asyncio.gather(
        *(desk.ask(admission(booking)) for booking in bookings for desk in desks), return_exceptions=True
    )
    assert sum(isinstance(answer, Outcome) for answer in answers) == len(bookings)
    assert {answer.code for answer in answers if isinstance(answer, Refused)} == {"already-admitted"}
    await desks[0].projected()
    async with read_model(desks[0].pool, FLOOR.name) as read:
        inside = await open_visits(read, "flensburg", DAY)
    assert sorted(one.public_number for one in inside) == [f"A{n:03}" for n in range(1, 7)]


async def test_the_house_is_never_fuller_than_it_may_be(fresh_database: Databases) -> None:
    async with open_floor(fresh_database("booking").app_url, desks=2, site=small(7)) as desks:
        bookings = [await desks[0].booked(minute) for minute in range(10)]
        answers = await asyncio.gather(
            *(desks[n % 2].ask(admission(one)) for n, one in enumerate(bookings)), return_exceptions=True
        )
        assert sum(isinstance(answer, Outcome) for answer in answers) == 7
        assert {answer.code for answer in answers if isinstance(answer, Refused)} == {"house-full"}
