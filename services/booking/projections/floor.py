"""The floor as a read model: who waits, what the counters do, how many people are in the room.

Promises: fed from the own log in position order, so that a visit and its counter never contradict each
other. Queries are index look-ups within one site and date, or one visit, on a connection from
``servicekit/read_model.py``. The rows may be a moment behind the log: a page that must show what was
just done folds the stream. The order of the queue is not here but in ``rules/queue.py``, how rows come
about in ``floor_rows.py``. Shown by ``tests/log/test_floor_model.py``.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import msgspec

from buergerbuero_contracts.booking import BookingKind
from buergerbuero_contracts.envelope import NIL, Item
from servicekit.postgres import Connection
from servicekit.projection import LOG, Projection
from services.booking.projections.floor_rows import READS, STEPS
from services.booking.rules.queue import Line, Waiting
from services.booking.rules.visit_state import INSIDE

FLOOR = Projection(
    name="booking.floor.v1",
    topics=(LOG,),
    reads=READS,
    steps=STEPS,
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("floor_visit", "floor_counter", "floor_room"),
)

_VISITS = """
SELECT visit_id, booking_id, site, day, kind, people, state, public_number, items, planned_at, admitted_at,
       first_called_at, called_at, calls, counter, target, again
FROM known_visit
"""
VISIT = _VISITS + "WHERE visit_id = $1"
DAY = _VISITS + "WHERE site = $1 AND day = $2 ORDER BY admitted_at, visit_id"
TURNS = """
SELECT count(*) FROM floor_visit
WHERE site = $1 AND day = $2 AND planned_at IS NOT NULL AND kind <> 'emergency'
  AND first_called_at > coalesce((
      SELECT max(first_called_at) FROM floor_visit WHERE site = $1 AND day = $2 AND kind = 'walk_in'
  ), '-infinity')"""
COUNTERS = """
SELECT counter, state, nullif(reason, '') AS reason, since, nullif(visit_id, $3) AS visit_id
FROM floor_counter WHERE site = $1 AND day = $2 ORDER BY counter"""
OCCUPANCY = "SELECT occupancy FROM floor_room WHERE site = $1 AND day = $2"


class FloorVisit(NamedTuple):
    """A visit as the floor sees it. ``state`` as in ``VisitStatus``, but closed ones are finished or gone.

    ``counter`` is where it is called or served, ``target`` where a transfer sends it.
    """

    visit_id: UUID
    booking_id: UUID
    site: str
    day: date
    kind: BookingKind
    people: int
    state: str
    public_number: str
    items: tuple[Item, ...]
    planned_at: datetime | None
    admitted_at: datetime
    first_called_at: datetime | None
    called_at: datetime | None
    calls: int
    counter: str | None
    target: str | None
    again: bool

    @property
    def waiting(self) -> Waiting:
        """What the order of the queue depends on."""
        return Waiting(
            visit_id=self.visit_id,
            kind=self.kind,
            admitted_at=self.admitted_at,
            planned_at=self.planned_at,
            again=self.again,
            counter=self.target,
            public_number=self.public_number,
            items=self.items,
        )


class FloorCounter(NamedTuple):
    """A counter that was staffed on the date: ``open``, ``paused``, ``closed`` since when, its visit."""

    counter: str
    state: str
    reason: str | None
    since: datetime
    visit_id: UUID | None


async def visit_of(read: Connection, visit_id: UUID) -> FloorVisit | None:
    """One visit; None while it is not known here."""
    rows = await _visits(read, VISIT, visit_id)
    return rows[0] if rows else None


async def open_visits(read: Connection, site: str, day: date) -> list[FloorVisit]:
    """Everybody who is in the room, by admission."""
    return [one for one in await visits_of_day(read, site, day) if one.state in INSIDE]


async def visits_of_day(read: Connection, site: str, day: date) -> list[FloorVisit]:
    """All visits of the date, by admission."""
    return await _visits(read, DAY, site, day)


async def queue(read: Connection, site: str, day: date) -> Line:
    """The people who wait, and whose turn it is; ``rules/queue.py`` puts them in order."""
    people = [one.waiting for one in await open_visits(read, site, day) if one.state == "waiting"]
    return Line(tuple(people), await read.fetchval(TURNS, site, day))


async def counters(read: Connection, site: str, day: date) -> list[FloorCounter]:
    """The counters that were staffed on the date, by code."""
    rows = await read.fetch(COUNTERS, site, day, NIL)
    return [FloorCounter(*row.values()) for row in rows if row["state"] is not None]


async def occupancy(read: Connection, site: str, day: date) -> int:
    """How many people are in the room."""
    return await read.fetchval(OCCUPANCY, site, day) or 0


async def _visits(read: Connection, query: str, *arguments: object) -> list[FloorVisit]:
    found = []
    for row in await read.fetch(query, *arguments):
        items = tuple(Item(**item) for item in msgspec.json.decode(row["items"]))
        known = {**row, "kind": BookingKind(row["kind"]), "items": items}
        found.append(FloorVisit(**known))
    return found
