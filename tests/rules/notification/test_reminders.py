"""Reminders (F13): 3 days and 1 day before, not soon after the mail that told the time, never two at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from buergerbuero_contracts.notification import Template
from services.notification.rules.commands import NoteAccepted, NoteRefused, QueueMessage
from services.notification.rules.message import MESSAGE
from services.notification.rules.reminders import first_step, next_step, reminder
from services.notification.rules.state import Message
from services.notification.texts import BERLIN
from tests.rules.notification.given import CONFIRM_REQUEST, MESSAGE_ID, given, look

WEDNESDAY, FRIDAY, FRIDAY_AFTER = "2026-12-02 09:00", "2026-12-04 09:00", "2026-12-11 09:00"


def local(text: str) -> datetime:
    """A time at the office."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def asked(at: str, starts: str, source: str = "BookingConfirmed") -> QueueMessage:
    """The mail that is to tell at ``at`` of an appointment."""
    return replace(
        CONFIRM_REQUEST,
        template=Template.CONFIRMED,
        source_type=source,
        asked_at=local(at),
        useful_until=local(starts),
    )


def told(at: str, starts: str, source: str = "BookingConfirmed") -> Message:
    """The same, taken by the mail server at once."""
    queue = asked(at, starts, source)
    start = replace(look(at=local(at)), message_id=queue.message_id)
    return given(start, NoteAccepted(queue.message_id, 1), queue=queue)


def looks(message: Message, outage: tuple[str, str] | None = None) -> list[QueueMessage]:
    """All reminders of a life in which timers fire at their moment, or after the outage."""
    found, due = [], first_step(message.sourced)
    while due is not None:
        at = due
        if outage and local(outage[0]) <= due < local(outage[1]):
            at = local(outage[1])
        if (command := reminder(message, at)) is not None:
            found.append(command)
        due = next_step(message.sourced, at)
    return found


def moments(found: list[QueueMessage]) -> list[datetime]:
    return [one.asked_at for one in found]


def test_f13_a_who_confirmed_the_day_before_is_not_reminded() -> None:
    assert looks(told("2026-12-01 10:00", WEDNESDAY)) == []


def test_f13_b_who_confirmed_two_days_before_is_reminded_once() -> None:
    assert moments(looks(told("2026-11-30 10:00", WEDNESDAY))) == [local("2026-12-01 09:00")]


def test_f13_c_a_moved_appointment_has_reminders_of_its_own_day() -> None:
    moved = told("2026-12-01 08:50", FRIDAY_AFTER, "BookingRescheduled")
    assert moments(looks(moved)) == [local("2026-12-08 09:00"), local("2026-12-10 09:00")]


def test_f13_d_after_an_outage_only_the_latest_step_goes() -> None:
    confirmed = told("2026-11-20 10:00", FRIDAY)
    outage = ("2026-12-01 08:00", "2026-12-03 10:00")
    assert moments(looks(confirmed, outage)) == [local("2026-12-03 10:00")]
    assert len(looks(confirmed)) == 2, "without the outage both go"


def test_a_step_that_the_next_one_follows_at_once_is_left_out() -> None:
    outage = ("2026-12-01 08:00", "2026-12-03 08:00")
    assert moments(looks(told("2026-11-20 10:00", FRIDAY), outage)) == [local("2026-12-03 09:00")]


@pytest.mark.parametrize(("confirmed", "count"), [("2026-12-02 21:00", 1), ("2026-12-02 21:01", 0)])
def test_twelve_hours_lie_between_the_mail_and_a_reminder(confirmed: str, count: int) -> None:
    assert len(looks(told(confirmed, FRIDAY))) == count


def test_the_twelve_hours_count_from_when_the_mail_went_out_not_from_when_it_was_asked_for() -> None:
    queue = asked("2026-11-20 10:00", FRIDAY)
    mine, step = queue.message_id, local("2026-12-01 09:00")
    start = replace(look(at=step - timedelta(hours=1)), message_id=mine)
    late = given(start, NoteAccepted(mine, 1), queue=queue)
    assert reminder(late, step) is None
    assert reminder(late, local("2026-12-03 09:00")) is not None


def test_who_never_got_the_mail_that_told_the_time_is_not_reminded_of_it() -> None:
    queue = asked("2026-11-20 10:00", FRIDAY)
    mine = queue.message_id
    start = replace(look(at=queue.asked_at), message_id=mine)
    refused = given(start, NoteRefused(mine, 1, queue.asked_at), queue=queue)
    for state in (given(queue=queue), given(start, queue=queue), refused):
        assert reminder(state, local("2026-12-01 09:00")) is None


def test_a_reminder_speaks_of_the_event_that_told_the_time_and_is_of_use_until_the_next() -> None:
    confirmed = told("2026-11-10 10:00", FRIDAY)
    first, last = looks(confirmed)
    assert {one.template for one in (first, last)} == {Template.REMINDER}
    assert (first.source_position, last.source_position) == (40, 40)
    assert first.message_id != last.message_id != MESSAGE_ID
    assert (first.useful_until, last.useful_until) == (last.asked_at, local(FRIDAY))
    assert first_step(given(queue=first).sourced) is None, "nobody is reminded of a reminder"


@pytest.mark.parametrize(("confirmed", "asked"), [("2026-11-20 09:00", False), ("2026-11-20 08:59", True)])
def test_who_booked_more_than_a_fortnight_ahead_is_asked_to_say_i_will_come(
    confirmed: str, asked: bool
) -> None:
    reminders = looks(told(confirmed, FRIDAY))
    assert [one.reaffirm for one in reminders] == [asked, asked]
    sourced = MESSAGE.decide(reminders[0], MESSAGE.initial)[1]
    assert sourced.model_dump()["reaffirm"] is asked


def test_steps_keep_the_time_of_the_day_when_the_clocks_change() -> None:
    reminders = looks(told("2026-10-01 09:00", "2026-10-26 09:00"))
    assert moments(reminders) == [local("2026-10-23 09:00"), local("2026-10-25 09:00")]


def test_only_messages_that_tell_a_time_have_reminders() -> None:
    assert first_step(given().sourced) is None, "a request to confirm tells none that holds"
    assert first_step(told("2026-11-10 10:00", FRIDAY, "BookingCancelled").sourced) is None
