"""A platform of the week's own below ``build/week``: fresh servers, all services, and the world's mail.

Promises: nobody's office is touched; the services run as in ``make run``, but notification in two processes;
mails go to the week's own mail server, while reports about them arrive at the office's.
Everything stops with the block.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from devstack.environment import environment, owner_environment, service_named
from devstack.home import Home
from devstack.passport.clock import StoryClock
from devstack.replay.office import complete, launched
from devstack.services import SERVICES
from devstack.supervisor import Program, exit_code
from servicekit.testing.binaries import ROOT
from servicekit.testing.databases import Database, provision
from servicekit.testing.postgres import finish
from servicekit.testing.process import free_port, wait_until

START_SECONDS, STOP_SECONDS = 180, 30
SPLIT = {"notification": ("api", "relay+project+mailer")}
"""Services with more than one process, and the roles of each: notification's mailer is to meet the week's
mail server, beside its pages the office's listens. One process follows the log once, and hears at once of
what it stored itself."""


class NotStarted(RuntimeError):
    """A part of the platform did not start; the message names its log."""


@dataclass(frozen=True)
class Platform:
    """A running platform: where it answers, its databases, its clock."""

    ports: Mapping[str, int]
    databases: Mapping[str, Database]
    kafka: str
    clock: StoryClock
    mail_port: int
    """Where the platform brings its mails: the week's server listens here."""

    def url(self, service: str) -> str:
        """Where a service's pages are."""
        return f"http://127.0.0.1:{self.ports[service]}"


@contextmanager
def platform(folder: Path, begin: datetime, catalogue: Path | None = None) -> Iterator[Platform]:
    """All that runs, on ``begin``'s morning of an empty office. ``catalogue``: another office's file."""
    shutil.rmtree(folder, ignore_errors=True)
    home = Home(folder / "home")
    home.logs.mkdir(parents=True)
    clock = StoryClock(home.clock_file, begin)
    with ExitStack() as ends:
        server, kafka = ends.enter_context(launched(folder / "servers"))
        databases = {one.name: finish(provision(server.server, one.name)) for one in SERVICES}
        ports = {one.name: free_port() for one in SERVICES} | {"smtp": free_port()}
        ports |= {f"{one.name}-metrics": free_port() for one in SERVICES}
        mail_port = free_port()
        changes = {
            "TRUSTED_PROXIES": "127.0.0.1",
            "MAIL_DOMAIN_PER_MINUTE": "6000",
            "LOG_LEVEL": "WARNING",
        }
        if catalogue is not None:
            changes["CATALOGUE_FILE"] = str(catalogue)
        own = {
            name: environment(home, service_named(name), database, kafka.bootstrap, ports) | changes
            for name, database in databases.items()
        }
        owners = {name: owner_environment(own[name], database) for name, database in databases.items()}
        migrating = [_program(home, name, "migrate", owners[name]) for name in databases]
        for one in migrating:
            one.launch()
        complete(kafka)
        _ended(migrating)
        seeded = {one.name for one in SERVICES if one.seeded}
        seeds = [_program(home, name, "seed", own[name]) for name in seeded]
        parts = list(_parts(home, own, mail_port))
        ends.callback(_stop, parts)
        later = [part for part in parts if part.name.partition("-")[0] in seeded]
        for part in (*seeds, *(one for one in parts if one not in later)):
            part.launch()
        _ended(seeds)
        for part in later:
            part.launch()
        for part in parts:
            wait_until(lambda part=part: _ready(part), START_SECONDS, f"{part.name} is not ready", pause=0.1)  # type: ignore[misc]
        yield Platform(ports, databases, kafka.bootstrap, clock, mail_port)


def _program(home: Home, service: str, role: str, env: Mapping[str, str]) -> Program:
    name = f"{service}-{role}"
    command = [sys.executable, "-m", f"services.{service}", role]
    ready = f"http://127.0.0.1:{env['METRICS_PORT']}/readyz"
    return Program(name, command, env, home.logs / f"{name}.log", ROOT, ready, STOP_SECONDS)


def _parts(home: Home, own: Mapping[str, Mapping[str, str]], mail_port: int) -> Iterator[Program]:
    """The processes of all services."""
    for one in SERVICES:
        for role in SPLIT.get(one.name, ("all",)):
            env = dict(own[one.name])
            if role not in ("api", "all"):
                env["METRICS_PORT"] = str(free_port())
            if "mailer" in role:
                env["SMTP_URL"] = f"smtp://127.0.0.1:{mail_port}"
            yield _program(home, one.name, role, env)


def _ready(part: Program) -> bool:
    if exit_code(part) is not None:
        raise NotStarted(f"{part.name} ended: {part.log.read_text(errors='replace')[-1500:]}")
    return part.ready()


def _ended(programs: Sequence[Program]) -> None:
    """Wait for the end of one-shot programs. Raises ``NotStarted``."""
    for one in programs:
        if one.process is not None and one.process.wait(START_SECONDS):
            raise NotStarted(f"{one.name} failed: {one.log.read_text(errors='replace')[-1500:]}")


def _stop(parts: Sequence[Program]) -> None:
    """All at once."""
    with ThreadPoolExecutor(len(parts)) as threads:
        list(threads.map(lambda part: part.stop(), parts))
