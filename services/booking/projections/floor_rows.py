"""From events to the rows of the floor: visits, counters, the room. Pure.

Promises: each event names what holds after it, so a row needs no sums, and a list of events split at
any place gives equal tables; of two words on one column the last counts, of the first call the first.
Shown by ``tests/log/test_floor_model.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from buergerbuero_contracts.envelope import NIL
from servicekit.projection import Row, Seen, Step
from services.booking.rules.calendar import local_date


class Admitted(msgspec.Struct, frozen=True):
    """CitizenAdmitted."""

    booking_id: UUID
    visit_id: UUID
    site: str
    kind: str
    people: int
    admitted_at: datetime


class VisitStep(msgspec.Struct, frozen=True):
    """Any event of a visit; what it does not have is absent."""

    booking_id: UUID
    visit_id: UUID
    site: str
    at: datetime
    public_number: str | None = None
    items: tuple[dict[str, Any], ...] = ()
    planned_at: datetime | None = None
    counter: str | None = None
    call_no: int | None = None


class CounterStep(msgspec.Struct, frozen=True):
    """A counter was opened, paused, resumed or closed."""

    site: str
    counter: str
    at: datetime
    reason: str | None = None


class CounterVisit(msgspec.Struct, frozen=True):
    """CounterOccupied, CounterFreed."""

    site: str
    date: date
    counter: str
    visit_id: UUID


class RoomStep(msgspec.Struct, frozen=True):
    """EntryCounted, ExitCounted, OccupancyCorrected."""

    site: str
    date: date
    occupancy: int


Change = Mapping[str, Any]


def _admitted(one: Seen) -> Change:
    data: Admitted = one.data
    return {"kind": data.kind, "people": data.people, "admitted_at": data.admitted_at}


def _opened(one: Seen) -> Change:
    data: VisitStep = one.data
    return {
        "state": "waiting",
        "public_number": data.public_number,
        "items": msgspec.json.encode(data.items).decode(),
        "planned_at": data.planned_at,
        "counter": "",
        "target": "",
        "again": False,
        "calls": 0,
    }


def _called(one: Seen) -> Change:
    data: VisitStep = one.data
    called = {"state": "called", "counter": data.counter, "target": "", "calls": data.call_no}
    return {**called, "called_at": data.at, "first_called_at": data.at}


VISIT_CHANGES: Mapping[str, Callable[[Seen], Change]] = {
    "CitizenAdmitted": _admitted,
    "VisitOpened": _opened,
    "CitizenCalled": _called,
    "CitizenNotFound": lambda _one: {"state": "gone", "counter": ""},
    "VisitReturned": lambda _one: {"state": "waiting", "counter": ""},
    "ServiceStarted": lambda one: {"state": "in_service", "counter": one.data.counter},
    "VisitParked": lambda _one: {"state": "parked", "counter": ""},
    "VisitResumed": lambda _one: {"state": "waiting", "again": True},
    "VisitTransferred": lambda one: {
        **{"state": "waiting", "again": True, "counter": "", "target": one.data.counter or ""}
    },
    "ServiceFinished": lambda _one: {"state": "finished", "counter": ""},
    "CitizenLeft": lambda _one: {"state": "gone", "counter": ""},
}
"""What each event changes in the row of its visit."""

COUNTER_CHANGES: Mapping[str, Callable[[Seen], Change]] = {
    "CounterOpened": lambda one: {"state": "open", "reason": "", "since": one.data.at},
    "CounterPaused": lambda one: {"state": "paused", "reason": one.data.reason or "", "since": one.data.at},
    "CounterResumed": lambda one: {"state": "open", "reason": "", "since": one.data.at},
    "CounterClosed": lambda one: {"state": "closed", "reason": "", "since": one.data.at},
    "CounterOccupied": lambda one: {"visit_id": one.data.visit_id},
    "CounterFreed": lambda _one: {"visit_id": NIL},
}
"""What each event changes in the row of its counter and date."""

VISIT_COLUMNS = (
    *("booking_id", "site", "day", "kind", "people", "state", "public_number", "items", "planned_at"),
    *("admitted_at", "first_called_at", "called_at", "calls", "counter", "target", "again"),
)
COUNTER_COLUMNS = ("state", "reason", "since", "visit_id")
FIRST = frozenset({"booking_id", "site", "day", "first_called_at"})
"""Columns whose first value counts."""


def _merged(seen: Iterable[tuple[Hashable, Change]]) -> dict[Any, dict[str, Any]]:
    """What a batch changes in each row: the last word on each column, absent where it has none."""
    rows: dict[Any, dict[str, Any]] = {}
    for key, change in seen:
        row = rows.setdefault(key, {})
        row.update({name: value for name, value in change.items() if not (name in FIRST and name in row)})
    return rows


def visits(seen: Sequence[Seen]) -> list[Row]:
    """One row per visit that the batch names."""
    rows = _merged(
        (one.data.visit_id, {**_place(one), **VISIT_CHANGES[one.type](one)})
        for one in seen
        if one.type in VISIT_CHANGES
    )
    return [(key, *(rows[key].get(name) for name in VISIT_COLUMNS)) for key in sorted(rows)]


def _place(one: Seen) -> Change:
    """What every event tells of the visit; the date is that of the first one."""
    at = one.data.admitted_at if isinstance(one.data, Admitted) else one.data.at
    return {"booking_id": one.data.booking_id, "site": one.data.site, "day": local_date(at)}


def counter_days(seen: Sequence[Seen]) -> list[Row]:
    """One row per counter and date that the batch names."""
    rows = _merged(
        (_counter_day(one), COUNTER_CHANGES[one.type](one)) for one in seen if one.type in COUNTER_CHANGES
    )
    return [(*key, *(rows[key].get(name) for name in COUNTER_COLUMNS)) for key in sorted(rows)]


def _counter_day(one: Seen) -> tuple[str, date, str]:
    day = one.data.date if isinstance(one.data, CounterVisit) else local_date(one.data.at)
    return one.data.site, day, one.data.counter


def rooms(seen: Sequence[Seen]) -> list[Row]:
    """How many people are in the room after the batch."""
    last = {(one.data.site, one.data.date): one.data for one in seen if isinstance(one.data, RoomStep)}
    return [(*key, last[key].occupancy) for key in sorted(last)]


UPSERT_VISITS = """
INSERT INTO floor_visit AS t (visit_id, booking_id, site, day, kind, people, state, public_number, items,
    planned_at, admitted_at, first_called_at, called_at, calls, counter, target, again)
