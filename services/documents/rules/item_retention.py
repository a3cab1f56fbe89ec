"""How long what tells of an item's people is kept. Pure; the reasons stand with the privacy notice.

Shown by ``tests/rules/documents/test_post_room.py``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from .calendar import local_date, midnight

DAYS_AFTER_END = 30
DAYS_OPEN = 365


def of_ended(at: datetime) -> datetime:
    """Until the end of the thirtieth day after an item was answered or forwarded."""
    return midnight(local_date(at) + timedelta(days=DAYS_AFTER_END + 1))


def of_open(at: datetime) -> datetime:
    """While an item is open: a year after the last word to the person, if nobody ends it before."""
    return midnight(local_date(at) + timedelta(days=DAYS_OPEN + 1))
