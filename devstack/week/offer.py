"""What the office's file says about time: how long its counters are open, how long a service is planned for.

Promises: read from the file alone, by no code of the platform; an office ``scale`` times as large has as many
of each counter.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from .habits import HOLIDAYS
from .world import BERLIN


@dataclass(frozen=True)
class Offer:
    """Hours and services of one site."""

    hours: Sequence[Mapping[str, Any]]
    services: Mapping[str, Mapping[str, Any]]
    scale: int

    def counters_open(self, monday: date, until: datetime) -> timedelta:
        """The time of all counters together in a week, as far as it has passed."""
        open_for = timedelta()
        for day in (monday + timedelta(days=n) for n in range(7)):
            for row in self.hours:
                if day.isoweekday() in row["weekdays"] and day not in HOLIDAYS:
                    begins, ends = _at(day, row["from"]), min(_at(day, row["until"]), until)
                    open_for += len(row["counters"]) * max(ends - begins, timedelta())
        return open_for * self.scale

    def planned(self, service: str, persons: int) -> timedelta:
        """How long an appointment is."""
        return timedelta(minutes=self.services[service]["minutes"] * persons)


def offer(file: Path, scale: int) -> Offer:
    """Read the office's file."""
    told = tomllib.loads(file.read_text("utf-8"))
    return Offer(list(told["hours"].values()), told["services"], scale)


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, BERLIN)
