"""A service as data, and each of its roles put together from it. ``wiring.py`` adds what is its own.

Promises: a role opens only what it needs; every loop has a direct connection of its own; the
process waits for its schema instead of failing, and refuses a server that may lose commits.
Shown by ``tests/whole/test_roles.py``.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import asyncpg
import structlog

from buergerbuero_contracts.envelope import Event
from servicekit.clock import Clock, elapsed
from servicekit.committer import SETTINGS, Committer
from servicekit.decider import Decider
from servicekit.handle import Handler, TimerTable
from servicekit.kafka import Kafka
from servicekit.log import Context, EventTypes
from servicekit.migrate import migration_sets
from servicekit.plans import Follow, Plans
from servicekit.postgres import (
    SETBACKS,
    UNREACHABLE,
    Connect,
    Connection,
    NotDurable,
    Pool,
    PostgresStore,
    connect,
    fetch_one,
    open_pool,
    require_durable,
)
from servicekit.project import Projector
from servicekit.projection import Projection
from servicekit.react import Reaction, Reactor
from servicekit.roles import Parts
from servicekit.settings import Settings, SettingsError, from_file

log = structlog.get_logger()
T = TypeVar("T")
Execute = Callable[[Any, Context], Awaitable[object]]


@dataclass(frozen=True)
class Service:
    """What a service is made of. A part that is missing means a role that is missing.

    ``log`` is false for a read side only: no event table, no commands, no relay.
    """

    name: str
    log: bool = True
    private: tuple[type[Event], ...] = ()
    deciders: Mapping[str, Decider[Any, Any]] = field(default_factory=dict)
    planned: frozenset[str] = frozenset()
    timers: TimerTable = lambda _stream, _event: ()
    count: Callable[[Event], object] = lambda _event: None
    publish: Mapping[str, str] = field(default_factory=dict)
    projections: tuple[Projection, ...] = ()
    reactions: tuple[Reaction, ...] = ()

    @property
    def types(self) -> EventTypes:
        """All types that this service's log may hold."""
        from buergerbuero_contracts.registry import public

        return EventTypes([*public(self.name), *self.private])


@dataclass
class Kit:
    """The opened surroundings of one process."""

    service: Service
    settings: Settings
    parts: Parts
    clock: Clock
    pool: Pool
    kafka: Kafka
    committer: Committer | None = None
    handler: Handler | None = None
    consumers: list[Projector | Reactor] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    """What a service's own wiring keeps from ``opened`` to ``build``."""

    def connection(self, what: str, settings: Mapping[str, str] | None = None) -> Connect:
        """A maker of direct connections, named for ``pg_stat_activity``."""

        async def make() -> Connection:
            return await connect(
                self.settings.database_url, application=f"{self.service.name}-{what}", settings=settings
            )

        return make


def kafka_of(settings: Settings) -> Kafka:
    """The cluster, with client certificates where there are any."""
    if settings.kafka_ca_file is None:
        return Kafka(settings.kafka_bootstrap)
    tls = from_file("KAFKA_CA_FILE", settings.kafka_ca_file, lambda ca: ssl.create_default_context(cafile=ca))
    if settings.kafka_cert_file is not None:
        key = settings.kafka_key_file
        from_file("KAFKA_CERT_FILE", settings.kafka_cert_file, lambda cert: tls.load_cert_chain(cert, key))
    return Kafka(settings.kafka_bootstrap, tls)


def need(value: T | None) -> T:
    """A part that a service with a log always has."""
    if value is None:
        raise LookupError("this service has no log")
    return value


async def open_kit(
    service: Service,
    settings: Settings,
    *,
    followed: Iterable[str] = (),
    follow: Follow = lambda _rows, _afresh: None,
    pool_size: int = 10,
) -> Kit:
    """Open database and clock; with a log also committer and handler."""
    parts = Parts()
    pool = await _database(service, settings, pool_size)
    parts.close.push_async_callback(pool.close)
    kit = Kit(service, settings, parts, Clock(settings.clock_file), pool, kafka_of(settings))
    parts.ready["database"] = lambda: _answers(pool)
    await _sample(kit)
    if service.log:
        planned = {name: service.deciders[name] for name in service.planned}
        types, plans = service.types, Plans(planned, followed=followed, follow=follow)
        kit.committer = Committer(kit.connection("committer", SETTINGS), types, kit.clock, plans)
        kit.handler = Handler(
            PostgresStore(pool, types),
            kit.committer,
            service.deciders,
            planned=service.planned,
            timers=service.timers,
            count=service.count,
        )
        parts.last["committer"] = kit.committer.run
    else:
        parts.tasks["clock"] = lambda stop: _keep_time(kit, stop)
    return kit


async def _database(service: Service, settings: Settings, size: int) -> Pool:
    """The pool, once the server answers and carries this version's schema."""
    while True:
        try:
            pool = await open_pool(settings.database_url, application=service.name, size=size)
            if settings.app_env != "test":
                await require_durable(pool)
            missing = await _missing(pool, service)
            if not missing:
                return pool
            log.info("waiting_for_schema", count=len(missing))
            await pool.close()
        except UNREACHABLE as error:
            log.info("waiting_for_database", error=type(error).__name__)
        except (NotDurable, asyncpg.InvalidAuthorizationSpecificationError) as error:
            why = error if isinstance(error, NotDurable) else type(error).__name__
            raise SettingsError(f"DATABASE_URL: {why}") from None
        await asyncio.sleep(1)


_APPLIED: Mapping[str, str] = {
    "migrations_log": "SELECT version FROM migrations_log",
    "migrations_project": "SELECT version FROM migrations_project",
    "migrations_service": "SELECT version FROM migrations_service",
}


async def _missing(pool: Pool, service: Service) -> list[str]:
    """Migrations and generations that this version needs and the database lacks."""
    missing: list[str] = []
    try:
        for part in migration_sets(service.name):
            applied = {row[0] for row in await pool.fetch(_APPLIED[part.table])}
            missing += [file.name for file in part.folder.glob("*.sql") if file.name[:14] not in applied]
        rows = await pool.fetch("SELECT name FROM projection_current")
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
        return ["migrations"]
    made = {row["name"] for row in rows}
    return missing + [one.name for one in service.projections if one.name not in made]


_WRITES = "SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'"


async def _answers(pool: Pool) -> bool:
    """Whether the server takes writes; if not, no session to it is kept."""
    writes = bool(await pool.fetchval(_WRITES))
    if not writes:
        await pool.expire_connections()
    return writes


async def _sample(kit: Kit) -> None:
    asked = elapsed()
    row = await fetch_one(kit.pool, "SELECT clock_timestamp() AS db_now")
    kit.clock.sample(row["db_now"], asked)


async def _keep_time(kit: Kit, stop: asyncio.Event) -> None:
    """For a service without a log, whose committer would bring the time."""
    while not stop.is_set():
        try:
            async with asyncio.timeout(10):
                await stop.wait()
        except TimeoutError:
            try:
                await _sample(kit)
            except SETBACKS as error:
                log.warning("clock_not_sampled", error=type(error).__name__)


@asynccontextmanager
async def running(kit: Kit) -> AsyncIterator[Kit]:
    """A kit whose commands work, for the length of a block, without any role."""
    async with kit.parts.close:
        tasks = [asyncio.ensure_future(work()) for work in kit.parts.last.values()]
        try:
            yield kit
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
