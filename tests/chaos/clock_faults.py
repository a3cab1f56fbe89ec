"""F23: one process whose own clock is wrong, as a node's is without time from the network.

Promises: the process is a real one, and all that asks for the time of day is told wrongly, Python and its
libraries alike; the monotonic clock goes on as it does on such a node. The platform's clock of a run is a
file, so a run shows that nothing decides by the process's own time; that the platform's clock is the
database's is shown by ``tests/chaos/test_wrong_clock.py``.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from servicekit.testing.binaries import Missing, fake_clock
from tests.chaos.faults import Scene
from tests.way.program import Program

OFFSETS: Mapping[str, timedelta] = {
    "+1h": timedelta(hours=1),
    "-1h": timedelta(hours=-1),
    "+1d": timedelta(days=1),
    "-1d": timedelta(days=-1),
}
NEAR = timedelta(minutes=10)
"""Whoever says a time that is so near to the wrong one goes by the wrong clock."""
WITHIN = 20.0
"""Seconds until a process has said anything at all."""


def settings(file: Path) -> dict[str, str]:
    """What makes a process go by the offset in ``file``. Raises ``Missing`` where there is no library."""
    return {
        "LD_PRELOAD": str(fake_clock()),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


@contextmanager
def started_wrong(program: Program, offset: str) -> Iterator[None]:
    """Started with a wrong clock, which is set right at the end, while it runs."""
    file = program.log.with_suffix(".clock")
    file.write_text(f"{offset}\n")
    own = settings(file)
    program.env.update(own)
    program.start()
    try:
        yield
    finally:
        file.write_text("+0\n")
        for name in own:
            program.env.pop(name, None)  # of the next start


def says(program: Program, offset: str, since: int) -> bool:
    """Whether its log, from that length on, has a time of the wrong clock."""
    for line in program.told()[since:].splitlines():
        try:
            told = datetime.fromisoformat(json.loads(line)["timestamp"])
        except (ValueError, KeyError, TypeError):
            continue
        if abs(told - datetime.now(UTC) - OFFSETS[offset]) < NEAR:
            return True
    return False


async def wrong_clock(scene: Scene, random: Random) -> str:
    """F23: a process starts with a wrong clock, works with it for some seconds, and then has it set right."""
    program, offset = random.choice(scene.town.platform.programs), random.choice(list(OFFSETS))
    seconds, since = random.uniform(8, 15), len(program.told())
    scene.town.resting.add(program.name)
    try:
        program.running.kill()
        await asyncio.to_thread(program.running.wait)
        with started_wrong(program, offset):
            scene.town.resting.discard(program.name)
            begun, seen = time.monotonic(), False
            while time.monotonic() < begun + (seconds if seen else WITHIN):
                await asyncio.sleep(0.2)
                seen = seen or says(program, offset, since)
    except Missing:
        program.start()
        return ""
    finally:
        scene.town.resting.discard(program.name)
    return f"{program.service} {program.role}, {offset}" if seen else ""
