"""What door and counter pages read: streams as they are now, the read model for lists, the read log.

Promises: whatever a decision or a button depends on is the fold of its stream; only the list of visits
is the read model's, and a page that follows a change waits until that has seen it; who is shown a name
leaves a row that the app role can neither change nor delete. Implements ``office.Floor``.
Shown by ``tests/log/test_floor_reads.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from servicekit.log import Store, Stream
from servicekit.postgres import Pool
from servicekit.read_model import read_model

from .administration import DECIDERS
from .office import Read
from .projections import APPOINTMENTS, FLOOR
from .projections.floor import TURNS, FloorVisit, visits_of_day
from .rules.admission import Room
from .rules.booking_state import Booking
from .rules.calendar import midnight
from .rules.counter import CounterDay
from .rules.visit_state import Visit
from .streams import counter_stream, door_stream, visit_stream
from .surroundings import Surroundings

PATIENCE, PAUSE = 0.5, 0.02
"""Seconds that a page waits for the read model, and between two looks."""
_PLACES = "SELECT booking_id FROM appointment WHERE site = $1 AND starts_at >= $2 AND starts_at < $3"
_SEEN = "SELECT coalesce(max(position), 0) AS seen FROM checkpoint WHERE consumer = $1"
_READ = """
INSERT INTO read_log (read_at, staff_id, role, site, reason, booking_id)
SELECT $1, $2, $3, $4, $5, seen FROM unnest($6::uuid[]) seen"""

_READS = "SELECT read_at, reason FROM read_log WHERE booking_id = $1 ORDER BY read_at, read_id"


@dataclass
class FloorReads:
    """The floor over the pool and the process's memory."""

    pool: Pool
    store: Store
    around: Surroundings

    async def places(self, site: str, day: date) -> Sequence[UUID]:
        """From the day's plan, and what the read model remembers of places that were given back."""
        (plan,) = await self.around.plans(site, day, day)
        placed = [slot.booking_id for slot in plan.slots.values()]
        async with read_model(self.pool, APPOINTMENTS.name) as read:
            rows = await read.fetch(_PLACES, site, midnight(day), midnight(day + timedelta(days=1)))
        return list(dict.fromkeys([*placed, *(row["booking_id"] for row in rows)]))

    async def bookings(self, booking_ids: Sequence[UUID]) -> Sequence[Booking]:
        """One load for all of them."""
        found = await self._folded([Stream("booking", one) for one in booking_ids])
        return [booking for booking in found.values() if booking != Booking()]

    async def room(self, site: str, day: date) -> Room:
        """The fold of the door's stream."""
        room: Room = await self._one(door_stream(site, day))
        return room

    async def counters(self, site: str, day: date) -> Mapping[str, CounterDay]:
        """The folds of the counters' streams."""
        streams = {code: counter_stream(site, code, day) for code in self.around.site(site).opening.counters}
        found = await self._folded(list(streams.values()))
        return {code: found[streams[code]] for code in sorted(streams)}

    async def visit(self, visit_id: UUID) -> Visit:
        """The fold of its stream."""
        visit: Visit = await self._one(visit_stream(visit_id))
        return visit

    async def visits(self, site: str, day: date) -> tuple[Sequence[FloorVisit], int]:
        """The read model's rows, and whose turn it is."""
        async with read_model(self.pool, FLOOR.name) as read:
            return await visits_of_day(read, site, day), await read.fetchval(TURNS, site, day)

    async def seen(self, position: int) -> None:
        """Look again and again, half a second at most: then the page shows what there is."""
        for _ in range(int(PATIENCE / PAUSE)):
            async with read_model(self.pool, FLOOR.name) as read:
                if await read.fetchval(_SEEN, FLOOR.name) >= position:
                    return
            await asyncio.sleep(PAUSE)

    async def record_read(self, read: Read) -> None:
        """One row for each booking."""
        if read.booking_ids:
            await self.pool.execute(
                _READ, read.at, read.staff_id, read.role, read.site, read.reason, list(read.booking_ids)
            )

    async def reads_of(self, booking_id: UUID) -> Sequence[tuple[datetime, str]]:
        """From the read log, whose rows nobody changes."""
        rows = await self.pool.fetch(_READS, booking_id)
        return [(row["read_at"], row["reason"]) for row in rows]

    async def _one(self, stream: Stream) -> Any:
        return (await self._folded([stream]))[stream]

    async def _folded(self, streams: Sequence[Stream]) -> dict[Stream, Any]:
        loaded = await self.store.load(streams)
        return {
            stream: DECIDERS[stream.category].fold(one.event for one in events)
            for stream, events in loaded.items()
        }
