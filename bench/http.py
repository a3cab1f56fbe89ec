"""G9-G11: bookings and free slots over HTTP, one worker, 64 connections, against the smallest JSON answer.

Promises: ``api`` runs as in production, a process of its own; load comes from ``wrk``, where it is missing
these goals are "not run"; an answer that is no success counts for nothing.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from pathlib import Path

from bench import check
from bench.frame import Measure, Measured, Wrong
from bench.office import add_older, opened_office
from bench.servers import Servers
from devstack.environment import environment, service_named
from devstack.home import Home
from servicekit.testing.binaries import ROOT, Missing
from servicekit.testing.databases import Database
from servicekit.testing.process import free_port
from servicekit.web.problems import local

CONNECTIONS = 64
SCRIPT = Path(__file__).parent / "wrk.lua"
OVERVIEW = "/api/booking/v1/sites/flensburg/free-slots?service=id_card_apply"
STARTED = 300.0
_RUNS = count(1)


async def one_large_site(servers: Servers) -> Database:
    """The one site that pages and API know, with room for all that is booked."""
    size = servers.size

    async def fill(database: Database) -> None:
        async with opened_office(servers.folder, database.app_url, lent=servers.lent) as office:
            await office.set_up(1, (size.counters, min(5 * size.days, 90)))
            firsts = [local(first).isoformat() for first in office.places()[0]]
        (servers.folder / "firsts").write_text("\n".join(firsts) + "\n")
        await add_older(database, size.older, bare=False)

    return await servers.template("large", "booking", fill)


@asynccontextmanager
async def process(*words: str, ready: str, env: dict[str, str] | None = None) -> AsyncIterator[int]:
    """The number of a process of ours, once it answers at ``ready``; ended after the block."""
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, *words), cwd=ROOT, env=env, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + STARTED
        while not await asyncio.to_thread(_answers, ready):
            if started.returncode is not None or time.monotonic() > until:
                raise Wrong(f"{' '.join(words)} does not answer")
            await asyncio.sleep(0.1)
        yield started.pid
    finally:
        if started.returncode is None:
            started.terminate()
        await started.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


@asynccontextmanager
async def api(servers: Servers, database: Database) -> AsyncIterator[tuple[str, int]]:
    """Booking's role ``api``: its address, and its process's number."""
    port, probes = free_port(), free_port()
    home = Home(servers.folder)
    ports = dict.fromkeys(("booking", "documents", "notification", "reporting"), port)
    env = environment(
        home, service_named("booking"), database, "127.0.0.1:1", {**ports, "booking-metrics": probes}
    )
    env |= {"TRUSTED_PROXIES": "127.0.0.1", "LOG_LEVEL": "ERROR"}
    env |= {"APP_ENV": "test"} if servers.lent else {}
    async with process(
        "-m", "services.booking", "api", ready=f"http://127.0.0.1:{probes}/readyz", env=env
    ) as pid:
        yield f"http://127.0.0.1:{port}", pid


async def wrk(servers: Servers, url: str, *script: str, headers: Sequence[str] = ()) -> Measured:
    """Load for the point's time, after a second that is left out."""
    program = shutil.which("wrk")
    if program is None:
        raise Missing("no wrk: it is Debian's package of that name")
    said = ""
    for seconds in (servers.size.warm_up, servers.size.seconds):
        words = ["-t1", f"-c{servers.size.crowd(CONNECTIONS)}", f"-d{max(round(seconds), 1)}s", "--latency"]
        words += [word for header in headers for word in ("-H", header)]
        words += ["-s", str(SCRIPT), url, "--", *script, str(next(_RUNS))] if script else [url]
        started = await asyncio.create_subprocess_exec(
            program, *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        said = (await started.communicate())[0].decode()
        if started.returncode:
            raise Wrong(f"wrk: {said}")
    return _read(said)


def _read(said: str) -> Measured:
    """What wrk printed."""
    done = re.search(r"(\d+) requests in ([\d.]+)(m?s)", said)
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    late = re.search(r"99% +([\d.]+)(us|ms|s)", said)
    if done is None or late is None:
        raise Wrong(f"wrk: {said}")
    seconds = float(done[2]) * (0.001 if done[3] == "ms" else 1.0)
    good = int(done[1]) - (int(failed[1]) if failed else 0)
    unit = {"us": 0.001, "ms": 1.0, "s": 1000.0}[late[2]]
    return {
        "rate": good / seconds,
        "p99": float(late[1]) * unit,
        "good": good,
        "failed": int(failed[1]) if failed else 0,
    }


async def trivial(servers: Servers) -> Measured:
    """The smallest answer of the same server."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    async with process("-m", "bench.trivial", str(port), ready=url):
        return await wrk(servers, url)


async def book(servers: Servers) -> Measured:
    """Bookings; each answer is one stored booking."""
    async with servers.fresh(await one_large_site(servers)) as database:
        before = await check.head(database)
        async with api(servers, database) as (url, _pid):
            measured = await wrk(servers, url, "book", str(servers.folder / "firsts"))
        await check.at_least(database, before, int(measured["good"]))
    return measured


async def cached(servers: Servers) -> Measured:
    """The same question again and again: bytes that were made before."""
    async with (
        servers.fresh(await one_large_site(servers)) as database,
        api(servers, database) as (url, _pid),
    ):
        return _all_good(await wrk(servers, url + OVERVIEW))


async def unchanged(servers: Servers) -> Measured:
    """The same question with its ETag: 304."""
    async with (
        servers.fresh(await one_large_site(servers)) as database,
        api(servers, database) as (url, _pid),
    ):
        tag = await asyncio.to_thread(_tag, url + OVERVIEW)
        return _all_good(await wrk(servers, url + OVERVIEW, headers=[f"If-None-Match: {tag}"]))


def _tag(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own address
        return str(answer.headers["ETag"])


async def anew(servers: Servers, what: str) -> Measured:
    """Answers that are made for each question, as just after a change."""
    async with (
        servers.fresh(await one_large_site(servers)) as database,
        api(servers, database) as (url, _pid),
    ):
        return _all_good(await wrk(servers, url, what, str(servers.folder / "firsts")))


def _all_good(measured: Measured) -> Measured:
    if measured["failed"]:
        raise Wrong(f"{measured['failed']:.0f} answers were no success")
    return measured


MEASURES: dict[str, Measure] = {
    "trivial": trivial,
    "book": book,
    "cached": cached,
    "unchanged": unchanged,
    "day": partial(anew, what="day"),
    "overview": partial(anew, what="overview"),
}
