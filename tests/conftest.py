"""The real parts that tests run on; each is started when the first test asks for it.

| fixture | scope | gives |
| --- | --- | --- |
| ``postgres`` | session | ``Server``: PostgreSQL without any database of ours |
| ``database`` | module | ``database("booking")`` -> ``Database``: this module's own migrated copy |
| ``fresh_database`` | function | the same, a new copy at each call, dropped after the test |
| ``kafka`` | session | bootstrap address; every topic of the contracts exists |
| ``fresh_topics`` | module | the same address; every topic of the contracts exists and is empty |
| ``kafka_cluster`` | function | ``kafka_cluster(3)`` -> ``OwnKafka``, a started cluster of the test's own |
| ``chromium`` | session | path of a browser |

A ``Database`` has ``app_url``, ``owner_url`` and ``admin_url``. A test that needs more than one
broker says ``@pytest.mark.needs("multi-broker")`` (also ``kill-broker``, ``browser``). What this
machine lacks is skipped with a reason; with ``CI=true`` such a skip fails the run.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import cache, partial
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from servicekit.testing.binaries import Missing
from servicekit.testing.databases import Database, copied, dropped, prepared
from servicekit.testing.kafka import OwnKafka, contract_topics, forget_topics, make_topics
from servicekit.testing.mutants import plant
from servicekit.testing.postgres import Server, finish
from servicekit.testing.providers import WANT, Providers, browser

pytest_plugins = ["tests.way.platform"]  # running service processes, for the tests of ways and faults
os.environ.setdefault("APP_ENV", "test")
settings.register_profile(
    "untimed", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("untimed")  # how long an example takes says something about the machine, not about us
if MUTANT := os.environ.get("MUTANT"):
    plant(MUTANT)
PROVIDERS = pytest.StashKey[Providers]()
LACKING = pytest.StashKey[list[str]]()
NUMBERS = count(1)

Databases = Callable[[str], Database]


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker; nothing is started here."""
    gc.set_threshold(50_000, 20, 100)  # by default a tenth of all time goes into looks at what stays
    config.addinivalue_line("markers", "needs(*abilities): multi-broker, kill-broker, browser")
    config.stash[PROVIDERS] = Providers()
    config.stash[LACKING] = []


def pytest_report_header(config: pytest.Config) -> str:
    """Say what this run uses."""
    return config.stash[PROVIDERS].header()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop whatever was started."""
    config.stash[PROVIDERS].close()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs more than this machine has, and say what that is."""
    for marker in item.iter_markers("needs"):
        for ability in marker.args:
            _or_skip(partial(_need, item.config.stash[PROVIDERS], ability))


def _need(providers: Providers, ability: str) -> None:
    if not providers.can(ability):
        raise Missing(f"{ability} ({providers.header()})")


def _or_skip(start: Callable[[], object]) -> None:
    try:
        start()
    except Missing as error:
        pytest.skip(f"{WANT}{error}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on the whole platform come last, those on Kafka before them: what runs slows all others."""
    fixtures: dict[pytest.Item, Sequence[str]] = {one: getattr(one, "fixturenames", ()) for one in items}
    on_kafka = {one.path for one, names in fixtures.items() if "kafka" in names}
    items.sort(key=lambda one: ("platform" in fixtures[one], one.path in on_kafka))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember what was skipped for want of a part."""
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple) and WANT in report.longrepr[2]:
        item.config.stash[LACKING].append(f"{item.nodeid}: {report.longrepr[2]}")
    return report


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI a part that is missing is a failure, not a skip."""
    if os.environ.get("CI") == "true" and session.config.stash[LACKING] and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name what CI=true does not forgive."""
    if os.environ.get("CI") == "true":
        for line in config.stash[LACKING]:
            terminalreporter.write_line(f"CI=true, so this fails the run: {line}", red=True)


@pytest.fixture(scope="session")
def providers(request: pytest.FixtureRequest) -> Providers:
    """What this run uses."""
    return request.config.stash[PROVIDERS]


@pytest.fixture(scope="session")
def postgres(providers: Providers) -> Server:
    """A server, forgetful and fast."""
    _or_skip(lambda: providers.postgres)
    return providers.postgres


@pytest.fixture(scope="session")
def template(postgres: Server) -> Databases:
    """A migrated database per service that nobody connects to, the source of copies."""

    @cache
    def make(service: str) -> Database:
        return finish(prepared(postgres, service, f"template_{service}"))

    return make


def _copies(template: Databases) -> Iterator[Callable[[str], Database]]:
    made: list[Database] = []

    def copy(service: str) -> Database:
        made.append(finish(copied(template(service), f"{service}_{next(NUMBERS)}")))
        return made[-1]

    yield copy
    for database in made:
        finish(dropped(database))


@pytest.fixture(scope="module")
def database(template: Databases) -> Iterator[Databases]:
    """This module's own database of a service; the same one at each call."""
    for copy in _copies(template):
        yield cache(copy)


@pytest.fixture
def fresh_database(template: Databases) -> Iterator[Databases]:
    """A new, empty database of a service at each call."""
    yield from _copies(template)


@pytest.fixture(scope="session")
def kafka(providers: Providers) -> str:
    """The address of a broker with the topics of the contracts."""
    _or_skip(lambda: providers.kafka)
    finish(make_topics(providers.kafka, contract_topics()))
    return providers.kafka


@pytest.fixture(scope="module")
def fresh_topics(kafka: str) -> str:
    """The address of a broker whose topics are empty."""
    finish(forget_topics(kafka, list(contract_topics())))
    finish(make_topics(kafka, contract_topics()))
    return kafka


@pytest.fixture
def kafka_cluster(tmp_path: Path) -> Iterator[Callable[[int], OwnKafka]]:
    """Clusters of the test's own, for what it wants to break; topics are up to the test."""
    started: list[OwnKafka] = []

    def start(nodes: int) -> OwnKafka:
        started.append(OwnKafka(tmp_path / f"kafka{len(started)}", nodes))
        _or_skip(started[-1].start)
        return started[-1]

    yield start
    for cluster in started:
        cluster.stop()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium for ``executable_path``."""
    _or_skip(browser)
    return browser()
