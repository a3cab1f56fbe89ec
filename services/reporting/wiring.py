"""Reporting put together: read models from three topics, the weekly page, its CSV and JSON."""

from __future__ import annotations

from functools import partial

from servicekit.assembly import add_projections
from servicekit.cli import Wiring
from servicekit.http import make_app
from servicekit.postgres import UNREACHABLE
from servicekit.read_model import read_model
from servicekit.service import Kit, Service
from servicekit.web.demo_staff import development_login
from servicekit.web.openapi import document, documentation
from servicekit.web.pages import Assets, Pages
from services.reporting.projections import PROJECTIONS
from services.reporting.routes import TEMPLATES, routes

PREFIX = "/api/reporting/v1"
TITLE = "Reporting – the weekly figures of the citizens' office"
DESCRIPTION = (
    "Weeks are ISO weeks in Europe/Berlin. No data is null with a status, never 0. The same figures as "
    "the page; CSV by the ending .csv."
)
SERVICE = Service("reporting", log=False, projections=PROJECTIONS)


async def build(kit: Kit, roles: set[str]) -> None:
    """Add what the roles need."""
    settings = kit.settings
    if "project" in roles:
        add_projections(kit)
    if "api" in roles:
        assets = Assets(settings.assets_folder, SERVICE.name)
        pages = Pages([TEMPLATES], assets, languages=("de",))
        # Until staff can log in, only a development stack shows figures without a proof.
        permission = "public" if settings.development else "see_figures"
        api, *others = routes(partial(read_model, kit.pool), kit.clock.now, pages, permission=permission)
        kit.parts.app = make_app(
            [
                api,
                *others,
                *documentation(PREFIX, lambda: document([api], TITLE, DESCRIPTION), pages),
                assets.handler(),
            ],
            refusals={},
            pages=pages,
            now=kit.clock.now,
            origins=(settings.public_url,),
            proxies=settings.trusted_proxies,
            dev_tokens=settings.development,
            login=development_login(SERVICE.name, settings),
            unavailable=UNREACHABLE,
        )


WIRING = Wiring(SERVICE, ("api", "project"), build)
