"""What was scanned, typed or said at the door: which booking it means, and how often one may guess.

Promises: a square counts only with our signature, a spoken code only at its own site; ten unknown
codes of a login at a door within a minute, then a pause until the first of them is a minute old (each
process counts for itself; a signed square cannot be guessed and is let through); what a scanner with
the wrong keyboard layout typed is undone, or named as that, and never counted (field case F06).
Shown by ``tests/way/test_door.py``.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import UUID

from buergerbuero_contracts.booking import AdmissionMode
from servicekit.decider import Refused
from servicekit.web.codes import read_code, spoken_code
from servicekit.web.door_code import Misread
from servicekit.web.names import has_surname
from servicekit.web.problems import local
from servicekit.web.scanner import as_meant, typed_by_us_scanner

from .office import Office
from .rules.booking_state import Booking
from .rules.calendar import local_date

MOST_TRIES, SPAN = 10, timedelta(minutes=1)
AROUND = timedelta(minutes=15)
"""How far a time that somebody remembers may be from the booked one."""
_CLOCK = re.compile(r"([01]?\d|2[0-3])(?:[:.\s]?([0-5]\d))?(?:\s*uhr)?", re.IGNORECASE)


@dataclass
class Tries:
    """Unknown codes of each login at a door, those of the last minute."""

    _at: dict[str, deque[datetime]] = field(default_factory=lambda: defaultdict(deque))

    def check(self, device: str, now: datetime) -> None:
        """Refuse with ``too-many-requests`` during a pause."""
        tries = self._recent(device, now)
        if len(tries) >= MOST_TRIES:
            raise Refused("too-many-requests", retry_at=tries[0] + SPAN)

    def count(self, device: str, now: datetime) -> None:
        """One more unknown code."""
        self._recent(device, now).append(now)

    def _recent(self, device: str, now: datetime) -> deque[datetime]:
        tries = self._at[device]
        while tries and tries[0] + SPAN <= now:
            tries.popleft()
        return tries


DOOR_TRIES = Tries()
"""Those of this process."""


@dataclass(frozen=True, slots=True)
class Meant:
    """The booking that was meant. ``wrong_layout``: the scanner's keyboard layout had to be undone."""

    booking_id: UUID
    mode: AdmissionMode
    wrong_layout: bool = False


async def recognise(office: Office, site: str, typed: str, tries: Tries, device: str) -> Meant | None:
    """The booking that a code means, None for an unknown one, which is counted.

    Refuses ``scanner-layout`` for what only a scanner with a wrong layout types and cannot be undone,
    ``too-many-requests`` during a pause.
    """
    now = office.clock.now()
    try:
        if signed := office.door_codes.verify(typed):
            return Meant(signed.booking_id, AdmissionMode.SCAN, signed.wrong_layout)
    except Misread:
        raise Refused("scanner-layout") from None
    tries.check(device, now)
    readings = {code for text in (typed, as_meant(typed)) if (code := read_code(text))}
    if found := await _spoken(office, site, readings):
        return Meant(found, AdmissionMode.CODE, read_code(typed) is None)
    if typed_by_us_scanner(typed):
        raise Refused("scanner-layout")
    tries.count(device, now)
    return None


async def _spoken(office: Office, site: str, readings: set[str]) -> UUID | None:
    """Who has one of the codes: today's bookings, cancelled and missed ones too, then those of other days."""
    if not readings:
        return None
    plans, today = office.plans(site), local_date(office.clock.now())
    placed = (slot.booking_id for plan in plans.values() for slot in plan.slots.values())
    today_first: tuple[Iterable[UUID], ...] = (await office.floor.places(site, today), placed)
    return next(
        (one for ids in today_first for one in ids if spoken_code(office.code_key, one) in readings), None
    )


async def by_name(office: Office, site: str, surname: str, at: time) -> Sequence[tuple[Booking, str]]:
    """Today's bookings of people with this surname around a time, earliest first, with the whole name."""
    today = local_date(office.clock.now())
    known = await office.floor.bookings(await office.floor.places(site, today))
    found: list[tuple[Booking, str]] = []
    for booking in known:
        if booking.starts_at is None or booking.person_id is None or not _near(booking.starts_at, at):
            continue
        person = await office.person(booking.person_id)
        if person and not person.erased and person.name and has_surname(person.name, surname):
            found.append((booking, person.name))
    return sorted(found, key=lambda one: (one[0].starts_at or office.clock.now(), one[1]))


def typed_time(typed: str) -> time | None:
    """``9:00``, ``9.00``, ``0900``, ``9``, ``9 Uhr``; None if it is no time."""
    found = _CLOCK.fullmatch(typed.strip())
    return time(int(found[1]), int(found[2] or 0)) if found else None


def _near(starts_at: datetime, at: time) -> bool:
    begins = local(starts_at)
    asked = begins.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return abs(begins - asked) <= AROUND
