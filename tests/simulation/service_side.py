"""One service on the simulated platform: its roles as ``assembly.py`` puts them together.

The parts are the real ones down to ``connect``, the pool and the broker: handler, committer, relay, feeds,
projectors, reactors, timers. A service's own file says what its commands see and which tables it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from importlib import import_module
from typing import Any

import asyncpg

from buergerbuero_contracts import topics
from servicekit.append_sql import HEAD
from servicekit.clock import Clock, elapsed
from servicekit.committer import Committer
from servicekit.feed import Consumer, Feed
from servicekit.handle import Handler
from servicekit.log import Context, Due
from servicekit.log_feed import LogFeed
from servicekit.past import KafkaPast
from servicekit.people import People, PeopleCopies
from servicekit.plans import Plans
from servicekit.postgres import UNREACHABLE, PostgresStore, fetch_one
from servicekit.project import Projector
from servicekit.projection import LOG, Projection
from servicekit.react import Reaction, Reactor
from servicekit.rebuild import NotEqual, Rebuild
from servicekit.relay import Log, Relay
from servicekit.relay_ends import PostgresLog
from servicekit.service import Service
from servicekit.testing.simulation.checks import published
from servicekit.testing.simulation.groups import MemoryBroker
from servicekit.testing.simulation.log_tables import LogTables, QuickTypes
from servicekit.testing.simulation.loop import Process
from servicekit.testing.simulation.past import MemoryReader
from servicekit.testing.simulation.platform import Platform, Side
from servicekit.testing.simulation.reader_tables import Kept
from servicekit.testing.simulation.topics import MemoryWire, StoredRecord, sighting
from servicekit.timers import TimerRunner
from tests.simulation.ledger import Ledger, ledger

CITY = "flensburg"
REBUILDS = 5
"""How often a rebuild is tried that found the two generations different."""


class ServiceSide:
    """One service's processes and tables. ``begin``: where its log stands."""

    projections: Sequence[Projection] = ()
    reactions: Sequence[Reaction] = ()
    roles: Sequence[str] = ("api", "relay", "project", "timers")
    rebuilding, generation = False, 1
    with_people = False
    """Whether people are told of in this run: it costs a statement at each look of the relay."""

    def __init__(self, platform: Platform, service: Service, types: QuickTypes, begin: LogTables) -> None:
        self.platform, self.service, self.types = platform, service, types
        self.side: Side = platform.add_side(service.name)
        self.side.types = types
        self.side.log.copy_of(begin)
        self.topic = topics.topic_of(service.name)
        self.ledger = Ledger(f"{service.name}.ledger.v1", self.side.readers)
        self.side.server.statements |= self.ledger.statements()

    def copy_of(self, other: ServiceSide) -> None:
        """Begin where another one stands, with all that it had stored."""
        self.side.log.copy_of(other.side.log)
        self.side.readers.copy_of(other.side.readers)
        self.side.people.copy_of(other.side.people)
        self.ledger.made = {"": dict(other.ledger.rows)}

    def start(self) -> None:
        """One or two processes of each role."""
        roles = {"api": self._api, "relay": self._relay, "project": self._project, "timers": self._timers}
        for name in self.roles:
            for number in range(1, 1 + self.platform.random.choice((1, 1, 2))):
                self.platform.add_role(f"{self.service.name}-{name}-{number}", roles[name])

    # --- what a service adds

    def plans(self) -> tuple[Plans, Any]:
        """What the committer keeps in memory, and what belongs to it."""
        return Plans({}), None

    def handlers(self, handler: Handler, committer: Committer, clock: Clock, memory: Any) -> Any:
        """The service's ``Handlers`` on what its commands see."""
        raise NotImplementedError

    # --- the roles

    async def _writer(self, process: Process) -> tuple[Any, Clock, Committer]:
        """What ``open_kit`` and the service's ``opened`` make, and the committer's task."""
        connect, pool, clock = self.side.connect, self.side.pool, Clock()
        asked = elapsed()
        clock.sample((await fetch_one(pool, HEAD))["db_now"], asked)
        plans, memory = self.plans()
        settings = import_module("servicekit.service").SETTINGS
        committer = Committer(partial(connect, settings), self.types, clock, plans)
        service = self.service
        store = PostgresStore(pool, self.types)
        ways = {"planned": service.planned, "timers": service.timers}
        handler = Handler(store, committer, service.deciders, **ways)  # type: ignore[arg-type]
        process.start(committer.run())
        return self.handlers(handler, committer, clock, memory), clock, committer

    async def _api(self, process: Process) -> None:
        handlers, clock, committer = await self._writer(process)

        async def execute(command: Any, context: Context) -> Any:
            await committer.ensure(())
            return await handlers.execute(command, context)

        self.side.doors.append((process, execute, clock.now))
        await asyncio.Event().wait()

    async def _timers(self, process: Process) -> None:
        handlers, clock, committer = await self._writer(process)

        async def fire(due: Due) -> object:
            await committer.ensure(())
            return await handlers.fire(due, clock.now())

        await TimerRunner(self.side.connect, clock, fire).run()

    async def _relay(self, _process: Process) -> None:
        people = People(self.service.name, CITY, self.platform.clock.now) if self.with_people else None

        @asynccontextmanager
        async def opened() -> AsyncIterator[Log]:
            connection = await self.side.connect()
            try:
                yield PostgresLog(connection, people)
            finally:
                connection.terminate()

        cluster = self.platform.cluster
        relay = Relay(
            source=f"/buergerbuero/{CITY}/{self.service.name}",
            publish=self.service.publish,
            partitions={topic: cluster.partitions[topic] for topic in self.service.publish.values()},
            open_log=opened,
            wire=MemoryWire(cluster),
        )
        await relay.run(asyncio.Event())

    async def _project(self, process: Process) -> None:
        handlers, clock, committer = await self._writer(process)

        async def execute(command: Any, context: Context) -> Any:
            await committer.ensure(())
            return await handlers.execute(command, context)

        connect, broker = self.side.connect, MemoryBroker(self.platform.cluster)
        own = [one for one in self.projections if one.topics == (LOG,)]
        others = [ledger(self.service.name, self.topic), *(one for one in self.projections if one not in own)]
        consumers: list[Consumer] = [Projector(one, connect) for one in others]
        consumers += [Reactor(one, self.side.pool, execute, clock) for one in self.reactions]
        if self.with_people:
            consumers.append(PeopleCopies(f"{self.service.name}.people.v1", self.side.pool))
        for feed in map(Feed, consumers):
            feed.attach(broker)  # type: ignore[arg-type]
            process.start(feed.watch())
        for one in own:
            process.start(LogFeed(Projector(one, connect), connect, committer.reached).watch())
        await broker.start()
        await asyncio.Event().wait()

    async def rebuild(self) -> None:
        """Fill the ledger anew beside the running one, compare both, and switch; one at a time.

        Where the running one has read nothing yet the new one reads on, so it may differ at first.
        """
        if self.rebuilding:
            return
        self.rebuilding, story, wrong = True, self.platform.story, ""
        for _ in range(REBUILDS):
            self.generation += 1
            try:
                story.tell("rebuilt", self.service.name, await self._generation())
                break
            except (*UNREACHABLE, asyncpg.PostgresError, TimeoutError) as error:
                story.tell("rebuild given up", self.service.name, type(error).__name__)
                break
            except NotEqual as error:
                wrong = str(error)
                story.tell("rebuild not equal", self.service.name, wrong)
                await asyncio.sleep(1)
        else:
            if not any(place.topic == self.topic for place in self.platform.cluster.lost):
                self.platform.wrong.append(f"I6: {wrong}")
        self.rebuilding = False

    async def _generation(self) -> int:
        connect, projection = self.side.connect, ledger(self.service.name, self.topic)
        schema, owner = projection.schema(self.generation), await connect()
        projector = Projector(projection, connect, schema=schema)
        past: Any = KafkaPast(MemoryReader(self.platform.cluster), projection.topics)
        work = Rebuild(projection, owner, projector, past)
        try:
            await work.catch_up()
            await work.take_over(schema, verify=True)
            return work.records
        finally:
            owner.terminate()
            await projector.close()

    # --- at rest?

    def open(self) -> Iterable[str]:
        """What is still under way."""
        if self.rebuilding:
            yield f"{self.service.name} rebuilds"
        side, cluster, head = self.side, self.platform.cluster, len(self.side.log.events)
        if "api" in self.roles and not side.doors:
            yield f"{side.name} has no api"
        if side.readers.relayed < head:
            yield f"relay at {side.readers.relayed} of {head}"
        for one in self.projections:
            kept = side.readers.kept(one.name, LOG, 0)
            if one.topics == (LOG,) and (kept is None or kept.position != head):
                yield f"{one.name} at {kept and kept.position} of {head}"
        names = {one.name for one in self.projections} | {one.name for one in self.reactions}
        names.add(f"{side.name}.ledger.v1")
        own_log = {one.name for one in self.projections if one.topics == (LOG,)}
        yield from (f"{name} has not joined" for name in names - own_log - cluster.groups.keys())
        for name, group in cluster.groups.items():
            for place, records in cluster.records.items():
                kept = side.readers.kept(name, *place)
                concerns = name in names and place.topic in group.topics
                if concerns and records and _behind(kept, records, place in cluster.lost):
                    yield f"{name} at {kept and kept.next_offset} of {len(records)} in {place.partition}"
        if cluster.lost:
            yield from published(self.platform, side)
        now = self.platform.clock.now()
        if any(row.due_at < now for row in side.log.timers.values()):
            yield f"a timer of {side.name} is due"


def _behind(kept: Kept | None, records: Sequence[StoredRecord], lost: bool) -> bool:
    """Whether a checkpoint is before the end of a partition; where a tail was lost, offsets come again."""
    if kept is None or kept.next_offset < len(records):
        return True
    return lost and (kept.position or 0) < max(sighting(one).position for one in records)
