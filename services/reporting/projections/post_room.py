"""Post room: letters, e-mails and forms that came in, first reactions, and what was done with them.

Promises: every item of a batch counts; a first reaction is an answer, a forwarding or a request for
papers, and reopening does not undo it; what lay open at any moment follows from the times of events.
Its queries are in ``post_room_queries.py``. Shown by ``tests/way/test_post_room_figures.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from uuid import UUID

import msgspec

from buergerbuero_contracts import topics
from servicekit.projection import Projection, Row, Seen, Step
from services.reporting.weeks import BERLIN

from .merge import earliest, first, last, rows_of


class Item(msgspec.Struct, frozen=True):
    """ItemReceived and what followed. ``received_on`` is the stamp of arrival."""

    item_id: UUID
    service: str
    channel: str
    received_on: date
    outcome: str | None = None


class Papers(msgspec.Struct, frozen=True):
    """A request for papers and what became of it."""

    item_id: UUID
    complete: bool = False
    due_on: date | None = None


class Described(msgspec.Struct, frozen=True):
    """ServiceDescribed: by which ways a service can be had."""

    site: str
    service: str
    channels: tuple[str, ...] = ()


def _item(seen: Seen, **known: object) -> Row:
    columns = ("told_at", "reacted_at", "closed_at", "marked")
    data = seen.data
    about = (data.service, data.channel, data.received_on) if isinstance(data, Item) else (None,) * 3
    return (data.item_id, *about, *(known.get(name) for name in columns))


def _closed(seen: Seen) -> Row:
    return _item(seen, told_at=seen.at, reacted_at=seen.at, closed_at=seen.at)


items = rows_of(
    {
        "ItemReceived": lambda e: _item(e, told_at=e.at),
        "ItemAssigned": lambda e: _item(e, told_at=e.at),
        "ItemAnswered": _closed,
        "ItemForwarded": _closed,
        "ItemReopened": lambda e: _item(e, marked=True),
        "PapersRequested": lambda e: _item(e, reacted_at=e.at, marked=True),
    },
    rules=(first, first, first, earliest, earliest, earliest, first),
)

MARKS = {
    "ItemAnswered": "closed",
    "ItemForwarded": "closed",
    "ItemReopened": "reopened",
    "ItemAssigned": "back",
    "PapersRequested": "asked",
    "PapersReceived": "back",
    "PapersOverdue": "back",
}
"""Event → what it says about whose turn it is."""


def _mark(seen: Seen) -> Row:
    data = seen.data
    about = (data.service, data.outcome) if isinstance(data, Item) else (None, None)
    return (seen.event_id, data.item_id, MARKS[seen.type], seen.at, seen.position, *about)


_marks = rows_of(dict.fromkeys(MARKS, _mark), rules=(first,) * 6)


def marks(seen: Sequence[Seen]) -> list[Row]:
    """One row per turn, in the order of the item's life."""
    return _marks([one for one in seen if not _still_waits(one)])


def _still_waits(seen: Seen) -> bool:
    """Whether the citizen still has to act: some papers are missing, or the first deadline was extended."""
    match seen.type:
        case "PapersReceived":
            return not seen.data.complete
        case "PapersOverdue":
            return bool(seen.data.due_on >= seen.at.astimezone(BERLIN).date())
    return False


described = rows_of(
    {"ServiceDescribed": lambda e: (e.data.site, e.data.service, "visit" in e.data.channels)},
    rules=(last,),
    key=2,
)

ITEMS = """
INSERT INTO item AS t (item_id, service, channel, received_on, told_at, reacted_at, closed_at, marked)
SELECT * FROM unnest(
    $1::uuid[], $2::text[], $3::text[], $4::date[],
    $5::timestamptz[], $6::timestamptz[], $7::timestamptz[], $8::boolean[]
)
ON CONFLICT (item_id) DO UPDATE SET
    service = coalesce(t.service, excluded.service),
    channel = coalesce(t.channel, excluded.channel),
    received_on = coalesce(t.received_on, excluded.received_on),
    told_at = least(t.told_at, excluded.told_at),
    reacted_at = least(t.reacted_at, excluded.reacted_at),
    closed_at = least(t.closed_at, excluded.closed_at),
    marked = coalesce(t.marked, excluded.marked)
"""

MARK = """
INSERT INTO mark (event_id, item_id, what, at, position, service, outcome)
SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::bigint[], $6::text[], $7::text[]
)
ON CONFLICT (event_id) DO NOTHING
"""

DESCRIBED = """
INSERT INTO described (site, service, visit)
SELECT * FROM unnest($1::text[], $2::text[], $3::boolean[])
ON CONFLICT (site, service) DO UPDATE SET visit = excluded.visit
"""

POST_ROOM = Projection(
    name="reporting.post_room.v1",
    topics=(topics.DOCUMENTS, topics.BOOKING),
    reads={
        "ItemReceived": Item,
        "ItemAssigned": Item,
        "ItemAnswered": Item,
        "ItemForwarded": Item,
        "ItemReopened": Item,
        "PapersRequested": Papers,
        "PapersReceived": Papers,
        "PapersOverdue": Papers,
        "ServiceDescribed": Described,
    },
    steps=(Step(items, ITEMS), Step(marks, MARK), Step(described, DESCRIBED)),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("item", "mark", "described"),
)
