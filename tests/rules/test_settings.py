"""Settings: one line names what is wrong, never its value; production takes no playthings."""

from __future__ import annotations

from pathlib import Path

import pytest

from servicekit.settings import PLAYTHINGS, SettingsError, read_settings

URL = "postgresql://app:secret@127.0.0.1/booking"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("APP_ENV", "DATABASE_URL", "MIGRATION_DATABASE_URL", "SMTP_URL", *PLAYTHINGS):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_a_missing_setting_is_named(bare: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"^DATABASE_URL: Field required$"):
        read_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [("HTTP_PORT", "secret-port"), ("APP_ENV", "secret-env"), ("LOG_LEVEL", "secret-level")],
)
def test_a_malformed_setting_is_named_without_its_value(
    bare: pytest.MonkeyPatch, name: str, value: str
) -> None:
    bare.setenv("DATABASE_URL", URL)
    bare.setenv("APP_ENV", "dev")
    bare.setenv(name, value)
    with pytest.raises(SettingsError, match=f"^{name}: ") as told:
        read_settings()
    assert "secret" not in str(told.value)
    assert "\n" not in str(told.value)


def test_any_name_may_come_from_a_file(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text(URL + "\n")
    bare.setenv("DATABASE_URL_FILE", str(file))
    settings = read_settings()
    assert settings.database_url == URL
    assert settings.app_env == "production"
    assert not settings.development


def test_an_unreadable_file_is_named(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare.setenv("DATABASE_URL_FILE", str(tmp_path / "none"))
    with pytest.raises(SettingsError, match=r"^DATABASE_URL_FILE cannot be read: No such file"):
        read_settings()


def test_production_takes_passwords_from_files_only(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("DATABASE_URL", URL)
    with pytest.raises(SettingsError, match="DATABASE_URL must be given as DATABASE_URL_FILE") as told:
        read_settings()
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("toy", PLAYTHINGS)
def test_production_refuses_playthings(bare: pytest.MonkeyPatch, tmp_path: Path, toy: str) -> None:
    file = tmp_path / "url"
    file.write_text(URL)
    bare.setenv("DATABASE_URL_FILE", str(file))
    bare.setenv(toy, "x")
    with pytest.raises(SettingsError, match=f"{toy} is refused in production"):
        read_settings()


def test_proxies_are_a_list(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("APP_ENV", "dev")
    bare.setenv("DATABASE_URL", URL)
    bare.setenv("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8,")
    assert read_settings().trusted_proxies == ("127.0.0.1", "10.0.0.0/8")
