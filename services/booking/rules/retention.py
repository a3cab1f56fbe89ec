"""How long a person's row is kept. Pure; the legal reasons stand in ``docs`` with the privacy notice.

Shown by ``tests/rules/booking/test_limits.py``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from .calendar import local_date, midnight

AFTER_EXPIRY = timedelta(hours=1)
AFTER_WISH = timedelta(days=1)
DAYS_AFTER_APPOINTMENT = 2
DAYS_AFTER_NO_SHOW = 7
DAYS_AFTER_DOCUMENT = 2
DAYS_FOR_DOCUMENT = 90
"""From the order or the latest invitation on: as long as somebody may still be called."""


def of_appointment(starts_at: datetime) -> datetime:
    """Until the end of the second day after the day of the appointment."""
    return midnight(local_date(starts_at) + timedelta(days=DAYS_AFTER_APPOINTMENT + 1))


def of_no_show(starts_at: datetime) -> datetime:
    """Until the end of the seventh day after the day of the appointment."""
    return midnight(local_date(starts_at) + timedelta(days=DAYS_AFTER_NO_SHOW + 1))


def of_ended_hold(at: datetime) -> datetime:
    """One hour after an unconfirmed hold ended."""
    return at + AFTER_EXPIRY


def of_awaited_document(since: datetime) -> datetime:
    """Until the end of the ninetieth day after a document was ordered, or called for."""
    return midnight(local_date(since) + timedelta(days=DAYS_FOR_DOCUMENT + 1))


def of_ended_document(at: datetime) -> datetime:
    """Until the end of the second day after the last document was handed over, or ended otherwise."""
    return midnight(local_date(at) + timedelta(days=DAYS_AFTER_DOCUMENT + 1))


def of_ended_wish(at: datetime) -> datetime:
    """One day after a wish ended, or will end at the latest."""
    return at + AFTER_WISH
