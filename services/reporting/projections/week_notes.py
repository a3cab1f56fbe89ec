"""Week notes: what office management wrote about a week, and the closures that fall into it.

Promises: of several versions of a note the last one counts, an empty one takes it back; a closure that
was lifted is not told. Shown by ``tests/way/test_week_notes.py``.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import msgspec

from buergerbuero_contracts import topics
from servicekit.projection import Projection, Row, Seen, Step

from .merge import last, rows_of
from .read import Connection


class Note(msgspec.Struct, frozen=True):
    """WeekNoteWritten."""

    site: str
    iso_week: str
    text: str


class Closed(msgspec.Struct, frozen=True):
    """ClosureDeclared, ClosureLifted."""

    closure_id: UUID
    site: str
    scope: str
    reason: str
    from_: datetime = msgspec.field(name="from")
    until: datetime = msgspec.field()


def _closure(seen: Seen) -> Row:
    told = seen.data
    lifted = seen.type == "ClosureLifted"
    return (told.closure_id, told.site, told.scope, told.reason, told.from_, told.until, lifted)


notes = rows_of(
    {"WeekNoteWritten": lambda e: (e.data.site, e.data.iso_week, e.data.text)}, rules=(last,), key=2
)
closures = rows_of({"ClosureDeclared": _closure, "ClosureLifted": _closure}, rules=(last,) * 6)

NOTES = """
INSERT INTO note (site, iso_week, text)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
ON CONFLICT (site, iso_week) DO UPDATE SET text = excluded.text
"""

CLOSURES = """
INSERT INTO closure (closure_id, site, scope, reason, begins_at, ends_at, lifted)
SELECT * FROM unnest(
    $1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::boolean[]
)
ON CONFLICT (closure_id) DO UPDATE SET
    site = excluded.site,
    scope = excluded.scope,
    reason = excluded.reason,
    begins_at = excluded.begins_at,
    ends_at = excluded.ends_at,
    lifted = excluded.lifted
"""

WEEK_NOTES = Projection(
    name="reporting.week_notes.v1",
    topics=(topics.BOOKING,),
    reads={"WeekNoteWritten": Note, "ClosureDeclared": Closed, "ClosureLifted": Closed},
    steps=(Step(notes, NOTES), Step(closures, CLOSURES)),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("note", "closure"),
)


# Queries. ``site`` None means the whole office.

OF_WEEK = """
SELECT site, text FROM note
WHERE iso_week = $1 AND text <> '' AND ($2::text IS NULL OR site = $2)
ORDER BY site
"""

CLOSED = """
SELECT site, scope, reason, begins_at, ends_at FROM closure
WHERE NOT lifted
    AND begins_at < ($1::date + 7)::timestamp AT TIME ZONE 'Europe/Berlin'
    AND ends_at > $1::timestamp AT TIME ZONE 'Europe/Berlin'
    AND ($2::text IS NULL OR site = $2)
ORDER BY begins_at, site, scope
"""


class WeekNote(NamedTuple):
    """What the management of a site wrote about a week."""

    site: str
    text: str


class Closure(NamedTuple):
    """When a site was closed, in whole or in part; instants."""

    site: str
    scope: str
    reason: str
    begins_at: datetime
    ends_at: datetime


async def of_week(read: Connection, iso_week: str, site: str | None = None) -> tuple[WeekNote, ...]:
    """The notes on a week, such as ``2026-W49``."""
    return tuple(WeekNote(*row.values()) for row in await read.fetch(OF_WEEK, iso_week, site))


async def closed_in(read: Connection, monday: date, site: str | None = None) -> tuple[Closure, ...]:
    """The closures that touch the week of that Monday."""
    return tuple(Closure(*row.values()) for row in await read.fetch(CLOSED, monday, site))
