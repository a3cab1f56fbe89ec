"""Service processes as they really run, on the PostgreSQL and Kafka of a test run.

| fixture | scope | gives |
| --- | --- | --- |
| ``platform`` | session | ``Platform``: all services, a process per role, on a Kafka of their own |
| ``office`` | module | ``office()`` -> ``Platform``: databases of its own, nothing running, no Kafka |

A ``Platform`` starts, kills and stops processes by service and role, and tells where they answer and
what they logged. Its clock runs on from a Monday at 7:45, whatever the machine's clock says, and can be
moved forward; so places are open at any time of day. Processes write JSON lines into files.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path

import pytest

from devstack.environment import environment, owner_environment, service_named
from devstack.home import Home
from servicekit.testing import containers
from servicekit.testing.binaries import ROOT
from servicekit.testing.databases import Database, copied, dropped
from servicekit.testing.kafka import OwnKafka, contract_topics, forget_topics, make_topics
from servicekit.testing.postgres import finish
from servicekit.testing.process import free_port, stop
from servicekit.testing.providers import Providers
from tests.way.program import STOP_SECONDS, Program, RunningClock

SERVICES = ("booking", "documents", "notification", "reporting")
NOWHERE = "127.0.0.1:1"
NUMBERS = count(1)


@dataclass
class Platform:
    """Databases, keys and clock of one installation, and the processes started on it."""

    folder: Path
    databases: dict[str, Database]
    kafka: str = NOWHERE
    programs: list[Program] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.home = Home(self.folder)
        self.clock = RunningClock(self.home.clock_file)
        self._holders: list[socket.socket] = []
        self.ports = {name: self._port() for name in SERVICES}
        self.ports |= {f"{name}-metrics": self._port() for name in SERVICES}
        self.ports["smtp"] = free_port()

    def _port(self) -> int:
        """A port kept for processes of ours, which share it by SO_REUSEPORT, and for nobody else."""
        holder = socket.socket()
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        self._holders.append(holder)
        return int(holder.getsockname()[1])

    def environment(self, service: str, **changes: str | None) -> dict[str, str]:
        """What a process of ``service`` gets; a change to None takes a name away."""
        own = environment(self.home, service_named(service), self.databases[service], self.kafka, self.ports)
        own |= {
            "APP_ENV": "test",
            "LOG_FORMAT": "json",
            "TRUSTED_PROXIES": "127.0.0.1",
            "PYTHONHASHSEED": "0",
        }
        return {name: value for name, value in (own | changes).items() if value is not None}

    def start(self, service: str, role: str, **changes: str | None) -> Program:
        """Start a process; the service's first ``api`` on the service's ports, any other on free ones."""
        if role != "api" or any((one.service, one.role) == (service, role) for one in self.programs):
            changes = {"HTTP_PORT": str(self._port()), "METRICS_PORT": str(self._port()), **changes}
        log = self.folder / f"{service}-{role}-{next(NUMBERS)}.log"
        self.programs.append(Program(service, role, self.environment(service, **changes), log))
        return self.programs[-1].start()

    def command(self, service: str, *words: str) -> subprocess.CompletedProcess[str]:
        """``python -m services.<service> <words>`` to its end, with the owner's rights as well."""
        settings = owner_environment(self.environment(service), self.databases[service])
        return subprocess.run(
            [sys.executable, "-m", f"services.{service}", *words],
            cwd=ROOT,
            env=settings,
            capture_output=True,
            text=True,
            check=False,
        )

    def program(self, service: str, role: str) -> Program:
        """The first running process of that kind."""
        return next(one for one in self.programs if (one.service, one.role) == (service, role) and one.alive)

    def url(self, service: str) -> str:
        """Where a service's pages and API are."""
        return f"http://127.0.0.1:{self.ports[service]}"

    def close(self) -> None:
        """End every process, politely first, all at once."""
        for one in self.programs:
            if one.alive:
                one.running.terminate()
        for one in self.programs:
            stop(one.running, signal.SIGTERM, STOP_SECONDS)
        self.clock.end()
        for holder in self._holders:
            holder.close()


@pytest.fixture(scope="session")
def seeded(
    template: Callable[[str], Database], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Database]:
    """A database per service as an installation has it on its first morning; nobody is connected."""

    @cache
    def make(service: str) -> Database:
        if service != "booking":
            return template(service)
        database = finish(copied(template(service), "booking_seeded"))
        world = Platform(tmp_path_factory.mktemp("seed"), {service: database})
        done = world.command(service, "seed")
        world.close()
        assert done.returncode == 0, done.stdout + done.stderr
        return database

    return make


@contextmanager
def installed(folder: Path, seeded: Callable[[str], Database], kafka: str = NOWHERE) -> Iterator[Platform]:
    """An installation with databases of its own; at the end nothing of it is left."""
    number = next(NUMBERS)
    own = {name: finish(copied(seeded(name), f"{name}_way_{number}")) for name in SERVICES}
    platform = Platform(folder, own, kafka)
    try:
        yield platform
    finally:
        platform.close()
        for database in own.values():
            finish(dropped(database))


@pytest.fixture(scope="module")
def office(
    seeded: Callable[[str], Database], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Platform]]:
    """Installations without Kafka, for what the API and the timers do alone."""
    opened = []

    def make() -> Platform:
        opened.append(installed(tmp_path_factory.mktemp("office"), seeded))
        return opened[-1].__enter__()

    yield make
    for one in opened:
        one.__exit__(None, None, None)


@pytest.fixture(scope="session")
def own_kafka(providers: Providers) -> Iterator[str]:
    """A broker whose topics belong to the platform alone, empty at first."""
    with ExitStack() as ends:
        if providers.kafka_kind == "jars":
            cluster = OwnKafka(providers.folder / "platform-kafka")
            ends.callback(cluster.stop)
            address = cluster.start()
        elif providers.kafka_kind == "docker":
            address, end = containers.kafka()
            ends.callback(end)
        else:
            address = os.environ["KAFKA_BOOTSTRAP"]
            finish(forget_topics(address, list(contract_topics())))
        finish(make_topics(address, contract_topics()))
        yield address


@pytest.fixture(scope="session")
def platform(
    seeded: Callable[[str], Database], own_kafka: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    """The whole platform, running: a process per role, as in a cluster."""
    with installed(tmp_path_factory.mktemp("platform"), seeded, own_kafka) as one:
        for program in [one.start(name, role) for name in SERVICES for role in service_named(name).roles]:
            program.ready()
        yield one
