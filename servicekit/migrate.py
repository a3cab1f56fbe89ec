"""Brings one service's database to the schema of this version: plain SQL files, forward only.

Promises: each file is applied once, in the order of its name; two runs at once wait for each other
(two dbmates on an empty database fail with a unique violation otherwise); nothing but the files'
contents and one table of applied files per set is created. Runs as the owner role, as
``python -m services.<name> migrate``. Shown by ``tests/devstack/test_migrate.py``.

A set is a folder of ``<14 digits>_<what>.sql`` files in dbmate's form (``-- migrate:up``). The log's
and the projections' sets come with servicekit; a service's own follow.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import asyncpg

LOCK_CLASS = 3
"""Advisory lock class of migrations; 1 is the log, 2 the relay, 4 single-process projections."""

LIMITS = {"lock_timeout": "5s", "statement_timeout": "60s"}
"""A migration that waits for a lock makes all behind it wait too: it fails and is tried again."""

_ROOT = Path(__file__).resolve().parent.parent
_WITHOUT_LOG = frozenset({"reporting"})
"""Read side only: no event table, no timers."""


class MigrationFailed(RuntimeError):
    """dbmate refused a file; its own words say which statement."""


@dataclass(frozen=True, slots=True)
class MigrationSet:
    """A folder of migrations and the table that remembers which ran."""

    folder: Path
    table: str


def migration_sets(service: str, root: Path = _ROOT) -> tuple[MigrationSet, ...]:
    """What a service's database is made of, in the order in which it is applied."""
    kit = root / "servicekit" / "migrations"
    parts = [] if service in _WITHOUT_LOG else [MigrationSet(kit / "log", "migrations_log")]
    parts.append(MigrationSet(kit / "project", "migrations_project"))
    parts.append(MigrationSet(root / "services" / service / "migrations", "migrations_service"))
    return tuple(part for part in parts if any(part.folder.glob("*.sql")))


def _dbmate() -> str:
    """dbmate of this environment: a wheel puts it beside the interpreter."""
    beside = Path(sys.executable).with_name("dbmate")
    found = str(beside) if beside.exists() else shutil.which("dbmate")
    if found is None:
        raise MigrationFailed("dbmate is not installed; `make setup` installs it")
    return found


async def _apply(part: MigrationSet, url: str) -> str:
    """One dbmate run; the password travels in the environment, not on the command line."""
    process = await asyncio.create_subprocess_exec(
        _dbmate(),
        *("--env-file", os.devnull, "--no-dump-schema"),
        *("--migrations-dir", str(part.folder), "--migrations-table", part.table, "migrate"),
        env={"DATABASE_URL": _for_dbmate(url), "PATH": os.environ.get("PATH", "")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise MigrationFailed(f"{part.folder.name}: {said.decode().strip()}")
    return said.decode()


def _for_dbmate(url: str) -> str:
    """dbmate's driver insists on TLS where nothing is said; the limits keep a blocked one from blocking."""
    wishes = [f"{name}={value}" for name, value in LIMITS.items()]
    if "sslmode=" not in url:
        wishes.append("sslmode=disable")
    return f"{url}{'&' if '?' in url else '?'}{'&'.join(wishes)}"


async def migrate(service: str, owner_url: str) -> list[str]:
    """Apply what is missing; dbmate's lines on what it applied. ``MigrationFailed`` names the file."""
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1, 0)", LOCK_CLASS)
        said = [await _apply(part, owner_url) for part in migration_sets(service)]
    finally:
        await connection.close()  # a session lock ends with its session
    return [line for text in said for line in text.splitlines() if line.startswith("Applied")]
