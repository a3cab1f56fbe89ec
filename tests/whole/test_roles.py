"""Each role is a process of its own: it starts, tells how it stands, and goes on while another is gone."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from devstack.environment import service_named
from servicekit.testing.binaries import Missing
from servicekit.testing.databases import prepared
from servicekit.testing.postgres import OwnServer, finish
from servicekit.testing.process import stop
from servicekit.testing.providers import WANT, Providers
from tests.way.citizen import API, LEAD, Citizen, ask, body_of, device, key
from tests.way.platform import SERVICES, Platform
from tests.way.program import eventually

DAY = "2026-11-30"  # today: every place is released, whatever moments were drawn
LOG = ("event_log_append_duration_seconds", "event_log_group_commands", "event_log_head_position")
RELAY = ("relay_is_leader", "relay_position", "relay_pending_events", "relay_oldest_unpublished_age_seconds")
READ = ("projection_position", "projection_lag_events", "projection_last_progress_timestamp_seconds")
PARKED = ("parked_events", "parked_oldest_age_seconds")
TIMERS = ("timers_overdue", "timers_oldest_overdue_seconds", "timers_fired_total", "timers_paused")
METRICS = {
    "api": (),
    "relay": (*RELAY, "relay_publish_delay_seconds", "relay_published_total", "relay_failures_total"),
    "project": (*READ, *PARKED, "projection_gaps_total", "projection_assigned_partitions"),
    "timers": TIMERS,
    "mailer": (*TIMERS, "mail_attempts_total", "mail_oldest_due_age_seconds"),
}
ROLES = [(name, role) for name in SERVICES for role in service_named(name).roles]


def values(text: str, metric: str) -> list[float]:
    """The values of a metric in the text that ``/metrics`` gives."""
    lines = [line for line in text.splitlines() if line.startswith((f"{metric} ", f"{metric}{{"))]
    return [float(line.rpartition(" ")[2]) for line in lines]


@pytest.mark.parametrize(("service", "role"), ROLES)
def test_a_role_alone_is_ready_and_shows_its_metrics(platform: Platform, service: str, role: str) -> None:
    program = platform.program(service, role)
    for path in ("/startupz", "/livez", "/readyz"):
        assert program.probe(path) == (200, "ok"), path
    assert program.probe("/anything")[0] == 404
    status, text = program.probe("/metrics")
    assert status == 200
    assert values(text, "build_info") == [1.0]
    for metric in (*METRICS[role], *(() if service == "reporting" else LOG)):
        assert f"# TYPE {metric.removesuffix('_total')}" in text, metric
    assert all(line["service"] == service for line in program.lines())


def test_while_no_relay_runs_people_book_and_afterwards_their_mails_go_out(platform: Platform) -> None:
    relay = platform.program("booking", "relay")
    assert values(relay.probe("/metrics")[1], "relay_is_leader") == [1.0]
    relay.kill()
    erika = Citizen(platform)
    erika.reserve(erika.free(DAY)[0])
    assert erika.give_contact()["state"] == "unconfirmed"
    for service, role in ROLES:
        if (service, role) != ("booking", "relay"):
            assert platform.program(service, role).probe("/readyz") == (200, "ok"), (service, role)
    assert not erika.mails()
    relay.start().ready()
    erika.mail(1)
    eventually(lambda: values(relay.probe("/metrics")[1], "relay_pending_events") == [0.0])


# --- settings

SPOILT: dict[str, tuple[str, dict[str, str | None], str]] = {
    "missing": ("booking", {"DATABASE_URL": None}, "DATABASE_URL"),
    "no address": ("booking", {"DATABASE_URL": "hidden-nonsense"}, "DATABASE_URL"),
    "no number": ("booking", {"HTTP_PORT": "hidden"}, "HTTP_PORT"),
    "no network": ("booking", {"TRUSTED_PROXIES": "hidden"}, "TRUSTED_PROXIES"),
    "no key ring": ("booking", {"LINK_KEYS_FILE": None}, "LINK_KEYS_FILE"),
    "no such file": ("notification", {"HASH_KEY_FILE": "/nonexistent/hidden"}, "HASH_KEY_FILE"),
    "no mail server": ("notification", {"SMTP_URL": "ftp://hidden"}, "SMTP_URL"),
    "a clock by hand": ("booking", {"APP_ENV": "production", "DATABASE_URL": None}, "CLOCK_FILE"),
    "a mutant": ("booking", {"APP_ENV": "production", "CLOCK_FILE": None, "MUTANT": "M4"}, "MUTANT"),
    "a fault": ("booking", {"APP_ENV": "production", "CLOCK_FILE": None, "FAULT": "hidden"}, "FAULT"),
    "a seed": ("booking", {"APP_ENV": "production", "CLOCK_FILE": None, "FAULT_SEED": "7"}, "FAULT_SEED"),
    "a bare password": ("booking", {"APP_ENV": "production", "CLOCK_FILE": None}, "DATABASE_URL must"),
    "a wrong password": ("booking", {"DATABASE_URL": "wrong"}, "DATABASE_URL"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_wrong_setting_ends_with_one_line_that_names_it(spoilt: Platform, name: str) -> None:
    service, changes, named = SPOILT[name]
    if changes.get("DATABASE_URL") == "wrong":
        changes = {"DATABASE_URL": spoilt.databases[service].app_url.replace("@", "hidden@", 1)}
    elif changes.get("APP_ENV") == "production" and "DATABASE_URL" in changes:
        changes = {**changes, "DATABASE_URL_FILE": str(spoilt.home.secret("url", "postgresql://hidden"))}
    role = "mailer" if "SMTP_URL" in changes else "api"
    program = spoilt.start(service, role, **changes)
    assert program.ended() not in (0, -signal.SIGKILL)
    (line,) = program.told().splitlines()
    assert line.startswith(f"settings: {named}"), line
    assert "hidden" not in line


@pytest.fixture(scope="module")
def spoilt(office: Callable[[], Platform]) -> Platform:
    """An installation on which nothing ever runs."""
    return office()


def test_an_unknown_role_is_told_which_ones_there_are(spoilt: Platform) -> None:
    program = spoilt.start("reporting", "relay")
    assert program.ended() == 1
    (line,) = program.told().splitlines()
    assert line.startswith("relay is none of: all api project migrate")


# --- a database of one's own


@pytest.fixture(scope="module")
def durable(providers: Providers) -> Iterator[OwnServer]:
    """A server that keeps what it says, and that may be stopped."""
    try:
        server = OwnServer(providers.folder / "durable", secrets.token_hex(16))
        server.start()
    except Missing as error:
        pytest.skip(f"{WANT}{error}")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def installation(durable: OwnServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Booking on that server, seeded."""
    database = finish(prepared(durable.server, "booking"))
    platform = Platform(tmp_path_factory.mktemp("durable"), {"booking": database})
    done = platform.command("booking", "seed")
    assert done.returncode == 0, done.stderr
    yield platform
    platform.close()


