"""When the mail server cannot be reached, one message tries and the others wait.

Promises: after a failed connection nothing is tried until ``away_until``; then exactly one message may
(``may_try``), and its result opens or closes the breaker for all; a probe that never reports counts for
no longer than a claim. Knows no clock: the caller gives the time.
Shown by ``tests/rules/notification/test_breaker.py``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

PAUSES = (10, 30, 60)
"""Seconds until the next probe after the first, second … failure in a row; the last one repeats."""
PROBE = timedelta(seconds=120)


class Breaker:
    """One per process. Closed at first."""

    def __init__(self) -> None:
        self._failures = 0
        self._until: datetime | None = None

    def away_until(self, at: datetime) -> datetime | None:
        """When the next try may begin; None if one may now."""
        return self._until if self._until is not None and at < self._until else None

    def may_try(self, at: datetime) -> bool:
        """Whether a message may try now. While the server is away, the one that may is the probe."""
        if self.away_until(at):
            return False
        if self._until is not None:
            self._until = at + PROBE
        return True

    def failed(self, at: datetime) -> None:
        """No dialogue came about."""
        self._failures += 1
        self._until = at + timedelta(seconds=PAUSES[min(self._failures, len(PAUSES)) - 1])

    def reached(self) -> None:
        """The server answered, whatever it said."""
        self._failures, self._until = 0, None
