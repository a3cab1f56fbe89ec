"""Ticket queues, looked at every five minutes, as the events that must have happened between the looks.

Per office, queue and date, in order of time: an empty ``current`` means unchanged, 0 before the day's
first number; calls = rise of ``current`` (0 to 12, else 0: it restarts); arrivals = calls + rise of
``waiting``, never below 0; the first look of a day only sets the state. The k events of an interval
stand in the middle of k equal parts, arrivals before calls at equal times. Who waits at the first
look was never seen to come: those are called first, without a wait. A call takes who waits longest.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from buergerbuero_contracts.booking import CitizenCalled, CounterClosed, CounterOpened, VisitOpened
from buergerbuero_contracts.envelope import Event, Item
from servicekit.log import NAMESPACE, Stream

from .rows import BadRow, Planned, count, read_rows

NEEDED = ("date", "time", "office", "group_id", "letter", "queue", "waiting", "open_counters", "current")
SHIFT = timedelta(weeks=356)
"""From the last days of 2019 into weeks 44 to 47 of 2026; weekday and clock stay."""
BERLIN = ZoneInfo("Europe/Berlin")
SERVICES = (
    (("rejestrac", "alkohol"), "other"),
    (("odbiór", "wydawanie"), "id_card_pickup"),
    (("dowody osobiste",), "id_card_apply"),
    (("meldunki",), "registration"),
    (("zaświadcz",), "registration_certificate"),
    (("prawo jazdy",), "driving_licence_exchange"),
)
"""The first keyword that stands in a queue's name decides."""


@dataclass(frozen=True, slots=True)
class Look:
    """One row: a queue at a moment of the office's clock."""

    office: str
    group: str
    at: datetime
    letter: str
    queue: str
    waiting: int
    open_counters: int
    current: int | None


def parse(cells: dict[str, str]) -> Look:
    """A row, or ``ValueError`` with what is wrong with it."""
    try:
        at = datetime.fromisoformat(f"{cells['date']} {cells['time']}")
    except ValueError:
        raise ValueError(f"time {cells['date']} {cells['time']} does not exist") from None
    if not cells["office"] or not cells["group_id"]:
        raise ValueError("office or group_id is empty")
    ticket = re.fullmatch(r"[A-Za-z]*([0-9]+)", cells["current"])
    if cells["current"] and ticket is None:
        raise ValueError(f"current is {cells['current']!r}, not a ticket")
    current = int(ticket[1]) if ticket else None
    waiting, counters = count(cells, "waiting"), count(cells, "open_counters")
    return Look(
        cells["office"], cells["group_id"], at, cells["letter"], cells["queue"], waiting, counters, current
    )


def site_of(office: str, group: str) -> str:
    """The replay's site of a queue."""
    plain = re.sub(r"[^a-z0-9]+", "_", office.lower().replace("ł", "l").replace("ó", "o"))
    return f"warsaw_{plain}_{re.sub(r'[^a-z0-9]+', '_', group.lower())}"[:40]


def service_of(queue: str) -> str:
    """The service that a queue's name speaks of, ``other`` where none fits."""
    name = queue.lower()
    return next((code for words, code in SERVICES if any(word in name for word in words)), "other")


def spread(start: datetime, end: datetime, number: int) -> list[datetime]:
    """``number`` moments, each in the middle of its equal part."""
    return [start + (end - start) * (2 * nr + 1) / (2 * number) for nr in range(number)]


def read(file: Path) -> tuple[list[Planned], list[BadRow]]:
    """All events of a recording, and the rows that were left out."""
    looks, bad = read_rows(file, NEEDED, parse)
    looks.sort(key=lambda look: (look.office, look.group, look.at))
    days = groupby(looks, key=lambda look: (look.office, look.group, look.at.date()))
    events = [one for (office, group, day), rows in days for one in _day(office, group, day, list(rows))]
    return events, bad


def _day(office: str, group: str, day: date, looks: Sequence[Look]) -> Iterator[Planned]:
    site = site_of(office, group)
    waiting: deque[Planned | None] = deque([None] * looks[0].waiting)
    current, queued, number, counters = looks[0].current or 0, looks[0].waiting, 0, 0
    for before, look in zip([looks[0], *looks], looks, strict=False):
        yield from _counters(site, counters, look)
        counters = look.open_counters
        shown = current if look.current is None else look.current
        calls = shown - current if 0 <= shown - current <= 12 else 0
        arrivals = max(0, calls + look.waiting - queued)
        current, queued = shown, look.waiting
        if look is looks[0]:
            continue
        moments = [(at, 0) for at in spread(before.at, look.at, arrivals)]
        moments += [(at, 1) for at in spread(before.at, look.at, calls)]
        for at, kind in sorted(moments):
            number += 1
            ticket = uuid5(NAMESPACE, f"warsaw:{site}:{day}:{number}")
            if kind == 0:
                waiting.append(_opened(site, look, ticket, at, number))
                yield waiting[-1]  # type: ignore[misc]
            else:
                taken = waiting.popleft() if waiting else None
                yield _called(site, look, taken, ticket, at)


def _utc(at: datetime) -> datetime:
    return (at + SHIFT).replace(tzinfo=BERLIN).astimezone(UTC)


def _opened(site: str, look: Look, visit: UUID, at: datetime, number: int) -> Planned:
    shown = f"{(look.letter[:1].upper() if look.letter[:1].isascii() else '') or 'A'}{number % 1000:03}"
    event = VisitOpened(
        booking_id=uuid5(visit, "booking"),
        visit_id=visit,
        site=site,
        at=_utc(at),
        public_number=shown,
        items=(Item(service=service_of(look.queue)),),
    )
    return Planned(event.at, Stream("visit", visit), event)


def _called(site: str, look: Look, taken: Planned | None, unknown: UUID, at: datetime) -> Planned:
    visit = taken.stream.id if taken else unknown
    opened = taken.event if taken else None
    event = CitizenCalled(
        booking_id=uuid5(visit, "booking"),
        visit_id=visit,
        site=site,
        at=_utc(at),
        public_number=opened.public_number if isinstance(opened, VisitOpened) else "A000",
        counter="counter_1",
        call_no=1,
    )
    return Planned(event.at, Stream("visit", visit), event)


def _counters(site: str, before: int, look: Look) -> Iterable[Planned]:
    at = _utc(look.at)
    for nr in range(min(before, look.open_counters) + 1, max(before, look.open_counters) + 1):
        kind: type[CounterOpened | CounterClosed] = (
            CounterOpened if look.open_counters > before else CounterClosed
        )
        event: Event = kind(site=site, counter=f"counter_{nr}", at=at)
        yield Planned(at, Stream.named("counter", site, f"counter_{nr}", look.at.date() + SHIFT), event)
