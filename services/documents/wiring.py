"""Documents put together: the only file that knows pools, brokers and settings."""

from __future__ import annotations

import tomllib
from pathlib import Path

from servicekit.assembly import add_projections, add_timers
from servicekit.cli import Wiring
from servicekit.http import make_app
from servicekit.log import Busy
from servicekit.postgres import UNREACHABLE
from servicekit.service import Kit, Service, need, open_kit
from servicekit.settings import Settings, from_file, secret_bytes
from servicekit.tokens import Tokens
from servicekit.web.codes import code_key
from servicekit.web.demo_staff import development_login
from servicekit.web.pages import Assets, OfficeContact, Pages
from services.documents.api.routes import api_routes
from services.documents.office import SiteInfo
from services.documents.present import Present
from services.documents.projections import DOCUMENTS
from services.documents.publish import PUBLISH
from services.documents.rules.events import PRIVATE

HERE = Path(__file__).parent
SERVICE = Service("documents", private=PRIVATE, publish=PUBLISH, projections=(DOCUMENTS,))
PEOPLE_GROUP = "documents.people.v1"


async def opened(service: Service, settings: Settings) -> Kit:
    """The kit, with the way for commands."""
    kit = await open_kit(service, settings)
    info = from_file("CATALOGUE_FILE", settings.catalogue_file, _site)
    kit.extra["present"] = Present(
        clock=kit.clock,
        committer=need(kit.committer),
        handler=need(kit.handler),
        pool=kit.pool,
        tokens=from_file("LINK_KEYS_FILE", settings.link_keys_file, Tokens),
        sites={info.code: info},
        booking_url=settings.booking_url.rstrip("/"),
        code_key=code_key(from_file("HASH_KEY_FILE", settings.hash_key_file, secret_bytes)),
    )
    return kit


def _site(file: Path) -> SiteInfo:
    return SiteInfo(**tomllib.loads(file.read_text("utf-8"))["site"])


async def build(kit: Kit, roles: set[str]) -> None:
    """Add what the roles need."""
    present: Present = kit.extra["present"]
    if "project" in roles:
        add_projections(kit, present.execute, PEOPLE_GROUP)
    if "timers" in roles:
        add_timers(kit, present.fire)
    if "api" in roles:
        _web(kit, present)


def _web(kit: Kit, present: Present) -> None:
    settings = kit.settings
    assets = Assets(settings.assets_folder, SERVICE.name)
    info = next(iter(present.sites.values()))
    pages = Pages(
        [HERE / "templates"],
        assets,
        locales=[HERE / "locale"],
        office=OfficeContact(info.name, info.phone, info.email),
    )
    kit.parts.app = make_app(
        [*api_routes(pages), assets.handler()],
        refusals={},
        pages=pages,
        now=kit.clock.now,
        origins=(settings.public_url,),
        proxies=settings.trusted_proxies,
        dev_tokens=settings.development,
        login=development_login(SERVICE.name, settings),
        unavailable=(Busy, *UNREACHABLE),
        state={"office": present},
    )


WIRING = Wiring(SERVICE, ("api", "relay", "project", "timers"), build, open=opened)
