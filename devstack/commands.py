"""What the commands of ``python -m devstack`` do; each returns an exit code."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from devstack.doctor import findings
from devstack.environment import environment, owner_environment, service_named
from devstack.follow import follow
from devstack.home import AlreadyRunning, Home
from devstack.services import SERVICES, wished_ports
from devstack.stack import EVERYTHING, INFRASTRUCTURE, Stack, addresses, say
from devstack.supervisor import answers
from servicekit.testing.binaries import ROOT
from servicekit.testing.databases import Database
from servicekit.testing.kafka import contract_topics, make_topics
from servicekit.testing.postgres import Server, finish
from servicekit.testing.process import alive, wait_until

HOME = Home()
STOP_SECONDS = 120


def up(arguments: argparse.Namespace) -> int:
    """Start the platform here, or with ``--detach`` in the background."""
    only = frozenset(filter(None, arguments.only.split(",")))
    if unknown := only - EVERYTHING:
        say(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(sorted(EVERYTHING))}")
        return 2
    if only - INFRASTRUCTURE:
        only |= INFRASTRUCTURE
    if arguments.detach:
        return _detached(arguments, only)
    try:
        with HOME.held():
            return Stack(HOME, only, arguments.split).run((lambda _: None) if arguments.quiet else _echo)
    except AlreadyRunning:
        return _runs_already(only)


def _runs_already(only: frozenset[str]) -> int:
    state = HOME.load()
    missing = only - set(state.get("only", ()))
    lack = f", but without {', '.join(sorted(missing))}: `make stop` first." if missing else ":"
    say(f"It runs already{lack}")
    say("\n".join(addresses(state)))
    return 1 if missing else 0


def _echo(logs: Mapping[str, Path]) -> None:
    """Show what the services log from now on; ends with the process."""
    threading.Thread(target=follow, args=(logs, threading.Event(), None, True), daemon=True).start()


def _detached(arguments: argparse.Namespace, only: frozenset[str]) -> int:
    """Start a supervisor of its own session; show what it says until all is ready."""
    if HOME.running():
        return _runs_already(only)
    HOME.logs.mkdir(parents=True, exist_ok=True)
    HOME.save({**HOME.load(), "ready": False})
    words = ["up", "--quiet", "--only", ",".join(sorted(only)), *(["--split"] if arguments.split else [])]
    path = HOME.logs / "stack.log"
    with path.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "devstack", *words],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=ROOT,
        )
    end = threading.Event()
    shown = threading.Thread(target=follow, args=({"": path}, end))
    shown.start()
    try:
        wait_until(lambda: process.poll() is not None or bool(HOME.load().get("ready")), 600, "not ready")
    finally:
        end.set()
        shown.join()
    return process.poll() or 0


def status(_: argparse.Namespace) -> int:
    """What runs, and where; 1 when nothing does."""
    state = HOME.load()
    if not HOME.running():
        say("Nothing runs. `make run` starts the platform.")
        return 1
    for name, pid in state.get("processes", {}).items():
        say(f"  {name:<20} {_condition(state, name, pid):<12} process {pid}")
    say("\n".join(addresses(state)))
    return 0


def _condition(state: dict[str, Any], name: str, pid: int) -> str:
    if not alive(pid):
        return "ended"
    port = state.get("ports", {}).get(f"{name.removesuffix('-api')}-metrics")
    return "running" if port is None or answers(f"http://127.0.0.1:{port}/readyz") else "not ready"


def logs(arguments: argparse.Namespace) -> int:
    """Print the log files with the names before the lines, and go on until Ctrl-C."""
    paths = {path.stem: path for path in sorted(HOME.logs.glob("*.log"))}
    paths |= {"PostgreSQL": HOME.folder / "postgres" / "postgres.log"}
    paths |= {"Kafka": HOME.folder / "kafka" / "node1" / "kafka.log"}
    wanted = {name: path for name, path in paths.items() if not arguments.names or name in arguments.names}
    end = threading.Event()
    if arguments.no_follow:
        end.set()
    try:
        follow(wanted, end)
    except KeyboardInterrupt:
        return 0
    return 0


def down(_: argparse.Namespace) -> int:
    """Stop everything in order; the supervisor by force if it does not come to its end."""
    if not HOME.running():
        say("Nothing runs.")
        return 0
    supervisor = int(HOME.load()["pid"])
    os.kill(supervisor, signal.SIGTERM)
    say("Stopping …")
    try:
        wait_until(lambda: not HOME.running(), STOP_SECONDS, "the supervisor has not ended", pause=0.1)
    except TimeoutError as error:
        os.kill(supervisor, signal.SIGKILL)  # its children follow
        say(f"{error}; killed.")
        return 1
    say("Stopped.")
    return 0


def reset(_: argparse.Namespace) -> int:
    """Forget databases, topics, keys and logs."""
    if HOME.running():
        say("The platform runs: `make stop` first.")
        return 1
    shutil.rmtree(HOME.folder, ignore_errors=True)
    say("The local state is gone; the fetched programs stay in the cache.")
    return 0


def doctor(_: argparse.Namespace) -> int:
    """What this machine has and lacks; 1 if `make run` cannot work."""
    found = findings(HOME)
    for one in found:
        say(f"  {'ok ' if one.ok else 'NO ' if one.needed else '-  '} {one.what:<12} {one.text}")
    return int(any(one.needed and not one.ok for one in found))


def _state() -> dict[str, Any]:
    if not HOME.running():
        say("Nothing runs. `make run` starts the platform.")
        raise SystemExit(1)
    return HOME.load()


def topics(_: argparse.Namespace) -> int:
    """Create the contracts' topics where they are missing; list them."""
    made = finish(make_topics(_state()["kafka"], contract_topics()))
    for name, plan in contract_topics().items():
        say(f"  {name:<40} {plan.partitions} partitions{'   created' if name in made else ''}")
    return 0


