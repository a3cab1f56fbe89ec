"""What a counter's screen shows: the case at hand, what to do next, and who waits. Pure.

Promises: everybody who is not done stands in one list, in the order of the queue and those called,
parked and gone after them; the step that comes next is one for each state. Shown by
``tests/rules/booking/test_floor_view.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from buergerbuero_contracts.envelope import Item

from .projections.floor import FloorVisit
from .rules.counter import CounterDay, CounterStatus
from .rules.queue import Line, for_counter, in_order
from .rules.site import Site
from .rules.visit_state import Visit, VisitStatus

AFTER = ("called", "in_service", "parked", "gone")
"""The states below those who wait, in the order in which they are listed."""


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody in the list. ``minutes`` since the admission; ``able``: this counter can serve them."""

    visit_id: UUID
    number: str
    items: tuple[Item, ...]
    state: str
    minutes: int
    planned_at: datetime | None
    counter: str | None
    able: bool = True
    first: bool = False


def listed(
    visits: Iterable[FloorVisit], turns: int, site: Site, at: datetime, counter: str | None = None
) -> list[Row]:
    """All visits that are not done. ``counter``: which one asks, that ``first`` and ``able`` are about."""
    by_state: dict[str, list[FloorVisit]] = {}
    for visit in visits:
        by_state.setdefault(visit.state, []).append(visit)
    waiting = {one.visit_id: one for one in by_state.get("waiting", ())}
    order = in_order(Line(tuple(one.waiting for one in waiting.values()), turns), at, site.opening.settings)
    setup = site.opening.counters.get(counter or "")
    mine = for_counter(order, setup.counter, setup.skills, site.catalogue) if setup else order
    able = {person.visit_id for person in mine}
    first = mine[0].visit_id if mine else None
    rows = [_row(waiting[one.visit_id], at, one.visit_id in able, one.visit_id == first) for one in order]
    return rows + [_row(one, at) for state in AFTER for one in by_state.get(state, ())]


def _row(visit: FloorVisit, at: datetime, able: bool = True, first: bool = False) -> Row:
    return Row(
        visit_id=visit.visit_id,
        number=visit.public_number,
        items=visit.items,
        state=visit.state,
        minutes=max(0, int((at - visit.admitted_at).total_seconds()) // 60),
        planned_at=visit.planned_at,
        counter=visit.counter or visit.target,
        able=able,
        first=first,
    )


def next_step(counter: CounterDay, visit: Visit | None) -> str:
    """The step that has the focus: what a clerk does next in nearly all cases."""
    if visit is not None and visit.status is VisitStatus.IN_SERVICE:
        return "finish"
    if visit is not None and visit.status is VisitStatus.CALLED:
        return "start"
    if counter.status is CounterStatus.CLOSED:
        return "open"
    return "resume" if counter.status is CounterStatus.PAUSED else "next"


def amounts(visit: Visit) -> Mapping[str, int]:
    """What a form about a visit begins with: what was delivered, while nothing is told what was asked for."""
    if visit.status is not VisitStatus.FINISHED:
        return {item.service: item.quantity for item in visit.items}
    asked = {item.service: 0 for item in visit.items}
    return asked | {item.service: item.quantity for item in visit.delivered}


def waiting_line(rows: Sequence[Row]) -> tuple[int, datetime | None]:
    """How many wait, and the planned start of the first of them."""
    waiting = [row for row in rows if row.state == "waiting"]
    return len(waiting), waiting[0].planned_at if waiting else None
