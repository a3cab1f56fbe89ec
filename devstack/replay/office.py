"""A stack of the replay's own: fresh PostgreSQL and Kafka below ``build/replay``, never the office's.

Promises: events go through the same committer, relay, topics and reporting processes as the office's;
each is a command of its own, with its own time; everything stops and nothing is left running.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid5

import asyncpg

from buergerbuero_contracts import topics
from buergerbuero_contracts.registry import public
from servicekit.assembly import add_relay
from servicekit.log import NAMESPACE, Actor, Context, Decision, Request, Status, Stream
from servicekit.migrate import migrate
from servicekit.service import Kit, Service, open_kit
from servicekit.settings import Settings
from servicekit.testing.databases import Database, provision
from servicekit.testing.kafka import OwnKafka, contract_topics, make_topics
from servicekit.testing.postgres import OwnServer, finish
from servicekit.testing.process import free_port, start, stop
from services.reporting.projections import PROJECTIONS

from .rows import Planned

AT_ONCE = 512
"""Commands under way: two rounds of the committer."""
STOP_SECONDS = 10
WRITERS = {"booking": "booking", "documents": "replay_documents"}
"""Owner of the events → the database that its log is written in."""
READS = {projection.name: projection.topics for projection in PROJECTIONS}


@dataclass
class Office:
    """The running parts: who writes, and where reporting keeps its read models."""

    kits: dict[str, Kit]
    reporting: Database
    _seen: dict[Stream, int] = field(default_factory=dict, init=False)

    async def write(self, events: Sequence[Planned], done: Callable[[int], None]) -> None:
        """Append every event by a command of its own, in order of time; per stream in order."""
        for first in range(0, len(events), AT_ONCE):
            page = events[first : first + AT_ONCE]
            await asyncio.gather(
                *(self._append(one, version) for one, version in _versions(page, self._seen))
            )
            done(len(page))

    async def _append(self, one: Planned, version: int) -> None:
        committer = self.kits[one.event.service].committer
        command = uuid5(NAMESPACE, f"replay:{one.stream.id}:{version}")
        context = Context(command, one.at, Actor("import"), command)
        if committer is None:
            raise LookupError(one.event.service)
        answer, _ = await committer(
            Request(context, {one.stream: version}, Decision(((one.stream, one.event),)))
        )
        if answer.status not in (Status.APPENDED, Status.REPEATED):
            raise RuntimeError(f"{type(one.event).__name__} of {one.at} was answered {answer.status}")

    async def sent(self, progress: Callable[[int], None]) -> None:
        """Wait until reporting has applied everything that the logs hold."""
        while left := await self._left():
            progress(left)
            await asyncio.sleep(0.2)

    async def _left(self) -> int:
        """Events not yet sent, and partitions that a read model has not read to their last event."""
        unsent, heads = 0, dict[tuple[str, int], int]()
        for kit in self.kits.values():
            unsent += await kit.pool.fetchval(
                "SELECT coalesce(max(position), 0) - (SELECT position FROM relay_state) FROM event"
            )
            for row in await kit.pool.fetch("SELECT topic, partition, last_position FROM relay_partition"):
                heads[row["topic"], row["partition"]] = row["last_position"]
        behind = 0
        connection = await asyncpg.connect(self.reporting.app_url)
        try:
            for row in await connection.fetch("SELECT name, schema FROM projection_current"):
                await connection.execute("SELECT set_config('search_path', $1, false)", row["schema"])
                seen = {
                    (one["topic"], one["partition"]): one["position"] or 0
                    for one in await connection.fetch("SELECT topic, partition, position FROM checkpoint")
                }
                behind += sum(
                    seen.get(place, 0) < head
                    for place, head in heads.items()
                    if head and place[0] in READS[row["name"]]
                )
        finally:
            await connection.close()
        return unsent + behind


def _versions(page: Sequence[Planned], seen: dict[Stream, int]) -> list[tuple[Planned, int]]:
    numbered = []
    for one in page:
        numbered.append((one, seen.get(one.stream, 0)))
        seen[one.stream] = seen.get(one.stream, 0) + 1
    return numbered


@contextmanager
def servers(folder: Path) -> Iterator[tuple[OwnServer, OwnKafka]]:
    """PostgreSQL and Kafka, started fresh below ``folder`` by the main thread, stopped at the end."""
    with launched(folder) as (server, kafka):
        complete(kafka)
        yield server, kafka


@contextmanager
def launched(folder: Path) -> Iterator[tuple[OwnServer, OwnKafka]]:
    """As ``servers``, but Kafka is still on its way: ``complete`` waits for it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    server, kafka = OwnServer(folder / "postgres", secrets.token_hex(16)), OwnKafka(folder / "kafka")
    try:
        kafka.launch()
        server.start()
        yield server, kafka
    finally:
        kafka.stop()
        server.stop()


