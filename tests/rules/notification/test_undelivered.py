"""Who did not get what: one row per message that somebody must know of, however the log is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from servicekit.projection import Seen
from services.notification.pages.delivery import REASONS
from services.notification.projections.undelivered import READS, ended, rows
from tests.rules.notification.given import NOW

MESSAGE = UUID(int=1)
LIVES = {
    "went well": ([("MessageSent", {})], None),
    "bounced, on paper": (
        [
            ("MessageSent", {}),
            ("MessageBounced", {"reason": "address"}),
            ("LetterWanted", {"cause": "not_delivered"}),
        ],
        ("letter", "not_delivered"),
    ),
    "printed": ([("LetterWanted", {"cause": "no_address"}), ("LetterPrinted", {})], None),
    "lost its sense": (
        [("LetterWanted", {"cause": "no_address"}), ("MessageSkipped", {"reason": "stale"})],
        None,
    ),
    "refused": ([("MessageFailed", {"reason": "permanent"})], ("failed", "permanent")),
    "no address": ([("MessageSkipped", {"reason": "no_address"})], ("no_address", "no_address")),
    "parked": ([("MessageParked", {"fault": "rendering"})], ("parked", "rendering")),
    "repaired": ([("MessageParked", {"fault": "rendering"}), ("MessageResumed", {})], None),
}


def seen(life: Sequence[tuple[str, dict[str, Any]]]) -> list[Seen]:
    return [
        Seen(kind, READS[kind](message_id=MESSAGE, **data), UUID(int=n), NOW, str(MESSAGE), "log", n)
        for n, (kind, data) in enumerate(life)
    ]


def table(*batches: Sequence[Seen]) -> dict[UUID, tuple[str, str]]:
    """What the two statements make of several batches."""
    known: dict[UUID, tuple[str, str]] = {}
    for batch in batches:
        known |= {row[0]: row[1:3] for row in rows(batch)}
        for (message_id,) in ended(batch):
            known.pop(message_id, None)
    return known


@pytest.mark.parametrize(("life", "state"), LIVES.values(), ids=LIVES)
def test_a_message_stands_where_its_last_event_left_it(
    life: Sequence[tuple[str, dict[str, Any]]], state: tuple[str, str] | None
) -> None:
    events, expected = seen(life), {} if state is None else {MESSAGE: state}
    for cut in range(len(events) + 1):
        assert table(events[:cut], events[cut:]) == expected
    assert state is None or state in REASONS, "the page has words for it"
