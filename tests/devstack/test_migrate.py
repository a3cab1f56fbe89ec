"""Migrations: once each, one run at a time, by the owner."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from servicekit import migrate as subject
from servicekit.migrate import MigrationFailed, MigrationSet, migrate, migration_sets
from servicekit.testing.databases import Database, dropped, provision
from servicekit.testing.postgres import Server, finish

Databases = Callable[[str], Database]
STEP = "-- migrate:up\n{sql};\n-- migrate:down\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of migrations that stands in for all of a service's."""
    monkeypatch.setattr(
        subject, "migration_sets", lambda _service: (MigrationSet(tmp_path, "migrations_own"),)
    )
    return tmp_path


@pytest.fixture
def empty(postgres: Server) -> Iterator[Database]:
    """A database with roles and rights, without tables."""
    database = finish(provision(postgres, "reporting", "reporting_empty"))
    yield database
    finish(dropped(database))


async def test_each_file_is_applied_once(folder: Path, empty: Database) -> None:
    (folder / "20261125000001_first.sql").write_text(STEP.format(sql="CREATE TABLE one (name text)"))
    assert len(await migrate("reporting", empty.owner_url)) == 1
    (folder / "20261125000002_second.sql").write_text(STEP.format(sql="CREATE TABLE two (name text)"))
    assert len(await migrate("reporting", empty.owner_url)) == 1
    assert await migrate("reporting", empty.owner_url) == []


async def test_runs_at_the_same_time_wait_for_each_other(folder: Path, empty: Database) -> None:
    (folder / "20261125000001_first.sql").write_text(
        STEP.format(sql="CREATE TABLE one (name text); SELECT pg_sleep(0.2)")
    )
    applied = await asyncio.gather(*(migrate("reporting", empty.owner_url) for _ in range(4)))
    assert sorted(map(len, applied)) == [0, 0, 0, 1]


async def test_a_broken_file_is_named_and_leaves_nothing_behind(folder: Path, empty: Database) -> None:
    (folder / "20261125000001_broken.sql").write_text(
        STEP.format(sql="CREATE TABLE one (name text); SELECT nothing FROM nowhere")
    )
    with pytest.raises(MigrationFailed, match="20261125000001_broken"):
        await migrate("reporting", empty.owner_url)
    connection = await asyncpg.connect(empty.owner_url)
    try:
        assert await connection.fetchval("SELECT to_regclass('one')") is None
    finally:
        await connection.close()


async def test_a_migration_gives_up_waiting_for_a_lock(
    folder: Path, empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(subject.LIMITS, "lock_timeout", "100ms")
    (folder / "20261125000001_first.sql").write_text(STEP.format(sql="CREATE TABLE one (name text)"))
    await migrate("reporting", empty.owner_url)
    (folder / "20261125000002_second.sql").write_text(STEP.format(sql="ALTER TABLE one ADD COLUMN age int"))
    reader = await asyncpg.connect(empty.owner_url)
    try:
        async with reader.transaction():
            await reader.execute("SELECT * FROM one")
            with pytest.raises(MigrationFailed, match="lock timeout"):
                await migrate("reporting", empty.owner_url)
        assert len(await migrate("reporting", empty.owner_url)) == 1
    finally:
        await reader.close()


@pytest.mark.parametrize("service", ["booking", "documents", "notification"])
async def test_the_app_role_may_add_events_and_never_change_them(
    service: str, fresh_database: Databases
) -> None:
    app = await asyncpg.connect(fresh_database(service).app_url)
    try:
        rights = await app.fetch(
            "SELECT privilege_type FROM information_schema.role_table_grants"
            " WHERE table_name = 'event' AND grantee = $1",
            f"{service}_app",
        )
        assert {row["privilege_type"] for row in rights} == {"INSERT", "SELECT"}
    finally:
        await app.close()


def test_reporting_has_no_log() -> None:
    assert "migrations_log" not in {part.table for part in migration_sets("reporting")}
    assert [part.table for part in migration_sets("booking")][:2] == ["migrations_log", "migrations_project"]
