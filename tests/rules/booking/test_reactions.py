"""Reactions: given another service's event, the commands that it asks for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from buergerbuero_contracts.envelope import Event
from buergerbuero_contracts.notification import (
    BounceReason,
    FailureReason,
    MessageBounced,
    MessageFailed,
    MessageSent,
    Template,
)
from services.booking import commands as ask
from services.booking.reactions import NOTIFICATION, react

BOOKING = uuid4()


def message(template: Template = Template.CONFIRM_REQUEST, attempt: int = 2, **more: Any) -> dict[str, Any]:
    known = {"message_id": uuid4(), "person_id": uuid4(), "person_revision": 1, "template": template}
    sent = {"template_version": 1, "language": "de", "channel": "email", "attempt": attempt}
    return {**known, **sent, "booking_id": BOOKING, **more}


def asked(event: Event) -> list[ask.Command]:
    return react(SimpleNamespace(event=event))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "event",
    [
        MessageBounced(**message(), reason=BounceReason.ADDRESS),
        MessageFailed(**message(), reason=FailureReason.PERMANENT),
    ],
    ids=["bounced", "failed"],
)
def test_a_confirm_request_that_did_not_arrive_is_reported_for_its_attempt(event: Event) -> None:
    assert asked(event) == [ask.ReportUndeliverable(booking_id=BOOKING, attempt=2)]


@pytest.mark.parametrize("template", [Template.CONFIRMED, Template.MOVED, Template.CANCELLED_BY_OFFICE])
def test_any_other_mail_that_did_not_arrive_marks_the_person_as_unreachable(template: Template) -> None:
    event = MessageFailed(**message(template), reason=FailureReason.PERMANENT)
    assert asked(event) == [ask.NoteUnreachable(booking_id=BOOKING)]


def test_a_mail_that_arrived_or_belongs_to_no_booking_asks_for_nothing() -> None:
    assert asked(MessageSent(**message())) == []
    assert asked(MessageFailed(**message(booking_id=None), reason=FailureReason.PERMANENT)) == []


def test_the_groups_name_says_whose_reaction_to_what_it_is() -> None:
    assert NOTIFICATION.name == "booking.reactions.notification.v1"
