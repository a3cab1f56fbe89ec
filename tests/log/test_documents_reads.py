"""The window's lists and names on a real database: the statements, their order, and who has looked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import msgspec
import pytest

from servicekit.own_log import read_log
from servicekit.postgres import Pool, connect, open_pool
from servicekit.project import Projector
from servicekit.projection import LOG, Projection
from servicekit.staff import Staff
from services.documents import commands as ask
from services.documents.copies import Names
from services.documents.pickups import bounds
from services.documents.projections import DELIVERIES, DOCUMENTS, document_queries
from services.documents.projections.deliveries import Deliveries
from services.documents.projections.document_queries import Documents
from services.documents.projections.documents import NAME
from tests.conftest import Databases
from tests.rules.documents.desk import EVA, ID_CARD, LICENCE, PASSPORT, PICKUP, Desk, uid
from tests.rules.documents.world import SITE, World
from tests.way.memory_documents import MemoryLists

INGA = Staff("window_1", "window", SITE)
DAY = date(2026, 11, 24)
_EVENT = """
INSERT INTO event (position, category, stream_id, version, event_id, type, schema_version, data, meta)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"""
_COPY = """
INSERT INTO person_copy (person_id, owner, epoch, revision, keep_until, name, erased_at)
VALUES ($1, 'booking', 1, $2, $3, $4, $5)"""
_PERSON = "INSERT INTO person (person_id, revision, keep_until, name) VALUES ($1, $2, $3, $4)"


@dataclass
class Office:
    """A world in memory, its log on a real database, and the lists that were made of it."""

    world: World
    pool: Pool
    url: str
    owner_url: str
    stored: int = 0

    async def project(self) -> None:
        """Bring log and lists to where the world is."""
        connection = await connect(self.url, application="test")
        for one in self.world.log.events[self.stored :]:
            data, meta = one.event.to_json(), msgspec.json.encode(one.meta).decode()
            kind, stream = type(one.event), one.stream
            known = (one.position, stream.category, stream.id, one.version, one.event_id)
            await connection.execute(_EVENT, *known, kind.__name__, kind.schema_version, data, meta)
        for projection in (DOCUMENTS, DELIVERIES):
            await self._apply(connection, projection)
        self.stored = len(self.world.log.events)
        await connection.close()

    async def _apply(self, connection: Any, projection: Projection) -> None:
        projector = Projector(projection, lambda: connect(self.url, application="test"))
        if records := await read_log(connection, "documents", self.stored, 10_000):
            await projector.apply(LOG, 0, records)
        await projector.close()


@pytest.fixture
async def office(fresh_database: Databases) -> AsyncIterator[Office]:
    database = fresh_database("documents")
    pool = await open_pool(database.app_url, application="test", size=2)
    yield Office(World(), pool, database.app_url, database.owner_url)
    await pool.close()


def comparable(rows: Any) -> list[Any]:
    """Without what only the read model knows, in an order of its own."""
    return [replace(row, ready_at=None, missed_since=None) for row in rows]


async def test_every_list_is_what_the_log_says_at_each_stage(office: Office) -> None:
    lists, memory = Documents(office.pool), MemoryLists(office.world)
    eva, max_ = Desk(office.world), Desk(office.world, uid("Max"), uid("Max's visit"))
    card, passport = eva.at_window(ID_CARD, PASSPORT)
    await office.project()
    max_.received(LICENCE)
    max_.ordered(PASSPORT)
    office.world.ask(eva.hand_over(card))
    office.world.ask(ask.PutBack(document_id=passport, window="window_1", bin="Z-9"))
    await office.project()
    assert await lists.seen() == len(office.world.log.events)
    everything = [one.id for one in office.world.log.streams if one.category == "document"]
    by_id = {row.document_id: row for row in comparable(await lists.by_id(everything))}
    assert by_id == {row.document_id: row for row in await memory.by_id(everything)}
    for place in ("producer", "receiving", "safe", "window"):
        assert comparable(await lists.at(SITE, place)) == await memory.at(SITE, place), place
    assert comparable(await lists.of_day(SITE, *bounds(DAY))) == await memory.of_day(SITE, *bounds(DAY))
    assert comparable(await lists.of_booking(PICKUP)) == await memory.of_booking(PICKUP)
    assert comparable(await lists.of_person(EVA, SITE)) == await memory.of_person(EVA, SITE)
    for kind in (PASSPORT, None):
        assert comparable(await lists.ordered(SITE, kind)) == await memory.ordered(SITE, kind)
    assert list(await lists.booked(SITE)) == [PICKUP]
    assert await lists.bins(SITE) == {"Z-9": 1}
    assert await lists.of_day("kiel", *bounds(DAY)) == []
    assert len(await Deliveries(office.pool).open(SITE)) == 2


async def test_a_list_that_is_too_long_ends_with_what_nobody_looks_for(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Orders that never came grow old; who stands at the window has the next pick-up, not the last one."""
    lists, world = Documents(office.pool), office.world
    people = [Desk(world, uid(name), uid(f"{name}'s visit")) for name in ("Eva", "Max", "Ida")]
    for person in people:
        person.ordered(PASSPORT, LICENCE)
        world.passes(days=1)
    for days, person in zip((3, 1, 2), people, strict=True):
        cards = person.invited(ID_CARD)
        starts_at = world.at + timedelta(days=days)
        world.hear(person.confirmed(*cards, booking=uid(days), starts_at=starts_at, ends_at=starts_at))
    await office.project()
    monkeypatch.setattr(document_queries, "MOST", 2)
    _eva, max_, ida = people
    found = await lists.ordered(SITE, "passport")
    assert [row.document_id for row in found] == [ida.document(PASSPORT), max_.document(PASSPORT)]
    assert {row.person_id for row in await lists.ordered(SITE, None)} == {ida.person}
    assert await lists.ordered("kiel", None) == []
    assert list(await lists.booked(SITE)) == [uid(1), uid(2)]


