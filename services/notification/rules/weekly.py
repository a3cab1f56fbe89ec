"""The mail on Monday: when it is due, for which week, and the message that asks for it.

Promises: one mail per subscriber and week, whoever asks and how often; the week is the ISO week that ended on
the day before, also over the turn of the year; after an outage it goes out late on Monday, not on Tuesday.
Pure. Shown by ``tests/rules/notification/test_weekly.py`` (F46).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid5

from buergerbuero_contracts.notification import Template
from servicekit.log import NAMESPACE
from services.notification.texts import BERLIN

from .commands import QueueMessage

AT = time(7)
"""Clock time at the office."""
SOURCE = "WeekEnded"
"""What stands as the source's type, as time itself asks for the message."""


def week_due(at: datetime) -> date | None:
    """The Monday of the week to tell about, if this is the Monday after it, from 7:00 on."""
    local = at.astimezone(BERLIN)
    return local.date() - timedelta(days=7) if local.weekday() == 0 and local.time() >= AT else None


def week_told(asked_at: datetime) -> date:
    """The Monday of the week that a message is about, which was asked for on the Monday after it."""
    return asked_at.astimezone(BERLIN).date() - timedelta(days=7)


def week_name(monday: date) -> str:
    """``2026-W53``: the ISO year, which is not always that of the date."""
    year, number, _ = monday.isocalendar()
    return f"{year}-W{number:02d}"


def weekly_message(subscriber: UUID, monday: date) -> QueueMessage:
    """The message to one subscriber about the week that began on ``monday``."""
    after = monday + timedelta(days=7)
    return QueueMessage(
        source_event_id=uuid5(NAMESPACE, f"weekly-report:{week_name(monday)}"),
        source_type=SOURCE,
        source_position=0,
        template=Template.WEEKLY_REPORT,
        person_id=subscriber,
        person_revision=1,
        asked_at=datetime.combine(after, AT, BERLIN).astimezone(UTC),
        useful_until=datetime.combine(after + timedelta(days=1), time(), BERLIN).astimezone(UTC),
        language="de",
    )
