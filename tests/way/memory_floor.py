"""Door, queue and counters of an office in memory: the same answers as ``services/booking/floor_reads.py``.

Promises: everything is a fold of the log at this moment; reads are kept in a list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from buergerbuero_contracts.booking import CitizenAdmitted, CitizenCalled, SlotReserved
from servicekit.log import Stream
from services.booking.office import Read
from services.booking.projections.floor import FloorVisit
from services.booking.rules.admission import Room
from services.booking.rules.booking_state import Booking, Status
from services.booking.rules.calendar import local_date
from services.booking.rules.counter import CounterDay
from services.booking.rules.visit_state import Visit, VisitStatus
from services.booking.streams import counter_stream, door_stream, visit_stream
from tests.rules.booking.line import line_of


class Has(Protocol):
    """The office's log and sites."""

    @property
    def log(self) -> Any:
        """Its log."""

    def site(self, code: str) -> Any:
        """A site as last set."""


class MemoryFloor:
    """``office.Floor`` over a log that is a list."""

    def __init__(self, office: Has) -> None:
        self._office = office
        self.reads: list[Read] = []

    async def places(self, site: str, day: date) -> Sequence[UUID]:
        placed = (one.event for one in self._office.log.events if isinstance(one.event, SlotReserved))
        ids = (event.booking_id for event in placed if (event.site, event.date) == (site, day))
        return list(dict.fromkeys(ids))

    async def bookings(self, booking_ids: Sequence[UUID]) -> Sequence[Booking]:
        found = [self._office.log.state(Stream("booking", one)) for one in booking_ids]
        return [booking for booking in found if booking.status is not Status.NONE]

    async def room(self, site: str, day: date) -> Room:
        room: Room = self._office.log.state(door_stream(site, day))
        return room

    async def counters(self, site: str, day: date) -> Mapping[str, CounterDay]:
        codes = sorted(self._office.site(site).opening.counters)
        return {code: self._office.log.state(counter_stream(site, code, day)) for code in codes}

    async def visit(self, visit_id: UUID) -> Visit:
        visit: Visit = self._office.log.state(visit_stream(visit_id))
        return visit

    async def visits(self, site: str, day: date) -> tuple[Sequence[FloorVisit], int]:
        admitted = [one.event for one in self._office.log.events if isinstance(one.event, CitizenAdmitted)]
        today = [event for event in admitted if (event.site, local_date(event.admitted_at)) == (site, day)]
        rows = [self._row(event) for event in sorted(today, key=lambda event: event.admitted_at)]
        return rows, line_of(self._office.log.streams, site, day).turns

    def _row(self, admitted: CitizenAdmitted) -> FloorVisit:
        visit: Visit = self._office.log.state(visit_stream(admitted.visit_id))
        events = self._office.log.streams[visit_stream(admitted.visit_id)]
        calls = [one.event.at for one in events if isinstance(one.event, CitizenCalled)]
        closed = visit.status is VisitStatus.CLOSED
        return FloorVisit(
            visit_id=visit.visit_id,
            booking_id=visit.booking_id,
            site=visit.site,
            day=visit.day,
            kind=admitted.kind,
            people=admitted.people,
            state="finished" if closed else visit.status.value,
            public_number=visit.public_number,
            items=visit.items,
            planned_at=visit.planned_at,
            admitted_at=admitted.admitted_at,
            first_called_at=calls[0] if calls else None,
            called_at=visit.called_at,
            calls=visit.calls,
            counter=visit.counter or None,
            target=visit.target,
            again=visit.again,
        )

    async def seen(self, position: int) -> None:
        return

    async def record_read(self, read: Read) -> None:
        self.reads.append(read)

    async def reads_of(self, booking_id: UUID) -> Sequence[tuple[datetime, str]]:
        return [(read.at, read.reason) for read in self.reads if booking_id in read.booking_ids]
