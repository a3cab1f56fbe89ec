"""Which event of documents, and which pick-up booking, asks for which message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from buergerbuero_contracts.booking import BookingConfirmed, BookingRescheduled
from buergerbuero_contracts.envelope import Event
from buergerbuero_contracts.notification import MessageQueued, Template
from services.notification.reactions import react_to_booking, react_to_documents
from services.notification.rules.message import MESSAGE
from tests.rules.notification import paperwork as p
from tests.rules.notification.given import NOW, PERSON
from tests.rules.notification.test_reactions import PLACE, SOMEBODY, START

EVENT = UUID(int=3)
PICKUP: dict[str, Any] = SOMEBODY | PLACE | {"kind": "pickup", "document_ids": [p.CARD, p.PASSPORT]}


@dataclass(frozen=True)
class Came:
    """An event as it was received."""

    event: Event
    event_id: UUID = EVENT
    time: datetime = NOW
    position: int = 40


@pytest.mark.parametrize("event", [p.invited(p.CARD, p.PASSPORT), p.reminded(p.CARD, p.PASSPORT)])
def test_a_call_to_collect_asks_for_document_ready(event: Event) -> None:
    (asked,) = react_to_documents(Came(event))
    assert asked.template is Template.DOCUMENT_READY
    assert (asked.invitation_id, asked.document_ids) == (p.INVITATION, (p.CARD, p.PASSPORT))
    assert (asked.person_id, asked.person_revision, asked.language) == (PERSON, 1, "de")
    assert asked.useful_until == NOW + timedelta(days=120), "as long as its link"
    assert asked.booking_id is None and asked.item_id is None


@pytest.mark.parametrize("event", [p.requested(), p.overdue()])
def test_papers_that_are_missing_are_asked_for_until_the_day_on_which_they_are_due(event: Event) -> None:
    (asked,) = react_to_documents(Came(event))
    assert (asked.template, asked.item_id) == (Template.PAPERS_MISSING, p.ITEM)
    assert asked.useful_until == datetime(2026, 12, 8, 23, tzinfo=UTC), "the end of that day in Flensburg"


@pytest.mark.parametrize(
    "event",
    [
        p.requested(person_id=None, person_revision=None),
        p.overdue(due_on=date(2026, 11, 23)),  # the second time: the office's turn
        p.arrived("form"),
        p.stored(),
        p.handed_over(),
        p.booked(),
        p.ended(),
        p.received(),
    ],
)
def test_what_concerns_nobody_asks_for_nothing(event: Event) -> None:
    assert react_to_documents(Came(event)) == []


def test_a_booked_pickup_has_words_of_its_own_and_a_moved_one_those_of_a_move() -> None:
    (asked,) = react_to_booking(Came(BookingConfirmed.model_validate(PICKUP)))
    assert (asked.template, asked.useful_until) == (Template.PICKUP_BOOKED, START)
    assert asked.document_ids == (p.CARD, p.PASSPORT)
    extra = {"was_at": START, "by": "citizen", "moves": 1, "sequence": 2}
    (asked,) = react_to_booking(Came(BookingRescheduled.model_validate(PICKUP | extra)))
    assert asked.template is Template.MOVED


def test_the_message_names_documents_or_item_for_other_services() -> None:
    (call,), (papers,) = react_to_documents(Came(p.invited())), react_to_documents(Came(p.requested()))
    queued = [event for one in (call, papers) for event in MESSAGE.decide(one, MESSAGE.initial)]
    public = [event for event in queued if isinstance(event, MessageQueued)]
    assert [event.document_ids for event in public] == [(p.CARD,), None]
    assert [event.item_id for event in public] == [None, p.ITEM]
