"""The post room's list: one row per item, whose turn it was when, the same however a batch is split."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from buergerbuero_contracts.documents import ItemOutcome
from buergerbuero_contracts.envelope import NIL, Event
from servicekit.log import Stream
from servicekit.projection import LOG, Row, Seen
from services.documents import post_room_commands as ask
from services.documents.post_room_desk import look
from services.documents.projections.items import COLUMNS, ITEMS, items
from tests.rules.documents import items as past
from tests.rules.documents.items import DUE, ITEM, MONDAY, NEXT_DUE, noon
from tests.rules.documents.post_room_office import EVA, Office

HISTORY = [
    (past.received, MONDAY),
    (past.assigned, MONDAY + timedelta(days=1)),
    (past.requested, MONDAY + timedelta(days=2)),
    (past.copy_came, MONDAY + timedelta(days=4)),
    (past.reminded, DUE + timedelta(days=1)),
    (past.given_up, NEXT_DUE + timedelta(days=1)),
    (past.answered, date(2026, 12, 28)),
    (past.reopened, date(2027, 1, 4)),
    (past.forwarded, date(2027, 1, 5)),
]


def seen(event: Event, at: datetime, position: int = 1) -> Seen:
    shape = ITEMS.reads[type(event).__name__]
    data = msgspec.json.decode(event.to_json().encode(), type=shape)
    return Seen(type(event).__name__, data, NIL, at, str(ITEM), LOG, position)


PAST = [seen(event, noon(day), nr) for nr, (event, day) in enumerate(HISTORY, 1)]


def applied(*batches: list[Seen]) -> dict[UUID, dict[str, Any]]:
    """The table after these batches, as the statement writes it."""
    table: dict[UUID, dict[str, Any]] = {}
    for row in (row for batch in batches for row in items(batch)):
        new = _named(row)
        known = table.setdefault(new["item_id"], new)
        if known is not new:
            turns = [*known["turns"], *new["turns"]]
            ours = {name: known[name] for name in ("service", "channel", "received_on")}
            known |= {**new, **ours, "team": new["team"] or known["team"], "turns": turns}
    return table


def _named(row: Row) -> dict[str, Any]:
    named = dict(zip(COLUMNS, row, strict=True))
    return {**named, "turns": msgspec.json.decode(named["turns"])}


def test_the_row_follows_the_item_from_event_to_event() -> None:
    rows = [applied(PAST[:nr])[ITEM] for nr in range(1, len(PAST) + 1)]
    assert [row["state"] for row in rows] == [
        *("received", "assigned", "waiting", "waiting", "waiting", "assigned"),
        *("answered", "assigned", "closed"),
    ]
    assert [row["due_on"] for row in rows] == [None, None, DUE, DUE, NEXT_DUE, None, None, None, None]
    assert [row["ended_on"] for row in rows[-3:]] == [date(2026, 12, 28), None, date(2027, 1, 5)]
    assert (rows[-1]["team"], rows[-1]["office"]) == ("registration", "registry_office")
    assert (rows[-3]["outcome"], rows[-1]["outcome"]) == ("done", None)


@given(st.sets(st.integers(1, len(PAST) - 1)))
def test_a_batch_split_anywhere_gives_the_same_row(cuts: set[int]) -> None:
    ends = [0, *sorted(cuts), len(PAST)]
    batches = [PAST[begin:end] for begin, end in pairwise(ends)]
    assert applied(*batches) == applied(PAST)


async def test_the_list_and_the_items_own_page_tell_the_same() -> None:
    office = Office()
    item_id = await office.receives()
    papers = frozenset({"form"})
    for command in (
        ask.AssignItem(item_id=item_id, team="registration"),
        ask.RequestPapers(item_id=item_id, papers=papers, contact=EVA),
        ask.RecordPapers(item_id=item_id, papers=papers),
        ask.RequestPapers(item_id=item_id, papers=papers),
        ask.AnswerItem(item_id=item_id, outcome=ItemOutcome.WITHDRAWN),
    ):
        office.now += timedelta(days=1)
        await office.ask(command)
        looked = look(office.log.streams[Stream("item", item_id)])
        row = applied([seen(one.event, one.meta.at) for one in office.log.events])[item_id]
        assert row["turns"] == [[turn.on.isoformat(), turn.citizen] for turn in looked.turns]
        assert (row["state"], row["due_on"]) == (looked.item.status.value, looked.item.due_on)
        assert (row["team"], row["ended_on"]) == (looked.item.team, looked.ended_on)


def test_turns_are_told_by_date() -> None:
    row = applied(PAST)[ITEM]
    assert row["turns"] == [
        ["2026-11-24", False],
        ["2026-11-25", True],
        ["2026-12-23", False],
        ["2026-12-28", True],
        ["2027-01-04", False],
        ["2027-01-05", True],
    ]
