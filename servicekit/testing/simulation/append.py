"""Requests of one ``append_events``, put together again from the arrays of the call, and what guards count.

Shown by ``tests/simulation/test_twins.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

_meta = msgspec.json.Decoder(dict[str, Any])


@dataclass(slots=True)
class Live:
    """What guards count: uses as they were before the call, and those of earlier requests of the call."""

    before: dict[tuple[str, str, UUID], datetime]
    more: list[tuple[str, str, UUID]] = field(default_factory=list)

    def others(self, kind: str, key: str, subject: UUID, most: int) -> tuple[int, datetime | None]:
        """How many others have a use, and when there may be room."""
        ends = sorted(
            (until for use, until in self.before.items() if use[:2] == (kind, key) and use[2] != subject),
            reverse=True,
        )
        new = [one for one in self.more if one[:2] == (kind, key) and one[2] != subject]
        place = max(most - 1, 0)
        used = len(ends) + sum(one not in self.before for one in new)
        return used, ends[place] if place < len(ends) else None


@dataclass(slots=True)
class Request:
    """One request, put together again from the arrays of a call."""

    first: UUID | None
    events: list[Any] = field(default_factory=list)
    expected: list[Any] = field(default_factory=list)
    guards: list[Any] = field(default_factory=list)
    uses: list[Any] = field(default_factory=list)
    timers: list[Any] = field(default_factory=list)
    people: list[Any] = field(default_factory=list)

    @property
    def command(self) -> UUID | None:
        """Which command asks, as far as its events tell."""
        return UUID(_meta.decode(self.events[0][-1])["command_id"]) if self.events else None


WIDTHS = (("events", 9), ("expected", 3), ("guards", 5), ("uses", 5), ("timers", 5), ("people", 10))


def requests(parts: Sequence[Any]) -> list[Request]:
    found, at = [Request(first) for first in parts[0]], 1
    for name, width in WIDTHS:
        rows = zip(*parts[at : at + width], strict=True)
        for number, (request, *row) in enumerate(rows, 1):
            getattr(found[request - 1], name).append((number, *row) if name == "guards" else tuple(row))
        at += width
    return found


PERSON = ("person_id", "revision", "keep_until", "name", "email", "phone", "language", "needs", "erased")


def person_row(
    person_id: UUID, revision: int, keep: datetime, name: str, email: str, phone: str, language: str,
    needs: str, erased: bool,
) -> dict[str, Any]:  # fmt: skip
    """A row of ``person``."""
    return {
        "person_id": person_id,
        "revision": revision,
        "keep_until": keep,
        "name": name,
        "email": email,
        "phone": phone,
        "language": language,
        "needs": needs.split(",") if needs else [],
        "erased": erased,
    }
