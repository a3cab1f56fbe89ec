"""Documents' handlers on a real database: numbers beside the log, bins under its lock, two who are first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

import pytest

from buergerbuero_contracts.documents import (
    Authority,
    CheckMethod,
    DocumentKind,
    OldDocument,
    RecipientRole,
)
from buergerbuero_contracts.registry import public
from servicekit.committer import SETTINGS, Committer
from servicekit.decider import Refused
from servicekit.handle import Handler, Outcome
from servicekit.log import Actor, Context, EventTypes
from servicekit.plans import Plans
from servicekit.postgres import Connection, Pool, PostgresStore, connect, open_pool
from services.documents import commands as ask
from services.documents.cases import AroundTables, StoredCases
from services.documents.deciders import DECIDERS
from services.documents.handlers import Handlers
from services.documents.rules.document_commands import DocumentCase
from services.documents.rules.events import PRIVATE, BatchOpened
from services.documents.rules.holder import Holder
from services.documents.rules.settings import SiteSettings
from services.documents.timers import timers
from tests.conftest import Databases
from tests.log.post_room import Clock
from tests.rules.documents.items import MONDAY, noon
from tests.rules.documents.post_room_office import CONFIG

TYPES = EventTypes((*public("documents"), *PRIVATE))
SITE, NUMBER = "flensburg", "C01X00T47"
ONE, TWO = UUID(int=1), UUID(int=2)


@dataclass
class Process:
    """One process's way to documents."""

    pool: Pool
    clock: Clock
    handlers: Handlers

    async def execute(self, command: ask.Command, by: str = "clerk") -> Outcome:
        """A command of its own."""
        command_id = uuid4()
        context = Context(command_id, self.clock.now(), Actor("staff", by), command_id)
        return await self.handlers.execute(command, context)

    @property
    def cases(self) -> StoredCases:
        """The side table."""
        return StoredCases(self.pool)


@asynccontextmanager
async def process(url: str) -> AsyncIterator[Process]:
    """Handlers with a committer of their own."""

    async def own() -> Connection:
        return await connect(url, application="documents", settings=SETTINGS)

    clock, pool = Clock(noon(MONDAY)), await open_pool(url, application="documents", size=2)
    committer = Committer(own, TYPES, clock, Plans({}))  # type: ignore[arg-type]
    task = asyncio.create_task(committer.run())
    handler = Handler(PostgresStore(pool, TYPES), committer, DECIDERS, timers=timers)
    try:
        yield Process(pool, clock, Handlers(handler, AroundTables(pool, {SITE: SiteSettings()}, CONFIG)))
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await pool.close()


@pytest.fixture
async def processes(fresh_database: Databases) -> AsyncIterator[list[Process]]:
    """Two processes on one database."""
    url = fresh_database("documents").app_url
    async with AsyncExitStack() as open_:
        yield [await open_.enter_async_context(process(url)) for _ in range(2)]


async def at_window(first: Process) -> UUID:
    """A document of a person at window 1."""
    contact = ask.Contact(name="Eva Muster", email="eva@example.org")
    order = ask.OrderDocument(kind=DocumentKind.PASSPORT, site=SITE, contact=contact, number=NUMBER)
    (stream, _), *_ = (await first.execute(order)).events
    batch = (await first.execute(ask.OpenBatch(site=SITE))).of(BatchOpened).batch_id
    await first.execute(ask.ReceiveDocument(batch_id=batch, number=NUMBER))
    await first.execute(ask.StoreDocument(document_id=stream.id, bin="a1", approved_by="colleague"))
    await first.execute(ask.FetchDocument(document_id=stream.id, window="window_1"))
    return stream.id


async def test_two_processes_hand_over_at_once_and_one_hears_who_was_first(processes: list[Process]) -> None:
    document = await at_window(processes[0])
    command = ask.HandOverDocument(
        document_id=document,
        window="window_1",
        scan=NUMBER,
        recipient_role=RecipientRole.APPLICANT,
        check_method=CheckMethod.PHOTO,
        authority=Authority.NONE_NEEDED,
        old_document=OldDocument.NONE,
        approved_by="colleague",
    )
    done = await asyncio.gather(*(one.execute(command) for one in processes), return_exceptions=True)
    (second,) = (one for one in done if isinstance(one, Refused))
    assert second.code == "already-handed-over"
    assert second.details == {"window": "window_1", "at": noon(MONDAY)}
    assert sum(isinstance(one, Outcome) for one in done) == 1


async def test_two_processes_fill_one_bin_and_one_finds_it_full(processes: list[Process]) -> None:
    first, second = processes
    batch = (await first.execute(ask.OpenBatch(site=SITE))).of(BatchOpened).batch_id
    numbers = ("C01X00T48", "C01X00T49")
    for number in numbers:
        await first.execute(ask.ReceiveDocument(batch_id=batch, number=number))
    known = await first.cases.by_numbers(numbers)
    stores = [
        ask.StoreDocument(document_id=known[number], bin="a1", approved_by="colleague") for number in numbers
    ]
    done = await asyncio.gather(first.execute(stores[0]), second.execute(stores[1]), return_exceptions=True)
    (refused,) = (one for one in done if isinstance(one, Refused))
    assert (refused.code, refused.details) == ("bin-full", {})
    assert len(await first.handlers.around.in_safe(SITE)) == 1
    assert await first.handlers.around.in_safe("elsewhere") == []


async def test_a_number_is_kept_once_and_forgotten_whole(processes: list[Process]) -> None:
    cases = processes[0].cases
    assert await cases.enter(DocumentCase(ONE, NUMBER))
    assert await cases.enter(DocumentCase(ONE, NUMBER))  # told twice
    assert not await cases.enter(DocumentCase(TWO, NUMBER))
    assert not await cases.enter(DocumentCase(ONE, "C01X00T99"))
    assert await cases.enter(DocumentCase(ONE, born_on=date(2010, 5, 1), holder=Holder.CHILD))
    assert await cases.of(ONE) == DocumentCase(ONE, NUMBER, date(2010, 5, 1), Holder.CHILD)
    assert await cases.by_numbers([NUMBER]) == {NUMBER: ONE}
    await cases.erase(ONE)
    await cases.erase(ONE)
    assert (await cases.of(ONE), await cases.by_numbers([NUMBER])) == (None, {})


async def test_no_number_and_no_name_is_in_the_log(processes: list[Process]) -> None:
    await at_window(processes[0])
    rows = await processes[0].pool.fetch("SELECT data::text AS data, meta::text AS meta FROM event")
    assert rows
    found: Callable[[str], bool] = lambda word: any(word in row["data"] + row["meta"] for row in rows)  # noqa: E731
    assert not any(found(word) for word in (NUMBER, "Muster", "eva@example.org"))
