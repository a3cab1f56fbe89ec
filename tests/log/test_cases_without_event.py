"""What tells of people ends a day later where no event followed it, on a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest

from buergerbuero_contracts.documents import ItemChannel
from servicekit.testing.databases import Database
from services.documents import post_room_commands as ask
from services.documents.cases import StoredCases
from services.documents.item_cases import ItemCase
from services.documents.post_room import item_ids
from services.documents.rules.document_commands import DocumentCase
from tests.conftest import Databases
from tests.log.post_room import World, open_post_room
from tests.rules.documents.items import MONDAY

EVA = ItemCase("Eva Muster", "ruft an", None)


@pytest.fixture
def documents(fresh_database: Databases) -> Database:
    return fresh_database("documents")


@pytest.fixture
async def world(documents: Database) -> AsyncIterator[World]:
    async with open_post_room(documents.app_url) as world:
        yield world


async def passes(documents: Database, hours: int) -> None:
    """So long ago was everything kept that is kept now."""
    owner = await asyncpg.connect(documents.owner_url)
    await owner.execute("UPDATE fresh_case SET kept_at = kept_at - make_interval(hours => $1)", hours)
    await owner.close()


async def kept(world: World, one: UUID) -> bool:
    return one in await world.desk.cases.of([one])


async def test_a_case_whose_event_never_came_is_gone_a_day_later(documents: Database, world: World) -> None:
    lost = uuid4()
    await world.desk.cases.keep([lost], EVA)
    await passes(documents, 23)
    await world.desk.cases.keep([uuid4()], EVA)
    assert await kept(world, lost)
    await passes(documents, 2)
    await world.desk.cases.keep([uuid4()], EVA)
    assert not await kept(world, lost)


async def test_a_case_with_an_item_stays(documents: Database, world: World) -> None:
    letter = ask.ReceiveItems(
        service="registration", channel=ItemChannel.LETTER, received_on=MONDAY, sender="Eva Muster"
    )
    (item,) = item_ids(await world.execute(letter))
    for _ in range(2):
        await passes(documents, 25)
        await world.desk.cases.keep([uuid4()], EVA)
    assert await kept(world, item)


async def test_a_number_whose_document_never_came_to_be_is_free_again(
    documents: Database, world: World
) -> None:
    cases, lost, other = StoredCases(world.pool), uuid4(), uuid4()
    assert await cases.enter(DocumentCase(lost, "C01X00T47"))
    assert not await cases.enter(DocumentCase(other, "C01X00T47"))
    await passes(documents, 25)
    await world.desk.cases.keep([uuid4()], EVA)
    assert await cases.of(lost) is None
    assert await cases.enter(DocumentCase(other, "C01X00T47"))


async def test_a_number_that_is_entered_again_a_day_later_is_kept(documents: Database, world: World) -> None:
    """The first scan was lost after its row, and nothing was written since: the next one is for its event."""
    cases, one = StoredCases(world.pool), uuid4()
    for hours in (25, 23):
        assert await cases.enter(DocumentCase(one, "C01X00T47"))
        assert await cases.of(one) == DocumentCase(one, "C01X00T47")
        await passes(documents, hours)
    await world.desk.cases.keep([uuid4()], EVA)
    assert await cases.of(one) == DocumentCase(one, "C01X00T47")
    await passes(documents, 2)
    await world.desk.cases.keep([uuid4()], EVA)
    assert await cases.of(one) is None, "its event never came"


async def test_what_stands_on_a_letter_that_is_received_again_a_day_later_is_kept(
    documents: Database, world: World
) -> None:
    one = uuid4()
    await world.desk.cases.keep([one], EVA)
    await passes(documents, 25)
    await world.desk.cases.keep([one], EVA)
    assert await kept(world, one)
