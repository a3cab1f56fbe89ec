"""The role ``api`` of booking, put together: pages, routes and what they stand on.

Imported by ``wiring.py`` where the role is wanted, so that a role without pages starts without the web stack.
"""

from __future__ import annotations

from pathlib import Path

from servicekit.service import Kit
from servicekit.settings import from_file
from servicekit.web.pages import Assets, OfficeContact, Pages
from servicekit.web.role import add_app
from services.booking.api.free_slots import FreeSlots
from services.booking.api.routes import api_routes
from services.booking.pages.routes import page_routes
from services.booking.pages.statements import read_statements
from services.booking.present import Present
from services.booking.refusals import REFUSALS
from services.booking.steady import STEADY

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
        office=OfficeContact(info.name, info.phone, info.email, home=""),
    )
    file = settings.catalogue_file.with_name("statements.toml")
    statements = from_file("CATALOGUE_FILE", file, read_statements)
    add_app(
        kit,
        [*api_routes(pages), *page_routes(), assets.handler()],
        pages,
        REFUSALS,
        office=present,
        free_slots=FreeSlots(present, settings.build),
        statements=statements,
        notification_url=settings.notification_url.rstrip("/"),
        steady=0.0 if settings.clock_file else STEADY,
    )
