"""The servers that points run on, and a database for each point: reset, filled, analysed.

Promises: PostgreSQL is durable (``fsync``, ``full_page_writes`` and ``synchronous_commit`` are on, else
nothing starts); each point gets a database of its own with the same older events, and a checkpoint before
it; whatever was started is stopped and removed. Shown by ``tests/bench/test_frame.py``.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import asyncpg

from bench.frame import Size
from servicekit.postgres import require_durable
from servicekit.testing.binaries import ROOT
from servicekit.testing.databases import Database, copied, dropped, prepared
from servicekit.testing.kafka import OwnKafka, contract_topics, forget_topics, make_topics
from servicekit.testing.postgres import OwnServer, Server

SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "4GB", "checkpoint_timeout": "15min"}
"""Beside PostgreSQL's defaults: as in a small production server."""
_NUMBERS = count(1)

Fill = Callable[[Database], Awaitable[None]]
Prepare = Callable[[str, str], Awaitable[Database]]
"""Makes the migrated, empty database of a service under a name."""


@dataclass
class Servers:
    """PostgreSQL from the start, Kafka when a point asks for it. ``filled`` templates are made once."""

    folder: Path
    size: Size
    own: OwnServer
    server: Server
    rest: AsyncExitStack
    prepare: Prepare
    lent: bool = False
    templates: dict[str, Database] = field(default_factory=dict)
    kafka: OwnKafka | None = None

    async def template(self, name: str, service: str, fill: Fill) -> Database:
        """A migrated database of a service that ``fill`` has filled, the source of copies."""
        if name not in self.templates:
            database = await self.prepare(service, f"bench_{name}")
            await fill(database)
            await self.maintain(database, "ANALYZE")
            self.templates[name] = database
        return self.templates[name]

    @asynccontextmanager
    async def fresh(self, template: Database) -> AsyncIterator[Database]:
        """A copy for one point, dropped after it."""
        database = await copied(template, f"{template.name}_{next(_NUMBERS)}")
        try:
            await self.maintain(database, "CHECKPOINT")
            yield database
        finally:
            await dropped(database)

    async def maintain(self, database: Database, statement: str) -> None:
        """A statement of the superuser."""
        admin = await asyncpg.connect(database.admin_url)
        try:
            await admin.execute(statement)
        finally:
            await admin.close()

    async def broker(self) -> str:
        """The address of one broker with the topics of the contracts, all empty."""
        if self.kafka is None:
            self.kafka = OwnKafka(self.folder / "kafka")
            self.kafka.launch()
            self.kafka.wait_ready(300)
            self.rest.callback(self.kafka.stop)
        else:
            await forget_topics(self.kafka.bootstrap, list(contract_topics()))
        await make_topics(self.kafka.bootstrap, contract_topics())
        return self.kafka.bootstrap


@asynccontextmanager
async def servers(
    size: Size, server: Server | None = None, prepare: Prepare | None = None
) -> AsyncIterator[Servers]:
    """Start PostgreSQL, or use ``server``, which a test lends and which may be forgetful."""
    async with AsyncExitStack() as rest:
        folder = _folder()
        rest.callback(shutil.rmtree, folder, ignore_errors=True)
        own = OwnServer(folder / "postgres", secrets.token_hex(16), SETTINGS)
        lent = server is not None
        if server is None:
            server = own.start()  # from this thread, whose end would end it
            rest.callback(own.stop)
            connection = await asyncpg.connect(server.url())
            try:
                await require_durable(connection)
            finally:
                await connection.close()
        address = server

        async def migrated(service: str, name: str) -> Database:
            return await prepared(address, service, name)

        where = Servers(folder, size, own, server, rest, prepare or migrated, lent)
        yield where
        if lent:
            for database in where.templates.values():
                await dropped(database)


def _folder() -> Path:
    """A new folder below ``build``, on the disk that the checkout is on: never in memory."""
    (ROOT / "build").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "build"))
    folder.chmod(0o711)  # a server under another uid must be able to enter
    return folder
