"""What each local process is told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from devstack.environment import INHERITED, environment, owner_environment, service_named
from devstack.home import Home
from devstack.services import SERVICES, Service, wished_ports
from devstack.stack import fingerprint
from servicekit.settings import Settings
from servicekit.testing.databases import Database
from servicekit.testing.postgres import Server
from servicekit.tokens import Purpose, Tokens

SERVER = Server("127.0.0.1", 5432, "secret")
OWN = {*INHERITED, "PYTHONPATH", "PYTHONUNBUFFERED"} - {"LOG_LEVEL", "LOG_FORMAT"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def told(home: Home, name: str) -> dict[str, str]:
    return environment(
        home, service_named(name), Database(name, name, SERVER), "127.0.0.1:9092", wished_ports()
    )


@pytest.mark.parametrize("service", SERVICES, ids=lambda one: one.name)
def test_every_name_is_one_of_the_settings(home: Home, service: Service) -> None:
    assert {name.lower() for name in set(told(home, service.name)) - OWN} <= set(Settings.model_fields)


@pytest.mark.parametrize("service", SERVICES, ids=lambda one: one.name)
def test_the_settings_accept_them(home: Home, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in told(home, service.name).items():
        monkeypatch.setenv(name, value)
    settings = Settings()  # type: ignore[call-arg]
    assert settings.http_port == service.port
    assert settings.development


def test_a_service_knows_its_own_database_only_and_not_as_owner(home: Home) -> None:
    for service in SERVICES:
        values = told(home, service.name)
        assert f"{service.name}_app:" in values["DATABASE_URL"]
        assert "MIGRATION_DATABASE_URL" not in values
        others = [one.name for one in SERVICES if one is not service]
        assert not any(f"{other}_app" in value for other in others for value in values.values())


def test_one_shot_commands_get_the_owner(home: Home) -> None:
    values = owner_environment(told(home, "booking"), Database("booking", "booking", SERVER))
    assert "booking_owner:" in values["MIGRATION_DATABASE_URL"]


def test_every_role_has_its_own_password() -> None:
    database = Database("booking", "booking", SERVER)
    assert database.app_url.split("@")[0].split(":")[2] != database.owner_url.split("@")[0].split(":")[2]


def test_the_key_ring_signs_links(home: Home) -> None:
    tokens = Tokens(Path(told(home, "booking")["LINK_KEYS_FILE"]))
    subject = uuid4()
    token = tokens.sign(Purpose.CONFIRM, subject, datetime(2026, 12, 1, tzinfo=UTC))
    link = tokens.verify(token, Purpose.CONFIRM)
    assert link is not None and link.id == subject


def test_nothing_else_of_the_surroundings_is_passed_on(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_SHELL", "1")
    assert "SECRET_OF_THE_SHELL" not in told(home, "booking")


def test_a_clock_set_by_hand_is_passed_on(home: Home) -> None:
    assert "CLOCK_FILE" not in told(home, "booking")
    home.clock_file.write_text("2026-12-01T09:00:00+01:00")
    assert told(home, "booking")["CLOCK_FILE"] == str(home.clock_file)


def test_an_unknown_service_is_named(home: Home) -> None:
    with pytest.raises(KeyError, match="booking, documents, notification, reporting"):
        service_named("cooking")


def test_changed_code_is_prepared_anew(tmp_path: Path) -> None:
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "one.sql").write_text("SELECT 1")
    before = fingerprint(tmp_path)
    assert fingerprint(tmp_path) == before
    (tmp_path / "services" / "one.sql").write_text("SELECT 2")
    assert fingerprint(tmp_path) != before
