"""A PostgreSQL server of one's own, and databases in it as the services expect them.

Promises: the server listens on the loopback only, ends with its parent, and needs neither an
installed server nor another user: root runs it in a user namespace, in which it is not root.
A service's database belongs to ``<name>_owner``; ``<name>_app`` may read and write rows, no more.
Shown by ``tests/devstack/test_postgres.py``.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import shutil
import signal
import subprocess
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import asyncpg

from servicekit.testing.binaries import Missing, postgres_bin
from servicekit.testing.process import free_port, start, stop, wait_until

NOBODY = 65534
ALWAYS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_preload_libraries": "pg_stat_statements",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Faster, and loses data in a power cut: for functional tests only."""

T = TypeVar("T")


def finish(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` in a loop of its own, also where another loop is set in this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def role_password(secret: str, role: str) -> str:
    """Each role's own password, derived from the server's."""
    return hmac.new(secret.encode(), role.encode(), hashlib.sha256).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Server:
    """Where a PostgreSQL server is, and its superuser."""

    host: str
    port: int
    password: str
    user: str = "postgres"
    origin: str = ""

    @classmethod
    def at(cls, url: str) -> Server:
        """A server that somebody else runs, by its superuser's URL."""
        parts = urlsplit(url)
        return cls(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or 5432,
            password=parts.password or "",
            user=parts.username or "postgres",
            origin="POSTGRES_URL",
        )

    def url(self, database: str = "postgres", role: str | None = None) -> str:
        """A connection URL, by default of the superuser."""
        user = role or self.user
        password = role_password(self.password, role) if role else self.password
        return f"postgresql://{quote(user)}:{quote(password)}@{self.host}:{self.port}/{quote(database)}"


def _works(command: list[str]) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603


def unprivileged() -> list[str]:
    """What to put before a program that refuses to run as root; empty for anybody else."""
    if os.geteuid() != 0:
        return []
    namespace = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"]
    if _works([*namespace, "true"]):
        return namespace
    if shutil.which("setpriv"):
        identity = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        return ["setpriv", *identity, "--pdeathsig=INT", "--"]  # a new identity forgets the death signal
    raise Missing("PostgreSQL refuses root; neither user namespaces nor setpriv work here: run as a user.")


def _give_to_nobody(folder: Path) -> None:
    """Without a namespace the server is another user: it must own its data and reach it."""
    closed = [parent for parent in folder.resolve().parents if not parent.stat().st_mode & 0o001]
    if closed:
        raise Missing(f"PostgreSQL runs as uid {NOBODY} here and cannot enter {closed[-1]}; open it or move.")
    os.chown(folder, NOBODY, NOBODY)


@dataclass
class OwnServer:
    """A server that this process starts below ``folder`` and stops again; its data stays there."""

    folder: Path
    password: str
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    name: str = "PostgreSQL"

    @property
    def data(self) -> Path:
        """The cluster's data folder."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """The server's own log."""
        return self.folder / "postgres.log"

    @property
    def server(self) -> Server:
        """The address of the running server."""
        return Server("127.0.0.1", self.port, self.password, origin=postgres_bin()[1])

    def start(self, port: int | None = None) -> Server:
        """``launch`` and wait for the first answer."""
        self.launch(port)
        wait_until(self.ready, 60, f"PostgreSQL gives no answer, see {self.log}")
        return self.server

    def launch(self, port: int | None = None) -> None:
        """Make the cluster if it is not there, and start its server."""
        bin_folder, _origin = postgres_bin()
        prefix = unprivileged()
        if not (self.data / "PG_VERSION").exists():
            self._init(bin_folder, prefix)
        self.port = port or self.port or free_port()
        wishes = {**ALWAYS, "port": str(self.port), **self.settings}
        arguments = [word for name, value in wishes.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("ab") as output:
            self.process = start(
                [*prefix, str(bin_folder / "postgres"), "-D", str(self.data), *arguments],
                output=output,
                death=signal.SIGINT,
                cwd=self.folder,
            )

    def _init(self, bin_folder: Path, prefix: list[str]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        secret = self.folder / "password"
        secret.touch(mode=0o600)
        secret.write_text(self.password + "\n")
        if prefix[:1] == ["setpriv"]:
            _give_to_nobody(self.folder)
            os.chown(secret, NOBODY, NOBODY)
        options = ["-U", "postgres", "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8"]
        locale = ["--locale-provider=builtin", "--locale=C.UTF-8", "--no-sync"]
        command = [*prefix, str(bin_folder / "initdb"), "-D", str(self.data), *options, *locale]
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=self.folder)  # noqa: S603
        if done.returncode:
            raise Missing(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")
        secret.unlink()

    def ready(self) -> bool:
        """Whether it answers a query; ``Missing`` if it has ended."""
        if self.process is not None and self.process.poll() is not None:
            raise Missing(f"PostgreSQL ended at once with code {self.process.returncode}, see {self.log}")
        return finish(ping(self.server.url()))

    def stop(self, seconds: float = 30) -> int:
        """A fast shutdown; the exit code."""
        return stop(self.process, signal.SIGINT, seconds) if self.process else 0


async def ping(url: str) -> bool:
    """Whether a server answers a query at ``url``."""
    try:
        connection = await asyncpg.connect(url, timeout=2)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    try:
        return bool(await connection.fetchval("SELECT true"))
    finally:
        await connection.close()
