"""What somebody wants to come for, as addresses and forms carry it. Pure.

Promises: every address and form is read, whatever it says; what cannot be meant is kept beside as a
complaint and never raises; ``query`` is the one address of a wish, so links and forms keep all of it.
Shown by ``tests/rules/booking/test_wish.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from urllib.parse import urlencode

from buergerbuero_contracts.booking import Pool
from buergerbuero_contracts.envelope import Item
from services.booking.api.free_slots import MOST_SERVICES, Question
from services.booking.rules.calendar import local_date, local_time
from services.booking.rules.catalogue import MAX_PERSONS

NOON, AFTERNOON = time(12), time(14)
HALVES = ("vormittags", "ab-14")
"""What ``uhrzeit`` may say: before noon, from 14 o'clock on."""
_CODE = re.compile(r"^[a-z][a-z0-9_]{0,39}$")


@dataclass(frozen=True, slots=True)
class Wish:
    """Services, each with the number of people who need it, how many people come, and which times suit.

    ``first`` is the first date to show, None for today. ``persons`` is 0 if what was said is no number
    from 1 to 6; ``first_wrong`` if what was said is no date to come.
    """

    quantities: Mapping[str, int]
    persons: int = 1
    half: str = ""
    first: date | None = None
    first_wrong: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        """The services."""
        return tuple(self.quantities)

    @property
    def items(self) -> tuple[Item, ...]:
        """As commands take them."""
        return tuple(Item(service=code, quantity=quantity) for code, quantity in self.quantities.items())

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """What an address or form says of it, defaults left out; the times that suit are the last ones."""
        return (*self.choice, *((("uhrzeit", self.half),) if self.half else ()), *self._since)

    @property
    def choice(self) -> tuple[tuple[str, str], ...]:
        """The part of ``fields`` that says what for and for how many."""
        services = tuple(("service", code) for code in self.quantities)
        persons = (("persons", str(self.persons)),) if self.persons != 1 else ()
        fewer = tuple(
            (f"anzahl_{code}", str(quantity))
            for code, quantity in self.quantities.items()
            if quantity != self.persons
        )
        return (*services, *persons, *fewer)

    @property
    def _since(self) -> tuple[tuple[str, str], ...]:
        return (("ab", self.first.isoformat()),) if self.first else ()

    @property
    def query(self) -> str:
        """The address's part after the question mark."""
        return urlencode(self.fields)

    def only(self, code: str) -> Wish:
        """The wish with one of its services alone."""
        return replace(self, quantities={code: self.quantities[code]})

    def at(self, half: str = "", first: date | None = None) -> Wish:
        """The same wish for other times."""
        return replace(self, half=half, first=first)

    def question(self, site: str, today: date) -> Question:
        """What to ask the plans."""
        items = tuple(self.quantities.items())
        return Question(site, items, self.persons, Pool.ONLINE, max(self.first or today, today), 1)

    def suits(self, starts_at: datetime) -> bool:
        """Whether a start is at a time of day that was asked for."""
        clock = local_time(starts_at)
        return clock < NOON if self.half == HALVES[0] else not self.half or clock >= AFTERNOON


def read(pairs: Iterable[tuple[str, object]], today: date) -> Wish:
    """The wish that a query or a form says. At most nine services: more than can be had together."""
    given = [(name, str(value)) for name, value in pairs]
    said = dict(given)
    codes = dict.fromkeys(value for name, value in given if name == "service" and value)
    persons = _number(said.get("persons", ""), 1)
    persons = persons if 1 <= persons <= MAX_PERSONS else 0
    typed, half = said.get("ab", ""), said.get("uhrzeit", "")
    first = day_of(typed)
    return Wish(
        quantities={
            code: _quantity(said.get(f"anzahl_{code}", ""), persons or 1)
            for code in list(codes)[: MOST_SERVICES + 1]
        },
        persons=persons,
        half=half if half in HALVES else "",
        first=first if first and first > today else None,
        first_wrong=bool(typed) and (first is None or first < today),
    )


def known(code: str) -> bool:
    """Whether it can be a service's code at all."""
    return bool(_CODE.match(code))


def _quantity(typed: str, persons: int) -> int:
    """For how many of those who come: for all of them, if nothing says fewer."""
    return min(max(_number(typed, persons), 1), persons)


def _number(typed: str, missing: int) -> int:
    """A typed number, ``missing`` if nothing was typed, -1 for what is no number."""
    text = typed.strip()
    if not text:
        return missing
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1


def day_of(typed: str) -> date | None:
    """A date of an address, or None for anything else."""
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None


def moment_of(typed: str) -> datetime | None:
    """The time of a radio button; None for none, and for what no page of ours offers."""
    try:
        at = datetime.fromisoformat(typed)
    except ValueError:
        return None
    return at if at.tzinfo is not None and 2000 <= at.year <= 2100 else None


def halves(times: tuple[tuple[datetime, datetime], ...]) -> list[tuple[str, list[datetime]]]:
    """The starts of a date before and after noon; a half without times is left out."""
    starts = [start for start, _end in times]
    morning = [start for start in starts if local_time(start) < NOON]
    parts = (("morning", morning), ("afternoon", starts[len(morning) :]))
    return [(name, part) for name, part in parts if part]


def by_day(starts: tuple[datetime, ...]) -> list[tuple[date, list[datetime]]]:
    """Starts in order, by date."""
    found: dict[date, list[datetime]] = {}
    for start in sorted(starts):
        found.setdefault(local_date(start), []).append(start)
    return list(found.items())
