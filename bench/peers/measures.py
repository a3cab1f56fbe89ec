"""G16-G18: ours and `eventsourcing` in the same rounds, on the same server."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from datetime import datetime
from functools import partial
from importlib.util import find_spec
from itertools import count
from typing import Any
from uuid import UUID

import msgspec

from bench.frame import Measure, Measured, Wrong
from bench.project import project
from bench.reserve import uniform
from bench.servers import Servers
from bench.topic import log_template
from servicekit.own_log import read_log
from servicekit.postgres import connect
from servicekit.project import Reader, read_record
from servicekit.projection import LOG
from servicekit.testing.binaries import ROOT, Missing
from servicekit.testing.databases import dropped, provision

THREADS = 8
"""Its fastest number of writers."""
READ_PAGE = 5_000
_NUMBERS = count(1)


class Slot(msgspec.Struct, frozen=True):
    """SlotReserved, with the fields that their event has."""

    booking_id: UUID
    site: str
    counter: str
    starts_at: datetime
    ends_at: datetime
    items: list[dict[str, Any]]


class Opened(msgspec.Struct, frozen=True):
    """BookingOpened, likewise."""

    booking_id: UUID
    site: str
    starts_at: datetime
    ends_at: datetime
    items: list[dict[str, Any]]


async def typed_read(servers: Servers) -> Measured:
    """The whole log as typed events, page by page, as a read model of the own log reads it."""
    decode = Reader({"SlotReserved": Slot, "BookingOpened": Opened})
    async with servers.fresh(await log_template(servers)) as log:
        connection = await connect(log.app_url, application="read")
        begun, found, position = time.perf_counter(), 0, 0
        while page := await read_log(connection, "booking", position, READ_PAGE):
            found += sum(decode(read_record(LOG, one)) is not None for one in page)
            position = page[-1].offset
        seconds = time.perf_counter() - begun
        await connection.close()
    if found != servers.size.events:
        raise Wrong(f"{found} of {servers.size.events} events were read")
    return {"rate": found / seconds}


async def theirs(servers: Servers, what: str, share: int = 1) -> Measured:
    """The peer's process on a database of its own. ``share``: one in so many of our events."""
    if find_spec("eventsourcing") is None:
        raise Missing("no eventsourcing: `make bench` installs it")
    database = await provision(servers.server, "peer", f"peer_{next(_NUMBERS)}")
    size = servers.size
    order = {
        "what": what,
        "seconds": size.seconds if size.commands is None else 0.3,
        "warm_up": size.warm_up,
        "threads": size.crowd(THREADS),
        "count": max(size.events // share, 10),
    }
    password = database.owner_url.split(":")[2].split("@")[0]
    env = {
        **os.environ,
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": database.name,
        "POSTGRES_HOST": database.server.host,
        "POSTGRES_PORT": str(database.server.port),
        "POSTGRES_USER": database.owner,
        "POSTGRES_PASSWORD": password,
        "POSTGRES_POOL_SIZE": str(THREADS),
        "POSTGRES_ENABLE_DB_FUNCTIONS": "y",
    }
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.peers.eventsourcing_app", json.dumps(order)),
            cwd=ROOT,
            env=env,
            stdout=asyncio.subprocess.PIPE,
        )
        said = (await process.communicate())[0]
    finally:
        await dropped(database)
    if process.returncode:
        raise Wrong(f"eventsourcing ended with {process.returncode}")
    measured: dict[str, float] = json.loads(said)
    if measured["saved"] != measured["stored"]:
        raise Wrong(f"{measured['saved']:.0f} saved, {measured['stored']:.0f} stored")
    return measured


MEASURES: dict[str, Measure] = {
    "uniform32": partial(uniform, callers=32),
    "saves": partial(theirs, what="save"),
    "typed_read": typed_read,
    "their_read": partial(theirs, what="read", share=2),
    "project": project,
    "their_projection": partial(theirs, what="project", share=20),
}
