"""The platform's one clock: the database's time, carried on by the monotonic clock of this machine.

Promises: nodes with wrong clocks decide alike; the clock never goes back; before its first sample
it raises. With ``CLOCK_FILE`` (development and tests) the file's instant is the time.
Shown by ``tests/rules/test_clock.py``.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
MAX_ROUND_TRIP = 0.05
"""Seconds: a sample that took longer says too little about the present moment."""
JUMP = timedelta(seconds=60)
"""A database clock that moves by more than this between samples pauses the timers."""


def elapsed() -> float:
    """Seconds that never go back and count a suspended machine's sleep where the system can."""
    return time.clock_gettime(_BOOTTIME)


class Clock:
    """Database time at the last good sample, plus what has passed since."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._at: datetime | None = None
        self._then, self._sure = 0.0, False
        self._last = datetime.min.replace(tzinfo=UTC)
        self.jumped = False

    def sample(self, database_time: datetime, asked: float) -> None:
        """Take the time that the database gave to a question sent at ``asked`` (``elapsed()``).

        A first sample that was long under way counts until the next one, which then shows no jump: this
        process or the database may have stood still meanwhile.
        """
        now = elapsed()
        if now - asked > MAX_ROUND_TRIP and self._at is not None:
            return
        at = database_time.astimezone(UTC)
        if self._sure and abs(at - self._reckon(now)) > JUMP:
            self.jumped = True
        self._at, self._then, self._sure = at, now, now - asked <= MAX_ROUND_TRIP

    def now(self) -> datetime:
        """The present moment in UTC, never before the one given last."""
        if self._file is not None:
            return _told(self._file)
        self._last = max(self._last, self._reckon(elapsed()))
        return self._last

    def _reckon(self, now: float) -> datetime:
        if self._at is None:
            raise RuntimeError("the clock has not met the database yet")
        return self._at + timedelta(seconds=now - self._then)


def _told(file: Path) -> datetime:
    """The moment in a file. Asked for with every request, so with few calls of the system."""
    opened = os.open(file, os.O_RDONLY)
    try:
        return datetime.fromisoformat(os.read(opened, 64).decode().strip()).astimezone(UTC)
    finally:
        os.close(opened)
