"""The environment of each local process: the names of the settings model, and nothing inherited.

Promises: a process gets its own database only; the owner's URL goes to one-shot commands alone.
Shown by ``tests/devstack/test_environment.py``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from devstack.home import Home
from devstack.services import SERVICES, Service
from servicekit.testing.binaries import ROOT
from servicekit.testing.databases import Database

INHERITED = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TERM",
    "LOG_LEVEL",
    "LOG_FORMAT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
)
CITY = "flensburg"


def environment(
    home: Home, service: Service, database: Database, kafka: str, ports: Mapping[str, int]
) -> dict[str, str]:
    """What every role of ``service`` needs. ``ports``: ``booking``, ``booking-metrics``, ``smtp`` …"""
    settings = {
        "APP_ENV": "dev",
        "CITY": CITY,
        "DATABASE_URL": database.app_url,
        "KAFKA_BOOTSTRAP": kafka,
        "HTTP_PORT": str(ports[service.name]),
        "METRICS_PORT": str(ports[f"{service.name}-metrics"]),
        "PUBLIC_URL": _url(ports[service.name]),
        "BOOKING_URL": _url(ports["booking"]),
        "DOCUMENTS_URL": _url(ports["documents"]),
        "NOTIFICATION_URL": _url(ports["notification"]),
        "REPORTING_URL": _url(ports["reporting"]),
        "LINK_KEYS_FILE": str(home.link_keys()),
        "HASH_KEY_FILE": str(home.hash_key()),
        "DOOR_KEY_FILE": str(home.door_key()),
        "LOG_LEVEL": "INFO",
        "LOG_FORMAT": "console",
        "DRAIN_SECONDS": "10",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "contracts")]),
        "PYTHONUNBUFFERED": "1",
    }
    if service.name == "notification":
        settings |= {
            "SMTP_URL": f"smtp://127.0.0.1:{ports['smtp']}",
            "MAIL_FROM": f"Bürgerbüro Flensburg <termine@{CITY}.example>",
            "MAIL_REPLY_TO": f"buergerbuero@{CITY}.example",
        }
    if home.clock_file.exists():
        settings["CLOCK_FILE"] = str(home.clock_file)
    return settings | {name: os.environ[name] for name in INHERITED if name in os.environ}


def owner_environment(settings: Mapping[str, str], database: Database) -> dict[str, str]:
    """For migrate, rebuild and whatever else needs the owner role."""
    return {**settings, "MIGRATION_DATABASE_URL": database.owner_url}


def service_named(name: str) -> Service:
    """A row of the table; ``KeyError`` names the ones there are."""
    for service in SERVICES:
        if service.name == name:
            return service
    raise KeyError(f"{name}: there are {', '.join(one.name for one in SERVICES)}")


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"
