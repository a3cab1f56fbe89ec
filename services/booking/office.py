"""What the API and the pages need of the rest of booking. ``wiring.py`` supplies it.

Promises: the thin ends know nothing else, neither pools nor brokers nor the log. Times are aware
UTC. ``servicekit.handle.Outcome`` is what a command led to.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from servicekit.handle import Outcome
from servicekit.log import Context, Person, Recorded
from servicekit.tokens import Tokens
from servicekit.web.door_code import DoorCodes
from servicekit.web.problems import LANGUAGES

from .commands import Command
from .projections.floor import FloorVisit
from .rules.admission import Room
from .rules.booking_state import Booking
from .rules.counter import CounterDay
from .rules.day_state import DayPlan
from .rules.pickup import Invitation
from .rules.protection import Holds
from .rules.site import Site
from .rules.visit_state import Visit
from .rules.wish_state import Wish


class Clock(Protocol):
    """The platform's time."""

    def now(self) -> datetime:
        """The present moment, UTC."""


@dataclass(frozen=True, slots=True)
class SiteInfo:
    """An office as people find it; from the site's configuration file."""

    code: str
    name: str
    address: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class ServiceText:
    """A service in one language: its name, what to bring or send, and how people find it.

    ``words`` are other words for it in all languages, ``often`` its place among the most used (0: none),
    ``who`` must come if the catalogue's presence does not say it, ``online`` and ``form`` are addresses.
    """

    name: str
    papers: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    often: int = 0
    who: str | None = None
    online: str | None = None
    form: str | None = None


def read_texts(file: Path, languages: Sequence[str] = LANGUAGES) -> dict[str, dict[str, ServiceText]]:
    """``config/service_texts.toml`` by language and service, with ``service_guide.toml`` beside it.

    Raises KeyError for a missing text.
    """
    table, guide = (
        tomllib.loads(one.read_text("utf-8")) for one in (file, file.with_name("service_guide.toml"))
    )
    return {
        language: {code: _text(row, guide.get(code, {}), language) for code, row in table.items()}
        for language in languages
    }


def _text(row: Mapping[str, Any], guide: Mapping[str, Any], language: str) -> ServiceText:
    return ServiceText(
        row["name"][language],
        tuple(row["papers"][language]),
        words=tuple(guide.get("words", ())),
        often=guide.get("often", 0),
        who=guide["who"][language] if "who" in guide else None,
        online=guide.get("online"),
        form=guide.get("form"),
    )


@dataclass(frozen=True, slots=True)
class Read:
    """Somebody of the office saw who a booking is for. ``reason`` is a code: which page, and why."""

    staff_id: str
    role: str
    site: str
    reason: str
    booking_ids: tuple[UUID, ...]
    at: datetime


class Floor(Protocol):
    """The ends' view of door, queue and counters."""

    async def places(self, site: str, day: date) -> Sequence[UUID]:
        """The bookings that have, or had, a place on this date."""

    async def bookings(self, booking_ids: Sequence[UUID]) -> Sequence[Booking]:
        """These bookings as they are now; unknown ones are left out."""

    async def room(self, site: str, day: date) -> Room:
        """Who is in the room."""

    async def counters(self, site: str, day: date) -> Mapping[str, CounterDay]:
        """All counters of the site as they are now, by code, in order."""

    async def visit(self, visit_id: UUID) -> Visit:
        """A visit as it is now; the initial one if there is none."""

    async def visits(self, site: str, day: date) -> tuple[Sequence[FloorVisit], int]:
        """All visits of the date, by admission, and ``queue.Line.turns``; they may be a moment old."""

    async def seen(self, position: int) -> None:
        """Return when ``visits`` has seen a log position, or after half a second."""

    async def record_read(self, read: Read) -> None:
        """Write down who saw whom; before the page goes out."""

    async def reads_of(self, booking_id: UUID) -> Sequence[tuple[datetime, str]]:
        """When somebody saw who a booking is for, and the reason's code, in order."""


class Office(Protocol):
    """The ends' view of the service."""

    @property
    def floor(self) -> Floor:
        """Door, queue and counters."""

    @property
    def clock(self) -> Clock:
        """The platform's time."""

    @property
    def tokens(self) -> Tokens:
        """Signs and verifies links."""

    @property
    def code_key(self) -> bytes:
        """Derives spoken codes; not rotated with the links' keys."""

    @property
    def door_codes(self) -> DoorCodes:
        """Signs and verifies what the square on a ticket says."""

    @property
    def sites(self) -> Mapping[str, SiteInfo]:
        """All offices by code."""

    @property
    def texts(self) -> Mapping[str, Mapping[str, ServiceText]]:
        """By language and service; German for those that have no text of their own."""

    @property
    def domain(self) -> str:
        """The domain of calendar entries' ids, the same as in mails."""

    @property
    def public_url(self) -> str:
        """Where citizens find this service, without a slash at its end."""

    def position(self) -> int:
        """The log position up to which this process has seen everything."""

    async def execute(self, command: Command, context: Context) -> Outcome:
        """Carry out one command. Raises ``Refused`` or ``Busy``."""

    async def booking(self, booking_id: UUID, upto: int = 0) -> Booking:
        """The fold of its stream, up to a log position or to the end; the initial one if there is none."""

    async def history(self, booking_id: UUID) -> Sequence[Recorded]:
        """Its events with their meta, in order; empty if there is none."""

    async def person(self, person_id: UUID) -> Person | None:
        """The row of the person, erased ones included."""

    async def wish(self, wish_id: UUID, upto: int = 0) -> Wish:
        """The fold of its stream, up to a log position or to the end; the initial one if there is none."""

    async def wishes_of(self, booking_id: UUID) -> Sequence[UUID]:
        """The open wishes for an earlier place than this booking's, as the read model has them."""

    async def waiting(self, invitation_id: UUID) -> Invitation:
        """A call to collect documents, with those of them that are still here.

        Refuses ``invitation-on-its-way`` while the documents' topic has not told of it.
        """

    async def called(self, site: str) -> Sequence[tuple[UUID, str]]:
        """The open calls of a site to collect documents, each with the name of who is called."""

    def site(self, code: str) -> Site:
        """Hours, settings and catalogue of a site."""

    def plans(self, site: str) -> Mapping[date, DayPlan]:
        """The planned days of the site as this process knows them, today and later, in order."""

    def version(self, site: str) -> int:
        """The log position of the last change of the site's plans, hours or catalogue."""

    async def holds(self, site: str, first: datetime, last: datetime) -> Holds:
        """The online holds taken after ``first`` and until ``last``, and how many of them are confirmed."""

    async def caught_up(self, position: int) -> None:
        """Return when the plans have seen ``position``: wait at most 250 ms, then ask the log.

        Refuses ``invalid-input`` for a position that the log does not have; raises ``Busy``.
        """

    def hashed(self, kind: str, value: str) -> str:
        """A keyed hash of a device, network or contact, for limits."""
