"""Booking put together: with ``web.py`` the only file that knows pools, brokers and settings."""

from __future__ import annotations

from uuid import uuid5

from servicekit.assembly import add_projections, add_timers
from servicekit.cli import Wiring
from servicekit.log import NAMESPACE, Actor, Context, Due
from servicekit.service import Kit, Service, need, open_kit
from servicekit.settings import Settings, from_file, secret_bytes
from servicekit.timers import TimerRunner
from servicekit.tokens import Tokens
from servicekit.web.door_code import DoorCodes
from services.booking import config, copies, metrics, timers
from services.booking.administration import DECIDERS, PLANNED
from services.booking.commands import PlanHorizon, ReviewProtection, SampleLeadTimes
from services.booking.expiry import Expiry
from services.booking.floor_reads import FloorReads
from services.booking.office import SiteInfo, read_texts
from services.booking.present import Around, Present, SitesInMemory
from services.booking.projections import APPOINTMENTS, FLOOR, INVITATIONS, WISHES
from services.booking.projections.invitations import Invitations
from services.booking.projections.wishes import Wishes
from services.booking.publish import PUBLISH
from services.booking.questions import Questions
from services.booking.reactions import APPOINTMENTS_OVER, DOCUMENTS, NOTIFICATION
from services.booking.rules.events import PRIVATE
from services.booking.rules.site import Site

SERVICE = Service(
    "booking",
    private=PRIVATE,
    deciders=DECIDERS,
    planned=PLANNED,
    timers=timers.timers,
    count=metrics.count,
    publish=PUBLISH,
    projections=(APPOINTMENTS, FLOOR, INVITATIONS, WISHES),
    reactions=(NOTIFICATION, DOCUMENTS, APPOINTMENTS_OVER),
)


async def opened(service: Service, settings: Settings) -> Kit:
    """The kit, with sites in memory."""
    memory = SitesInMemory()
    kit = await open_kit(service, settings, followed=memory.categories, follow=memory.follow)
    kit.extra["present"] = _present(kit, memory)
    return kit


def _catalogue(settings: Settings) -> config.SiteConfig:
    return from_file(
        "CATALOGUE_FILE", settings.catalogue_file, lambda file: config.read(file.read_text("utf-8"))
    )


def _present(kit: Kit, memory: SitesInMemory) -> Present:
    settings, committer, handler = kit.settings, need(kit.committer), need(kit.handler)
    key = from_file("HASH_KEY_FILE", settings.hash_key_file, secret_bytes)
    file = _catalogue(settings)

    async def fire(due: Due) -> object:
        return await present.handlers.fire(due, kit.clock.now())

    connect = kit.connection("expiry")
    expiry = Expiry(kit.pool, connect, TimerRunner(connect, kit.clock, fire))
    kit.parts.close.push_async_callback(expiry.close)
    lists = (Invitations(kit.pool), Wishes(kit.pool))
    around = Around(kit.clock, committer, memory, key, expiry, Questions(kit.pool), *lists)
    present = Present(
        clock=kit.clock,
        around=around,
        handler=handler,
        tokens=from_file("LINK_KEYS_FILE", settings.link_keys_file, Tokens),
        door_codes=from_file("DOOR_KEY_FILE", settings.door_key_file, DoorCodes.read),
        sites={file.code: SiteInfo(**file.info)},
        texts=read_texts(settings.catalogue_file.with_name("service_texts.toml")),
        domain=settings.mail_from.rpartition("@")[2].rstrip(">"),
        public_url=settings.public_url.rstrip("/"),
        copies=copies.Copies(kit.pool),
        floor=FloorReads(kit.pool, handler.store, around),
    )
    return present


async def build(kit: Kit, roles: set[str]) -> None:
    """Add what the roles need."""
    present: Present = kit.extra["present"]
    if "project" in roles:
        add_projections(kit, present.execute, copies.GROUP)
    if "timers" in roles:
        add_timers(kit, present.fire)
    if "api" in roles:
        kit.parts.tasks["horizon"] = present.keep_ready
        kit.parts.ready["horizon"] = present.complete
        from services.booking.web import add_web

        add_web(kit, present)


async def seed(kit: Kit) -> None:
    """Set up the site of the configuration file, and plan its days. A second time does nothing."""
    present: Present = kit.extra["present"]
    file = _catalogue(kit.settings)
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
    await present.execute(ReviewProtection(site=file.code), _context(kit, f"{at.isoformat()}:review"))


def _context(kit: Kit, name: str) -> Context:
    command = uuid5(NAMESPACE, f"seed:{name}")
    return Context(command, kit.clock.now(), Actor("seed"), command)


WIRING = Wiring(SERVICE, ("api", "relay", "project", "timers"), build, seed, opened)
