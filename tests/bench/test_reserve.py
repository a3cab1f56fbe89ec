"""The bench runs through once, tiny, and finds a planted double booking. No time is asserted here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bench import check, limits, reserve
from bench.frame import SMALL, Wrong
from bench.office import ITEMS, context, opened_office, site_name, template
from bench.older import COLUMNS, rows
from bench.servers import Servers, servers
from servicekit.decider import Refused
from servicekit.handle import Outcome
from servicekit.log import Context
from servicekit.postgres import connect
from servicekit.testing.databases import Database, copied
from servicekit.testing.postgres import Server
from services.booking.commands import ReserveSlot
from services.booking.handlers import Handlers
from services.booking.rules.limits import Origin
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


async def test_at_a_full_hour_a_repeat_gets_its_first_answer_and_all_others_the_kept_one(
    where: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        where.fresh(await template(where)) as database,
        opened_office(where.folder, database.app_url, lent=True) as office,
    ):
        present, starts_at = office.present, office.places()[0][0]
        commands = [context(present) for _ in range(SMALL.counters + 1)]

        async def ask(who: Context) -> Outcome:
            device = Origin(who.command_id.hex, who.command_id.hex[::-1])
            command = ReserveSlot(site=site_name(0), starts_at=starts_at, items=ITEMS, origin=device)
            return await present.execute(command, replace(who, at=commands[-1].at))

        for who in commands[:-1]:
            await ask(who)
        with pytest.raises(Refused) as first:
            await ask(commands[-1])
        monkeypatch.setattr(Handlers, "_placed", None)  # no rule is asked from now on
        with pytest.raises(Refused) as again:
            await ask(commands[-1])
        assert (again.value.code, again.value.details) == ("slot-taken", first.value.details)
        monkeypatch.undo()
        assert (await ask(commands[0])).replayed


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
