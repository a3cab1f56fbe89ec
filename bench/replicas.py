"""G7, G19: three replicas on one log, together, and with one killed."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path
from uuid import UUID

import msgspec

from bench import check
from bench.frame import STUCK, Measure, Measured, Wrong
from bench.office import template
from bench.replica import Order
from bench.servers import Servers
from servicekit.testing.binaries import ROOT
from servicekit.testing.databases import Database

CALLERS, REPLICAS = 64, 3
OPENED = 300.0
"""Seconds that a replica may take to open."""
_NUMBERS = count(1)


async def _start(
    servers: Servers, database: Database, shape: str, seed: int
) -> tuple[asyncio.subprocess.Process, Path]:
    size, told = servers.size, servers.folder / f"told-{next(_NUMBERS)}"
    order = Order(
        url=database.app_url,
        folder=str(servers.folder),
        told=str(told),
        shape=shape,
        callers=size.crowd(CALLERS),
        seconds=size.seconds,
        warm_up=size.warm_up,
        commands=size.commands,
        seed=seed,
        lent=servers.lent,
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.replica", msgspec.json.encode(order).decode()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    return process, told


async def together(servers: Servers, replicas: int, shape: str, *, kill: bool = False) -> Measured:
    """Open all, let them begin at once, kill the first in the middle if asked to, check the log."""
    async with servers.fresh(await template(servers)) as database:
        before = await check.head(database)
        started = [await _start(servers, database, shape, seed) for seed in range(replicas)]
        try:
            await asyncio.gather(*(_line(process, OPENED) for process, _told in started))
            for process, _told in started:
                _tell(process)
            if kill:
                await _told_something(started[0][1])
                started[0][0].send_signal(signal.SIGKILL)
            living = started[1:] if kill else started
            ended = OPENED + servers.size.seconds + servers.size.warm_up
            said = await asyncio.gather(*(_line(process, ended) for process, _told in living))
        finally:
            for process, _told in started:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        acknowledged = [booking for _process, told in started for booking in _read(told)]
        unheard = servers.size.crowd(CALLERS) if kill else 0
        await check.reservations(database, before, acknowledged, unheard)
    each = [msgspec.json.decode(line, type=dict[str, float]) for line in said]
    return {
        "rate": sum(one["rate"] for one in each),
        "accepted": sum(one["accepted"] for one in each),
        "least": min(one["rate"] for one in each),
        "p99": max(one.get("p99", 0.0) for one in each),
        "gap": max(one["gap"] for one in each),
        "stored": len(acknowledged),
        "violations": 0,
    }


async def _line(process: asyncio.subprocess.Process, seconds: float) -> bytes:
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    line = await asyncio.wait_for(process.stdout.readline(), seconds)
    if not line:
        raise Wrong("a replica ended too early")
    return line


def _tell(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    process.stdin.write(b"begin\n")


async def _told_something(told: Path) -> None:
    """Wait until the replica has acknowledged a few bookings."""
    until = time.monotonic() + STUCK
    while _size(told) < 16 * 20 and time.monotonic() < until:  # noqa: ASYNC110 - another process writes
        await asyncio.sleep(0.05)


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _read(file: Path) -> list[UUID]:
    """The bookings that a replica was told of; a killed one's last write is whole or not there."""
    data = file.read_bytes()
    return [UUID(bytes=data[at : at + 16]) for at in range(0, len(data) - 15, 16)]


MEASURES: dict[str, Measure] = {
    "replica1": partial(together, replicas=1, shape="uniform"),
    "replicas3": partial(together, replicas=REPLICAS, shape="uniform"),
    "replicas3_day": partial(together, replicas=REPLICAS, shape="day"),
    "killed": partial(together, replicas=REPLICAS, shape="day", kill=True),
}
