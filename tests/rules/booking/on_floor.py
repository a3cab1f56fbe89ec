"""Small steps on the floor of an office in memory, and looks at what came of them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from buergerbuero_contracts.booking import (
    AdmissionMode,
    AdmissionRefused,
    CitizenCalled,
)
from buergerbuero_contracts.envelope import Item
from services.booking import floor_commands as f
from services.booking.contact import ContactData
from services.booking.rules.admission import Room
from services.booking.rules.counter import CounterDay
from services.booking.rules.visit_state import VisitStatus, visit_id_of
from services.booking.streams import counter_stream, door_stream, visit_stream
from tests.rules.booking.flensburg import standing
from tests.rules.booking.memory import Office
from tests.rules.booking.office import THURSDAY, at

CARD = (Item(service="id_card_apply"),)


def admission(booking_id: UUID, **changes: object) -> f.AdmitCitizen:
    known = {"booking_id": booking_id, "site": "flensburg", "door": "main", "mode": AdmissionMode.SCAN}
    return f.AdmitCitizen(**{**known, **changes})  # type: ignore[arg-type]


async def inside(office: Office, clock: str = "10:00", name: str = "Eva") -> UUID:
    """Somebody with an appointment came five minutes before it; gives the visit."""
    office.now = min(office.now, at("07:30"))
    confirm = await standing(office, clock, ContactData(name, f"{name}@example.org".lower()))
    office.now = at(clock) - timedelta(minutes=5)
    await office.ask(admission(confirm.booking_id))
    office.now = at(clock)
    return visit_id_of(confirm.booking_id)


async def opened(office: Office, *counters: str) -> None:
    for code in counters:
        await office.ask(f.OpenCounter(site="flensburg", counter=code))


def room(office: Office) -> Room:
    state: Room = office.log.state(door_stream("flensburg", THURSDAY))
    return state


def counter(office: Office, code: str = "counter_1") -> CounterDay:
    state: CounterDay = office.log.state(counter_stream("flensburg", code, THURSDAY))
    return state


def status(office: Office, visit: UUID) -> VisitStatus:
    state: VisitStatus = office.log.state(visit_stream(visit)).status
    return state


def refusals(office: Office) -> list[tuple[str, bool]]:
    return [
        (one.event.reason.value, one.event.booking_id is not None)
        for one in office.log.events
        if isinstance(one.event, AdmissionRefused)
    ]


async def call_next(office: Office, code: str = "counter_1", name: object = None) -> CitizenCalled:
    (called,) = (
        event
        for event in await office.ask(f.CallNext(site="flensburg", counter=code), name)
        if isinstance(event, CitizenCalled)
    )
    return called
