"""Booking on the simulated platform: its roles as ``wiring.py`` puts them together, and its tables.

The parts are the real ones down to ``connect``, the pool and the broker. Only the draw of chance and the
read model of wishes, which no simulated person has, are stand-ins.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from itertools import pairwise
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from buergerbuero_contracts import topics
from servicekit.append_sql import HEAD
from servicekit.clock import Clock, elapsed
from servicekit.committer import Committer
from servicekit.feed import Feed, LogFeed
from servicekit.handle import Handler
from servicekit.log import Context, Due
from servicekit.plans import Plans
from servicekit.postgres import PostgresStore, fetch_one
from servicekit.project import Projector
from servicekit.react import Reactor
from servicekit.relay import Log, Relay
from servicekit.relay_ends import PostgresLog
from servicekit.testing.simulation.database import Record, Run, Session
from servicekit.testing.simulation.log_tables import LogTables, QuickTypes, Stored, TimerRow
from servicekit.testing.simulation.loop import Process
from servicekit.testing.simulation.platform import Platform, Side
from servicekit.testing.simulation.topics import MemoryBroker, MemoryWire
from servicekit.timers import TimerRunner
from services.booking import commands as ask
from services.booking import config, expiry
from services.booking.expiry import Expiry
from services.booking.handlers import Handlers
from services.booking.present import Around, SitesInMemory
from services.booking.projections import APPOINTMENTS
from services.booking.projections.appointments import UPSERT
from services.booking.projections.invitations import Invitations
from services.booking.projections.wishes import Wishes
from services.booking.questions import Questions
from services.booking.reactions import APPOINTMENTS_OVER
from services.booking.rules.site import Site
from services.booking.rules.wish_state import Waiting
from services.booking.wiring import SERVICE
from tests.rules.booking.flensburg import FILE
from tests.rules.booking.memory import WEDNESDAY_AT_NINE, Office
from tests.simulation.ledger import Ledger, ledger

SITE = "flensburg"
SOURCE = f"/buergerbuero/{SITE}/booking"
TYPES = QuickTypes(SERVICE.types)
OFFERED = ("id_card_apply", "passport_apply", "registration", "id_card_pickup", "passport_pickup")
DAYS = 1
"""How far places are planned: planning is not what this is about."""


@dataclass
class SimulatedAround(Around):
    """What commands see; chance comes from the seed, and nobody wishes for another time."""

    platform: Any = None

    def chance(self) -> float:
        """A draw of the run's own source."""
        return float(self.platform.random.random())

    async def wishes(self, site: str, day: date) -> Sequence[Waiting]:
        """Nobody waits."""
        return ()

    async def wishes_of(self, booking_id: UUID) -> Sequence[UUID]:
        """Nobody waits."""
        return ()


@dataclass(eq=False)
class Appointments:
    """The table ``appointment`` with its exclusion constraint."""

    rows: dict[UUID, tuple[Any, ...]] = field(default_factory=dict)

    def upsert(self, session: Session, *columns: Sequence[Any]) -> str:
        """One row per booking; two live ones that overlap are an error."""
        for booking_id, *row in zip(*columns, strict=True):
            before = self.rows.get(booking_id)
            self.rows[booking_id] = tuple(row)
            session.undo.append(lambda key=booking_id, before=before: self._back(key, before))  # type: ignore[misc]
        live = sorted((row[0], row[1], row[2], row[4]) for row in self.rows.values() if row[5])
        for one, other in pairwise(live):
            if one[:2] == other[:2] and other[2] < one[3]:
                raise asyncpg.ExclusionViolationError("two appointments overlap")
        return "INSERT"

    def _back(self, key: UUID, before: tuple[Any, ...] | None) -> None:
        if before is None:
            del self.rows[key]
        else:
            self.rows[key] = before


