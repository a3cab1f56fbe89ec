"""What notification keeps of papers that are missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
import pytest

from buergerbuero_contracts.envelope import Event
from buergerbuero_contracts.notification import Template
from servicekit.projection import Seen
from services.notification.projections import items as model
from services.notification.rules.templates import SourceLook, look_at_source
from tests.rules.notification import paperwork as p
from tests.rules.notification.given import NOW

LIFE: list[Event] = [p.received(), p.requested(), p.arrived("id_copy"), p.overdue(), p.answered()]


def seen(*events: Event) -> list[Seen]:
    """Events as the projector hands them over, ten positions apart from 10."""
    return [
        Seen(
            type(event).__name__,
            msgspec.json.decode(event.to_json(), type=model.READS[type(event).__name__]),
            UUID(int=n),
            NOW,
            event.partition_key(),
            model.ITEMS.topics[0],
            10 * n + 10,
        )
        for n, event in enumerate(events)
    ]


def row(*batches: Sequence[Seen]) -> dict[str, Any]:
    """What the upsert makes of several batches."""
    known: dict[str, Any] = dict.fromkeys(model.COLUMNS) | {"came": "[]"}
    for batch in batches:
        for one in model.rows(batch):
            told = {name: value for name, value in zip(model.COLUMNS, one, strict=True) if value is not None}
            came = msgspec.json.decode(known["came"]) + msgspec.json.decode(told["came"])
            known |= told | {"came": msgspec.json.encode(came).decode()}
    return known


@pytest.mark.parametrize("cut", range(len(LIFE) + 1))
def test_the_same_events_split_anywhere_give_the_same_row(cut: int) -> None:
    events = seen(*LIFE)
    assert row(events[:cut], events[cut:]) == row(events)


def test_papers_that_came_are_not_asked_for_again() -> None:
    assert model.missing(row(seen(*LIFE[:2]))) == ["form", "id_copy"]
    assert model.missing(row(seen(*LIFE[:3]))) == ["form"]
    later = p.requested("id_copy")
    assert model.missing(row(seen(*LIFE[:3], later))) == ["id_copy"], "asked for anew, so it is missing"


def test_the_reminder_knows_what_the_item_is_about() -> None:
    facts = model.facts_of(row(seen(*LIFE[:4])), "PapersOverdue")
    assert (facts.service, facts.papers, facts.due_on, facts.reminded) == (
        "registration",
        ["form"],
        p.DUE_ON,
        True,
    )
    with pytest.raises(LookupError):
        model.facts_of(row(seen(p.requested())), "PapersRequested")


@pytest.mark.parametrize(
    ("since", "look"),
    [
        ([], SourceLook.HOLDS),
        ([p.arrived("form")], SourceLook.HOLDS),  # the rest is still missing
        ([p.arrived("form"), p.arrived("id_copy")], SourceLook.LEFT),
        ([p.arrived("form", "id_copy", complete=True)], SourceLook.LEFT),
        ([p.answered()], SourceLook.LEFT),
        ([p.overdue("form", "id_copy")], SourceLook.LEFT),  # the reminder is a message of its own
    ],
)
def test_a_request_is_true_while_something_is_missing(since: list[Event], look: SourceLook) -> None:
    now = model.now_of(row(seen(p.received(), p.requested(), *since)))
    assert look_at_source(Template.PAPERS_MISSING, 20, now) is look


def test_a_request_that_was_not_seen_yet_waits() -> None:
    assert look_at_source(Template.PAPERS_MISSING, 20, model.now_of(None)) is SourceLook.BEHIND
    assert look_at_source(Template.PAPERS_MISSING, 20, model.now_of(row(seen(p.received())))) is (
        SourceLook.BEHIND
    )