def complete(kafka: OwnKafka) -> None:
    """Wait until Kafka answers, and make every topic of the contracts."""
    kafka.wait_ready()
    finish(make_topics(kafka.bootstrap, contract_topics()))


@contextmanager
def reporting(server: OwnServer, kafka: OwnKafka, log: Path) -> Iterator[tuple[Database, str]]:
    """The service reporting as a process with all its roles; its database and its API's address."""
    database = finish(provision(server.server, "reporting"))
    env = _environment(database, kafka.bootstrap)
    program = [sys.executable, "-m", "services.reporting"]
    with log.open("wb") as output:
        made = start([*program, "migrate"], env=env, output=output)
        if made.wait(60):
            raise RuntimeError(f"reporting cannot migrate, see {log}")
        process = start([*program, "all"], env=env, output=output)
        try:
            yield database, f"http://127.0.0.1:{env['HTTP_PORT']}/api/reporting/v1"
        finally:
            stop(process, signal.SIGTERM, 20)


@asynccontextmanager
async def open_office(server: OwnServer, kafka: OwnKafka, database: Database) -> AsyncIterator[Office]:
    """The writing side in this process: a committer and a relay for each owner of events."""
    async with _writers(server, kafka.bootstrap) as kits:
        yield Office(kits, database)


@asynccontextmanager
async def _writers(server: OwnServer, bootstrap: str) -> AsyncIterator[dict[str, Kit]]:
    kits: dict[str, Kit] = {}
    stopping = asyncio.Event()
    asked, last = list[asyncio.Future[None]](), list[asyncio.Future[None]]()
    for owner, name in WRITERS.items():
        database = await provision(server.server, owner, name)
        await migrate(owner, database.owner_url)
        settings = Settings(app_env="dev", database_url=database.app_url, kafka_bootstrap=bootstrap)
        publish = {kind.__name__: topics.topic_of(owner) for kind in public(owner)}
        kits[owner] = await open_kit(Service(owner, publish=publish), settings)
        add_relay(kits[owner])
        last += [asyncio.ensure_future(work()) for work in kits[owner].parts.last.values()]
        asked += [asyncio.ensure_future(work(stopping)) for work in kits[owner].parts.tasks.values()]
    try:
        yield kits
    finally:
        stopping.set()
        await asyncio.wait(asked, timeout=STOP_SECONDS)  # a relay ends its round
        for task in (*asked, *last):
            task.cancel()
        await asyncio.gather(*asked, *last, return_exceptions=True)
        for kit in kits.values():
            await kit.parts.close.aclose()


def _environment(database: Database, bootstrap: str) -> dict[str, str]:
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "APP_ENV": "dev",
        "DATABASE_URL": database.app_url,
        "MIGRATION_DATABASE_URL": database.owner_url,
        "KAFKA_BOOTSTRAP": bootstrap,
        "HTTP_PORT": str(free_port()),
        "METRICS_PORT": str(free_port()),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
