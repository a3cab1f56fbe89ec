"""What notification keeps of documents that wait: stale or not, whatever order two keys arrive in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from buergerbuero_contracts.envelope import Event
from buergerbuero_contracts.notification import Template
from servicekit.projection import Seen
from services.notification.projections import invitations as model
from services.notification.rules.templates import InvitationPhase, SourceLook, SourceNow, look_at_source
from tests.rules.notification import paperwork as p
from tests.rules.notification.given import NOW

LIFE: list[Event] = [p.stored(), p.invited(), p.reminded(), p.booked(), p.reopened(), p.ended()]


def seen(*events: Event, first: int = 10) -> list[Seen]:
    """Events as the projector hands them over, ten positions apart."""
    return [
        Seen(
            type(event).__name__,
            msgspec.json.decode(event.to_json(), type=model.INVITATIONS.reads[type(event).__name__]),
            UUID(int=n),
            NOW + timedelta(days=n),
            event.partition_key(),
            model.INVITATIONS.topics[0],
            first + 10 * n,
        )
        for n, event in enumerate(events)
    ]


def tables(*batches: Sequence[Seen]) -> list[dict[UUID, dict[str, Any]]]:
    """What the two upserts make of several batches."""
    known: list[dict[UUID, dict[str, Any]]] = [{}, {}]
    steps = [(model.invitations, model.INVITATION), (model.documents, model.DOCUMENT)]
    for batch in batches:
        for table, (rows, columns) in zip(known, steps, strict=True):
            for row in rows(batch):
                told = {name: value for name, value in zip(columns, row, strict=True) if value is not None}
                table.setdefault(row[0], dict.fromkeys(columns)).update(told)
    return known


@pytest.mark.parametrize("cut", range(len(LIFE) + 1))
def test_the_same_events_split_anywhere_give_the_same_rows(cut: int) -> None:
    events = seen(*LIFE)
    assert tables(events[:cut], events[cut:]) == tables(events)


def test_a_reminder_changes_the_call_and_keeps_when_it_was_made() -> None:
    (calls, _) = tables(seen(*LIFE[:3]))
    row = calls[p.INVITATION]
    assert (row["changed_at"], row["invited_at"]) == (30, NOW + timedelta(days=1))


def test_a_document_waits_at_the_office_and_nowhere_else() -> None:
    for event, waits in ((p.stored(), True), (p.handed_over(), False)):
        assert tables(seen(event))[1][p.CARD]["waiting"] is waits


@pytest.mark.parametrize(
    ("row", "look"),
    [
        ({}, SourceLook.HOLDS),
        ({"ended": True}, SourceLook.LEFT),
        ({"booked": True}, SourceLook.LEFT),
        ({"kinds": []}, SourceLook.LEFT),
        # reminded since: that message tells it
        ({"position": 50, "changed_at": 50}, SourceLook.LEFT),
        # a document that the call names was not seen yet: its events come on another key
        ({"known": 0, "kinds": []}, SourceLook.BEHIND),
        # the read model is behind the call itself
        ({"position": 39, "changed_at": 39}, SourceLook.BEHIND),
    ],
)
def test_a_call_is_true_while_its_documents_wait_and_nobody_booked(
    row: dict[str, Any], look: SourceLook
) -> None:
    known = {"position": 40, "changed_at": 40, "ended": False, "booked": False, "kinds": ["id_card"]}
    now = model.now_of({"named": 1, "known": 1} | known | row)
    assert look_at_source(Template.DOCUMENT_READY, 40, now) is look


def test_nothing_known_is_nothing_to_judge_by() -> None:
    assert model.now_of(None) is None
    assert look_at_source(Template.DOCUMENT_READY, 40, None) is SourceLook.BEHIND


def test_each_phase_but_open_ends_the_message() -> None:
    for phase in InvitationPhase:
        look = look_at_source(Template.DOCUMENT_READY, 40, SourceNow(40, 40, phase))
        assert look is (SourceLook.HOLDS if phase is InvitationPhase.OPEN else SourceLook.LEFT)
