"""Read model ``notification.items.v1``: what a message has to know of papers that are missing.

Promises: one row per item of the post room that papers were asked for, with its latest state and the position
that brought it; papers that came keep their positions, so that a later request outdates them; the same
events split at any place give equal rows. Opaque ids, codes and times only.
Shown by ``tests/rules/notification/test_items.py`` and ``tests/way/test_document_mails.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from buergerbuero_contracts import topics
from servicekit.postgres import Pool
from servicekit.projection import Projection, Row, Seen, Step
from servicekit.read_model import read_model
from services.notification.facts import ItemFacts
from services.notification.projections.merge import as_json, merged
from services.notification.rules.templates import ItemPhase, SourceNow

NAME = "notification.items.v1"


class Came(msgspec.Struct):
    """ItemReceived."""

    item_id: UUID
    service: str


class Item(msgspec.Struct):
    """ItemAssigned, ItemAnswered, ItemForwarded, ItemReopened."""

    item_id: UUID


class Asked(msgspec.Struct):
    """PapersRequested and PapersOverdue."""

    item_id: UUID
    papers: list[str]
    due_on: date


class Received(msgspec.Struct):
    """PapersReceived."""

    item_id: UUID
    papers: list[str]
    complete: bool


READS: Mapping[str, type[msgspec.Struct]] = {
    "ItemReceived": Came,
    "ItemAssigned": Item,
    "ItemAnswered": Item,
    "ItemForwarded": Item,
    "ItemReopened": Item,
    "PapersRequested": Asked,
    "PapersOverdue": Asked,
    "PapersReceived": Received,
}
PHASES = {
    "ItemAnswered": ItemPhase.CLOSED,
    "ItemForwarded": ItemPhase.CLOSED,
    "PapersRequested": ItemPhase.WAITING,
    "PapersOverdue": ItemPhase.WAITING,
}


def item(one: Seen) -> dict[str, Any]:
    """What an event says about its item; papers that came are kept by :func:`rows`."""
    data, phase = one.data, PHASES.get(one.type, ItemPhase.OPEN)
    if isinstance(data, Received) and not data.complete:
        phase = ItemPhase.WAITING
    told = {"position": one.position, "phase": str(phase)}
    if isinstance(data, Came):
        told["service"] = data.service
    if isinstance(data, Asked):
        told |= {"changed_at": one.position, "papers": as_json(data.papers), "due_on": data.due_on}
    return told


def rows(seen: Sequence[Seen]) -> Sequence[Row]:
    """One row per item; each paper that came stands with its position."""
    found = merged(seen, "item_id", item)
    for row in found.values():
        row["came"] = []
    for one in seen:
        if isinstance(one.data, Received):
            found[one.data.item_id]["came"] += [(one.position, paper) for paper in one.data.papers]
    for row in found.values():
        row["came"] = as_json(row["came"])
    return [tuple(map(row.get, COLUMNS)) for row in found.values()]


COLUMNS = ("item_id", "position", "changed_at", "phase", "service", "papers", "due_on", "came")
UPSERT = """
INSERT INTO item_state AS known (item_id, position, changed_at, phase, service, papers, due_on, came)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::jsonb[], $7::date[],
    $8::jsonb[])
ON CONFLICT (item_id) DO UPDATE SET
    position = excluded.position,
    changed_at = coalesce(excluded.changed_at, known.changed_at),
    phase = excluded.phase,
    service = coalesce(excluded.service, known.service),
    papers = coalesce(excluded.papers, known.papers),
    due_on = coalesce(excluded.due_on, known.due_on),
    came = known.came || excluded.came"""

ITEMS = Projection(
    name=NAME,
    topics=(topics.DOCUMENTS,),
    reads=READS,
    steps=(Step(rows, UPSERT),),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("item_state",),
)

_BY_ID = """
SELECT item_id, position, changed_at, phase, service, papers::text AS papers, due_on, came::text AS came
FROM item_state WHERE item_id = $1"""


class Items:
    """Items as the mailer and the page of letters ask for them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def row(self, item_id: UUID) -> Mapping[str, Any] | None:
        """What is known of an item, from the generation that counts."""
        async with read_model(self._pool, NAME) as connection:
            found = await connection.fetchrow(_BY_ID, item_id)
        return dict(found) if found is not None else None


def now_of(row: Mapping[str, Any] | None) -> SourceNow | None:
    """What the stale check needs."""
    if row is None:
        return None
    waits = row["phase"] == ItemPhase.WAITING and not missing(row)
    phase = ItemPhase.OPEN if waits else ItemPhase(row["phase"])
    return SourceNow(row["position"], row["changed_at"] or 0, phase)


def facts_of(row: Mapping[str, Any], source_type: str) -> ItemFacts:
    """What a message tells of papers. Raises ``LookupError`` where the item's beginning was never seen."""
    if row["service"] is None or row["due_on"] is None:
        raise LookupError("item known in part only")
    reminded = source_type == "PapersOverdue"
    return ItemFacts(row["item_id"], row["service"], missing(row), row["due_on"], reminded)


def missing(row: Mapping[str, Any]) -> list[str]:
    """Codes of the papers that were asked for last and did not come since."""
    asked_at = row["changed_at"] or 0
    came = {paper for position, paper in msgspec.json.decode(row["came"]) if position > asked_at}
    return [paper for paper in msgspec.json.decode(row["papers"] or "[]") if paper not in came]
