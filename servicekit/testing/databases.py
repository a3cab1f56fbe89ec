"""A service's database: roles, rights, schema; and cheap copies of it for tests.

Promises: ``provision`` may be repeated; the app role has no DDL and cannot enter another service's
database; names are quoted by the server. Shown by ``tests/devstack/test_postgres.py``.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass

import asyncpg

from servicekit.migrate import MigrationFailed, migrate
from servicekit.testing.binaries import ROOT
from servicekit.testing.postgres import Server, role_password

_ROLE = "SELECT format('CREATE ROLE %I LOGIN', $1::text)"
_PASSWORD = "SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text)"  # noqa: S105
_LIMIT = "SELECT format('ALTER ROLE %I SET %I = %L', $1::text, $2::text, $3::text)"
_CREATE = "SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE %I', $1::text, $2::text, $3::text)"
_COPY = """SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE %I STRATEGY FILE_COPY',
    $1::text, $2::text, $3::text)"""
"""Half the work of a copy through the write-ahead log, on a server that does not sync."""
_DROP = "SELECT format('DROP DATABASE IF EXISTS %I WITH (FORCE)', $1::text)"
_DOOR = (
    "SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', $1::text)",
    "SELECT format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I', $1::text, $2::text)",
)
_RIGHTS = (
    "SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT USAGE ON SCHEMAS TO %I', $1::text, $2::text)",
    """SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I
       GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', $1::text, $2::text)""",
    """SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I
       GRANT USAGE, SELECT ON SEQUENCES TO %I', $1::text, $2::text)""",
)
_APP_LIMITS = {
    "statement_timeout": "30s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "60s",
}


@dataclass(frozen=True, slots=True)
class Database:
    """One service's database on one server, with a URL for each role."""

    service: str
    name: str
    server: Server

    @property
    def owner(self) -> str:
        """The role that owns schema and tables and runs migrations."""
        return f"{self.service}_owner"

    @property
    def app(self) -> str:
        """The role of the running service."""
        return f"{self.service}_app"

    @property
    def owner_url(self) -> str:
        """For migrations and rebuilds."""
        return self.server.url(self.name, self.owner)

    @property
    def app_url(self) -> str:
        """For everything else."""
        return self.server.url(self.name, self.app)

    @property
    def admin_url(self) -> str:
        """The superuser's: for tests that break things."""
        return self.server.url(self.name)


async def _do(connection: asyncpg.Connection, template: str, *names: str) -> None:
    """DDL takes no parameters: the server itself quotes the names, then runs what it wrote."""
    await connection.execute(await connection.fetchval(template, *names))


async def provision(
    server: Server, service: str, name: str | None = None, template: str = "template1"
) -> Database:
    """The database ``name`` (default: the service's own) with its roles; no tables yet."""
    database = Database(service, name or service, server)
    admin = await asyncpg.connect(server.url())
    try:
        for role in (database.owner, database.app):
            if not await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
                await _do(admin, _ROLE, role)
            await _do(admin, _PASSWORD, role, role_password(server.password, role))
        for limit, value in _APP_LIMITS.items():
            await _do(admin, _LIMIT, database.app, limit, value)
        if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database.name):
            create = _CREATE if template == "template1" else _COPY
            await _do(admin, create, database.name, database.owner, template)
        await _do(admin, _DOOR[0], database.name)
        await _do(admin, _DOOR[1], database.name, database.app)
    finally:
        await admin.close()
    if template == "template1":  # a copy brings its rights along
        inside = await asyncpg.connect(database.admin_url)
        try:
            for right in _RIGHTS:
                await _do(inside, right, database.owner, database.app)
        finally:
            await inside.close()
    return database


async def prepared(server: Server, service: str, name: str | None = None) -> Database:
    """``provision``, then all that ``python -m services.<name> migrate`` does.

    A name without a service behind it gets the kit's own tables: what tests of the kit itself need.
    """
    database = await provision(server, service, name)
    if not (ROOT / "services" / service / "__main__.py").exists():
        await migrate(service, database.owner_url)
        return database
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"services.{service}", "migrate"),
        cwd=ROOT,
        env={
            "APP_ENV": "test",
            "DATABASE_URL": database.app_url,
            "MIGRATION_DATABASE_URL": database.owner_url,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "contracts")]),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise MigrationFailed(f"python -m services.{service} migrate: {said.decode().strip()}")
    return database


async def copied(source: Database, name: str) -> Database:
    """A new database like ``source``, which nobody may be connected to: tens of milliseconds."""
    return await provision(source.server, source.service, name, template=source.name)


async def dropped(database: Database) -> None:
    """Remove a database and whoever is still connected to it."""
    admin = await asyncpg.connect(database.server.url())
    try:
        await _do(admin, _DROP, database.name)
    finally:
        await admin.close()
