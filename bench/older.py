"""Older events: what a log holds before a point begins, and the rows that COPY is measured with.

Promises: each row is a valid event of booking as ``append_events`` would store it, with positions 1..n in
streams of their own; the same number gives the same rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid5

from buergerbuero_contracts.booking import BookingKind, BookingOpened, Channel, Pool, Purpose, SlotReserved
from buergerbuero_contracts.envelope import Item
from servicekit.log import NAMESPACE

COLUMNS = (
    *("position", "category", "stream_id", "version", "event_id", "type", "schema_version", "data", "meta"),
)
Row = tuple[Any, ...]
_FIRST = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)
_KIND = BookingKind.APPOINTMENT


def events(nr: int, site: str = "elsewhere") -> tuple[SlotReserved, BookingOpened]:
    """What the ``nr``-th reservation stored: a place of a day, and a booking."""
    booking_id = uuid5(NAMESPACE, f"bench:{nr}")
    starts = _FIRST + timedelta(minutes=15 * (nr % 32), days=nr // 640 % 10_000)
    ends = starts + timedelta(minutes=15)
    items = (Item(service="id_card_apply"),)
    common: dict[str, Any] = {"site": site, "starts_at": starts, "ends_at": ends, "items": items}
    common |= {"channel": Channel.ONLINE, "hold_until": starts, "persons": 1, "booking_id": booking_id}
    slot = SlotReserved(
        slot_id=uuid5(booking_id, "slot"),
        date=starts.date(),
        counter=f"counter_{nr // 32 % 20}",
        pool=Pool.ONLINE,
        occupied_until=ends,
        purpose=Purpose.HOLD,
        **common,
    )
    return slot, BookingOpened(kind=_KIND, language="de", **common)


def meta(command_id: UUID, key: str | None = None) -> str:
    """What a citizen's command leaves beside an event."""
    actor = {"kind": "citizen", "id": "0123456789abcdef0123456789abcdef"}
    ids = {"command_id": str(command_id), "correlation_id": str(command_id)}
    return json.dumps({"at": "2026-01-05T07:00:00Z", **ids, "actor": actor, **({"key": key} if key else {})})


@lru_cache(maxsize=1)
def made(count: int, after: int = 0) -> list[Row]:
    """``rows``, kept: making them takes longer than storing them."""
    return list(rows(count, after))


def rows(count: int, after: int = 0) -> Iterator[Row]:
    """``count`` rows of ``event`` from position ``after`` + 1 on, two of each reservation."""
    for position in range(after + 1, after + count + 1):
        nr, second = divmod(position - 1, 2)
        event = events(nr)[second]
        command = uuid5(NAMESPACE, f"bench:{nr}:command")
        day = uuid5(NAMESPACE, f"bench:day:{nr // 640}")
        booking: UUID = getattr(event, "booking_id")  # noqa: B009 - both have it
        yield (
            position,
            "booking" if second else "day_plan",
            booking if second else day,
            1 if second else nr % 640 + 1,
            uuid5(command, str(second)),
            type(event).__name__,
            event.schema_version,
            event.to_json(),
            meta(command, event.partition_key() if event.key else None),
        )
