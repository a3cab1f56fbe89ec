"""Which PostgreSQL, Kafka and browser a test run uses, and what it must leave out for want of one.

Promises: the first that works of an address in the environment (``POSTGRES_URL``,
``KAFKA_BOOTSTRAP``), local programs, containers; nothing is started before a test asks for it;
what was started is stopped. Shown by ``tests/devstack/test_providers.py``.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

from servicekit.testing import containers
from servicekit.testing.binaries import Missing, java, kafka_jars, planned_postgres
from servicekit.testing.kafka import OwnKafka, brokers
from servicekit.testing.postgres import FORGETFUL, OwnServer, Server, finish

WANT = "for want of "
"""How the reason of every such skip begins; with CI=true it fails the run."""

BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)


def docker_answers() -> bool:
    """Whether containers can be started here."""
    program = shutil.which("docker")
    if program is None:
        return False
    return subprocess.run([program, "info"], check=False, capture_output=True).returncode == 0  # noqa: S603


def browser() -> str:
    """The path of a Chromium; ``Missing`` where there is none."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    raise Missing("no browser: install Debian's package chromium, or any Chromium")


class Providers:
    """What one run uses. Start in the main thread, ``close`` at the end."""

    def __init__(self) -> None:
        self._open = ExitStack()

    @cached_property
    def folder(self) -> Path:
        """Where servers of this run keep their data; removed at the end."""
        folder = Path(tempfile.mkdtemp(prefix="buergerbuero-test-"))
        folder.chmod(0o711)  # a server under another uid must be able to enter
        self._open.callback(shutil.rmtree, folder, ignore_errors=True)
        return folder

    @cached_property
    def postgres(self) -> Server:
        """A server for functional tests: fast, forgetful."""
        if url := os.environ.get("POSTGRES_URL"):
            return Server.at(url)
        try:
            own = OwnServer(self.folder / "postgres", secrets.token_hex(16), FORGETFUL)
            server = own.start()
        except Missing:
            if not docker_answers():
                raise
            server, stop_container = containers.postgres()
            self._open.callback(stop_container)
            return server
        self._open.callback(own.stop)
        return server

    @cached_property
    def kafka_kind(self) -> str:
        """``external``, ``jars`` or ``docker``; ``Missing`` says what none of them found."""
        if os.environ.get("KAFKA_BOOTSTRAP"):
            return "external"
        try:
            java()
            kafka_jars()
        except Missing as error:
            if docker_answers():
                return "docker"
            raise Missing(f"no Kafka: {error} Docker does not answer either.") from error
        return "jars"

    @cached_property
    def kafka(self) -> str:
        """The bootstrap address of one broker for the run."""
        start: dict[str, Callable[[], tuple[str, Callable[[], object]]]] = {
            "external": lambda: (os.environ["KAFKA_BOOTSTRAP"], lambda: None),
            "jars": self._own_kafka,
            "docker": containers.kafka,
        }
        bootstrap, stop = start[self.kafka_kind]()
        self._open.callback(stop)
        return bootstrap

    def _own_kafka(self) -> tuple[str, Callable[[], object]]:
        own = OwnKafka(self.folder / "kafka")
        return own.start(), own.stop

    def can(self, ability: str) -> bool:
        """Whether the Kafka of this run has ``multi-broker``, ``kill-broker``; or there is a ``browser``."""
        if ability == "browser":
            return any(shutil.which(name) for name in BROWSERS)
        if ability not in ("multi-broker", "kill-broker"):
            raise ValueError(f"unknown need {ability!r}")
        if self.kafka_kind == "external":
            return ability == "multi-broker" and finish(brokers(self.kafka)) >= 3
        return self.kafka_kind == "jars"

    def header(self) -> str:
        """One line on what would be used; starts and fetches nothing."""
        return f"PostgreSQL: {_planned_postgres()}; Kafka: {_planned_kafka()}; browser: {_planned_browser()}"

    def close(self) -> None:
        """Stop all that this run started."""
        self._open.close()


def _planned_postgres() -> str:
    return "external (POSTGRES_URL)" if os.environ.get("POSTGRES_URL") else planned_postgres()


def _planned_kafka() -> str:
    if address := os.environ.get("KAFKA_BOOTSTRAP"):
        return f"external ({address})"
    try:
        return f"Apache Kafka 4.3.1 from jars on {java()[1]}"
    except Missing as error:
        return f"Docker, if it answers ({error})"


def _planned_browser() -> str:
    try:
        return browser()
    except Missing:
        return "none"
