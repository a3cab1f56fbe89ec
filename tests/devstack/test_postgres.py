"""A service's database: who may do what, and how cheap a copy is."""

from __future__ import annotations

from collections.abc import Callable

import asyncpg
import pytest

from servicekit.testing.databases import Database, prepared, provision
from servicekit.testing.postgres import Server

Databases = Callable[[str], Database]


async def test_the_app_role_reads_and_writes_rows_and_nothing_more(fresh_database: Databases) -> None:
    database = fresh_database("reporting")
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute(
        "CREATE SCHEMA figures_v1_g1; CREATE TABLE figures_v1_g1.figure (name text, value int)"
    )
    await owner.close()
    app = await asyncpg.connect(database.app_url)
    try:
        await app.execute("INSERT INTO figures_v1_g1.figure VALUES ('visits', 3)")
        await app.execute("UPDATE figures_v1_g1.figure SET value = 4")
        assert await app.fetchval("SELECT value FROM figures_v1_g1.figure") == 4
        for forbidden in (
            "CREATE TABLE own (name text)",
            "CREATE SCHEMA own",
            "DROP TABLE figures_v1_g1.figure",
            "TRUNCATE figures_v1_g1.figure",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(forbidden)
    finally:
        await app.close()


async def test_a_service_cannot_enter_another_services_database(fresh_database: Databases) -> None:
    reporting, other = fresh_database("reporting"), fresh_database("replay_documents")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(reporting.server.url(other.name, reporting.app))


async def test_copies_share_nothing(fresh_database: Databases) -> None:
    first, second = fresh_database("reporting"), fresh_database("reporting")
    connection = await asyncpg.connect(first.owner_url)
    await connection.execute("CREATE TABLE mine (name text)")
    await connection.close()
    connection = await asyncpg.connect(second.owner_url)
    try:
        assert await connection.fetchval("SELECT to_regclass('mine')") is None
    finally:
        await connection.close()


async def test_the_app_role_has_limits_on_waiting(database: Databases) -> None:
    connection = await asyncpg.connect(database("reporting").app_url)
    try:
        assert await connection.fetchval("SHOW lock_timeout") == "5s"
        assert await connection.fetchval("SHOW statement_timeout") == "30s"
        assert await connection.fetchval("SHOW idle_in_transaction_session_timeout") == "1min"
    finally:
        await connection.close()


async def test_provisioning_may_be_repeated(postgres: Server, fresh_database: Databases) -> None:
    database = fresh_database("reporting")
    again = await provision(postgres, "reporting", database.name)
    await prepared(postgres, "reporting", database.name)
    assert again == database


async def test_the_server_offers_what_the_schema_needs(fresh_database: Databases) -> None:
    owner = await asyncpg.connect(fresh_database("reporting").owner_url)
    try:
        await owner.execute("CREATE EXTENSION btree_gist")
        assert int(await owner.fetchval("SHOW server_version_num")) >= 180000
    finally:
        await owner.close()
