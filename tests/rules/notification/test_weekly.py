"""When the mail on Monday is due, and of which week it tells."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from buergerbuero_contracts.notification import MessageQueued, Template
from services.notification.rules.message import MESSAGE
from services.notification.rules.weekly import week_due, week_name, week_told, weekly_message

SOMEBODY = UUID(int=5)


@pytest.mark.parametrize(
    ("at", "monday"),
    [
        ("2027-01-04T05:59Z", None),
        ("2027-01-04T06:00Z", date(2026, 12, 28)),  # 7:00 in winter
        ("2027-01-04T22:59Z", date(2026, 12, 28)),
        ("2027-01-04T23:00Z", None),
        ("2027-01-03T23:30Z", None),
        ("2026-06-29T05:00Z", date(2026, 6, 22)),  # 7:00 in summer
        ("2026-06-29T04:59Z", None),
    ],
)
def test_it_is_due_on_monday_from_seven_at_the_office(at: str, monday: date | None) -> None:
    assert week_due(datetime.fromisoformat(at)) == monday


def test_f46_the_mail_of_4_january_2027_is_about_week_53_of_2026() -> None:
    asked = weekly_message(SOMEBODY, date(2026, 12, 28))
    assert asked.asked_at == datetime(2027, 1, 4, 6, tzinfo=UTC)
    assert week_name(week_told(asked.asked_at)) == "2026-W53"


def test_it_is_of_use_on_that_day_only() -> None:
    assert weekly_message(SOMEBODY, date(2026, 6, 22)).useful_until == datetime(2026, 6, 29, 22, tzinfo=UTC)


def test_who_asks_twice_gets_one_message() -> None:
    once, again = (weekly_message(SOMEBODY, date(2026, 12, 28)) for _ in range(2))
    events = MESSAGE.decide(once, MESSAGE.initial)
    (queued,) = (event for event in events if isinstance(event, MessageQueued))
    assert queued.template is Template.WEEKLY_REPORT
    assert once.message_id == again.message_id
    assert MESSAGE.decide(again, MESSAGE.fold(events)) == ()
    assert weekly_message(SOMEBODY, date(2027, 1, 4)).message_id != once.message_id


def test_who_was_asked_for_before_an_update_is_not_asked_for_again_after_it() -> None:
    """The id is the message's stream: another one would be a second mail about the same week."""
    asked = weekly_message(SOMEBODY, date(2026, 12, 28))
    assert asked.message_id == UUID("dfd26179-7439-5894-9bab-8f072e28f28d")
