"""The people of the development login, and the one place that decides whether there is one.

Promises: production has no such login, whatever else is set; a person with an unknown role stops the
start. Shown by ``tests/way/test_staff_login.py``.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from servicekit.settings import Settings, from_file
from servicekit.staff import ROLES, Staff

from .login import Login, Person
from .session import Sessions


def read_people(file: Path) -> dict[str, Person]:
    """``config/demo_staff.toml`` by id. Raises ``ValueError`` or ``KeyError`` for what is no person."""
    people = {
        key: Person(row["name"], Staff(key, row["role"], row["site"]))
        for key, row in tomllib.loads(file.read_text("utf-8")).items()
    }
    if unknown := {one.staff.role for one in people.values()} - ROLES.keys():
        raise ValueError(f"unknown roles: {', '.join(sorted(unknown))}")
    return people


def development_login(service: str, settings: Settings) -> Login | None:
    """The login of a service, for ``make_app(login=...)``; None in production or without a key ring."""
    if not settings.development or settings.link_keys_file is None:
        return None
    return Login(
        service,
        from_file("CATALOGUE_FILE", settings.catalogue_file.with_name("demo_staff.toml"), read_people),
        from_file("LINK_KEYS_FILE", settings.link_keys_file, Sessions.from_ring),
        {
            "booking": settings.booking_url,
            "documents": settings.documents_url,
            "notification": settings.notification_url,
            "reporting": settings.reporting_url,
        },
    )
