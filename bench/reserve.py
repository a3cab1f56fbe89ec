"""G1-G6, G8, G20: reservations of an office with 10 sites, in one process, against single inserts.

Promises: ours is the whole command as the API hands it over: catalogue, place rule, limits per device and
network, timer, two events, idempotent, gapless; the answer is the stored booking.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

from bench import check
from bench.frame import Call, Measure, Measured, Tally, at_once, drive
from bench.limits import asyncpg_inserts, copy, pgbench_inserts
from bench.office import PLACES, BenchOffice, opened_office, quarter, template
from bench.servers import Servers

DAY, HOUR = 3_000, 6_000
"""Commands for one day, and for one hour, before the next one's turn."""
Drive = Callable[[Call], Awaitable[tuple[Measured, Tally]]]


async def _reserved(servers: Servers, callers: int, shape: Callable[[BenchOffice], Call]) -> Measured:
    """One point: drive, then check the log."""
    crowd = servers.size.crowd(callers)

    async def driven(call: Call) -> tuple[Measured, Tally]:
        return await drive(call, crowd, servers.size)

    return await _checked(servers, shape, driven)


async def _checked(servers: Servers, shape: Callable[[BenchOffice], Call], run: Drive) -> Measured:
    async with servers.fresh(await template(servers)) as database:
        before = await check.head(database)
        async with opened_office(servers.folder, database.app_url, lent=servers.lent) as office:
            measured, tally = await run(shape(office))
        await check.reservations(database, before, tally.accepted)
    return {**measured, "events": 2 * measured["accepted"], "stored": len(tally.accepted)}


def anywhere(office: BenchOffice) -> Call:
    """Any place of any day: all fit."""
    table, rng = office.places(), office.rng

    def reserve(_number: int) -> Awaitable[UUID]:
        site = rng.randrange(len(table))
        return office.reserve(site, quarter(rng.choice(table[site]), rng.randrange(PLACES)))

    return reserve


def one_day_after_the_other(office: BenchOffice, commands: int = DAY) -> Call:
    """``commands`` for the places of one day, then the next day."""
    days = [(site, first) for site, firsts in enumerate(office.places()) for first in firsts]

    def reserve(number: int) -> Awaitable[UUID]:
        site, first = days[number // commands % len(days)]
        return office.reserve(site, quarter(first, office.rng.randrange(PLACES)))

    return reserve


def one_hour_after_the_other(office: BenchOffice) -> Call:
    """So many for the four starts of one hour that nearly all are refused."""
    hours = [
        (site, quarter(first, at))
        for site, firsts in enumerate(office.places())
        for first in firsts
        for at in range(0, PLACES, 4)
    ]

    def reserve(number: int) -> Awaitable[UUID]:
        site, hour = hours[number // HOUR % len(hours)]
        return office.reserve(site, quarter(hour, number % 4))

    return reserve


async def uniform(servers: Servers, callers: int) -> Measured:
    """Reservations that all fit."""
    return await _reserved(servers, callers, anywhere)


async def hot_day(servers: Servers, callers: int) -> Measured:
    """Decisions on one day at a time."""
    return await _reserved(servers, callers, one_day_after_the_other)


async def sold_out_hour(servers: Servers, callers: int) -> Measured:
    """Decisions on an hour that is nearly always sold out."""
    return await _reserved(servers, callers, one_hour_after_the_other)


async def burst(servers: Servers) -> Measured:
    """All at once for one day."""
    shape = partial(one_day_after_the_other, commands=servers.size.many)
    return await _checked(servers, shape, lambda call: at_once(call, servers.size.many))


MEASURES: dict[str, Measure] = {
    "asyncpg64": partial(asyncpg_inserts, callers=64),
    "pgbench32": partial(pgbench_inserts, callers=32),
    "uniform64": partial(uniform, callers=64),
    "uniform32": partial(uniform, callers=32),
    "day64": partial(hot_day, callers=64),
    "hour64": partial(sold_out_hour, callers=64),
    "burst": burst,
    "uniform1024": partial(uniform, callers=1024),
    "copy": copy,
}
