"""Hourly means of real waits, as twelve visits an hour that have just these means.

The wait of visit k is mean x (10 k + 5) seconds, k = 0 to 11, so their mean is the recorded one, and
their spread is that of a queue. Saturday 8 h is a filler of the collector and is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from uuid import uuid5
from zoneinfo import ZoneInfo

from buergerbuero_contracts.booking import CitizenCalled, VisitOpened
from buergerbuero_contracts.envelope import Item
from servicekit.log import NAMESPACE, Stream

from .rows import BadRow, Planned, read_rows

NEEDED = ("date", "hour_local", "avg_wait_min")
SITE = "moers"
VISITS = 12
BERLIN = ZoneInfo("Europe/Berlin")
LONGEST = 24 * 60


@dataclass(frozen=True, slots=True)
class Hour:
    """One clock hour in Europe/Berlin and its mean wait in minutes."""

    begins: datetime
    mean: Decimal


def parse(cells: dict[str, str]) -> Hour | None:
    """A row, None for the filler, ``ValueError`` with what is wrong with it."""
    try:
        begins = datetime.fromisoformat(f"{cells['date']} {int(cells['hour_local']):02}:00")
    except ValueError:
        raise ValueError(f"hour {cells['date']} {cells['hour_local']} does not exist") from None
    try:
        mean = Decimal(cells["avg_wait_min"])
    except InvalidOperation:
        raise ValueError(f"avg_wait_min is {cells['avg_wait_min']!r}, not a number") from None
    if not 0 <= mean <= LONGEST:
        raise ValueError(f"avg_wait_min is {mean}, not a wait of one day")
    return None if begins.weekday() == 5 and begins.hour == 8 else Hour(begins, mean)


def read(file: Path) -> tuple[list[Planned], list[BadRow]]:
    """All events of a recording, and the rows that were left out."""
    hours, bad = read_rows(file, NEEDED, parse)
    return [one for hour in hours if hour for one in _visits(hour)], bad


def _visits(hour: Hour) -> Iterator[Planned]:
    begins = hour.begins.replace(tzinfo=BERLIN).astimezone(UTC)
    for nr in range(VISITS):
        visit = uuid5(NAMESPACE, f"{SITE}:{hour.begins}:{nr}")
        came = begins + timedelta(minutes=60 / VISITS) * nr + timedelta(seconds=150)
        called = came + timedelta(seconds=1) * float(hour.mean * (10 * nr + 5))
        shared: dict[str, Any] = {"booking_id": uuid5(visit, "booking"), "visit_id": visit, "site": SITE}
        shared["public_number"] = f"M{hour.begins.hour % 10}{nr:02}"
        stream = Stream("visit", visit)
        yield Planned(came, stream, VisitOpened(**shared, at=came, items=(Item(service="registration"),)))
        yield Planned(called, stream, CitizenCalled(**shared, at=called, counter="counter_1", call_no=1))
