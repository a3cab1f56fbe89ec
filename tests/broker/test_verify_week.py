"""A closed week is computed once more from the topics, and every difference is named."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from servicekit.kafka import Kafka
from servicekit.past import KafkaPast
from servicekit.postgres import Connection, connect, open_pool
from servicekit.project import Projector
from servicekit.read_model import read_model
from servicekit.rebuild import ensure_first_generations
from servicekit.settings import Settings
from servicekit.testing.databases import Database
from servicekit.tokens import new_key
from services.reporting.closing import close_weeks
from services.reporting.history import History
from services.reporting.projections import PROJECTIONS
from services.reporting.verify import verify_week
from services.reporting.versions import Seal, Version
from services.reporting.weeks import Week
from services.reporting.wiring import verify
from tests.broker.tally import publish
from tests.broker.test_reporting_rebuild import records
from tests.conftest import Databases
from tests.rules.reporting.story import finished, utc
from tests.way.book import later
from tests.way.long_story import long_story

W47 = Week(2026, 47)
NOW = utc("2026-12-07T09:00")
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def follow(database: Database, bootstrap: str) -> None:
    """Bring every live read model to the end of its topics."""

    async def open_connection() -> Connection:
        return await connect(database.app_url, application="test")

    for projection in PROJECTIONS:
        projector = Projector(projection, open_connection)
        past = KafkaPast(Kafka(bootstrap).reader(), projection.topics)
        async for place, page in past.pages(await past.ends()):
            await projector.apply(place.topic, place.partition, page)
        await past.close()
        await projector.close()


async def close(database: Database, seal: Seal) -> Sequence[Version]:
    pool = await open_pool(database.app_url, application="test", size=2)
    async with pool:
        return await close_weeks(partial(read_model, pool), History(pool), seal, [W47], NOW)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(
    fresh_topics: str, database: Databases, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[str, Database, Seal]]:
    """A story on the topics, the read models that saw it, version 1 of its week, a late visit behind it."""
    seal, reporting = _seal(tmp_path_factory.mktemp("keys")), database("reporting")
    story = long_story()
    told = records([*story, finished("late", later(99), "registration")])
    await ensure_first_generations(reporting.owner_url, PROJECTIONS)
    await publish(fresh_topics, told[: len(story)])
    await follow(reporting, fresh_topics)
    assert [one.number for one in await close(reporting, seal)] == [1]
    await publish(fresh_topics, told[len(story) :])
    await follow(reporting, fresh_topics)
    yield fresh_topics, reporting, seal


def _seal(folder: Path) -> Seal:
    ring = folder / "ring"
    ring.write_text(new_key(1))
    return Seal(ring)


async def checked(office: tuple[str, Database, Seal], number: int | None = None) -> tuple[str, ...]:
    bootstrap, database, seal = office
    found = await verify_week(W47, number, database.owner_url, Kafka(bootstrap), seal)
    assert found is not None
    return found.problems


async def schemas(database: Database) -> list[str]:
    admin = await asyncpg.connect(database.admin_url)
    names = await admin.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE '%\\_v%\\_g%' ORDER BY 1")
    await admin.close()
    return [name for (name,) in names]


async def test_a_version_comes_back_from_the_topics_although_the_week_was_corrected_since(
    office: tuple[str, Database, Seal],
) -> None:
    """It is computed from just the events that it was computed from; nothing is left behind."""
    _bootstrap, database, seal = office
    before = await schemas(database)
    assert await checked(office, 1) == ()
    assert await schemas(database) == before
    (two,) = await close(database, seal)
    assert two.number == 2
    assert await checked(office) == ()


async def test_a_figure_that_the_topics_do_not_give_is_named(office: tuple[str, Database, Seal]) -> None:
    """Even with a genuine seal: the software that made it was wrong, or somebody with the key."""
    _bootstrap, database, seal = office
    body = (await _first(database)).told
    contacts = {**body.figures.contacts, "phone/unassigned": 9_999}
    wrong = msgspec.structs.replace(
        body, number=7, figures=msgspec.structs.replace(body.figures, contacts=contacts)
    )
    await _keep(database, seal.sign(wrong))
    (problem,) = await checked(office, 7)
    assert problem.startswith("contacts phone/unassigned: 9999 → ")


async def test_a_topic_that_lost_its_end_is_named(office: tuple[str, Database, Seal]) -> None:
    _bootstrap, database, seal = office
    body = (await _first(database)).told
    there, *others = body.positions
    gone = msgspec.structs.replace(there, position=99_999, next_offset=99_999)
    await _keep(database, seal.sign(msgspec.structs.replace(body, number=8, positions=(gone, *others))))
    problems = await checked(office, 8)
    assert f"{there.topic}/{there.partition}: position 99999 is not there any more" in problems


async def test_a_version_that_somebody_else_made_is_not_even_recomputed(
    office: tuple[str, Database, Seal], tmp_path: Path
) -> None:
    _bootstrap, database, _own = office
    body = (await _first(database)).told
    await _keep(database, _seal(tmp_path).sign(msgspec.structs.replace(body, number=9)))
    (problem,) = await checked(office, 9)
    assert "seal is not genuine" in problem


async def test_a_week_without_version_has_nothing_to_verify(office: tuple[str, Database, Seal]) -> None:
    bootstrap, database, seal = office
    assert await verify_week(Week(2026, 40), None, database.owner_url, Kafka(bootstrap), seal) is None


async def test_the_command_says_what_came_of_it(
    office: tuple[str, Database, Seal], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bootstrap, database, _own = office
    _seal(tmp_path)
    settings = Settings(
        app_env="test",
        database_url=database.app_url,
        migration_database_url=database.owner_url,
        kafka_bootstrap=bootstrap,
        link_keys_file=tmp_path / "ring",
    )
    assert [await verify(settings, words) for words in ([], ["2026-W54"], ["2026-W40"])] == [2, 2, 1]
    assert await verify(settings, ["2026-W47", "1"]) == 1, "the key ring is another one"
    said = capsys.readouterr().out
    assert "a week is closed two weeks after its Sunday" in said
    assert "2026-W47, version 1 of 2026-12-07 09:00 UTC" in said
    assert "the seal is not genuine" in said


async def _first(database: Database) -> Version:
    connection = await asyncpg.connect(database.app_url)
    found = await History(connection).one(W47, 1)
    await connection.close()
    assert found is not None
    return found


async def _keep(database: Database, version: Version) -> None:
    connection = await asyncpg.connect(database.app_url)
    assert await History(connection).add(version)
    await connection.close()
