"""Closes weeks: version 1 when late events no longer change a week, a further one for each correction.

Promises: nothing is closed while a read model is still catching up; the newest weeks are looked at each
time, older ones in turn, so a correction anywhere within two years is found within two hours.
Shown by ``tests/way/test_week_versions.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import structlog

from servicekit.postgres import SETBACKS
from servicekit.read_model import NoGeneration

from .gather import Read
from .history import History, read_weeks
from .versions import Seal, Version, next_version
from .weeks import Week, newest_closed

log = structlog.get_logger()
PAUSE = 600.0
"""Seconds between two looks."""
TROUBLE = (*SETBACKS, NoGeneration, ValueError)
"""What the next look may find mended: database, schema, key ring. It is told in the log each time."""
SLICE = 13
SLICES = 8
"""So many weeks at a time, so many times: two years."""


async def close_weeks(
    read: Read, history: History, seal: Seal, weeks: Sequence[Week], now: datetime
) -> list[Version]:
    """Give each closed week of ``weeks`` the version that it lacks; those that were made."""
    closed = [week for week in weeks if week <= newest_closed(now)]
    figures, positions = await read_weeks(read, closed, now)
    last = await history.last(closed)
    made = []
    for week, told in figures.items():
        body = next_version(week, last.get(week), positions, told, now)
        if body is not None:
            version = seal.sign(body)
            if await history.add(version):
                made.append(version)
    return made


def slices(now: datetime, turn: int) -> list[list[Week]]:
    """The weeks to look at: the newest closed ones, and at each turn an older part."""
    newest = newest_closed(now)
    parts = (0, 1 + turn % (SLICES - 1))
    return [[newest.plus(-SLICE * part - n) for n in range(SLICE)] for part in parts]


class Closing:
    """The loop of the role ``project``. ``ready`` says whether the read models have caught up."""

    def __init__(
        self,
        read: Read,
        history: History,
        seal: Seal,
        now: Callable[[], datetime],
        ready: Callable[[], Awaitable[bool]],
    ) -> None:
        self._read, self._history, self._seal, self._now, self._ready = read, history, seal, now, ready

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        turn = 0
        while True:
            try:
                if await self._ready():
                    await self._look(turn)
                    turn += 1
                    await asyncio.sleep(PAUSE)
                    continue
            except TROUBLE as error:
                log.warning("weeks_not_closed", error=type(error).__name__)
            await asyncio.sleep(5)

    async def _look(self, turn: int) -> None:
        now = self._now()
        for weeks in slices(now, turn):
            for version in await close_weeks(self._read, self._history, self._seal, weeks, now):
                log.info("week_version_made", reference=version.week, version=version.number)