def test_production_takes_no_development_token(installation: Platform) -> None:
    url = installation.home.secret("database-url", installation.databases["booking"].app_url)
    api = installation.start(
        "booking",
        "api",
        APP_ENV="production",
        CLOCK_FILE=None,
        DATABASE_URL=None,
        DATABASE_URL_FILE=str(url),
    ).ready()
    day = f"{API}/sites/flensburg/days/{DAY}"
    assert httpx.get(api.url + day, headers=LEAD).status_code == 401
    assert httpx.get(f"{api.url}{API}/sites").status_code == 200
    assert api.stop() == 0


def test_a_server_that_may_lose_commits_is_refused_in_production(spoilt: Platform, tmp_path: Path) -> None:
    url = tmp_path / "url"
    url.write_text(spoilt.databases["booking"].app_url)
    settings: dict[str, str | None] = {"APP_ENV": "production", "CLOCK_FILE": None, "DATABASE_URL": None}
    program = spoilt.start("booking", "api", **settings, DATABASE_URL_FILE=str(url))
    assert program.ended() == 1
    assert program.told().splitlines()[-1].startswith("settings: DATABASE_URL: PostgreSQL runs with fsync")


async def test_after_the_database_was_away_the_service_goes_on_by_itself(
    installation: Platform, durable: OwnServer
) -> None:
    api = installation.start("booking", "api").ready()
    free = f"{API}/sites/flensburg/free-slots?service=id_card_apply"
    before = (await ask(api.url, "GET", free)).json()["days"]
    assert before
    assert durable.process is not None
    stop(durable.process, signal.SIGQUIT, 30)

    refused = await ask(
        api.url, "POST", f"{API}/bookings", key() | device(1), body_of(f"{DAY}T10:00:00+01:00")
    )
    assert (refused.status, refused.code) == (503, "unavailable")
    assert int(refused.headers["retry-after"]) > 0
    eventually(lambda: api.probe("/readyz") == (503, "database"))
    assert api.probe("/livez") == (200, "ok")
    assert (await ask(api.url, "GET", free)).json()["days"] == before  # from memory

    durable.start()
    number = 1
    while (
        answer := await ask(
            api.url,
            "POST",
            f"{API}/bookings",
            key() | device(number := number + 1),
            body_of(f"{DAY}T10:00:00+01:00"),
        )
    ).status == 503:
        assert (await ask(api.url, "GET", free)).json()["days"] == before  # never an empty office
        assert number < 300
    assert answer.status == 201, answer.body
    eventually(lambda: api.probe("/readyz") == (200, "ok"))
    assert api.stop() == 0