async def test_a_new_column_of_the_read_model_fails_no_list(office: Office) -> None:
    """F16: a connection that has prepared a statement for rows as they were."""
    (card,) = Desk(office.world).invited(ID_CARD)
    await office.project()
    lists = Documents(office.pool)
    (before,) = await lists.by_id([card])
    schema = await office.pool.fetchval("SELECT schema FROM projection_current WHERE name = $1", NAME)
    owner = await asyncpg.connect(office.owner_url)
    await owner.execute(f"ALTER TABLE {schema}.document ADD COLUMN note text")
    await owner.close()
    assert await lists.by_id([card]) == [before]


async def test_times_that_only_the_read_model_has(office: Office) -> None:
    (card,) = Desk(office.world).invited(ID_CARD)
    arrived = office.world.at
    office.world.passes(days=3)
    office.world.ask(ask.CountSafe(site=SITE))
    await office.project()
    (row,) = await Documents(office.pool).by_id([card])
    assert (row.ready_at, row.missed_since) == (arrived, office.world.at)
    office.world.ask(ask.CountSafe(site=SITE, document_ids=(card,)))
    await office.project()
    (row,) = await Documents(office.pool).by_id([card])
    assert row.missed_since is None


async def test_a_name_is_known_as_long_as_its_row_or_copy_lives(office: Office) -> None:
    names, at = Names(office.pool), office.world.at
    later, gone = at + timedelta(days=1), at - timedelta(seconds=1)
    people = {name: uid(name) for name in ("copy", "erased", "over", "own", "both", "nobody")}
    for name, revision, keep_until, erased_at in (
        ("copy", 1, later, None),
        ("erased", 1, None, at),
        ("over", 1, gone, None),
        ("both", 1, later, None),
    ):
        shown = f"Name of {name}" if erased_at is None else None
        await office.pool.execute(_COPY, people[name], revision, keep_until, shown, erased_at)
    await office.pool.execute(_PERSON, people["own"], 1, later, "Name of own")
    await office.pool.execute(_PERSON, people["both"], 2, later, "Newer name")
    known = await names.of(people.values(), at)
    assert known == {
        people["copy"]: "Name of copy",
        people["own"]: "Name of own",
        people["both"]: "Newer name",
    }


async def test_a_look_is_forgotten_after_twelve_months(office: Office) -> None:
    names, now = Names(office.pool), office.world.at
    for days in (367, 360, 0):
        await names.record(INGA, f"look_{days}", [(EVA, None)], now - timedelta(days=days))
    kept = await office.pool.fetch("SELECT reason FROM read_log ORDER BY read_id")
    assert [row["reason"] for row in kept] == ["look_360", "look_0"]


async def test_a_look_dated_in_the_future_takes_nothing_away(office: Office) -> None:
    names, now = Names(office.pool), datetime.now(UTC)
    await names.record(INGA, "real", [(EVA, None)], now - timedelta(days=1))
    await names.record(INGA, "forged", [(EVA, None)], now + timedelta(days=20_000))
    kept = await office.pool.fetch("SELECT reason FROM read_log ORDER BY read_id")
    assert [row["reason"] for row in kept] == ["real", "forged"]


async def test_who_looks_is_written_down_and_nobody_can_take_it_back(office: Office) -> None:
    names, at = Names(office.pool), office.world.at
    document = uid("card")
    await names.record(INGA, "window_search", [], at)
    await names.record(INGA, "window_document", [(EVA, document), (uid("Max"), None)], at)
    found = await office.pool.fetch("SELECT * FROM read_log ORDER BY read_id")
    told = [(row["staff_id"], row["reason"], row["person_id"], row["document_id"]) for row in found]
    assert told == [
        ("window_1", "window_document", EVA, document),
        ("window_1", "window_document", uid("Max"), None),
    ]
    assert {row["read_at"] for row in found} == {at}
    for forbidden in (
        "DELETE FROM read_log",
        "UPDATE read_log SET staff_id = 'somebody'",
        "TRUNCATE read_log",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await office.pool.execute(forbidden)


async def test_every_query_of_the_window_has_an_index_to_go_by(office: Office) -> None:
    Desk(office.world).invited(ID_CARD)
    await office.project()
    connection = await connect(office.url, application="test")
    try:
        schema = await connection.fetchval(
            "SELECT schema FROM projection_current WHERE name = $1", DOCUMENTS.name
        )
        await connection.execute("SELECT set_config('search_path', $1, false)", schema)
        await connection.execute("SET enable_seqscan = off")
        for where in (
            "site = 'flensburg' AND starts_at >= now() AND booking_id IS NOT NULL",
            "booking_id = gen_random_uuid()",
            "site = 'flensburg' AND place = 'safe'",
            "person_id = gen_random_uuid()",
        ):
            plan = await connection.fetch(f"EXPLAIN SELECT * FROM document WHERE {where}")  # noqa: S608
            assert any("Index" in row[0] for row in plan), where
    finally:
        await connection.close()
