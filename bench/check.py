"""A wrong run has no speed: what the log must look like after a point.

Promises: what was acknowledged is stored, once, and nothing else; positions have no holes; no two places of a
counter overlap. Raises ``Wrong`` with the first thing that is not so. Shown by ``tests/bench/test_check.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from uuid import UUID

import msgspec

from bench.frame import Wrong
from servicekit.postgres import connect, fetch_one
from servicekit.testing.databases import Database

_WHOLE = "SELECT count(*) AS stored, coalesce(max(position), 0) AS head FROM event"
_NEW = """
SELECT type, data::text AS data FROM event
WHERE position > $1 AND type IN ('SlotReserved', 'BookingOpened') ORDER BY position"""


class _Place(msgspec.Struct):
    """The part of SlotReserved and BookingOpened that is compared. Times sort as texts: all are UTC."""

    booking_id: UUID
    site: str
    starts_at: str
    counter: str = ""
    occupied_until: str = ""


_place = msgspec.json.Decoder(_Place)


async def head(database: Database) -> int:
    """The log's last position."""
    connection = await connect(database.app_url, application="check")
    try:
        return int((await fetch_one(connection, _WHOLE))["head"])
    finally:
        await connection.close()


async def reservations(
    database: Database, after: int, acknowledged: Iterable[object], unheard: int = 0
) -> None:
    """The log behind ``after`` holds exactly the bookings that callers were told of.

    ``unheard``: so many may be stored of which nobody was told, because who would have told was killed.
    """
    await whole(database)
    connection = await connect(database.app_url, application="check")
    try:
        rows = await connection.fetch(_NEW, after)
    finally:
        await connection.close()
    told = list(acknowledged)
    places = [_place.decode(row["data"]) for row in rows if row["type"] == "SlotReserved"]
    opened = [_place.decode(row["data"]).booking_id for row in rows if row["type"] == "BookingOpened"]
    for what, stored in (("places", [place.booking_id for place in places]), ("bookings", opened)):
        if len(set(stored)) != len(stored):
            raise Wrong(f"{len(stored) - len(set(stored))} {what} were stored twice")
        lost, beyond = set(told) - set(stored), set(stored) - set(told)
        if lost or len(beyond) > unheard or len(set(told)) != len(told):
            raise Wrong(f"{len(told)} acknowledged, {len(stored)} {what} stored")
    apart(places)


async def whole(database: Database) -> None:
    """Positions end at their number."""
    connection = await connect(database.app_url, application="check")
    try:
        row = await fetch_one(connection, _WHOLE)
    finally:
        await connection.close()
    if row["stored"] != row["head"]:
        raise Wrong(f"{row['stored']} events end at position {row['head']}")


async def places(database: Database) -> int:
    """How many places were ever given."""
    connection = await connect(database.app_url, application="check")
    try:
        return int(await connection.fetchval("SELECT count(*) FROM event WHERE type = 'SlotReserved'"))
    finally:
        await connection.close()


async def at_least(database: Database, after: int, heard: int) -> None:
    """The log behind ``after`` is whole and holds at least the bookings that were answered."""
    await whole(database)
    connection = await connect(database.app_url, application="check")
    try:
        rows = await connection.fetch(_NEW, after)
    finally:
        await connection.close()
    places = [_place.decode(row["data"]) for row in rows if row["type"] == "SlotReserved"]
    if len(places) < heard:
        raise Wrong(f"{heard} answered, {len(places)} stored")
    apart(places)


def apart(places: Sequence[_Place]) -> None:
    """No two places of a counter overlap."""
    by_counter: dict[tuple[str, str], list[_Place]] = {}
    for place in places:
        by_counter.setdefault((place.site, place.counter), []).append(place)
    for (site, counter), taken in by_counter.items():
        taken.sort(key=lambda place: place.starts_at)
        for before, after in pairwise(taken):
            if after.starts_at < before.occupied_until:
                raise Wrong(f"{counter} of {site} was given twice at {after.starts_at}")
