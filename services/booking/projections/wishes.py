"""Read model ``booking.wishes.v1``: who waits for which places, oldest first.

Promises: fed from the own log in position order; repeats change nothing. It may be a moment late: whether a
wish is active is decided on its own stream (``offering.py``), here it is only found.
Shown by ``tests/log/test_offers.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from buergerbuero_contracts.envelope import Item
from servicekit.postgres import Pool
from servicekit.projection import LOG, Projection, Row, Seen, Step
from servicekit.read_model import read_model
from services.booking.rules.waiting_events import Window
from services.booking.rules.wish_state import Waiting

NAME = "booking.wishes.v1"


class Made(msgspec.Struct, frozen=True):
    """WishMade."""

    wish_id: UUID
    site: str
    items: tuple[dict[str, Any], ...]
    booking_id: UUID | None = None


class Described(msgspec.Struct, frozen=True):
    """WishDescribed."""

    wish_id: UUID
    minutes: int
    window: dict[str, Any]


class Moved(msgspec.Struct, frozen=True):
    """Any later event of a wish."""

    wish_id: UUID


STATUS: Mapping[str, str] = {
    "WishConfirmed": "active",
    "WishOffered": "offered",
    "WishPassed": "active",
    "WishFulfilled": "closed",
    "WishClosed": "closed",
}
"""What each later event makes of its wish."""
COLUMNS = ("position", "site", "booking_id", "items", "status", "minutes", "earliest", "latest", "window")


def wishes(seen: Sequence[Seen]) -> list[Row]:
    """One row per wish that the batch names: the last word on each column, absent where it has none."""
    rows: dict[UUID, dict[str, Any]] = {}
    for one in seen:
        rows.setdefault(one.data.wish_id, {}).update(_change(one))
    return [(key, *(rows[key].get(name) for name in COLUMNS)) for key in sorted(rows)]


def _change(one: Seen) -> Mapping[str, Any]:
    match one.data:
        case Made() as made:
            return {
                "position": one.position,
                "site": made.site,
                "booking_id": made.booking_id,
                "items": msgspec.json.encode(made.items).decode(),
                "status": "active" if made.booking_id else "unproven",
            }
        case Described() as told:
            return {
                "minutes": told.minutes,
                "earliest": date.fromisoformat(told.window["earliest"]),
                "latest": date.fromisoformat(told.window["latest"]),
                "window": msgspec.json.encode(told.window).decode(),
            }
    return {"status": STATUS[one.type]}


UPSERT = """
INSERT INTO wish AS known (wish_id, position, site, booking_id, items, status, minutes, earliest, latest,
    "window")
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::uuid[], $5::json[], $6::text[], $7::integer[],
    $8::date[], $9::date[], $10::json[])
ON CONFLICT (wish_id) DO UPDATE SET
    position = coalesce(excluded.position, known.position),
    site = coalesce(excluded.site, known.site),
    booking_id = coalesce(excluded.booking_id, known.booking_id),
    items = coalesce(excluded.items, known.items),
    status = coalesce(excluded.status, known.status),
    minutes = coalesce(excluded.minutes, known.minutes),
    earliest = coalesce(excluded.earliest, known.earliest),
    latest = coalesce(excluded.latest, known.latest),
    "window" = coalesce(excluded."window", known."window")"""

WISHES = Projection(
    name=NAME,
    topics=(LOG,),
    reads={"WishMade": Made, "WishDescribed": Described, **dict.fromkeys(STATUS, Moved)},
    steps=(Step(wishes, UPSERT),),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("wish",),
)

_ACTIVE = """
SELECT wish_id, booking_id, items::text AS items, minutes, "window"::text AS "window" FROM wish
WHERE site = $1 AND status = 'active' AND latest >= $2 AND earliest <= $2 ORDER BY position"""
_OF_BOOKING = "SELECT wish_id FROM wish WHERE booking_id = $1 AND status <> 'closed' ORDER BY position"


class Wishes:
    """The queries on it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def active(self, site: str, day: date) -> Sequence[Waiting]:
        """The active wishes for places on a date, oldest first."""
        async with read_model(self._pool, NAME) as connection:
            rows = await connection.fetch(_ACTIVE, site, day)
        return [_waiting(dict(row)) for row in rows]

    async def of_booking(self, booking_id: UUID) -> Sequence[UUID]:
        """The open wishes for an earlier place than this booking's."""
        async with read_model(self._pool, NAME) as connection:
            return [row["wish_id"] for row in await connection.fetch(_OF_BOOKING, booking_id)]


def _waiting(row: Mapping[str, Any]) -> Waiting:
    return Waiting(
        wish_id=row["wish_id"],
        booking_id=row["booking_id"],
        items=tuple(Item(**item) for item in msgspec.json.decode(row["items"])),
        minutes=row["minutes"],
        window=Window.model_validate_json(row["window"]),
    )
