"""The page of letters as an application, for tests over HTTP and in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from servicekit.web.app import make_app
from servicekit.web.pages import Assets, Pages
from services.notification.pages.delivery import Office, routes
from services.notification.refusals import REFUSALS
from tests.rules.notification import paperwork as p
from tests.rules.notification.given import PERSON
from tests.rules.notification.office import CODES
from tests.way.mail_world import LONG, World

TEMPLATES = Path("services/notification/templates")
DOCUMENTS = "http://documents.test"


def an_app(world: World, origin: str, assets: Path) -> Any:
    """Notification's web as far as staff see it."""
    static = Assets(assets, "notification")
    pages = Pages([TEMPLATES], static)
    return make_app(
        [routes(Office(world.desk, world.clock.now, CODES, DOCUMENTS)), static.handler()],
        refusals=REFUSALS,
        pages=pages,
        now=world.clock.now,
        origins=[origin],
        dev_tokens=True,
    )


async def called(world: World, email: str | None = None, name: str = "Erika Mustermann") -> None:
    """A person, here without an address, is called to collect an ID card."""
    await world.person(PERSON, email=email, name=name, keep_until=LONG, phone="+49461123456")
    await world.happened(p.stored(), p.invited())
    await world.work()
    await world.read_own_log()
