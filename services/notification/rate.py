"""How many mails go to one recipient domain: a bucket of tokens per domain, in each mailer process.

Promises: a domain gets at most ``BURST`` mails at once and ``a_minute`` in the long run, since large
providers defer whoever sends faster; a mail that has to wait is promised a moment of its own, so that many
that wait do not all come back together; a quiet domain is forgotten. Knows no clock: the caller gives the
time.
Shown by ``tests/rules/notification/test_rate.py``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

BURST = 20
"""Mails that a quiet domain takes at once."""
FORGET = timedelta(minutes=10)
"""How long a promise is kept that nobody came for: another process looked at the mail."""


class Rate:
    """One per process. ``a_minute`` is the rate per domain."""

    def __init__(self, a_minute: int) -> None:
        self._pause = timedelta(minutes=1) / a_minute
        self._full_at: dict[str, datetime] = {}
        self._promised: dict[UUID, datetime] = {}

    def wait(self, message: UUID, domain: str, at: datetime) -> datetime | None:
        """None if the message may go at ``at``, else when it may: come back then."""
        promised = self._promised.get(message)
        if promised is not None:
            if at < promised:
                return promised
            del self._promised[message]
            return None
        self._tidy(at)
        # when the bucket will be full again, moved on by one mail
        full_at = max(self._full_at.get(domain, at), at) + self._pause
        self._full_at[domain] = full_at
        due = full_at - BURST * self._pause
        if due <= at:
            return None
        self._promised[message] = due
        return due

    def _tidy(self, at: datetime) -> None:
        """Forget full buckets and promises that are over; both are few, as each mail is looked at soon."""
        self._full_at = {domain: full for domain, full in self._full_at.items() if full > at}
        self._promised = {one: due for one, due in self._promised.items() if due + FORGET > at}