def _database(service: str) -> Database:
    server = Server("127.0.0.1", int(_state()["postgres_port"]), HOME.postgres_password())
    return Database(service, service, server)


def url(arguments: argparse.Namespace) -> int:
    """A URL for psql or a notebook."""
    database = _database(arguments.service)
    say(database.owner_url if arguments.owner else database.app_url)
    return 0


def _environment(name: str) -> dict[str, str]:
    try:
        service = service_named(name)
    except KeyError as error:
        say(str(error.args[0]))
        raise SystemExit(2) from error
    state = _state()
    ports = state.get("ports") or wished_ports()
    database = _database(name)
    return owner_environment(environment(HOME, service, database, state.get("kafka", ""), ports), database)


def env(arguments: argparse.Namespace) -> int:
    """The settings of a service, one ``NAME=value`` a line."""
    for name, value in sorted(_environment(arguments.service).items()):
        say(f"{name}={value}")
    return 0


def execute(arguments: argparse.Namespace) -> int:
    """Become ``python -m services.<name> …`` with the owner's rights at hand."""
    settings = _environment(arguments.service)
    os.chdir(ROOT)
    command = [sys.executable, "-m", f"services.{arguments.service}", *arguments.words]
    os.execve(sys.executable, command, settings)  # noqa: S606 - our own program


def verify(_: argparse.Namespace) -> int:
    """Count every log: positions without holes; 1 if one has a hole."""
    codes = []
    for service in SERVICES:
        if "relay" in service.roles:
            say(f"{service.name}:")
            command = [sys.executable, "-m", f"services.{service.name}", "verify"]
            done = subprocess.run(command, env=_environment(service.name), cwd=ROOT, check=False)
            codes.append(done.returncode)
    return max(codes, default=0)


def clock(arguments: argparse.Namespace) -> int:
    """Write the clock file; the services read it at each look."""
    path = HOME.clock_file
    if arguments.instant == "real":
        path.unlink(missing_ok=True)
        say("Real time from the next start on.")
        return 0
    instant = datetime.fromisoformat(arguments.instant)
    if instant.tzinfo is None:
        say("The instant needs an offset, such as 2026-12-01T09:00:00+01:00.")
        return 2
    fresh = not path.exists()
    if not fresh and datetime.fromisoformat(path.read_text().strip()) > instant:
        say(f"The clock only moves forward; it shows {path.read_text().strip()}.")
        return 1
    HOME.folder.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".new")
    scratch.write_text(instant.astimezone(UTC).isoformat() + "\n")
    scratch.replace(path)
    say("The clock is set" + (", for services started from now on." if fresh else "."))
    return 0
