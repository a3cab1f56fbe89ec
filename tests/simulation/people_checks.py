"""What must hold of people after a run: each copy is its owner's row of today; whose time is over is gone.

A copy may end before its row does, by its own ``keep_until``; it never outlives it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from buergerbuero_contracts.topics import PEOPLE, PEOPLE_OWNERS
from servicekit.people import Pace
from servicekit.relay_plan import Place
from servicekit.testing.simulation.platform import Side
from tests.simulation.service_side import ServiceSide

TOPIC = Place(PEOPLE, 0)
COPIED = ("revision", "keep_until", "name", "email", "phone", "language")


def copies_differ(sides: Sequence[ServiceSide]) -> Iterator[str]:
    """I6 of people: copies of all who keep some, against the rows of all who own some."""
    owners = [one.side for one in sides if one.with_people and one.side.name in PEOPLE_OWNERS]
    now = sides[0].platform.clock.now()
    for owner in owners:
        over = now - Pace().heartbeat - timedelta(minutes=1)
        for person_id, row in owner.log.people.items():
            since = max(row["keep_until"], row["changed_at"])
            if since < over and not row["erased"]:
                yield f"I14: {owner.name} still holds person {person_id}, whose time was over an hour ago"
    for keeper in (one.side for one in sides if one.with_people):
        for owner in owners:
            for person_id, row in owner.log.people.items():
                old = row["changed_at"] < now - Pace().resend_changed and not row["erased"]
                if old and TOPIC in sides[0].platform.cluster.lost:
                    continue  # what the topic has lost of it is not sent again
                if wrong := _differs(keeper, person_id, row, now):
                    yield f"I6: {keeper.name} holds {wrong} of person {person_id}, revision {row['revision']}"
        known = {person_id for owner in owners for person_id in owner.log.people}
        yield from (
            f"I6: {keeper.name} invented person {one}" for one in keeper.people.copies if one not in known
        )


def _differs(keeper: Side, person_id: UUID, row: dict[str, Any], now: datetime) -> str:
    held = keeper.people.copies.get(person_id)
    if row["erased"]:
        kept = held is not None and not held["erased"]
        return "a copy that should be gone" if kept else ""
    if held is None:
        return "" if row["keep_until"] <= now else "nothing"
    if held["erased"]:
        return "" if row["keep_until"] <= now + timedelta(minutes=1) else "an end too early"
    return ", ".join(f"another {name}" for name in COPIED if held[name] != row[name])
