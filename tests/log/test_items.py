"""The post room's list and side table on a real database: order, filters, pages, what is forgotten."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest

from buergerbuero_contracts.documents import ItemChannel, ItemOutcome
from servicekit.staff import Staff
from services.documents import post_room_commands as ask
from services.documents.api.items import wanted
from services.documents.commands import Contact
from services.documents.item_cases import ItemCase
from services.documents.post_room import item_ids
from services.documents.projections.items import Wanted
from tests.conftest import Databases
from tests.log.post_room import World, ids, open_post_room
from tests.rules.documents.items import MONDAY, noon

OPEN = ("received", "assigned", "waiting")
OLE = Staff("post_room_1", "post_room", "flensburg")


@pytest.fixture
async def world(fresh_database: Databases) -> AsyncIterator[World]:
    async with open_post_room(fresh_database("documents").app_url) as world:
        yield world


def letters(service: str = "registration", day: date = MONDAY, **more: object) -> ask.ReceiveItems:
    return ask.ReceiveItems(service=service, channel=ItemChannel.LETTER, received_on=day, **more)  # type: ignore[arg-type]


async def test_fifty_items_of_one_call_are_one_append_and_fifty_rows(world: World) -> None:
    outcome = await world.execute(letters(count=50))
    assert outcome.position == await world.listed() == 50
    page = await world.desk.page(Wanted(OPEN))
    assert sorted(ids(page.rows)) == sorted(item_ids(outcome))
    assert page.next is None


async def test_the_list_is_oldest_first_and_goes_on_where_the_page_before_ended(world: World) -> None:
    days = [MONDAY - timedelta(days=n) for n in (3, 0, 7, 3)]
    for day in days:
        await world.execute(letters(day=day))
    await world.listed()
    first = await world.desk.page(Wanted(OPEN, limit=3))
    assert [row.received_on for row in first.rows] == sorted(days)[:3]
    assert first.next is not None
    rest = await world.desk.page(Wanted(OPEN, limit=3, after=first.next))
    assert [row.received_on for row in rest.rows] == [MONDAY]
    assert not set(ids(first.rows)) & set(ids(rest.rows))


async def test_it_is_filtered_by_state_age_and_team(world: World) -> None:
    (old,) = item_ids(await world.execute(letters(day=date(2026, 11, 13))))
    (new,) = item_ids(await world.execute(letters()))
    (done,) = item_ids(await world.execute(letters()))
    await world.execute(ask.AssignItem(item_id=new, team="registration"))
    await world.execute(ask.AnswerItem(item_id=done, outcome=ItemOutcome.DONE))
    await world.listed()

    async def found(state: str = "open", age: str | None = None, team: str | None = None) -> set[object]:
        asked = wanted(state, age, team, 100, None, world.desk.today())
        return set(ids((await world.desk.page(asked)).rows))

    assert await found() == {old, new}
    assert await found(age="over-5") == {old}
    assert await found(age="0-1") == {new}
    assert await found(age="2-3") == set()
    assert await found(team="registration") == {new}
    assert await found(team="-") == {old}
    assert await found("answered") == {done}


async def test_each_step_shows_on_the_list_with_ages(world: World) -> None:
    (item_id,) = item_ids(await world.execute(letters("move_within_city")))
    papers = frozenset({"form", "id_copy"})
    eva = Contact(name="Eva Muster", email="eva@example.org")
    for later, command in (
        (1, ask.RequestPapers(item_id=item_id, papers=papers, contact=eva)),
        (8, ask.RecordPapers(item_id=item_id, papers=frozenset({"form"}))),
        (9, ask.RecordPapers(item_id=item_id, papers=frozenset({"id_copy"}))),
        (10, ask.AnswerItem(item_id=item_id, outcome=ItemOutcome.DONE)),
    ):
        world.clock.at = noon(MONDAY + timedelta(days=later))
        await world.execute(command)
        await world.listed()
        (row,) = (await world.desk.page(Wanted((*OPEN, "answered")))).rows
        looked, today = await world.desk.item(item_id), world.desk.today()
        assert row.ages(today) == looked.ages(today)
        assert (row.state, row.due_on, row.turns) == (
            looked.item.status.value,
            looked.item.due_on,
            looked.turns,
        )
    assert (row.ages(date(2027, 5, 1)).age, row.ages(date(2027, 5, 1)).own) == (8, 2)


async def test_a_list_waits_for_what_was_just_done_but_not_for_ever(world: World) -> None:
    outcome = await world.execute(letters())
    assert (await world.desk.page(Wanted(OPEN), outcome.position)).rows == ()
    await world.listed()
    assert len((await world.desk.page(Wanted(OPEN), outcome.position)).rows) == 1


async def test_what_tells_of_people_is_kept_once_forgotten_for_good_and_its_readers_are_written_down(
    world: World,
) -> None:
    outcome = await world.execute(letters(count=2, sender="Eva Muster", file_number="33-2"))
    one, other = item_ids(outcome)
    kept = ItemCase("Eva Muster", None, "33-2")
    assert await world.desk.cases.of([one, other]) == {one: kept, other: kept}
    await world.desk.cases.record(OLE, one, None, world.clock.now())
    await world.desk.cases.forget(one)
    await world.desk.cases.keep([one], kept)
    assert await world.desk.cases.of([one, other]) == {one: ItemCase(), other: kept}
    reads = await world.pool.fetch("SELECT staff_id, item_id, reason, person_id FROM read_log")
    assert [tuple(row) for row in reads] == [("post_room_1", one, "item", None)]
