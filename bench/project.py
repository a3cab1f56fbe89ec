"""G13: from the topic into a read model of reporting, as the role ``project`` does it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from bench.frame import STUCK, Measured, Wrong, settle
from bench.servers import Servers
from bench.topic import POLL, empty_reporting, filled, log_template
from servicekit.consumer_rule import Checkpoint
from servicekit.feed import Feed
from servicekit.kafka import Kafka
from servicekit.postgres import Connection, connect
from servicekit.project import Projector
from servicekit.subscriber import consuming
from servicekit.testing.databases import Database
from services.reporting.projections import FUNNEL


class Watched:
    """A projector that notes how much it has applied, and when each position was committed."""

    def __init__(self, projector: Projector) -> None:
        self._projector, self.name, self.topics = projector, projector.name, projector.topics
        self.records, self.first, self.last = 0, 0.0, 0.0
        self.committed: dict[str, float] = {}
        self.note = False

    async def apply(self, topic: str, partition: int, records: Sequence[Any]) -> Checkpoint:
        """As the projector does."""
        self.first = self.first or time.perf_counter()
        seen = await self._projector.apply(topic, partition, records)
        self.last = time.perf_counter()
        self.records += len(records)
        if self.note:
            for record in records:
                key = record.key.decode()
                self.committed.setdefault(key, self.last)
        return seen

    async def waiting(self) -> tuple[int, float]:
        """As the projector does."""
        return await self._projector.waiting()

    async def close(self) -> None:
        """Let go of the connection."""
        await self._projector.close()


@asynccontextmanager
async def projecting(reporting: Database, bootstrap: str) -> AsyncIterator[Watched]:
    """The funnel's consumer group, joined."""

    async def open_connection() -> Connection:
        return await connect(reporting.app_url, application=FUNNEL.name)

    watched = Watched(Projector(FUNNEL, open_connection))
    broker = consuming(Kafka(bootstrap))
    Feed(watched).attach(broker)
    await broker.start()
    try:
        yield watched
    finally:
        await broker.stop()
        await watched.close()


async def project(servers: Servers) -> Measured:
    """All events of the topic, from the first batch to the last commit."""
    async with servers.fresh(await log_template(servers)) as log:
        bootstrap = await filled(servers, log)
    async with servers.fresh(await empty_reporting(servers)) as reporting:
        settle()
        async with projecting(reporting, bootstrap) as watched:
            waited, seen = 0.0, -1
            while watched.records < servers.size.events:
                waited = 0.0 if watched.records > seen else waited + POLL
                seen = watched.records
                if waited > 3 * STUCK:
                    raise Wrong(f"{watched.records} of {servers.size.events} records were applied")
                await asyncio.sleep(POLL)
        await complete(reporting, servers.size.events // 2)
    return {"rate": servers.size.events / (watched.last - watched.first)}


async def complete(reporting: Database, bookings: int) -> None:
    """The funnel has a row for each booking."""
    connection = await connect(reporting.owner_url, application="check")
    try:
        schema = await connection.fetchval(
            "SELECT schema FROM projection_current WHERE name = $1", FUNNEL.name
        )
        await connection.execute(
            "SELECT set_config('search_path', quote_ident($1) || ', public', false)", schema
        )
        rows = await connection.fetchval("SELECT count(*) FROM booking")
    finally:
        await connection.close()
    if rows != bookings:
        raise Wrong(f"{rows} rows of {bookings} bookings")
