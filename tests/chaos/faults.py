"""What goes wrong: one function per fault, which does it, heals it, and says what proves that it happened.

An empty answer means that it did not come about. A fault holds the server that it breaks for itself, so
that two do not undo each other.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import asyncpg

from servicekit.faults import KILLED
from servicekit.testing.postgres import ping
from tests.chaos.evidence import Place
from tests.chaos.sink import Sink
from tests.chaos.town import Town
from tests.way.program import Program

FIRES = 15.0
"""Seconds from the first sign of life until a fault point must have been passed."""
BACK = 60.0
"""Seconds within which whatever was started must be there."""
_BACKENDS = """
SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = $1
AND pid <> pg_backend_pid() ORDER BY pid"""


@dataclass
class Scene:
    """Where faults strike, and what they leave behind for the checks."""

    town: Town
    sink: Sink
    planted: set[tuple[Place, int]] = field(default_factory=set)
    lost_topics: set[str] = field(default_factory=set)
    alone: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))


Act = Callable[[Scene, Random], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault; ``breaks`` is the server that it needs for itself.

    ``always``: every run has it, since nobody is left without an answer otherwise.
    """

    name: str
    act: Act
    breaks: str = ""
    always: bool = False


# --- processes

POINTS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("booking", "api"): ("committer.round", "committer.stored", "committer.tail"),
    ("booking", "relay"): ("relay.before_send", "relay.after_send", "relay.after_checkpoint"),
    ("booking", "project"): ("feed.log", "feed.watch", "project.before_commit", "project.after_commit"),
    ("booking", "timers"): ("timers.claim",),
    ("documents", "api"): ("committer.round", "committer.stored"),
    ("documents", "relay"): ("relay.after_send",),
    ("documents", "project"): ("react.before_checkpoint", "feed.handle", "project.after_commit"),
    ("notification", "relay"): ("relay.after_send",),
    ("notification", "project"): ("react.before_checkpoint", "project.before_commit", "feed.handle"),
    ("notification", "mailer"): ("mailer.try", "mailer.delivered", "timers.claim", "committer.stored"),
    ("reporting", "project"): ("project.before_commit", "project.after_commit"),
}
"""Where a role passes often enough to die there in a run."""


async def kill(scene: Scene, random: Random) -> str:
    """F1: SIGKILL at any moment."""
    program = random.choice(scene.town.platform.programs)
    if program.running.poll() is not None:
        return ""
    program.running.kill()
    return f"{program.service} {program.role}"


async def die_at_point(scene: Scene, random: Random) -> str:
    """F1: started again, and dead at the nth passing of a named step."""
    return await _die(scene, random, *random.choice(list(_points(scene))))


async def die_while_asked(scene: Scene, random: Random) -> str:
    """F1: the process that answers people dies with their commands in its hands."""
    return await _die(scene, random, scene.town.program("booking", "api"), "committer.stored")


async def _die(scene: Scene, random: Random, program: Program, point: str) -> str:
    service, role, nth = program.service, program.role, random.randint(1, 4)
    scene.town.resting.add(program.name)
    try:
        program.running.kill()
        await asyncio.to_thread(program.running.wait)
        program.env["FAULT"] = f"{point}:{nth}"
        since = time.monotonic()
        program.start()
    finally:
        scene.town.resting.discard(program.name)
    until, lives = since + BACK, False
    while time.monotonic() < until:
        await asyncio.sleep(0.1)
        if not lives and (lives := bool((await asyncio.to_thread(program.probe, "/livez"))[0])):
            until = time.monotonic() + FIRES
        if any(at >= since and (s, r, c) == (service, role, KILLED) for at, s, r, c in scene.town.deaths):
            return f"{service} {role} at {point}:{nth}"
    return ""


def _points(scene: Scene) -> Iterator[tuple[Program, str]]:
    """Every process with every point that it passes."""
    for program in scene.town.platform.programs:
        for (service, role), points in POINTS.items():
            if service == program.service and program.role in (role, "all"):
                yield from ((program, point) for point in points)


async def freeze(scene: Scene, random: Random) -> str:
    """F14: a process stands still and does not know it."""
    program, seconds = random.choice(scene.town.platform.programs), random.uniform(4, 8)
    if program.running.poll() is not None:
        return ""
    os.kill(program.pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
        stood = _state(program) == "T"
    finally:
        if program.running.poll() is None:
            os.kill(program.pid, signal.SIGCONT)
    return f"{program.service} {program.role} for {seconds:.1f} s" if stood else ""


def _state(program: Program) -> str:
    try:
        return Path(f"/proc/{program.pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


# --- the database


async def kill_backend(scene: Scene, random: Random) -> str:
    """F2: SIGKILL for one backend, after which PostgreSQL drops all connections and recovers."""
    service = random.choice(list(scene.town.platform.databases))
    database = scene.town.platform.databases[service]
    connection: Any = await asyncpg.connect(database.admin_url)
    try:
        pids = [row[0] for row in await connection.fetch(_BACKENDS, database.name)]
    finally:
        connection.terminate()
    if not pids:
        return ""
    os.kill(random.choice(pids), signal.SIGKILL)
    await _answers(scene)
    return f"a backend of {service}, of {len(pids)}"


async def stop_database(scene: Scene, random: Random) -> str:
    """F3: an immediate stop, and a while without any database."""
    postgres, seconds = scene.town.postgres, random.uniform(1, 4)
    assert postgres.process is not None
    postgres.process.send_signal(signal.SIGQUIT)
    await asyncio.to_thread(postgres.process.wait)
    await asyncio.sleep(seconds)
    postgres.launch()
    await _answers(scene)
    return f"away for {seconds:.1f} s"


async def _answers(scene: Scene) -> None:
    async with asyncio.timeout(BACK):
        while not await ping(scene.town.postgres.server.url()):  # noqa: ASYNC110 - it cannot tell
            await asyncio.sleep(0.1)


# --- mail


def mail_fault(mode: str) -> Act:
    """F22: the mail server answers so for a while."""

    async def act(scene: Scene, random: Random) -> str:
        before = scene.sink.done[mode]
        scene.sink.mode = mode
        try:
            await asyncio.sleep(random.uniform(3, 6))
        finally:
            scene.sink.mode = ""
        met = scene.sink.done[mode] - before
        return f"{met} mails" if met else ""

    act.__doc__ = f"F22: {mode}."
    return act
