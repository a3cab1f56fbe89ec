"""What the surroundings tell a process, read once, in ``wiring.py`` alone.

Promises: a name is the same here, in the local stack and in the manifests; any name may be given as
``<NAME>_FILE``; a missing or malformed one stops the role with one line that names it, never its
value. With ``APP_ENV=production`` everything made for development is refused, and whatever holds a
password must come from a file. Shown by ``tests/rules/test_settings.py``.
"""

from __future__ import annotations

import os
from base64 import b64decode
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

T = TypeVar("T")
PostgresUrl = Annotated[str, Field(pattern="^postgres(ql)?://")]
SECRET = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "SMTP_URL", "BOUNCE_IMAP_URL")
"""Hold passwords: production takes them from files only."""
PLAYTHINGS = ("CLOCK_FILE", "MUTANT", "FAULT_SEED", "FAULT")
"""Production refuses to start with any of them."""


class SettingsError(RuntimeError):
    """A setting is missing or malformed; the message names it and nothing else."""


def from_file(name: str, file: Path | None, read: Callable[[Path], T]) -> T:
    """What a mounted file holds. Raises ``SettingsError`` with the setting's name, never the contents."""
    if file is None:
        raise SettingsError(f"{name}: this role needs it")
    try:
        return read(file)
    except OSError as error:
        raise SettingsError(f"{name} cannot be read: {error.strerror}") from None
    except (ValueError, LookupError):
        raise SettingsError(f"{name}: its contents are malformed") from None


def secret_bytes(file: Path) -> bytes:
    """A key in Base64."""
    return b64decode(file.read_text("ascii"), validate=False)


class Settings(BaseSettings):
    """Names and meanings: docs/settings.md is generated from here."""

    model_config = SettingsConfigDict(case_sensitive=False, extra="ignore", hide_input_in_errors=True)

    app_env: Literal["dev", "test", "production"] = "production"
    city: Annotated[str, Field(pattern="^[a-z][a-z0-9-]*$")] = "flensburg"
    database_url: PostgresUrl
    migration_database_url: PostgresUrl | None = None
    kafka_bootstrap: str = "127.0.0.1:9092"
    kafka_ca_file: Path | None = None
    kafka_cert_file: Path | None = None
    kafka_key_file: Path | None = None
    public_url: str = "http://127.0.0.1:8000"
    booking_url: str = "http://127.0.0.1:8000"
    documents_url: str = "http://127.0.0.1:8001"
    notification_url: str = "http://127.0.0.1:8002"
    reporting_url: str = "http://127.0.0.1:8003"
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    link_keys_file: Path | None = None
    door_key_file: Path | None = None
    hash_key_file: Path | None = None
    smtp_url: str = "smtp://127.0.0.1:2525"
    mail_from: str = "termine@flensburg.example"
    mail_reply_to: str = "buergerbuero@flensburg.example"
    bounce_imap_url: str | None = None
    mail_domain_per_minute: Annotated[int, Field(ge=1)] = 60
    http_host: str = "127.0.0.1"
    http_port: int = 8080
    metrics_port: int = 9090
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"
    drain_seconds: float = 30.0
    build: str = "dev"
    catalogue_file: Path = Path("config/flensburg.toml")
    assets_folder: Path = Path("build/assets")
    clock_file: Path | None = None
    mutant: str | None = None
    fault_seed: str | None = None

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            for one in value:
                ip_network(one, strict=False)
        except ValueError:
            raise ValueError("must be addresses or networks, separated by commas") from None
        return value

    @model_validator(mode="after")
    def _production(self) -> Self:
        if self.app_env == "production":
            toys = [name for name in PLAYTHINGS if os.environ.get(name)]
            bare = [name for name in SECRET if os.environ.get(name)]
            if toys:
                raise ValueError(f"{', '.join(toys)} is refused in production")
            if bare:
                raise ValueError(f"{', '.join(bare)} must be given as {bare[0]}_FILE in production")
        return self

    @property
    def development(self) -> bool:
        """Whether development tokens, the mailbox and other playthings may exist."""
        return self.app_env in ("dev", "test")


def read_settings() -> Settings:
    """The settings of this process. Raises ``SettingsError`` with one line that names what is wrong."""
    given: dict[str, Any] = {}
    for name in Settings.model_fields:
        file = os.environ.get(f"{name.upper()}_FILE")
        if file and not name.endswith("_file"):
            try:
                given[name] = Path(file).read_text().strip()
            except OSError as error:
                raise SettingsError(f"{name.upper()}_FILE cannot be read: {error.strerror}") from None
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = [".".join(str(part) for part in first["loc"]).upper()] if first["loc"] else []
        raise SettingsError(": ".join([*where, first["msg"].removeprefix("Value error, ")])) from None
