"""Who is next: the order of the people who wait. Pure.

Promises: everybody who waits stands in the line exactly once, whatever the moment; the order is
emergencies · appointments whose time has come, by planned start · resumed and transferred by first
waiting time · walk-ins by admission, one after every third appointment · people before their time.
Shown by ``tests/rules/booking/test_queue.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from buergerbuero_contracts.booking import BookingKind
from buergerbuero_contracts.envelope import Item

from .catalogue import Catalogue, needs
from .settings import DEFAULTS, SiteSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Somebody who waits. ``again``: was served before, then parked or transferred.

    ``counter`` is the one that a transfer named; nobody else calls that person in turn.
    """

    visit_id: UUID
    kind: BookingKind
    admitted_at: datetime
    planned_at: datetime | None = None
    again: bool = False
    counter: str | None = None
    public_number: str = ""
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """The people who wait, in any order. ``turns``: appointments first called since the last walk-in."""

    people: tuple[Waiting, ...] = ()
    turns: int = 0


def in_order(line: Line, at: datetime, settings: SiteSettings = DEFAULTS) -> list[Waiting]:
    """Everybody in the order in which they are called at a moment."""
    groups: dict[str, list[Waiting]] = {}
    for person in line.people:
        groups.setdefault(_group(person, at), []).append(person)
    emergency, again, walk_in = (
        sorted(groups.get(name, ()), key=_by_admission) for name in ("emergency", "again", "walk_in")
    )
    due, early = (sorted(groups.get(name, ()), key=_by_plan) for name in ("due", "early"))
    turn = _in_turn(due, walk_in, line.turns, settings.walk_in_every)
    rest = walk_in[len(turn) - len(due) :]
    return [*emergency, *turn, *again, *rest, *early]


def _group(person: Waiting, at: datetime) -> str:
    if person.kind is BookingKind.EMERGENCY:
        return "emergency"
    if person.again:
        return "again"
    if person.planned_at is None:
        return "walk_in"
    return "due" if person.planned_at <= at else "early"


def _by_admission(person: Waiting) -> tuple[datetime, UUID]:
    return person.admitted_at, person.visit_id


def _by_plan(person: Waiting) -> tuple[datetime, datetime, UUID]:
    return person.planned_at or person.admitted_at, person.admitted_at, person.visit_id


def _in_turn(due: Sequence[Waiting], walk_in: Sequence[Waiting], turns: int, every: int) -> list[Waiting]:
    """The due appointments, with the first walk-ins after every ``every`` of them (0: none between)."""
    line, waiting = list[Waiting](), iter(walk_in if every else ())
    for person in (*due, None):
        if every and turns >= every and (between := next(waiting, None)):
            line.append(between)
            turns = 0
        if person is not None:
            line.append(person)
            turns += 1
    return line


def for_counter(
    people: Iterable[Waiting], counter: str, skills: Iterable[str], catalogue: Catalogue
) -> list[Waiting]:
    """Those whom a counter can serve, in the order given: it has the skills, no other one is named."""
    able = frozenset(skills)
    return [
        person
        for person in people
        if person.counter in (None, counter) and all(need & able for need in needs(catalogue, person.items))
    ]
