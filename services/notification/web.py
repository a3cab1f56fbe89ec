"""The role ``api`` of notification, put together: pages, routes and what they stand on.

Imported by ``wiring.py`` where the role is wanted, so that a role without pages starts without the web stack.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

from litestar.types import ControllerRouterHandler

from servicekit.service import Kit
from servicekit.settings import Settings, from_file
from servicekit.web.codes import code_key
from servicekit.web.pages import Assets, OfficeContact, Pages
from servicekit.web.role import add_app
from services.notification.again import Again
from services.notification.bounces import Bounces
from services.notification.desk import Desk
from services.notification.looks import Looks
from services.notification.names import OfficeNames
from services.notification.pages import again as pages_again
from services.notification.pages import delivery as pages_delivery
from services.notification.pages import postfach as pages_postfach
from services.notification.parts import Parts, writer_of
from services.notification.postfach import Postfach, Sink, listen
from services.notification.projections.undelivered import NotDelivered
from services.notification.refusals import REFUSALS

HERE = Path(__file__).parent


def add_web(kit: Kit, parts: Parts) -> None:
    """Pages and API; in development the mailbox where all mails arrive, too."""
    settings = kit.settings
    assets = Assets(settings.assets_folder, kit.service.name)
    pages = Pages([HERE / "templates"], assets, languages=("de",))
    looks = Looks(parts.handlers, parts.copies, parts.sources)
    desk = Desk(kit.pool, parts.handlers, looks, NotDelivered(kit.pool), writer_of(kit, parts))
    office = pages_delivery.Office(desk, kit.clock.now, code_key(parts.secret), settings.documents_url)
    again = Again(kit.pool, parts.copies, parts.handlers, kit.clock)
    kit.parts.close.push_async_callback(again.drain)
    routes: list[ControllerRouterHandler] = [
        assets.handler(),
        pages_delivery.routes(office),
        pages_again.routes(again, _citizens(settings, assets)),
    ]
    if settings.development:
        postfach = Postfach(kit.pool)
        bounces = Bounces(parts.handlers, parts.copies, kit.clock)
        sink = Sink(postfach, kit.clock.now, bounces.take)
        kit.parts.tasks["mailbox"] = lambda stop: _receive(sink, settings.smtp_url, stop)
        routes.append(pages_postfach.routes(postfach, pages))
    add_app(kit, routes, pages, REFUSALS)


def _citizens(settings: Settings, assets: Assets) -> Pages:
    """The templates of the page for citizens."""
    names = from_file("CATALOGUE_FILE", settings.catalogue_file, OfficeNames.read)
    office = names.office(None, "de")
    home = settings.booking_url.rstrip("/")
    contact = OfficeContact(office.name, office.phone, settings.mail_reply_to, home)
    return Pages([HERE / "templates"], assets, locales=[HERE / "locale"], office=contact)


async def _receive(sink: Sink, url: str, stop: asyncio.Event) -> None:
    """The mail server of development, where this installation's own mails arrive."""
    address = urlsplit(url)
    server = await listen(sink, address.hostname or "127.0.0.1", address.port or 2525)
    async with server:
        await stop.wait()
