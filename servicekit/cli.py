"""``python -m services.<name> <role or command>``: the argument is the role; commands are for people.

Promises: a missing or malformed setting ends with one line that names it and exit code 2; commands
print what they did and nothing personal. Shown by ``tests/whole/test_roles.py``.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import uvloop

from servicekit.settings import Settings, SettingsError, read_settings
from servicekit.telemetry import set_up_logging

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from servicekit.projection import Projection
    from servicekit.service import Kit, Service

Open = Callable[["Service", Settings], Awaitable["Kit"]]
Build = Callable[["Kit", set[str]], Awaitable[None]]
Seed = Callable[["Kit"], Awaitable[None]]
COLLECT = (50_000, 20, 100)
"""When the collector looks for cycles: seldom, since neither code just loaded nor who waits is garbage."""


@dataclass(frozen=True)
class Wiring:
    """What a service's ``wiring.py`` offers: itself, its roles, and how a process of them is built."""

    service: Service
    roles: tuple[str, ...]
    build: Build
    seed: Seed | None = None
    open: Open | None = None

    async def opened(self, settings: Settings) -> Kit:
        """The kit, opened in the service's own way if it has one."""
        from servicekit.service import open_kit

        return await (self.open or open_kit)(self.service, settings)


def main(load: Callable[[], Wiring]) -> None:
    """Read the argument and the settings, then be that role. Ends the process."""
    gc.set_threshold(*COLLECT)
    parser = argparse.ArgumentParser(description="One service of the platform, in one of its roles.")
    parser.add_argument(
        "role",
        help="a role, or several as in relay+project, or: all "
        "migrate seed parked unpark rebuild drop-old from-start verify",
    )
    parser.add_argument("subject", nargs="?", default="", help="the key, the read model or the reaction")
    parser.add_argument("--from", dest="rewind", type=int, help="relay: send again everything after this")
    parser.add_argument("--verify", action="store_true", help="rebuild: compare with the live generation")
    given = parser.parse_args()
    try:
        settings = read_settings()
        wiring = load()
        if settings.mutant:  # refused in production, whose images do not have this module
            import_module("servicekit.testing.mutants").plant(settings.mutant, wiring.service.name)
    except SettingsError as error:
        sys.exit(f"settings: {error}")
    as_json = settings.log_format == "json"
    set_up_logging(service=wiring.service.name, role=given.role, level=settings.log_level, json=as_json)
    if given.role == "all" or {*given.role.split("+")} <= {*wiring.roles}:
        sys.exit(_told(_serve(wiring, settings, given.role, given.rewind)))
    commands = {"migrate": _migrate, "seed": _seed, "parked": _parked, "unpark": _unpark}
    commands |= {"rebuild": _rebuild, "drop-old": _drop_old, "from-start": _from_start, "verify": _verify}
    if given.role not in commands:
        sys.exit(f"{given.role} is none of: all {' '.join([*wiring.roles, *commands])}")
    sys.exit(_told(commands[given.role](wiring, settings, given)))


def _told(work: Coroutine[Any, Any, int]) -> int:
    """The exit code; a setting that turns out wrong ends with one line."""
    try:
        return uvloop.run(work)
    except SettingsError as error:
        sys.exit(f"settings: {error}")


async def _serve(wiring: Wiring, settings: Settings, role: str, rewind: int | None) -> int:
    from servicekit import assembly, roles

    kit = await wiring.opened(settings)
    wanted = assembly.roles(role, wiring.roles)
    if "relay" in wanted:
        assembly.add_relay(kit, rewind)
    await wiring.build(kit, wanted)
    return await roles.serve(
        kit.parts,
        host=settings.http_host,
        port=settings.http_port,
        metrics_port=settings.metrics_port,
        drain=settings.drain_seconds,
    )


@asynccontextmanager
async def _working(wiring: Wiring, settings: Settings, *wanted: str) -> AsyncIterator[Kit]:
    """The service with these roles built but not running: its commands and queries work."""
    from servicekit.service import running

    kit = await wiring.opened(settings)
    if wanted:
        await wiring.build(kit, set(wanted))
    async with running(kit):
        yield kit


def _owner_url(settings: Settings) -> str:
    if settings.migration_database_url is None:
        sys.exit("settings: MIGRATION_DATABASE_URL is needed for this")
    return settings.migration_database_url


def _chosen(wiring: Wiring, subject: str) -> list[Projection]:
    """The read model of that name, or all."""
    known = {one.name.split(".")[1]: one for one in wiring.service.projections}
    if subject not in ("all", *known):
        sys.exit(f"read models: {' '.join(known)}")
    return [one for name, one in known.items() if subject in ("all", name)]


async def _migrate(wiring: Wiring, settings: Settings, _given: argparse.Namespace) -> int:
    from servicekit.migrate import migrate
    from servicekit.rebuild import ensure_first_generations

    url = _owner_url(settings)
    done = await migrate(wiring.service.name, url)
    done += await ensure_first_generations(url, wiring.service.projections)
    print("\n".join(done) or "nothing to do")
    return 0


async def _seed(wiring: Wiring, settings: Settings, _given: argparse.Namespace) -> int:
    if wiring.seed is not None:
        async with _working(wiring, settings) as kit:
            await wiring.seed(kit)
    return 0


async def _parked(wiring: Wiring, settings: Settings, _given: argparse.Namespace) -> int:
    from servicekit.parking import parked

    async with _working(wiring, settings) as kit:
        names = [one.name for one in wiring.service.projections]
        for name in [*names, *(one.name for one in wiring.service.reactions)]:
            for event in await parked(kit.pool, name):
                print(name, event)
    return 0


async def _unpark(wiring: Wiring, settings: Settings, given: argparse.Namespace) -> int:
    """Replay one key's parked events, of read models here; of reactions through their own handlers."""
    from servicekit.assembly import unpark

    async with _working(wiring, settings, "project") as kit:
        print(f"{await unpark(kit, given.subject)} events applied")
    return 0


async def _rebuild(wiring: Wiring, settings: Settings, given: argparse.Namespace) -> int:
    from servicekit.rebuild import rebuild
    from servicekit.service import kafka_of

    for one in _chosen(wiring, given.subject):
        made = await rebuild(one, _owner_url(settings), kafka_of(settings), verify=given.verify)
        print(f"{one.name}: {made.records} records into {made.schema}", *made.hashes.values())
    return 0


async def _drop_old(wiring: Wiring, settings: Settings, given: argparse.Namespace) -> int:
    """Drop the generations of a read model that no image reads any more."""
    from servicekit.rebuild import drop_old_generations

    for one in _chosen(wiring, given.subject):
        print(one.name, await drop_old_generations(one, _owner_url(settings)), "dropped")
    return 0


async def _from_start(wiring: Wiring, settings: Settings, given: argparse.Namespace) -> int:
    """Have a reaction read its topics again, after a producer was restored; ids keep it harmless."""
    from servicekit.assembly import from_start

    async with _working(wiring, settings, "project") as kit:
        done = await from_start(kit, given.subject)
    print("\n".join(done) or f"reactions: {' '.join(one.name for one in wiring.service.reactions)}")
    return 0 if done else 1


async def _verify(wiring: Wiring, settings: Settings, _given: argparse.Namespace) -> int:
    """The log has no hole: as many events as its last position says."""
    from servicekit.postgres import fetch_one

    async with _working(wiring, settings) as kit:
        count, last = await fetch_one(kit.pool, "SELECT count(*), coalesce(max(position), 0) FROM event")
    print(f"{count} events, last position {last}")
    return 0 if count == last else 1
