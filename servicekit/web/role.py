"""The application of a service's role ``api``: what is the same for all services, out of the kit.

Promises: origins, proxies, proofs and login are those of the settings; the moment is the platform's; a busy
log, and a database that is away or under migration, are answered with 503.
Shown by ``tests/whole/test_roles.py`` and ``tests/way/test_http_edge.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
from litestar.types import ControllerRouterHandler

from servicekit.log import Busy
from servicekit.postgres import UNREACHABLE
from servicekit.read_model import NoGeneration
from servicekit.service import Kit
from servicekit.web.app import make_app
from servicekit.web.demo_staff import development_login
from servicekit.web.pages import Pages
from servicekit.web.problems import Refusal

UNAVAILABLE = (
    *(Busy, NoGeneration, *UNREACHABLE),
    *(asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError, asyncpg.LockNotAvailableError),
)
"""What passes by itself: connections that are lost, and what a migration does to those that stay (F16)."""


def add_app(
    kit: Kit,
    routes: Sequence[ControllerRouterHandler],
    pages: Pages,
    refusals: Mapping[str, Refusal],
    **state: Any,
) -> None:
    """Make it a part of the process; ``state`` is what handlers find in the application's state."""
    settings = kit.settings
    kit.parts.app = make_app(
        routes,
        refusals=refusals,
        pages=pages,
        now=kit.clock.now,
        origins=(settings.public_url,),
        proxies=settings.trusted_proxies,
        dev_tokens=settings.development,
        login=development_login(kit.service.name, settings),
        unavailable=UNAVAILABLE,
        state=state,
    )
