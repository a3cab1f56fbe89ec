"""Delivery: what became of e-mails and letters, by the week in which it did.

Promises: each message counts once per outcome; a sent e-mail that came back counts as both.
Shown by ``tests/way/test_breakdown.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import msgspec

from buergerbuero_contracts import topics
from buergerbuero_contracts.notification import Template
from servicekit.projection import Projection, Row, Seen, Step

from .merge import earliest, first, rows_of
from .read import Connection, Periods, Span, pairs


class Message(msgspec.Struct, frozen=True):
    """What became of a message."""

    message_id: UUID
    channel: str
    template: str


OUTCOMES = {
    "MessageSent": "sent",
    "LetterPrinted": "printed",
    "MessageBounced": "bounced",
    "MessageFailed": "failed",
    "MessageSkipped": "skipped",
}
"""Event → outcome."""


def _outcome(seen: Seen) -> Row:
    return (seen.data.message_id, OUTCOMES[seen.type], seen.at, seen.data.channel)


_rows = rows_of(dict.fromkeys(OUTCOMES, _outcome), rules=(earliest, first), key=2)


def outcomes(seen: Sequence[Seen]) -> Sequence[Row]:
    """Rows of messages to citizens; the mail about the week itself is none."""
    return _rows([one for one in seen if one.data.template != Template.WEEKLY_REPORT])


OUTCOME = """
INSERT INTO outcome AS t (message_id, outcome, at, channel)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[])
ON CONFLICT (message_id, outcome) DO UPDATE SET at = least(t.at, excluded.at)
"""

DELIVERY = Projection(
    name="reporting.delivery.v1",
    topics=(topics.NOTIFICATION,),
    reads=dict.fromkeys(OUTCOMES, Message),
    steps=(Step(outcomes, OUTCOME),),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("outcome",),
)


# Queries. Messages belong to no site.

COUNTS = """
SELECT p.label, o.channel, o.outcome, count(*) AS messages
FROM unnest($1::text[], $2::date[]) AS p (label, week)
JOIN outcome AS o USING (week)
GROUP BY 1, 2, 3
"""

FEEDS = "SELECT min(week) AS first, max(week) AS last FROM outcome"


class Outcome(NamedTuple):
    """A way (``email``, ``letter``) and what became of messages on it (values of ``OUTCOMES``)."""

    channel: str
    outcome: str


async def counts(read: Connection, periods: Periods) -> dict[str, Mapping[Outcome, int]]:
    """Messages per period, way and outcome."""
    found: dict[str, dict[Outcome, int]] = {label: {} for label in periods}
    for row in await read.fetch(COUNTS, *pairs(periods)):
        found[row["label"]][Outcome(row["channel"], row["outcome"])] = row["messages"]
    return dict(found)


async def feeds(read: Connection) -> dict[str, Span]:
    """Since when and until when outcomes of messages are told."""
    (row,) = await read.fetch(FEEDS)
    return {"messages": Span(row["first"], row["last"])}
