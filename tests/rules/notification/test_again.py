"""Which mail goes out once more: only what still holds, and no reminder after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from buergerbuero_contracts.notification import Template
from services.notification.rules.again import Call, Standing, again, call_again
from services.notification.rules.events import MessageSourced
from services.notification.rules.message import MESSAGE
from services.notification.rules.reminders import first_step
from services.notification.rules.templates import (
    BookingPhase,
    InvitationPhase,
    SourceNow,
    may_be_letter,
)
from tests.rules.notification.given import NOW

REQUEST = UUID(int=9)
BOOKED = Standing(
    booking_id=UUID(int=1),
    person_id=UUID(int=2),
    revision=3,
    attempt=2,
    phase=BookingPhase.CONFIRMED,
    changed_at=41,
    starts_at=NOW + timedelta(days=7),
    confirm_until=NOW + timedelta(minutes=30),
    pickup=False,
    language="en",
)
ASKED = replace(BOOKED, phase=BookingPhase.UNCONFIRMED)
CALLED = Call(
    invitation_id=UUID(int=3),
    person_id=UUID(int=2),
    revision=3,
    document_ids=(UUID(int=4),),
    language="da",
    now=SourceNow(52, 51, InvitationPhase.OPEN),
)


@pytest.mark.parametrize(
    ("booking", "template", "days"),
    [
        (BOOKED, Template.CONFIRMED, 7),
        (ASKED, Template.CONFIRM_REQUEST, 0),
    ],
)
def test_what_holds_is_sent_as_it_is_now(booking: Standing, template: Template, days: int) -> None:
    asked = again(booking, REQUEST, NOW)
    assert asked is not None
    assert (asked.template, asked.source_position, asked.person_revision) == (template, 41, 3)
    assert (asked.attempt, asked.language, asked.asked_at) == (2, "en", NOW)
    assert asked.useful_until == (booking.starts_at if days else booking.confirm_until)


@pytest.mark.parametrize("phase", InvitationPhase)
def test_a_call_to_collect_is_repeated_while_nobody_has_booked_for_it(phase: InvitationPhase) -> None:
    called = replace(CALLED, now=SourceNow(52, 51, phase))
    asked = call_again(called, REQUEST, NOW)
    if phase is not InvitationPhase.OPEN:
        assert asked is None
        return
    assert asked is not None
    assert (asked.template, asked.source_position) == (Template.DOCUMENT_READY, 51)
    assert (asked.invitation_id, asked.language, asked.asked_at) == (CALLED.invitation_id, "da", NOW)
    assert call_again(replace(CALLED, now=None), REQUEST, NOW) is None


def test_no_second_letter_follows_the_first_however_often_somebody_asks() -> None:
    for asked in (again(replace(BOOKED, pickup=True), REQUEST, NOW), call_again(CALLED, REQUEST, NOW)):
        assert asked is not None
        assert not may_be_letter(asked.template, asked.useful_until, NOW)


def test_a_pickup_is_sent_as_one() -> None:
    asked = again(replace(BOOKED, pickup=True), REQUEST, NOW)
    assert asked is not None and asked.template is Template.PICKUP_BOOKED


@pytest.mark.parametrize(
    "booking",
    [
        *(replace(BOOKED, phase=one) for one in BookingPhase if one not in ("confirmed", "unconfirmed")),
        replace(BOOKED, starts_at=NOW),
        replace(BOOKED, starts_at=None),
        replace(ASKED, confirm_until=NOW - timedelta(seconds=1)),
    ],
    ids=lambda one: one.phase.value,
)
def test_what_holds_no_more_is_not_sent(booking: Standing) -> None:
    assert again(booking, REQUEST, NOW) is None


def test_each_request_is_a_message_of_its_own_and_a_repeat_is_none() -> None:
    first, repeat, second = (again(BOOKED, UUID(int=n), NOW) for n in (9, 9, 10))
    assert first is not None and repeat is not None and second is not None
    assert first.message_id == repeat.message_id != second.message_id


def test_no_reminder_follows() -> None:
    command = again(BOOKED, REQUEST, NOW)
    assert command is not None
    (sourced,) = (
        event for event in MESSAGE.decide(command, MESSAGE.fold(())) if isinstance(event, MessageSourced)
    )
    assert first_step(sourced) is None
