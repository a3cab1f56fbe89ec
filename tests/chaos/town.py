"""An installation that faults may hit: its own PostgreSQL and Kafka, a process per role, each started again.

Promises: PostgreSQL is durable; all is a child of this process and ends with it; whoever ends is started
again without its fault within a second; each service has lines of its own to the database and to every
broker, which can be cut; the platform's clock runs ``RATE`` times as fast as the world's, so
that holds end and mails are tried again within a run. Shown by ``tests/whole/test_chaos.py``.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from devstack.environment import service_named
from servicekit.faults import KILLED
from servicekit.testing.databases import Database, copied, dropped, prepared
from servicekit.testing.kafka import contract_topics, make_topics
from servicekit.testing.postgres import OwnServer, finish
from tests.chaos.wires import Wire, WiredKafka, Wires
from tests.way.platform import SERVICES, Platform
from tests.way.program import MORNING, Program, RunningClock

RATE = 20
"""Seconds of the platform's clock in one of the world's: ten minutes of hold are half a minute."""
EVERY_ROLE = {name: service_named(name).roles for name in SERVICES}
"""A process per role, as in a cluster, and two that take bookings."""
EVERY_ROLE["booking"] = ("api", *EVERY_ROLE["booking"])
FEW: Mapping[str, Sequence[str]] = {
    "booking": service_named("booking").roles,
    "documents": ("all",),
    "notification": ("relay", "project", "mailer"),
}
"""Enough for a short run: each process that runs takes its share of the machine."""
LOOK, AGAIN = 0.2, 0.5
"""Seconds between two looks at the processes, and until one that ended is started again."""


class FastClock(RunningClock):
    """The platform's clock, from a Monday morning on."""

    def __init__(self, file: Path) -> None:
        self._real = datetime.now(UTC)
        super().__init__(file)

    def now(self) -> datetime:
        """The platform's present moment."""
        return self.at(datetime.now(UTC))

    def at(self, real: datetime) -> datetime:
        """What this clock shows at a moment of the database's own clock, which is this machine's."""
        return MORNING + (real - self._real) * RATE


@dataclass
class Town:
    """The platform and the servers under it; ``mail`` is where the mail server listens.

    ``to_database`` is each service's line to PostgreSQL. ``deaths`` are (moment, service, role, exit code).
    """

    platform: Platform
    clock: FastClock
    postgres: OwnServer
    kafka: WiredKafka
    to_database: Mapping[str, Wire]
    mail: socket.socket
    deaths: list[tuple[float, str, str, int]] = field(default_factory=list)
    resting: set[str] = field(default_factory=set)
    """Processes, by their names, that a fault keeps down."""

    def program(self, service: str, role: str) -> Program:
        """The first process of that kind, running or not."""
        return next(one for one in self.platform.programs if (one.service, one.role) == (service, role))

    def urls(self, service: str) -> list[str]:
        """Where a service answers people; none if it has no such process."""
        asked = [one for one in self.platform.programs if one.role in ("api", "all")]
        return [one.url for one in asked if one.service == service]

    async def supervise(self) -> None:
        """Start again whatever ends, for ever."""
        while True:
            await asyncio.sleep(LOOK)
            for one in self.platform.programs:
                if one.running.poll() is None or one.name in self.resting:
                    continue
                self.deaths.append((time.monotonic(), one.service, one.role, one.running.returncode))
                one.env.pop("FAULT", None)
                await asyncio.sleep(AGAIN)
                one.start()

    def died_by_itself(self, since: float) -> list[str]:
        """Processes that ended without being killed: their own idea, or a fault point that raises."""
        mine = (-signal.SIGKILL, KILLED)
        return [f"{s} {r}: {code}" for at, s, r, code in self.deaths if at >= since and code not in mine]


@dataclass
class Servers:
    """PostgreSQL with a migrated database per service, for the towns that follow each other."""

    folder: Path
    postgres: OwnServer
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    templates: dict[str, Database] = field(default_factory=dict)

    def template(self, service: str) -> Database:
        """A database as an installation has it on its first morning; nobody is connected."""
        if service not in self.templates:
            database = finish(prepared(self.postgres.server, service, f"{service}_template"))
            if service == "booking":
                self._seed(database)
            self.templates[service] = database
        return self.templates[service]

    def _seed(self, database: Database) -> None:
        folder = self.folder / "seed"
        folder.mkdir()
        world = Platform(folder, {"booking": database})
        done = world.command("booking", "seed")
        world.close()
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)

    @contextmanager
    def town(self, roles: Mapping[str, Sequence[str]], brokers: int = 1) -> Iterator[Town]:
        """Processes of these roles by service, running; at the end nothing of it is left."""
        number = next(self.numbers)
        folder = self.folder / f"town-{number}"
        with ExitStack() as ends:
            wires = Wires()
            ends.callback(wires.close)
            kafka = WiredKafka(folder / "kafka", brokers, wires=wires, services=SERVICES)
            ends.callback(kafka.stop)
            kafka.start()
            finish(make_topics(kafka.bootstrap, contract_topics()))
            own = {name: finish(copied(self.template(name), f"{name}_{number}")) for name in roles}
            for database in own.values():
                ends.callback(_drop, database)
            (folder / "platform").mkdir(parents=True)
            platform = Platform(folder / "platform", own, kafka.bootstrap)
            ends.callback(platform.close)
            platform.clock.end()
            mail = ends.enter_context(socket.create_server(("127.0.0.1", 0)))
            platform.ports["sink"] = mail.getsockname()[1]
            platform.clock = clock = FastClock(platform.home.clock_file)
            town = Town(
                platform,
                clock,
                self.postgres,
                kafka,
                {name: wires.lay(self.postgres.port) for name in roles},
                mail,
            )
            for program in [
                platform.start(name, role, **self._settings(town, name, role))
                for name in roles
                for role in roles[name]
            ]:
                program.ready()
            yield town

    @staticmethod
    def _settings(town: Town, service: str, role: str) -> dict[str, str]:
        platform, direct = town.platform, f":{town.postgres.port}/"
        database = platform.databases[service].app_url.replace(direct, f":{town.to_database[service].port}/")
        changes = {"DATABASE_URL": database, "KAFKA_BOOTSTRAP": town.kafka.address_for(service)}
        if role == "all":
            port, metrics = platform.ports[service], platform.ports[f"{service}-metrics"]
            changes |= {"HTTP_PORT": str(port), "METRICS_PORT": str(metrics)}
        if role == "mailer":
            changes["SMTP_URL"] = f"smtp://127.0.0.1:{platform.ports['sink']}"
        return changes


def _drop(database: Database) -> None:
    finish(dropped(database))


@contextmanager
def servers() -> Iterator[Servers]:
    """PostgreSQL in a folder that is removed at the end."""
    with TemporaryDirectory(prefix="buergerbuero-chaos-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # a server under another uid must be able to enter
        postgres = OwnServer(folder / "postgres", secrets.token_hex(16))
        postgres.start()
        try:
            yield Servers(folder, postgres)
        finally:
            postgres.stop()