SELECT visit_id, booking_id, site, day, kind, people, state, public_number, items::json,
    planned_at, admitted_at, first_called_at, called_at, calls, counter, target, again
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::date[], $5::text[], $6::integer[], $7::text[],
    $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[],
    $13::timestamptz[], $14::integer[], $15::text[], $16::text[], $17::boolean[])
    seen (visit_id, booking_id, site, day, kind, people, state, public_number, items,
    planned_at, admitted_at, first_called_at, called_at, calls, counter, target, again)
ON CONFLICT (visit_id) DO UPDATE SET
    kind = coalesce(excluded.kind, t.kind),
    people = coalesce(excluded.people, t.people),
    state = coalesce(excluded.state, t.state),
    public_number = coalesce(excluded.public_number, t.public_number),
    items = coalesce(excluded.items, t.items),
    planned_at = coalesce(excluded.planned_at, t.planned_at),
    admitted_at = coalesce(excluded.admitted_at, t.admitted_at),
    first_called_at = coalesce(t.first_called_at, excluded.first_called_at),
    called_at = coalesce(excluded.called_at, t.called_at),
    calls = coalesce(excluded.calls, t.calls),
    counter = coalesce(excluded.counter, t.counter),
    target = coalesce(excluded.target, t.target),
    again = coalesce(excluded.again, t.again)
"""

UPSERT_COUNTERS = """
INSERT INTO floor_counter AS t (site, day, counter, state, reason, since, visit_id)
SELECT * FROM unnest($1::text[], $2::date[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
    $7::uuid[])
ON CONFLICT (site, day, counter) DO UPDATE SET
    state = coalesce(excluded.state, t.state),
    reason = coalesce(excluded.reason, t.reason),
    since = coalesce(excluded.since, t.since),
    visit_id = coalesce(excluded.visit_id, t.visit_id)
"""

UPSERT_ROOMS = """
INSERT INTO floor_room AS t (site, day, occupancy)
SELECT * FROM unnest($1::text[], $2::date[], $3::integer[])
ON CONFLICT (site, day) DO UPDATE SET occupancy = excluded.occupancy
"""

READS: Mapping[str, type[msgspec.Struct]] = {
    "CitizenAdmitted": Admitted,
    **dict.fromkeys(VISIT_CHANGES.keys() - {"CitizenAdmitted"}, VisitStep),
    **dict.fromkeys(COUNTER_CHANGES.keys() - {"CounterOccupied", "CounterFreed"}, CounterStep),
    **dict.fromkeys(("CounterOccupied", "CounterFreed"), CounterVisit),
    **dict.fromkeys(("EntryCounted", "ExitCounted", "OccupancyCorrected"), RoomStep),
}
STEPS = (
    Step(visits, UPSERT_VISITS),
    Step(counter_days, UPSERT_COUNTERS),
    Step(rooms, UPSERT_ROOMS),
)
