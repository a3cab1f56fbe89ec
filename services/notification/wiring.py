"""Notification put together: with ``web.py`` the only file that knows pools, brokers, settings."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog

from servicekit.assembly import add_projections, add_timers
from servicekit.cli import Wiring
from servicekit.postgres import SETBACKS
from servicekit.service import Kit, Service, need, open_kit
from servicekit.settings import Settings, SettingsError, from_file, secret_bytes
from services.notification import metrics
from services.notification.bounce_reader import BounceReader
from services.notification.bounces import Bounces
from services.notification.copies import Copies
from services.notification.handlers import Handlers
from services.notification.imap import Mailbox
from services.notification.looks import Looks
from services.notification.mail import require_safe_headers
from services.notification.mailer import Mailer
from services.notification.names import OfficeNames
from services.notification.parts import Parts, writer_of
from services.notification.projections.booking_state import BOOKING_STATE
from services.notification.projections.holders import HOLDERS
from services.notification.projections.invitations import INVITATIONS
from services.notification.projections.items import ITEMS
from services.notification.projections.lockers import LOCKERS
from services.notification.projections.pickup_days import PICKUP_DAYS
from services.notification.projections.undelivered import UNDELIVERED
from services.notification.projections.wishes import WISHES
from services.notification.publish import PUBLISH
from services.notification.rate import Rate
from services.notification.reactions import BOOKING, DOCUMENTS
from services.notification.reminders import Reminders
from services.notification.rules.events import PRIVATE
from services.notification.rules.message import MESSAGE
from services.notification.rules.reminders import REMIND
from services.notification.smtp import Smtp
from services.notification.sources import Sources
from services.notification.timers import SEND, by_kind, timers
from services.notification.weekly import WeeklyMail

log = structlog.get_logger()
SERVICE = Service(
    "notification",
    private=PRIVATE,
    deciders={MESSAGE.category: MESSAGE},
    timers=timers,
    count=metrics.count,
    publish=PUBLISH,
    projections=(BOOKING_STATE, HOLDERS, INVITATIONS, ITEMS, LOCKERS, PICKUP_DAYS, UNDELIVERED, WISHES),
    reactions=(BOOKING, DOCUMENTS),
)
PEOPLE_GROUP = "notification.people.v1"
DIALOGUE_SECONDS = 45.0
"""What a running SMTP dialogue gets at a stop: it ends, or is recorded as in doubt."""


async def opened(service: Service, settings: Settings) -> Kit:
    """The kit, with the way for commands."""
    kit = await open_kit(service, settings)
    sources = Sources(kit.pool)
    key = from_file("HASH_KEY_FILE", settings.hash_key_file, secret_bytes)
    handlers = Handlers(need(kit.handler), sources.bookings.language)
    names = from_file("CATALOGUE_FILE", settings.catalogue_file, OfficeNames.read)
    copies = Copies(kit.pool, key, names.subscribers)
    kit.extra["parts"] = Parts(handlers, sources, copies, key)
    return kit


async def build(kit: Kit, roles: set[str]) -> None:
    """Add what the roles need."""
    parts: Parts = kit.extra["parts"]
    if "project" in roles:
        add_projections(kit, parts.handlers.execute, PEOPLE_GROUP)
    if "mailer" in roles:
        _mailer(kit, parts)
    if "api" in roles:
        from services.notification.web import add_web

        add_web(kit, parts)


def _mailer(kit: Kit, parts: Parts) -> None:
    """The role ``mailer``: its work queue is the table of timers."""
    require_safe_headers()
    settings, writer = kit.settings, writer_of(kit, parts)
    try:
        transport = Smtp(settings.smtp_url)
    except ValueError as error:
        raise SettingsError(str(error)) from None
    rate = Rate(settings.mail_domain_per_minute)
    mailer = Mailer(
        parts.handlers, parts.copies, parts.sources, writer, transport, writer.sender, kit.clock, rate
    )
    looks = Looks(parts.handlers, parts.copies, parts.sources)
    reminders = Reminders(parts.handlers, looks, kit.clock)
    add_timers(kit, by_kind({SEND: mailer.fire, REMIND: reminders.fire}))
    fire = kit.parts.tasks.pop("timers")

    async def run(stop: asyncio.Event) -> None:
        await fire(stop)
        await mailer.drain(DIALOGUE_SECONDS)

    kit.parts.tasks["mailer"] = run
    _bounces(kit, parts)
    kit.parts.tasks["weekly"] = WeeklyMail(parts.handlers, parts.copies.subscribers, kit.clock).run
    kit.parts.tasks["forgetting"] = lambda stop: _forget(kit, parts.copies, stop)


def _bounces(kit: Kit, parts: Parts) -> None:
    """Reports of what did not arrive, if there is a mailbox for them."""
    if kit.settings.bounce_imap_url is None:
        return
    try:
        mailbox = Mailbox(kit.settings.bounce_imap_url)
    except ValueError as error:
        raise SettingsError(str(error)) from None
    reader = BounceReader(mailbox, Bounces(parts.handlers, parts.copies, kit.clock))
    kit.parts.tasks["bounces"] = reader.run


async def _forget(kit: Kit, copies: Copies, stop: asyncio.Event) -> None:
    """Drop suppressed addresses whose 90 days are over, at the start and every hour."""
    while not stop.is_set():
        try:
            await copies.forget(kit.clock.now())
        except SETBACKS as error:
            log.warning("forgetting_postponed", error=type(error).__name__)
        with suppress(TimeoutError):
            async with asyncio.timeout(3600):
                await stop.wait()


WIRING = Wiring(SERVICE, ("api", "relay", "project", "mailer"), build, open=opened)
