"""Looks at a booking calendar every two minutes; the first of each hour is the hourly sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from buergerbuero_contracts.booking import LeadTime, LeadTimesSampled
from servicekit.log import Stream

from .rows import BadRow, Planned, count, read_rows

NEEDED = ("dateChecked", "appointmentDaysFound", "earliestAppointmentDate", "earliestAppointmentDelta")
SITE, SERVICE = "berlin", "registration"
BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True, slots=True)
class Look:
    """One look: its moment by the clock in Berlin, and the first day with a free place, if any."""

    at: datetime
    first_free_on: date | None


def parse(cells: dict[str, str]) -> Look:
    """A row, or ``ValueError`` with what is wrong with it."""
    try:
        at = datetime.fromisoformat(cells["dateChecked"])
    except ValueError:
        raise ValueError(f"time {cells['dateChecked']} does not exist") from None
    if count(cells, "appointmentDaysFound") == 0:
        return Look(at, None)
    first = at.date() + timedelta(days=count(cells, "earliestAppointmentDelta"))
    return Look(at, first)


def read(file: Path, working_days: Callable[[date, date], int]) -> tuple[list[Planned], list[BadRow]]:
    """One sample per hour, and the rows that were left out."""
    looks, bad = read_rows(file, NEEDED, parse)
    firsts: dict[datetime, Look] = {}
    for look in sorted(looks, key=lambda look: look.at):
        firsts.setdefault(look.at.replace(minute=0, second=0, microsecond=0), look)
    return [_sample(look, working_days) for look in firsts.values()], bad


def _sample(look: Look, working_days: Callable[[date, date], int]) -> Planned:
    at = look.at.replace(tzinfo=BERLIN).astimezone(UTC)
    free = look.first_free_on
    entry = LeadTime(
        service=SERVICE,
        first_free_on=free,
        working_days=None if free is None else working_days(look.at.date(), free),
    )
    event = LeadTimesSampled(site=SITE, sampled_at=at, entries=(entry,))
    return Planned(at, Stream.named("lead_time", SITE, look.at.date()), event)
