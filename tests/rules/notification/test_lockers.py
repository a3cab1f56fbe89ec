"""What notification keeps of documents in lockers, and which message asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from buergerbuero_contracts.envelope import Event
from buergerbuero_contracts.notification import Template
from servicekit.projection import Seen
from services.notification.projections import lockers as model
from services.notification.reactions import react_to_documents
from services.notification.rules.templates import SourceLook, look_at_source
from tests.rules.notification import paperwork as p
from tests.rules.notification.given import NOW, PERSON
from tests.rules.notification.test_document_reactions import Came

LIFE: list[Event] = [p.stored(), p.in_locker(), p.stored(was="locker"), p.in_locker(), p.handed_over()]


def seen(*events: Event) -> list[Seen]:
    """Events as the projector hands them over, ten positions apart from 10."""
    reads, topic = model.LOCKERS.reads, model.LOCKERS.topics[0]
    return [
        Seen(
            type(event).__name__,
            msgspec.json.decode(event.to_json(), type=reads[type(event).__name__]),
            UUID(int=n),
            NOW,
            event.partition_key(),
            topic,
            10 * n + 10,
        )
        for n, event in enumerate(events)
    ]


def row(*batches: Sequence[Seen]) -> dict[str, Any]:
    """What the upsert makes of several batches."""
    known: dict[str, Any] = {}
    for batch in batches:
        for one in model.rows(batch):
            told = dict(zip(model.COLUMNS, one, strict=True))
            known |= {name: value for name, value in told.items() if value is not None}
    return known


@pytest.mark.parametrize("cut", range(len(LIFE) + 1))
def test_the_same_events_split_anywhere_give_the_same_row(cut: int) -> None:
    events = seen(*LIFE)
    assert row(events[:cut], events[cut:]) == row(events)


@pytest.mark.parametrize(
    ("events", "look"),
    [(1, SourceLook.BEHIND), (2, SourceLook.HOLDS), (3, SourceLook.LEFT), (5, SourceLook.LEFT)],
)
def test_the_message_is_true_while_the_document_is_inside(events: int, look: SourceLook) -> None:
    now = model.now_of(row(seen(*LIFE[:events])))
    assert look_at_source(Template.DOCUMENT_READY, 20, now) is look


def test_the_message_is_of_use_until_the_end_of_the_last_day() -> None:
    (asked,) = react_to_documents(Came(p.in_locker()))
    assert (asked.template, asked.document_ids) == (Template.DOCUMENT_READY, (p.CARD,))
    assert (asked.person_id, asked.language) == (PERSON, "de")
    assert asked.useful_until == datetime(2026, 12, 8, 23, tzinfo=UTC), "the end of that day in Flensburg"


def test_events_from_before_the_day_was_told_ask_for_nothing() -> None:
    assert react_to_documents(Came(p.in_locker(collect_until=None))) == []
