"""Read model ``documents.items.v1``: the post room's list, oldest first, with whose turn it was when.

Promises: fed from the own log in position order, so what was just logged is on the list at once; one row
per item; the same events split at any place give equal rows; opaque ids, codes and dates only. Ages follow
from dates and turns at the moment of asking. Shown by ``tests/rules/documents/test_items_rows.py`` and
``tests/log/test_items.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from servicekit.postgres import Connection
from servicekit.projection import LOG, Projection, Row, Seen, Step
from services.documents.rules.calendar import local_date
from services.documents.rules.item_age import Ages, Turn, ages, turn_of

NAME = "documents.items.v1"


class Moved(msgspec.Struct, frozen=True):
    """ItemReceived, ItemAssigned, ItemForwarded, ItemAnswered, ItemReopened."""

    item_id: UUID
    service: str
    channel: str
    received_on: date
    team: str | None = None
    outcome: str | None = None


class Asked(msgspec.Struct, frozen=True):
    """PapersRequested and PapersOverdue."""

    item_id: UUID
    due_on: date


class Came(msgspec.Struct, frozen=True):
    """PapersReceived."""

    item_id: UUID
    complete: bool
    due_on: date | None = None


STATES = {
    "ItemReceived": "received",
    "ItemAssigned": "assigned",
    "ItemForwarded": "closed",
    "ItemAnswered": "answered",
    "ItemReopened": "assigned",
}
COLUMNS = (
    *("item_id", "service", "channel", "received_on", "state", "team", "office"),
    *("outcome", "due_on", "ended_on", "turns"),
)


def items(seen: Sequence[Seen]) -> list[Row]:
    """The last word of the batch on each column of each item; turns one after another."""
    found: dict[UUID, dict[str, Any]] = {}
    for one in seen:
        row = found.setdefault(one.data.item_id, {"item_id": one.data.item_id, "turns": []})
        on = local_date(one.at)
        row |= _moved(one, on) if isinstance(one.data, Moved) else _waits(one.data, on)
        turn = turn_of(one.type, one.data, on)
        row["turns"] += [turn] if turn else []
    for row in found.values():
        row["turns"] = msgspec.json.encode(row["turns"]).decode()
    return [tuple(map(found[item_id].get, COLUMNS)) for item_id in sorted(found)]


def _moved(one: Seen, on: date) -> dict[str, Any]:
    data, ended = one.data, one.type in ("ItemAnswered", "ItemForwarded")
    told = {"service": data.service, "channel": data.channel, "received_on": data.received_on}
    told |= {"state": STATES[one.type], "due_on": None, "outcome": data.outcome}
    told |= {"ended_on": on if ended else None, "office": None}
    if one.type == "ItemForwarded":
        return told | {"office": data.team}
    return told | ({"team": data.team} if data.team else {})


def _waits(data: Asked | Came, on: date) -> dict[str, Any]:
    """Still waiting, unless all papers came or were overdue for the second time: that deadline is past."""
    waits = data.due_on >= on if isinstance(data, Asked) else not data.complete
    told = {"state": "waiting" if waits else "assigned", "due_on": data.due_on if waits else None}
    return {**told, "outcome": None, "ended_on": None, "office": None}


UPSERT = """
INSERT INTO item AS known
    (item_id, service, channel, received_on, state, team, office, outcome, due_on, ended_on, turns)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::date[], $10::date[], $11::jsonb[])
ON CONFLICT (item_id) DO UPDATE SET
    state = excluded.state, office = excluded.office, outcome = excluded.outcome,
    due_on = excluded.due_on, ended_on = excluded.ended_on,
    team = coalesce(excluded.team, known.team), turns = known.turns || excluded.turns
"""

ITEMS = Projection(
    name=NAME,
    topics=(LOG,),
    reads={
        **dict.fromkeys(STATES, Moved),
        "PapersRequested": Asked,
        "PapersOverdue": Asked,
        "PapersReceived": Came,
    },
    steps=(Step(items, UPSERT),),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("item",),
)

# --- queries


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item of the list."""

    item_id: UUID
    service: str
    channel: str
    received_on: date
    state: str
    team: str | None
    office: str | None
    outcome: str | None
    due_on: date | None
    ended_on: date | None
    turns: tuple[Turn, ...]

    def ages(self, today: date) -> Ages:
        """Age and own age, today or when it ended."""
        return ages(self.received_on, self.turns, self.ended_on or today)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: in these states, arrived between two dates. ``team`` is a code, ``-`` for none.

    ``after`` is the last item of the page before.
    """

    states: tuple[str, ...]
    first: date = date.min
    last: date = date.max
    team: str | None = None
    after: tuple[date, UUID] = (date.min, UUID(int=0))
    limit: int = 100


_PAGE = """
SELECT item_id, service, channel, received_on, state, team, office, outcome, due_on, ended_on,
       turns::text AS turns
FROM item
WHERE state = ANY($1::text[]) AND received_on BETWEEN $2 AND $3
  AND ($4::text IS NULL OR coalesce(team, '-') = $4)
  AND (received_on, item_id) > ($5, $6)
ORDER BY received_on, item_id LIMIT $7"""
_SEEN = "SELECT position FROM checkpoint WHERE consumer = $1 AND topic = $2"
_turns = msgspec.json.Decoder(list[tuple[date, bool]])


async def page(connection: Connection, wanted: Wanted) -> list[ItemRow]:
    """One page of the list, oldest arrival first. ``connection`` reads the model ``NAME``."""
    limits = (wanted.states, wanted.first, wanted.last, wanted.team, *wanted.after, wanted.limit)
    return [_row(dict(row)) for row in await connection.fetch(_PAGE, *limits)]


async def position(connection: Connection) -> int:
    """The log position up to which the list has seen everything."""
    return await connection.fetchval(_SEEN, NAME, LOG) or 0


def _row(row: dict[str, Any]) -> ItemRow:
    return ItemRow(**{**row, "turns": tuple(_told(_turns.decode(row["turns"])))})


def _told(turns: Iterable[tuple[date, bool]]) -> Iterable[Turn]:
    return (Turn(on, citizen) for on, citizen in turns)
