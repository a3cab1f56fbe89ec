"""Reporting put together: read models from three topics, the weekly page, its CSV and JSON."""

from __future__ import annotations

from functools import partial

from litestar.openapi import OpenAPIConfig

from servicekit.cli import Wiring
from servicekit.http import make_app
from servicekit.postgres import UNREACHABLE
from servicekit.read_model import read_model
from servicekit.service import Kit, Service, add_projections
from servicekit.web.pages import Assets, Pages
from services.reporting.projections import CONTACT_VOLUME, FUNNEL, LEAD_TIME, WAITING
from services.reporting.routes import TEMPLATES, routes

SERVICE = Service("reporting", log=False, projections=(CONTACT_VOLUME, FUNNEL, LEAD_TIME, WAITING))


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
        kit.parts.app = make_app(
            [
                *routes(partial(read_model, kit.pool), kit.clock.now, pages, permission=permission),
                assets.handler(),
            ],
            refusals={},
            pages=pages,
            now=kit.clock.now,
            origins=(settings.public_url,),
            proxies=settings.trusted_proxies,
            dev_tokens=settings.development,
            unavailable=UNREACHABLE,
            openapi=OpenAPIConfig(title="Reporting", version="1", path="/api/reporting/v1"),
        )


WIRING = Wiring(SERVICE, ("api", "project"), build)
