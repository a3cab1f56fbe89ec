"""G12: from a command to its row in a read model of another service, at a steady 500 a second."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from bench import check
from bench.frame import STUCK, Measure, Measured, Wrong, settle
from bench.office import BenchOffice, opened_office, template
from bench.project import Watched, projecting
from bench.reserve import anywhere
from bench.servers import Servers
from bench.topic import POLL, empty_reporting, relaying, sent
from servicekit.decider import Refused

PER_SECOND = 500


async def visible(servers: Servers) -> Measured:
    """Office, relay and projector in one process, as role ``all`` runs them."""
    bootstrap = await servers.broker()
    async with (
        servers.fresh(await template(servers)) as database,
        servers.fresh(await empty_reporting(servers)) as reporting,
        relaying(database, bootstrap),
        opened_office(servers.folder, database.app_url, lent=servers.lent) as office,
    ):
        before = await check.head(database)
        await sent(database, before)
        async with projecting(reporting, bootstrap) as watched:
            await _caught_up(watched)
            watched.note = True
            begun = await _steadily(office, servers)
            await _all_seen(watched, begun)
        await check.reservations(database, before, begun)
    left_out = min(begun.values()) + servers.size.warm_up
    took = sorted(watched.committed[str(one)] - at for one, at in begun.items() if at >= left_out)
    return {
        "rate": float(PER_SECOND),
        "p50": took[len(took) // 2] * 1000,
        "p99": took[min(len(took) * 99 // 100, len(took) - 1)] * 1000,
        "count": len(took),
    }


async def _caught_up(watched: Watched) -> None:
    """Until the older events have gone through and nothing more comes for a second."""
    seen, since = -1, time.perf_counter()
    while time.perf_counter() - since < 1.0:
        if watched.records != seen:
            seen, since = watched.records, time.perf_counter()
        await asyncio.sleep(POLL)


async def _steadily(office: BenchOffice, servers: Servers) -> dict[object, float]:
    """``PER_SECOND`` commands each second, whoever still waits; when each began, by its booking."""
    call, begun = anywhere(office), dict[object, float]()
    count = servers.size.commands or int(PER_SECOND * (servers.size.seconds + servers.size.warm_up))

    async def one(number: int) -> None:
        at = time.perf_counter()
        with suppress(Refused):  # by chance the place was full
            begun[await call(number)] = at

    settle()
    first, tasks = time.perf_counter(), list[asyncio.Task[None]]()
    for number in range(count):
        await asyncio.sleep(max(first + number / PER_SECOND - time.perf_counter(), 0))
        tasks.append(asyncio.ensure_future(one(number)))
    await asyncio.gather(*tasks)
    return begun


async def _all_seen(watched: Watched, begun: dict[object, float]) -> None:
    """Until every booking has reached the read model."""
    until = time.perf_counter() + 3 * STUCK
    while not all(str(one) in watched.committed for one in begun):
        if time.perf_counter() > until:
            raise Wrong(f"{len(watched.committed)} of {len(begun)} bookings were seen")
        await asyncio.sleep(POLL)


MEASURES: dict[str, Measure] = {"visible": visible}
