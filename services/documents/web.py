"""The role ``api`` of documents, put together: pages, routes and what they stand on.

Imported by ``wiring.py`` where the role is wanted, so that a role without pages starts without the web stack.
"""

from __future__ import annotations

from pathlib import Path

from servicekit.http import make_app
from servicekit.log import Busy
from servicekit.postgres import UNREACHABLE
from servicekit.service import Kit
from servicekit.web.demo_staff import development_login
from servicekit.web.pages import Assets, OfficeContact, Pages
from services.documents.api.routes import api_routes
from services.documents.pages.routes import ROUTES
from services.documents.present import Present
from services.documents.refusals import REFUSALS

HERE = Path(__file__).parent


def add_web(kit: Kit, present: Present) -> None:
    """Pages and API."""
    settings = kit.settings
    assets = Assets(settings.assets_folder, kit.service.name)
    info = next(iter(present.sites.values()))
    pages = Pages(
        [HERE / "templates"],
        assets,
        locales=[HERE / "locale"],
        office=OfficeContact(info.name, info.phone, info.email, home=settings.booking_url.rstrip("/")),
    )
    kit.parts.app = make_app(
        [*api_routes(pages), *ROUTES, assets.handler()],
        refusals=REFUSALS,
        pages=pages,
        now=kit.clock.now,
        origins=(settings.public_url,),
        proxies=settings.trusted_proxies,
        dev_tokens=settings.development,
        login=development_login(kit.service.name, settings),
        unavailable=(Busy, *UNREACHABLE),
        state={"office": present, "post_room": present.post_room},
    )
