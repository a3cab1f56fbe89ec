"""When a person is reminded of an appointment or of a time to collect, and by which message.

A reminder follows the message that told the time: the confirmation, or the last move, undo or restoration.
Each of those has one timer (``REMIND``), so a moved booking gets new reminders and the old ones find that
the booking has moved on.

Promises: 3 days and 1 day before the start, at the same time of the day at the office; a step is left out
if its time is past when the booking was made, or less than 12 hours after the mail that told the time, or if
that mail never reached anybody; after an outage only the latest due step goes, and none that the next one
follows within 12 hours. Pure. Shown by ``tests/rules/notification/test_reminders.py`` (F13).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid5

from buergerbuero_contracts.notification import Template
from services.notification.texts import BERLIN

from .commands import QueueMessage
from .events import MessageSourced
from .state import Message, Phase

REMIND = "remind"
"""The timer: its subject is the message that told the time."""
DAYS = (3, 1)
"""Steps, in days before the start."""
QUIET = timedelta(hours=12)
"""Between the mail that told the time and a reminder, and between two reminders."""
LONG_LEAD = timedelta(days=14)
"""Who booked longer ahead is asked whether it still holds."""
TELLING = frozenset({"BookingConfirmed", "BookingRescheduled", "CancellationUndone", "BookingRestored"})
"""Events whose messages tell the time; they are of use until the start."""
SOURCE = "ReminderDue"
"""What stands as the source's type in a reminder, as time itself asks for it."""


def steps(starts_at: datetime) -> list[tuple[int, datetime]]:
    """Days before the start and the moment (UTC), earliest first."""
    local = starts_at.astimezone(BERLIN)
    return [(days, (local - timedelta(days=days)).astimezone(UTC)) for days in DAYS]


def first_step(told: MessageSourced) -> datetime | None:
    """When to look for the first time, once a message is queued; None if there is nothing to remind of."""
    if told.source_type not in TELLING:
        return None
    return _next(told.useful_until, told.asked_at + QUIET - timedelta.resolution)


def next_step(told: MessageSourced, at: datetime) -> datetime | None:
    """When to look again after a look at ``at``."""
    return _next(told.useful_until, at)


def reminder(told: Message, at: datetime) -> QueueMessage | None:
    """The reminder that is to go at ``at``, after the message ``told``; None if this step is left out."""
    source, queued = told.sourced, told.public
    starts_at = source.useful_until
    due = [(days, moment) for days, moment in steps(starts_at) if moment <= at]
    if not due or at >= starts_at or not _told_before(told, at - QUIET):
        return None
    following = _next(starts_at, at)
    if following is not None and following - at < QUIET:
        return None
    days, _ = due[-1]
    return QueueMessage(
        source_event_id=uuid5(source.source_event_id, f"reminder:{days}"),
        source_type=SOURCE,
        source_position=source.source_position,
        template=Template.REMINDER,
        person_id=queued.person_id,
        person_revision=queued.person_revision,
        asked_at=at,
        useful_until=following or starts_at,
        booking_id=queued.booking_id,
        document_ids=queued.document_ids or (),
        language=queued.language,
        reaffirm=starts_at - source.asked_at > LONG_LEAD,
    )


def _next(starts_at: datetime, after: datetime) -> datetime | None:
    return next((moment for _, moment in steps(starts_at) if moment > after), None)


def _told_before(told: Message, moment: datetime) -> bool:
    """Whether the mail reached the mail server at ``moment`` at the latest; a letter is no mail."""
    sent = told.phase == Phase.ACCEPTED and not told.paper
    return sent and told.tried_at is not None and told.tried_at <= moment
