"""Booking put together: the only file that knows pools, brokers and settings."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID, uuid5

from servicekit.assembly import add_projections, add_timers
from servicekit.cli import Wiring
from servicekit.http import make_app
from servicekit.log import NAMESPACE, Actor, Busy, Context, Due
from servicekit.postgres import UNREACHABLE
from servicekit.service import Kit, Service, need, open_kit
from servicekit.settings import Settings
from servicekit.timers import TimerRunner
from servicekit.tokens import Tokens
from servicekit.web.pages import Assets, OfficeContact, Pages
from services.booking import config, timers
from services.booking.administration import DECIDERS, PLANNED
from services.booking.api.free_slots import FreeSlots
from services.booking.api.routes import api_routes
from services.booking.commands import PlanHorizon, SampleLeadTimes
from services.booking.office import SiteInfo, read_texts
from services.booking.pages.links import ROUTES
from services.booking.present import Around, Present, SitesInMemory
from services.booking.projections import APPOINTMENTS
from services.booking.publish import PUBLISH
from services.booking.reactions import NOTIFICATION
from services.booking.refusals import REFUSALS
from services.booking.rules.events import PRIVATE
from services.booking.rules.site import Site

HERE = Path(__file__).parent
SERVICE = Service(
    "booking",
    private=PRIVATE,
    deciders=DECIDERS,
    planned=PLANNED,
    timers=timers.timers,
    publish=PUBLISH,
    projections=(APPOINTMENTS,),
    reactions=(NOTIFICATION,),
)


async def opened(service: Service, settings: Settings) -> Kit:
    """The kit, with sites in memory."""
    memory = SitesInMemory()
    kit = await open_kit(service, settings, followed=memory.categories, follow=memory.follow)
    kit.extra["present"] = _present(kit, memory)
    return kit


def _present(kit: Kit, memory: SitesInMemory) -> Present:
    settings, committer, handler = kit.settings, need(kit.committer), need(kit.handler)
    key = b64decode(need(settings.hash_key_file).read_text())
    file = config.read(settings.catalogue_file.read_text("utf-8"))

    async def fire(due: Due) -> object:
        return await present.handlers.fire(due, kit.clock.now())

    runner = TimerRunner(kit.connection("expiry"), kit.clock, fire)

    async def fire_due(subjects: Sequence[UUID]) -> int:
        connection = await kit.connection("expiry")()
        try:
            return await runner.once(connection, list(subjects))
        finally:
            await connection.close()

    present = Present(
        clock=kit.clock,
        around=Around(kit.clock, committer, memory, key, fire_due),
        handler=handler,
        tokens=Tokens(need(settings.link_keys_file)),
        sites={file.code: SiteInfo(**file.info)},
        texts=read_texts(settings.catalogue_file.with_name("service_texts.toml")),
        domain=settings.mail_from.rpartition("@")[2].rstrip(">"),
        public_url=settings.public_url.rstrip("/"),
    )
    return present


async def build(kit: Kit, roles: set[str]) -> None:
    """Add what the roles need."""
    present: Present = kit.extra["present"]
    if "project" in roles:
        add_projections(kit, present.execute)
    if "timers" in roles:
        add_timers(kit, present.fire)
    if "api" in roles:
        kit.parts.tasks["horizon"] = present.keep_ready
        kit.parts.ready["horizon"] = present.complete
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
        [*api_routes(pages), *ROUTES, assets.handler()],
        refusals=REFUSALS,
        pages=pages,
        now=kit.clock.now,
        origins=(settings.public_url,),
        proxies=settings.trusted_proxies,
        dev_tokens=settings.development,
        unavailable=(Busy, *UNREACHABLE),
        state={"office": present, "free_slots": FreeSlots(present, settings.build)},
    )


async def seed(kit: Kit) -> None:
    """Set up the site of the configuration file, and plan its days. A second time does nothing."""
    present: Present = kit.extra["present"]
    file = config.read(kit.settings.catalogue_file.read_text("utf-8"))
    await need(kit.committer).ensure(())
    at = kit.clock.now()
    known = present.around.memory.sites.get(file.code)
    position = 0
    for nr, command in enumerate(config.seed(file, known or Site(), at)):
        outcome = await present.execute(command, _context(kit, f"{at.isoformat()}:{nr}"))
        position = max(position, outcome.position)
    await present.caught_up(position)
    await present.execute(PlanHorizon(site=file.code), _context(kit, f"{at.isoformat()}:plan"))
    await present.execute(SampleLeadTimes(site=file.code), _context(kit, f"{at.isoformat()}:sample"))


def _context(kit: Kit, name: str) -> Context:
    command = uuid5(NAMESPACE, f"seed:{name}")
    return Context(command, kit.clock.now(), Actor("seed"), command)


WIRING = Wiring(SERVICE, ("api", "relay", "project", "timers"), build, seed, opened)
