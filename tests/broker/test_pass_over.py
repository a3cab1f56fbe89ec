"""What does not concern a consumer moves its checkpoint in one statement, and nothing is lost by that."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from servicekit.consumer_rule import GapDetected
from servicekit.postgres import Connection, Pool
from servicekit.project import Projector
from tests.broker.tally import BOOKING, Chain, Model, booking
from tests.broker.test_project import model
from tests.broker.test_react import Office, expired, pool, position, reactor

__all__ = ["model", "pool"]


class Told:
    """A projector whose statements are noted."""

    def __init__(self, model: Model) -> None:
        self.statements: list[str] = []
        self._model, self.projector = model, Projector(model.projection, self._connect)

    async def _connect(self) -> Connection:
        connection = await self._model.connection()
        connection.add_query_logger(self._note)
        return connection

    def _note(self, record: Any) -> None:
        self.statements.append(record.query)


async def test_a_batch_that_concerns_nobody_is_one_statement_and_leaves_nothing_out(model: Model) -> None:
    chain, told = Chain(), Told(model)
    await told.projector.apply(BOOKING, 0, [chain.tell("BookingOpened", 1)])
    told.statements.clear()
    await told.projector.apply(BOOKING, 0, [chain.tell("OfficeOpened", 2), chain.tell("FromTheFuture", 3)])
    assert len(told.statements) == 1
    assert await model.position() == 3
    await told.projector.apply(BOOKING, 0, [chain.tell("BookingConfirmed", 1)])
    assert await model.stories() == {booking(1): "BookingConfirmed"}
    assert await model.tallies() == {"BookingOpened": 1, "BookingConfirmed": 1}


async def test_a_checkpoint_that_another_process_moved_is_read_again(model: Model) -> None:
    chain, told = Chain(), Told(model)
    first, second, third = (chain.tell("BookingOpened", n) for n in (1, 2, 3))
    await told.projector.apply(BOOKING, 0, [first])
    quiet = chain.tell("OfficeOpened", 4)
    await model.projector().apply(BOOKING, 0, [second, third, quiet])
    seen = await told.projector.apply(BOOKING, 0, [quiet])
    assert seen.position == 4
    assert await model.tallies() == {"BookingOpened": 3}


async def test_a_batch_that_concerns_nobody_shows_a_gap_all_the_same(model: Model) -> None:
    chain, told = Chain(), Told(model)
    await told.projector.apply(BOOKING, 0, [chain.tell("BookingOpened", 1)])
    missing, quiet = chain.tell("BookingOpened", 2), chain.tell("OfficeOpened", 3)
    with pytest.raises(GapDetected):
        await told.projector.apply(BOOKING, 0, [quiet])
    await told.projector.apply(BOOKING, 0, [missing, *chain.again(quiet)])
    assert await model.position() == 3
    assert await model.tallies() == {"BookingOpened": 2}


async def test_a_lost_connection_is_replaced_on_the_short_way_too(model: Model) -> None:
    chain, told = Chain(), Told(model)
    await told.projector.apply(BOOKING, 0, [chain.tell("BookingOpened", 1)])
    admin = await asyncpg.connect(model.database.admin_url)
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await admin.close()
    await told.projector.apply(BOOKING, 0, [chain.tell("OfficeOpened", 2)])
    assert await model.position() == 2


async def test_a_reaction_passes_over_what_asks_for_nothing(pool: Pool) -> None:
    office, chain = Office(), Chain()
    one = reactor(pool, office)
    await one.apply(BOOKING, 0, [expired(chain, 1)])
    quiet = chain.tell("FromTheFuture", 2)
    await one.apply(BOOKING, 0, [quiet])
    assert await position(pool) == 2
    await reactor(pool, office).apply(BOOKING, 0, [expired(chain, 3)])
    await one.apply(BOOKING, 0, [quiet, chain.tell("FromTheFuture", 4)])  # its checkpoint has been moved
    assert await position(pool) == 4
    assert office.told() == [booking(1), booking(1), booking(3), booking(3)]
