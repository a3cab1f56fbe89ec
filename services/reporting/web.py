"""The role ``api`` of reporting, put together: pages, routes and what they stand on.

Imported by ``wiring.py`` where the role is wanted, so that a role without pages starts without the web stack.
"""

from __future__ import annotations

from functools import partial

from servicekit.read_model import read_model
from servicekit.service import Kit
from servicekit.web.openapi import document, documentation
from servicekit.web.pages import Assets, Pages
from servicekit.web.role import add_app
from services.reporting.history import History
from services.reporting.routes import TEMPLATES, routes

PREFIX = "/api/reporting/v1"
TITLE = "Reporting – the weekly figures of the citizens' office"
DESCRIPTION = (
    "Weeks are ISO weeks in Europe/Berlin. No data is null with a status, never 0. The same figures as "
    "the page; as files by the endings .csv, .xlsx and .pdf."
)


def add_web(kit: Kit) -> None:
    """Pages and API."""
    settings = kit.settings
    assets = Assets(settings.assets_folder, kit.service.name)
    pages = Pages([TEMPLATES], assets, languages=("de",))
    # Until staff can log in, only a development stack shows figures without a proof.
    permission = "public" if settings.development else "see_figures"
    read, history = partial(read_model, kit.pool), History(kit.pool)
    api, *others = routes(read, kit.clock.now, pages, history, permission=permission)
    docs = documentation(PREFIX, lambda: document([api], TITLE, DESCRIPTION), pages)
    add_app(kit, [api, *others, *docs, assets.handler()], pages, {})