class BookingSide:
    """Booking's processes on a platform."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.side: Side = platform.add_side("booking")
        self.side.log.copy_of(beginning())
        self.appointments, self.ledger = Appointments(), Ledger()
        self.side.server.statements |= {**self._statements(), **self.ledger.statements()}

    def start(self) -> None:
        """One or two of each."""
        roles = {"api": self._api, "relay": self._relay, "project": self._project, "timers": self._timers}
        for name, main in roles.items():
            for number in range(1, self.platform.random.choice((2, 2, 3))):
                self.platform.add_role(f"booking-{name}-{number}", main)

    def _statements(self) -> Mapping[str, Run]:
        log = self.side.log

        def due(_session: Session, kind: str, subjects: Sequence[UUID], at: datetime) -> list[Record]:
            found = (log.timers.get((kind, subject)) for subject in subjects)
            return [
                Record(subject=subject)
                for subject, row in zip(subjects, found, strict=True)
                if row is not None and row.due_at <= at
            ]

        return {UPSERT: self.appointments.upsert, expiry._DUE: due}

    # --- the roles

    async def _writer(self, process: Process) -> tuple[Handlers, Clock, Committer]:
        """What ``open_kit`` and booking's ``opened`` make."""
        connect, pool, clock, memory = self.side.server.connect, self.side.pool, Clock(), SitesInMemory()
        asked = elapsed()
        clock.sample((await fetch_one(pool, HEAD))["db_now"], asked)
        planned = {name: SERVICE.deciders[name] for name in SERVICE.planned}
        plans = Plans(planned, followed=memory.categories, follow=memory.follow)
        committer = Committer(connect, TYPES, clock, plans)
        handler = Handler(
            PostgresStore(pool, TYPES),
            committer,
            SERVICE.deciders,
            planned=SERVICE.planned,
            timers=SERVICE.timers,
        )

        async def fire(due: Due) -> object:
            return await handlers.fire(due, clock.now())

        ways = (Expiry(pool, connect, TimerRunner(connect, clock, fire)), Questions(pool))
        lists = (Invitations(pool), Wishes(pool))
        around = SimulatedAround(clock, committer, memory, b"key", *ways, *lists, platform=self.platform)
        handlers = Handlers(handler, around)
        process.start(committer.run())
        return handlers, clock, committer

    async def _api(self, process: Process) -> None:
        handlers, clock, committer = await self._writer(process)

        async def execute(command: ask.Command, context: Context) -> Any:
            await committer.ensure(())
            return await handlers.execute(command, context)

        await committer.ensure(())
        self.side.doors.append((process, execute, clock.now))
        await asyncio.Event().wait()

    async def _timers(self, process: Process) -> None:
        handlers, clock, committer = await self._writer(process)

        async def fire(due: Due) -> object:
            await committer.ensure(())
            return await handlers.fire(due, clock.now())

        await TimerRunner(self.side.server.connect, clock, fire).run()

    async def _relay(self, _process: Process) -> None:
        @asynccontextmanager
        async def opened() -> AsyncIterator[Log]:
            connection = await self.side.server.connect()
            try:
                yield PostgresLog(connection, None)
            finally:
                connection.terminate()

        relay = Relay(
            source=SOURCE,
            publish=SERVICE.publish,
            partitions={topic: self.platform.cluster.partitions[topic] for topic in SERVICE.publish.values()},
            open_log=opened,
            wire=MemoryWire(self.platform.cluster),
        )
        await relay.run(asyncio.Event())

    async def _project(self, process: Process) -> None:
        handlers, clock, committer = await self._writer(process)

        async def execute(command: ask.Command, context: Context) -> Any:
            await committer.ensure(())
            return await handlers.execute(command, context)

        connect, broker = self.side.server.connect, MemoryBroker(self.platform.cluster)
        feeds = [
            Feed(Projector(ledger("booking", topics.BOOKING), connect)),
            Feed(Reactor(APPOINTMENTS_OVER, self.side.pool, execute, clock)),
        ]
        for feed in feeds:
            feed.attach(broker)  # type: ignore[arg-type]
            process.start(feed.watch())
        await broker.start()
        await LogFeed(Projector(APPOINTMENTS, connect), connect).watch()


@cache
def beginning() -> LogTables:
    """Flensburg, set up and planned."""
    return asyncio.run(_beginning())


async def _beginning() -> LogTables:
    office, plan = Office(), config.read(FILE.read_text("utf-8"))
    policy = plan.policy.model_copy(update={"same_day_share": 0.0, "random_share": 0.0})
    settings = plan.settings.model_copy(update={"horizon_days": DAYS})
    few = tuple(one for one in plan.services if one.code in OFFERED)
    short = replace(plan, policy=policy, settings=settings, services=few)
    for command in config.seed(short, Site(), office.now):
        await office.ask(command)
    await office.ask(ask.PlanHorizon(site=SITE))
    made = LogTables(None)  # type: ignore[arg-type]
    for one in office.log.events:
        key = one.event.partition_key() if one.event.key else None
        row = Stored(
            one.position, one.stream.category, one.stream.id, one.version, one.event_id,
            type(one.event).__name__, one.event.schema_version, one.event.to_json(),
            msgspec.json.encode(msgspec.structs.replace(one.meta, key=key)).decode(), WEDNESDAY_AT_NINE,
            one.meta.command_id, one.meta.at, key,
        )  # fmt: skip
        made.events.append(row)
        made.streams.setdefault(row.stream_id, []).append(row)
        made.ids.add(row.event_id)
    made.timers = {key: TimerRow(due) for key, due in office.log.armed.items()}
    return made
