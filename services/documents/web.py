"""The role ``api`` of documents, put together: pages, routes and what they stand on.

Imported by ``wiring.py`` where the role is wanted, so that a role without pages starts without the web stack.
"""

from __future__ import annotations

from pathlib import Path

from servicekit.service import Kit
from servicekit.web.pages import Assets, OfficeContact, Pages
from servicekit.web.role import add_app
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
    routes = [*api_routes(pages), *ROUTES, assets.handler()]
    add_app(kit, routes, pages, REFUSALS, office=present, post_room=present.post_room)
