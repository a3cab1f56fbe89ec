"""Documents put together: the only file that knows pools, brokers and settings."""

from __future__ import annotations

import tomllib
from pathlib import Path

from servicekit.assembly import add_projections, add_timers
from servicekit.cli import Wiring
from servicekit.service import Kit, Service, need, open_kit
from servicekit.settings import Settings, from_file, secret_bytes
from servicekit.tokens import Tokens
from servicekit.web.codes import code_key
from services.documents import metrics, timers
from services.documents.cases import AroundTables
from services.documents.deciders import DECIDERS
from services.documents.office import SiteInfo
from services.documents.post_room_config import PostRoomConfig
from services.documents.present import Present
from services.documents.projections import DELIVERIES, DOCUMENTS, ITEMS
from services.documents.publish import PUBLISH
from services.documents.reactions import BOOKING
from services.documents.rules.events import PRIVATE
from services.documents.rules.settings import SiteSettings

SERVICE = Service(
    "documents",
    private=PRIVATE,
    deciders=DECIDERS,
    timers=timers.timers,
    count=metrics.count,
    publish=PUBLISH,
    projections=(DOCUMENTS, DELIVERIES, ITEMS),
    reactions=(BOOKING,),
)
PEOPLE_GROUP = "documents.people.v1"


async def opened(service: Service, settings: Settings) -> Kit:
    """The kit, with the way for commands."""
    kit = await open_kit(service, settings)
    info, rules = from_file("CATALOGUE_FILE", settings.catalogue_file, _site)
    teams = from_file("CATALOGUE_FILE", settings.catalogue_file, PostRoomConfig.read)
    kit.extra["present"] = Present(
        clock=kit.clock,
        committer=need(kit.committer),
        handler=need(kit.handler),
        around=AroundTables(kit.pool, {info.code: rules}, teams),
        tokens=from_file("LINK_KEYS_FILE", settings.link_keys_file, Tokens),
        sites={info.code: info},
        booking_url=settings.booking_url.rstrip("/"),
        code_key=code_key(from_file("HASH_KEY_FILE", settings.hash_key_file, secret_bytes)),
    )
    return kit


def _site(file: Path) -> tuple[SiteInfo, SiteSettings]:
    """What people see of a site, with its secured windows, and what its documents' rules ask for."""
    table = tomllib.loads(file.read_text("utf-8"))
    windows = tuple(code for code, row in table["counters"].items() if "pickup" in row["skills"])
    info = SiteInfo(**table["site"], windows=windows)
    return info, SiteSettings.model_validate(table.get("documents", {}))


async def build(kit: Kit, roles: set[str]) -> None:
    """Add what the roles need."""
    present: Present = kit.extra["present"]
    if "project" in roles:
        add_projections(kit, present.execute, PEOPLE_GROUP)
    if "timers" in roles:
        add_timers(kit, present.fire)
    if "api" in roles:
        from services.documents.web import add_web

        add_web(kit, present)


WIRING = Wiring(SERVICE, ("api", "relay", "project", "timers"), build, open=opened)
