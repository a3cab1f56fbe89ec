"""Power cuts: acknowledged means on the disk; a control that answers sooner loses some.

A killed process says nothing about this, for its writes live on in the page cache. So the data folder is on a
file system in an image file: at some moment under load all server processes are stopped, the image is copied
as the disk has it, and the database recovers from the copy.

Promises: mounts are in a namespace of this process and end with it, also if it is killed; each cut goes on
with what the one before left; commands are appended by the kit's own committer, many at a time.
Needs Linux, root and ext4; what is missing is named. Shown by its own control: ``make powercuts``.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from uuid import uuid4

import asyncpg

from servicekit.decider import Refused
from servicekit.log import Busy, Stream
from servicekit.postgres import UNREACHABLE
from servicekit.testing.databases import Database, prepared
from servicekit.testing.postgres import OwnServer
from servicekit.testing.process import alive, wait_until
from tests.log.desk import Desk, open_desk

SIZE = 192 * 1024 * 1024
"""Bytes of the image."""
QUICK = next((one for one in ("/dev/shm",) if os.access(one, os.W_OK)), None)  # noqa: S108
"""Where the image is: what is in it counts as on the disk, wherever it is; memory is quicker to copy."""
CALLERS = 32
TOOLS = ("mkfs.ext4", "mount", "umount", "findmnt", "sync", "unshare")
MINE = "CHAOS_MOUNTS_ARE_MINE"
KINDS: Mapping[str, Mapping[str, str]] = {"durable": {}, "control": {"synchronous_commit": "off"}}
"""Settings of the server; the control shows that a cut is one."""
OUTPUT = Path("build/chaos/power-cuts.json")
_STORED = "SELECT stream_id::text, (data ->> 'note')::int FROM event WHERE type = 'TicketMarked'"
_WHOLE = "SELECT count(*) = coalesce(max(position), 0) FROM event"

Written = set[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Cut:
    """One power cut: what had been acknowledged since the one before, and what of it is gone."""

    number: int
    after_seconds: float
    acknowledged: int
    lost: int
    whole: bool


def lacking() -> str:
    """What this machine lacks for a power cut; empty if nothing."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "Linux and root are needed to mount an image"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    return f"{', '.join(missing)} missing" if missing else ""


@contextmanager
def mounted(image: Path, at: Path) -> Iterator[Path]:
    """The image's file system, on a loop device that goes with the mount."""
    _run("mount", "-o", "loop", str(image), str(at))
    try:
        yield at
    finally:
        wait_until(lambda: _quietly("umount", str(at)), 30, f"{at} is still in use", pause=0.1)


def _run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def _quietly(*words: str) -> bool:
    return subprocess.run(words, check=False, capture_output=True).returncode == 0


def family(pid: int) -> list[int]:
    """A server process and its children, which are in sessions of their own."""
    found = [pid]
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                    found.append(int(entry.name))
    return found


def snapshot(server: OwnServer, at: Path, image: Path, copy: Path) -> None:
    """The power fails: everybody stops, the disk's contents are kept, everybody is gone."""
    assert server.process is not None
    pid = server.process.pid
    os.kill(pid, signal.SIGSTOP)
    for one in family(pid)[1:]:
        os.kill(one, signal.SIGSTOP)
    device = Path("/sys/block") / Path(_run("findmnt", "-no", "SOURCE", str(at))).name / "stat"
    while True:
        written = device.read_text().split()[4:7]
        _run("cp", "--sparse=always", str(image), str(copy))
        if device.read_text().split()[4:7] == written:
            break
    everybody = family(pid)
    for one in everybody:
        os.kill(one, signal.SIGKILL)
    server.process.wait()
    wait_until(lambda: not any(map(alive, everybody)), 30, "the server's processes are still there")


async def write(database: Database, seconds: float, cut: Callable[[], None], note: int) -> Written:
    """Append until the power fails; what was acknowledged."""
    acknowledged = Written()

    async def caller(desk: Desk) -> None:
        number = note
        while True:
            number += 1
            ticket = Stream("ticket", uuid4())
            with suppress(Busy, Refused, asyncpg.PostgresError, *UNREACHABLE):
                await desk.mark(ticket, number)
                acknowledged.add((str(ticket.id), number))

    async with open_desk(database.app_url) as desk:
        callers = [asyncio.create_task(caller(desk)) for _ in range(CALLERS)]
        await asyncio.sleep(seconds)
        await asyncio.to_thread(cut)
        for one in callers:
            one.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
        desk.pool.terminate()
    return acknowledged


async def kept(database: Database) -> tuple[Written, bool]:
    """What the log holds, and whether it is whole."""
    connection = await asyncpg.connect(database.admin_url)
    try:
        rows = await connection.fetch(_STORED)
        return {(row[0], row[1]) for row in rows}, bool(await connection.fetchval(_WHOLE))
    finally:
        await connection.close()


def cuts(folder: Path, many: int, settings: Mapping[str, str]) -> Iterator[Cut]:
    """So many power cuts on one database, one after another."""
    image, copy, at = folder / "disk", folder / "copy", folder / "mount"
    at.mkdir()
    image.touch()
    os.truncate(image, SIZE)
    _run("mkfs.ext4", "-q", "-F", str(image))
    random, password = Random(many), secrets.token_hex(16)  # noqa: S311 - moments, no secret
    before, seconds = Written(), 0.0
    for number in range(many + 1):
        with mounted(image, at):
            server = OwnServer(at / "postgres", password, settings)
            try:
                server.start()
                database = asyncio.run(prepared(server.server, "shelf"))
                if not number:
                    _run("sync", "-f", str(at))  # initdb itself does not wait for the disk
                stored, whole = asyncio.run(kept(database))
                if number:
                    yield Cut(number, seconds, len(before), len(before - stored), whole)
                if number == many:
                    return
                seconds = random.uniform(0.3, 1.5)

                def power(server: OwnServer = server) -> None:
                    snapshot(server, at, image, copy)

                before = asyncio.run(write(database, seconds, power, number * 1_000_000))
            finally:
                server.stop()
        copy.replace(image)


def in_own_mounts(module: str, arguments: Sequence[str]) -> None:
    """Be in a mount namespace of one's own, if need be by starting anew."""
    if MINE not in os.environ:
        words = ["unshare", "--mount", "--propagation", "private", sys.executable, "-m", module]
        os.execvpe("unshare", [*words, *arguments], {**os.environ, MINE: "1"})  # noqa: S606


def write_down(told: Mapping[str, Sequence[Cut]]) -> Path:
    """Leave what each cut did."""
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    rows = {name: [asdict(one) for one in cuts] for name, cuts in told.items()}
    OUTPUT.write_text(json.dumps(rows, indent=1))
    return OUTPUT
