"""What the generator did and was answered: the truth, kept apart from anything that the platform stores.

Promises: an entry is made only from a draw of the generator or from an answer to the person or clerk who
asked; moments are the simulated ones at which that happened.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from .world import BERLIN


def week_of(moment: datetime) -> str:
    """The ISO week in Flensburg, such as ``2026-W49``."""
    return f"{moment.astimezone(BERLIN):%G-W%V}"


def day_of(moment: datetime) -> date:
    """The date in Flensburg."""
    return moment.astimezone(BERLIN).date()


@dataclass
class Life:
    """One booking, as far as its person knows. ``state`` is how it stands at last."""

    booking_id: str
    service: str
    persons: int
    reserved_at: datetime
    first_start: datetime
    starts_at: datetime
    state: str = "held"
    contact_at: datetime | None = None
    mailed_at: datetime | None = None
    confirmed_at: datetime | None = None
    cancelled_at: datetime | None = None
    """The last time, whether it was taken back or not."""
    came: bool | None = None
    """Whether the person was there when called; None until the appointment is over."""
    told: list[Told] = field(default_factory=list)


@dataclass
class Told:
    """A mail that told the time: since when it is there, what it said, until when that held."""

    at: datetime
    starts_at: datetime
    until: datetime | None = None


@dataclass
class Visit:
    """One visit, from the door on."""

    booking_id: str
    visit_id: str
    service: str
    persons: int
    admitted_at: datetime
    planned_at: datetime
    called_at: datetime | None = None
    legs: list[tuple[datetime, datetime]] = field(default_factory=list)
    finished_at: datetime | None = None
    delivered: bool = True
    inaccurate: bool = False


@dataclass(frozen=True)
class Look:
    """How many working days one would wait for a place at that moment; None: there was none."""

    at: datetime
    service: str
    days: int | None


@dataclass
class Ledger:
    """Everything that happened."""

    lives: dict[str, Life] = field(default_factory=dict)
    visits: dict[str, Visit] = field(default_factory=dict)
    refusals: list[tuple[datetime, str, str]] = field(default_factory=list)
    """At the door: when, whose booking, why."""
    promised: list[tuple[datetime, str]] = field(default_factory=list)
    """When an answer meant that a mail goes out, and of which template."""
    looks: list[Look] = field(default_factory=list)
    told: dict[str, int] = field(default_factory=dict)
    """What else happened, by name: double clicks, pages that said no."""

    def note(self, what: str, number: int = 1) -> None:
        """Count something that is told at the end."""
        self.told[what] = self.told.get(what, 0) + number

    def promise(self, at: datetime, template: str) -> None:
        """An answer means that a mail goes out."""
        self.promised.append((at, template))

    def held(self, week: str) -> list[Life]:
        """The bookings whose time was picked in a week."""
        return [one for one in self.lives.values() if week_of(one.reserved_at) == week]

    def starts(self, week: str, until: datetime) -> list[Life]:
        """The appointments that stood in a week and have begun."""
        return [one for one in self._confirmed(week, until) if one.state != "cancelled"]

    def cancelled_late(self, week: str, until: datetime) -> list[Life]:
        """The confirmed appointments of a week that were cancelled less than a day before."""
        return [
            one
            for one in self._confirmed(week, until)
            if one.state == "cancelled"
            and one.cancelled_at
            and one.starts_at - one.cancelled_at < timedelta(hours=24)
        ]

    def _confirmed(self, week: str, until: datetime) -> list[Life]:
        return [
            one
            for one in self.lives.values()
            if one.confirmed_at and one.starts_at <= until and week_of(one.starts_at) == week
        ]

    def reminders(self) -> list[datetime]:
        """When to remind people: 3 days and 1 day before, if the time stood and was told 12 hours ago."""
        due = [
            (told, told.starts_at.astimezone(BERLIN) - timedelta(days=days))
            for life in self.lives.values()
            for told in life.told
            for days in (3, 1)
        ]
        return [
            moment.astimezone(UTC)
            for told, moment in due
            if told.at + timedelta(hours=12) <= moment and (told.until is None or moment < told.until)
        ]
