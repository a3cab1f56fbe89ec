"""The bench runs through once, tiny, and finds a planted double booking. No time is asserted here."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bench import check, limits, reserve
from bench.frame import SMALL, Wrong
from bench.older import COLUMNS, rows
from bench.servers import Servers, servers
from servicekit.postgres import connect
from servicekit.testing.databases import Database, copied
from servicekit.testing.postgres import Server
from tests.conftest import Databases


@pytest.fixture
async def where(postgres: Server, template: Databases) -> AsyncIterator[Servers]:
    """The suite's server, lent to the bench."""

    async def prepare(service: str, name: str) -> Database:
        return await copied(template(service), name)

    async with servers(SMALL, postgres, prepare) as lent:
        yield lent


async def test_each_point_of_the_reservations_runs_and_is_right(where: Servers) -> None:
    for name in ("asyncpg64", "uniform64", "hour64", "burst"):
        measured = await reserve.MEASURES[name](where)
        assert measured["rate"] > 0, name
    assert (await limits.copy(where))["rate"] > 0


async def test_a_place_given_twice_is_found(where: Servers, fresh_database: Databases) -> None:
    database = fresh_database("booking")
    first, second = rows(2)
    again = [list(row) for row in rows(4, after=2)][:2]
    again[0][7] = first[7].replace(str(_booking(first)), str(_booking(again[1])))
    connection = await connect(database.app_url, application="test")
    await connection.copy_records_to_table("event", records=[first, second, *again], columns=COLUMNS)
    await connection.close()
    with pytest.raises(Wrong, match="given twice"):
        await check.reservations(database, 0, [_booking(second), _booking(again[1])])
    with pytest.raises(Wrong, match="1 acknowledged, 2 places stored"):
        await check.reservations(database, 0, [_booking(second)])


def _booking(row: object) -> object:
    import json
    from uuid import UUID

    return UUID(json.loads(row[7])["booking_id"])  # type: ignore[index]
