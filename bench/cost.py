"""What an event costs when the log is long: append, relay, rebuild, free slots, and the memory of ``api``.

Promises: one log that grows from step to step, filled with valid events; at each step every figure is taken
on the whole log; after the last one the log is checked. Takes long: it runs when it is asked for by name.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from bench import check
from bench.frame import Measure, Measured, Wrong, drive
from bench.http import api
from bench.office import BenchOffice, copy_into, opened_office, template
from bench.older import COLUMNS, rows
from bench.project import complete
from bench.reserve import anywhere
from bench.servers import Servers
from bench.topic import empty_reporting, records, relaying, sent
from buergerbuero_contracts.booking import Pool
from servicekit.kafka import Kafka
from servicekit.postgres import connect
from servicekit.rebuild import rebuild
from servicekit.testing.databases import Database
from services.booking.api.free_slots import FreeSlots, question
from services.booking.rules.calendar import local_date
from services.reporting.projections import FUNNEL

CALLERS, PART, ANSWERS = 64, 50_000, 50
OFFSET = 10_000_000
"""The first number of a reservation here: the office's own older ones have lower numbers."""
WIDE = 4
"""So many times the sites of other points: less than a tenth of the places is reserved at the four sizes.

Where places are scarce, each refusal first ends the holds of its day that are over, which no timers do here.
"""
SECONDS, WARM_UP = 1.0, 0.5
"""Of the appends: short, since ``api`` keeps what is reserved, and the log's length is what is asked for."""
FIGURES = ("append", "relay", "rebuild", "free", "memory")


async def cost(servers: Servers) -> Measured:
    """Each figure at each size, and how far it is from that of the first size: 1.1 is a tenth more."""
    bootstrap = await servers.broker()
    found: dict[str, float] = {}
    async with servers.fresh(await template(servers, WIDE)) as database:
        begin, bookings = await check.head(database), 0
        async with relaying(database, bootstrap):
            await sent(database, begin)
        for size in servers.size.sizes:
            bookings = await _grow(database, bookings, size // 2)
            at = await _at(servers, database, bootstrap)
            found |= {f"{name}_{size}": value for name, value in at.items()}
        await check.whole(database)
    first, *_others, last = servers.size.sizes
    spreads = {f"{name}_spread": found[f"{name}_{last}"] / found[f"{name}_{first}"] for name in FIGURES}
    return {**found, **spreads}


async def _grow(database: Database, have: int, want: int) -> int:
    """Add reservations long over, two events each, until there are ``want``."""
    head = await check.head(database)
    connection = await connect(database.app_url, application="fill")
    try:
        while have < want:
            count = min(PART, want - have) * 2
            made = [(head + nr, *row[1:]) for nr, row in enumerate(rows(count, after=2 * (OFFSET + have)), 1)]
            await copy_into(connection, "event", made, COLUMNS)
            head, have = head + count, have + count // 2
    finally:
        await connection.close()
    return have


async def _at(servers: Servers, database: Database, bootstrap: str) -> dict[str, float]:
    """All figures at the present size. Microseconds per event, milliseconds per answer, MiB."""
    await servers.maintain(database, "ANALYZE")
    await servers.maintain(database, "CHECKPOINT")
    figures: dict[str, float] = {}
    before = await check.head(database)
    async with opened_office(servers.folder, database.app_url, lent=servers.lent) as office:
        figures["free"] = free_slots(office)
        brief = replace(servers.size, seconds=SECONDS, warm_up=min(WARM_UP, servers.size.warm_up))
        measured, tally = await drive(anywhere(office), brief.crowd(CALLERS), brief)
        figures["append"] = 1e6 / (2 * measured["accepted"]) if measured["accepted"] else float("inf")
    await check.reservations(database, before, tally.accepted)
    head, had = await check.head(database), await records(bootstrap)
    begun = time.perf_counter()
    async with relaying(database, bootstrap):
        await sent(database, head)
        seconds = time.perf_counter() - begun
    have = await records(bootstrap)
    figures["relay"] = seconds * 1e6 / max(have - had, 1)
    async with servers.fresh(await empty_reporting(servers)) as reporting:
        begun = time.perf_counter()
        done = await rebuild(FUNNEL, reporting.owner_url, Kafka(bootstrap))
        figures["rebuild"] = (time.perf_counter() - begun) * 1e6 / done.records
        if done.records != have:
            raise Wrong(f"{done.records} of {have} records were read")
        await complete(reporting, await check.places(database))
    async with api(servers, database) as (_url, pid):
        figures["memory"] = resident(pid)
    return figures


def free_slots(office: BenchOffice) -> float:
    """Milliseconds for an overview and a day that were not asked for before."""
    slots = FreeSlots(office.present, "bench")
    today = local_date(office.present.clock.now())
    begun = time.perf_counter()
    for number in range(ANSWERS):
        asked = question("flensburg", ["id_card_apply"], 1, Pool.ONLINE, today, 1 + number)
        slots.overview(asked)
        slots.day(asked)
    return (time.perf_counter() - begun) * 1000 / ANSWERS


def resident(pid: int) -> float:
    """Memory of a process in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise Wrong(f"no process {pid}")


MEASURES: dict[str, Measure] = {"cost": cost}
