"""Who is staff, and what a role may do.

Promises: deny by default. A route declares one permission of ``authorisation.toml``, or that it is
open: ``public`` for everybody, ``own_booking`` where the loader takes a booking only with its
proof. A route that declares nothing stops the application at its start; rights end at the own
site. Who is staff, a session cookie says (``web/session.py``), or where ``dev_tokens`` is set, which
production settings refuse, ``Authorization: Bearer dev:<role>@<site>``. Shown by
``tests/way/test_http_edge.py`` and ``tests/way/test_staff_login.py``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .decider import Refused

_TABLE = tomllib.loads(Path(__file__).with_name("authorisation.toml").read_text("utf-8"))
ROLES: Mapping[str, frozenset[str]] = {role: frozenset(may) for role, may in _TABLE["roles"].items()}
CITY_WIDE: frozenset[str] = frozenset(_TABLE["city_wide"])
PERMISSIONS: frozenset[str] = frozenset().union(*ROLES.values())
OPEN: frozenset[str] = frozenset({"public", "own_booking"})

_DEV = re.compile(r"^Bearer dev:([a-z_]{1,40})@([a-z][a-z0-9_]{0,39})$")


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody of the office. ``id`` is opaque; it goes into the log's meta and nowhere else."""

    id: str
    role: str
    site: str

    def may(self, permission: str, site: str | None = None) -> bool:
        """True if the role holds the permission, and ``site`` is its own or not asked."""
        at_home = site is None or site == self.site or self.role in CITY_WIDE
        return at_home and permission in ROLES[self.role]

    def need(self, permission: str, site: str | None = None) -> None:
        """Refuse with ``role-forbidden`` unless :meth:`may`."""
        if not self.may(permission, site):
            raise Refused("role-forbidden")


def identify(authorization: str | None, *, dev_tokens: bool) -> Staff | None:
    """The staff member that the header names, None if it names none (it may be a booking's proof).

    Raises ``Refused("proof-missing")`` for a development token where it does not count, or one
    that names no known role.
    """
    if authorization is None or not authorization.startswith("Bearer dev:"):
        return None
    found = _DEV.match(authorization)
    if not dev_tokens or not found or found.group(1) not in ROLES:
        raise Refused("proof-missing")
    role, site = found.groups()
    return Staff(f"dev:{role}@{site}", role, site)


def authorise(permission: str, staff: Staff | None, site: str | None = None) -> None:
    """Let pass, or refuse with ``proof-missing`` or ``role-forbidden``."""
    if permission in OPEN:
        return
    if staff is None:
        raise Refused("proof-missing")
    staff.need(permission, site)


def check_declared(routes: Iterable[tuple[str, object]]) -> None:
    """Stop the start if a route (its name, what it declares) has no permission or an unknown one."""
    for name, permission in routes:
        if permission not in OPEN | PERMISSIONS:
            raise RuntimeError(f"route {name} declares no known permission: {permission!r}")
