"""The office that is booked in the bench: 10 sites, 20 counters each, 16 days, eight hours a day.

Promises: set up, planned and booked by booking's own commands; every place is open from the start, of a
quarter of an hour, so that all fit; a number gives the same command's shape each time, a new command id.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

import asyncpg

from bench.older import COLUMNS, rows
from bench.servers import Servers
from buergerbuero_contracts.booking import BookingOpened
from buergerbuero_contracts.envelope import Item
from devstack.home import Home
from servicekit.log import Actor, Context
from servicekit.postgres import connect
from servicekit.service import running
from servicekit.settings import Settings
from servicekit.testing.binaries import ROOT
from servicekit.testing.databases import Database
from services.booking import config
from services.booking.commands import PlanHorizon, ReserveSlot
from services.booking.present import Present
from services.booking.rules.calendar import instant
from services.booking.rules.events import CounterSetup
from services.booking.rules.limits import Origin
from services.booking.rules.settings import ReleasePolicy
from services.booking.rules.site import Site
from services.booking.wiring import SERVICE, opened

OPENS, HOURS, PLACES = time(8), 8, 32
"""A day's first place, its hours, and its places at one counter."""
SKILLS = ("identity", "move", "certificates")
FILE = ROOT / "config" / "flensburg.toml"
SERVICE_CODE = "id_card_apply"
ITEMS = (Item(service=SERVICE_CODE),)
_BARE = """
CREATE TABLE bare_event (LIKE event INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES);
ALTER TABLE bare_event ALTER position ADD GENERATED ALWAYS AS IDENTITY;
GRANT SELECT, INSERT ON bare_event TO booking_app"""


def site_name(number: int) -> str:
    """The code of a site; the first one is the one that booking's pages know."""
    return f"site_{number}" if number else "flensburg"


def site_file(number: int, size_of_office: tuple[int, int]) -> config.SiteConfig:
    """A site like Flensburg's, but larger, open every day, and released at once."""
    counters, days = size_of_office
    file, code = config.read(FILE.read_text("utf-8")), site_name(number)
    codes = [f"counter_{nr}" for nr in range(counters)]
    hours = {
        "row": "all_day",
        "weekdays": [1, 2, 3, 4, 5, 6, 7],
        "from": OPENS,
        "until": time(OPENS.hour + HOURS),
        "counters": codes,
        "pool": "online",
    }
    return replace(
        file,
        code=code,
        info={**file.info, "code": code},
        settings=file.settings.model_copy(update={"horizon_days": days, "useful_gap": 0}),
        policy=ReleasePolicy(same_day_share=0, random_share=0),
        counters=tuple(CounterSetup(counter=one, skills=SKILLS, hygiene_buffer=0) for one in codes),
        hours=(hours,),
        services=tuple(
            replace(service, site=code) for service in file.services if service.code == SERVICE_CODE
        ),
    )


def settings(folder: Path, url: str, *, lent: bool) -> Settings:
    """A role's settings on a database of the bench; a ``lent`` server may be forgetful."""
    home = Home(folder)
    values = {
        "app_env": "test" if lent else "dev",
        "database_url": url,
        "link_keys_file": home.link_keys(),
        "door_key_file": home.door_key(),
        "hash_key_file": home.hash_key(),
        "catalogue_file": FILE,
    }
    return Settings.model_validate(values)


def context(present: Present, kind: str = "citizen") -> Context:
    """A new command."""
    command_id = uuid4()
    return Context(command_id, present.clock.now(), Actor(kind), command_id)


async def template(servers: Servers, wide: int = 1) -> Database:
    """The database that points begin with: sites, planned days, older events, and ``bare_event``.

    ``wide``: with so many times the sites.
    """

    async def fill(database: Database) -> None:
        await servers.maintain(database, _BARE)
        async with opened_office(servers.folder, database.app_url, lent=servers.lent) as office:
            await office.set_up(wide * servers.size.sites, (servers.size.counters, servers.size.days))
        await add_older(database, servers.size.older)

    return await servers.template(f"office_{wide}", "booking", fill)


async def add_older(database: Database, older: int, *, bare: bool = True) -> None:
    """Events of bookings long over, in both tables or in the log alone."""
    connection = await connect(database.app_url, application="fill")
    try:
        head = await connection.fetchval("SELECT coalesce(max(position), 0) FROM event")
        made = list(rows(older))
        await copy_into(connection, "event", [(head + row[0], *row[1:]) for row in made], COLUMNS)
        if bare:
            await copy_into(connection, "bare_event", [row[1:] for row in made], COLUMNS[1:])
    finally:
        await connection.close()


async def copy_into(
    connection: asyncpg.Connection, table: str, made: list[tuple[object, ...]], columns: tuple[str, ...]
) -> None:
    """COPY in one transaction."""
    await connection.copy_records_to_table(table, records=made, columns=columns)


@dataclass
class BenchOffice:
    """One process's booking, without HTTP, and the commands that it is asked for."""

    present: Present
    rng: Random

    async def set_up(self, sites: int, size_of_office: tuple[int, int]) -> None:
        """Set up and plan each site."""
        for number in range(sites):
            file = site_file(number, size_of_office)
            at = self.present.clock.now()
            position = 0
            for command in config.seed(file, Site(), at):
                outcome = await self.present.execute(command, context(self.present, "seed"))
                position = max(position, outcome.position)
            await self.present.caught_up(position)
            await self.present.execute(PlanHorizon(site=file.code), context(self.present, "seed"))

    def places(self) -> list[list[datetime]]:
        """By site: the first place of each day that can be booked and has hours."""
        table = []
        for number in range(len(self.present.around.sites())):
            plans = self.present.plans(site_name(number))
            first = [instant(day, OPENS) for day, plan in plans.items() if plan.frame_blocks]
            table.append(first[1:-1])  # the last day opens at 7:30 today
        return table

    async def reserve(self, site: int, starts_at: datetime, origin: Origin | None = None) -> UUID:
        """Hold a place as somebody at home does; the booking's id. Raises ``Refused`` or ``Busy``."""
        asked = context(self.present)
        device = origin or Origin(asked.command_id.hex, asked.command_id.hex[::-1])
        command = ReserveSlot(site=site_name(site), starts_at=starts_at, items=ITEMS, origin=device)
        outcome = await self.present.execute(command, asked)
        booking: UUID = outcome.of(BookingOpened).booking_id
        return booking


def quarter(first: datetime, number: int) -> datetime:
    """The beginning of a day's place."""
    return first + timedelta(minutes=15 * number)


@asynccontextmanager
async def opened_office(
    folder: Path, url: str, *, lent: bool = False, seed: int = 1
) -> AsyncIterator[BenchOffice]:
    """Booking in this process on a database, all days in memory."""
    kit = await opened(SERVICE, settings(folder, url, lent=lent))
    async with running(kit):
        present: Present = kit.extra.get("present")  # type: ignore[assignment]
        await present.make_ready()
        yield BenchOffice(present, Random(seed))  # noqa: S311 - a shape of load, no secret
