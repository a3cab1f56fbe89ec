"""How long a person's row is kept. Pure; the legal reasons stand in ``docs`` with the privacy notice.

Shown by ``tests/rules/booking/test_limits.py``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from .calendar import local_date, midnight

AFTER_EXPIRY = timedelta(hours=1)
DAYS_AFTER_APPOINTMENT = 2


def of_appointment(starts_at: datetime) -> datetime:
    """Until the end of the second day after the day of the appointment."""
    return midnight(local_date(starts_at) + timedelta(days=DAYS_AFTER_APPOINTMENT + 1))


def of_ended_hold(at: datetime) -> datetime:
    """One hour after an unconfirmed hold ended."""
    return at + AFTER_EXPIRY
