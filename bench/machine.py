"""The machine: who uses its processors, how long a flush takes, what runs on it.

Promises: the foreign share is the busy time of all cores plus steal, less what this process, its servers
and its load took. Linux only: elsewhere the shares are unknown and nothing is judged.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from servicekit.testing.binaries import ROOT

_TICKS = os.sysconf("SC_CLK_TCK")
_PACKAGES = ("asyncpg", "aiokafka", "faststream", "litestar", "granian", "uvloop", "msgspec", "pydantic")
_PEERS = ("eventsourcing", "psycopg")


@dataclass(frozen=True, slots=True)
class Moment:
    """Processor seconds used so far by all, and by us."""

    wall: float
    busy: float
    own: float


def moment() -> Moment | None:
    """The present counts; None where there is no ``/proc``."""
    try:
        fields = [int(one) for one in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    except OSError:
        return None
    user, nice, system, _idle, _wait, irq, soft, steal = fields
    return Moment(time.monotonic(), (user + nice + system + irq + soft + steal) / _TICKS, _own())


def foreign_share(since: Moment | None, until: Moment | None) -> float | None:
    """Which part of all processors others used between two moments."""
    if since is None or until is None or until.wall <= since.wall:
        return None
    others = (until.busy - since.busy) - (until.own - since.own)
    return max(others / ((until.wall - since.wall) * (os.cpu_count() or 1)), 0.0)


def _own() -> float:
    """Of this process and everything below it, also of what has ended and was waited for."""
    children: dict[int, list[int]] = {}
    used: dict[int, float] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has just ended
            children.setdefault(int(fields[1]), []).append(int(folder.name))
            used[int(folder.name)] = sum(map(int, fields[11:15])) / _TICKS
    total, waiting = 0.0, [os.getpid()]
    while waiting:
        pid = waiting.pop()
        total += used.get(pid, 0.0)
        waiting += children.get(pid, [])
    return total


def flush_seconds(folder: Path, times: int = 200) -> float:
    """Median time of one ``fdatasync`` of 8 kB, as PostgreSQL does at each commit."""
    took, block = [], os.urandom(8192)
    path = folder / "flush"
    with path.open("wb", buffering=0) as file:
        file.write(block * 64)
        for number in range(times):
            begun = time.perf_counter()
            os.pwrite(file.fileno(), block, number % 64 * 8192)
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - begun)
    path.unlink()
    return sorted(took)[len(took) // 2]


def _model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )


def card(folder: Path) -> dict[str, object]:
    """What a reader must know of the machine to read the figures."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": _model(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": sys.version.split()[0],
        "flush_ms": round(flush_seconds(folder) * 1000, 3),
        "versions": {name: _version(name) for name in (*_PACKAGES, *_PEERS)},
        "commit": _git("rev-parse", "--short", "HEAD"),
        "clean": not _git("status", "--porcelain"),
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except ImportError:
        return "missing"


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603, S607
    return done.stdout.strip()
