"""Before a browser comes: people at every stage of booking's way, and a morning at door and counters.

Promises: the last two functions leave the office at a time of their own and give the values that addresses
and cookies of the pages need; nobody is at two stages.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from buergerbuero_contracts.booking import BookingOpened, Channel
from buergerbuero_contracts.envelope import Item
from servicekit.tokens import Purpose
from servicekit.web.codes import spoken_code
from services.booking import commands as ask
from services.booking import floor_commands as floor
from services.booking import wish_commands as wish
from services.booking.contact import ContactData, normal_contact
from services.booking.rules.calendar import instant, local_date
from services.booking.rules.limits import Origin
from services.booking.rules.protection import Holds
from services.booking.rules.visit_state import visit_id_of
from services.booking.rules.waiting_events import Window
from tests.rules.documents.desk import ID_CARD, PASSPORT
from tests.way.memory_office import MemoryOffice
from tests.way.pickup_desk import Waiting
from tests.way.waiting_desk import fire_due, wishes_of

TUESDAY = date(2026, 12, 1)
LONG_NAME = "Nguyễn Thị Żółć-Sørensen O’Brien von der Heide-Rantzau zu Wolfeschlegelsteinhausen"
CARD, BOTH = (Item(service="id_card_apply"),), (Item(service="passport_apply"), Item(service="registration"))

Values = Mapping[str, str]


def _at(hour: int, minute: int = 0) -> datetime:
    """On Tuesday."""
    return instant(TUESDAY, time(hour, minute))


class Citizens:
    """People who book at an office in memory."""

    def __init__(self, office: MemoryOffice) -> None:
        self.office = office

    async def held(self, starts_at: datetime, items: tuple[Item, ...] = CARD, persons: int = 1) -> UUID:
        """A place is held."""
        command = ask.ReserveSlot(site="flensburg", starts_at=starts_at, items=items, persons=persons)
        opened: BookingOpened = (await self.do(command)).of(BookingOpened)
        return opened.booking_id

    async def asked(self, starts_at: datetime, name: str, **changes: Any) -> UUID:
        """The mailbox is asked."""
        booking = await self.held(starts_at, **changes)
        contact = normal_contact(name, f"guest.{booking.hex[:8]}@example.org")
        await self.do(ask.GiveContact(booking_id=booking, contact=contact))
        return booking

    async def confirmed(self, starts_at: datetime, name: str, **changes: Any) -> UUID:
        """The appointment holds."""
        booking = await self.asked(starts_at, name, **changes)
        await self.do(ask.ConfirmBooking(booking_id=booking))
        return booking

    async def cancelled(self, starts_at: datetime, name: str) -> UUID:
        """It was given back."""
        booking = await self.confirmed(starts_at, name)
        await self.do(ask.CancelBooking(booking_id=booking, typed_day=local_date(starts_at)))
        return booking

    async def expired(self, starts_at: datetime) -> UUID:
        """Nobody confirmed in time; two hours are gone."""
        booking = await self.asked(starts_at, "Zu Spät")
        self.office.clock.pass_(hours=2)
        await self.do(ask.ExpireHold(booking_id=booking))
        return booking

    async def wished(self, number: int, *, proven: bool = False) -> UUID:
        """Somebody is on the waiting list."""
        window = Window(earliest=date(2026, 11, 26), latest=date(2026, 12, 4))
        contact = ContactData(f"Wunsch {number}", f"wish.{number}@example.org")
        origin = Origin(f"device {number}", f"net {number}")
        common: dict[str, Any] = {"site": "flensburg", "items": CARD, "persons": 1, "language": "de"}
        await self.do(wish.MakeWish(**common, window=window, contact=contact, origin=origin))
        wish_id = wishes_of(self.office)[-1]
        if proven:
            await self.do(wish.ConfirmWish(wish_id=wish_id))
        return wish_id

    async def offered(self) -> UUID:
        """A place came back and is offered to the one who waits."""
        wish_id = await self.wished(1, proven=True)
        await self.cancelled(_at(9), "Otto")
        self.office.clock.pass_(minutes=10)
        await fire_due(self.office)
        return wish_id

    def link(self, purpose: Purpose, subject: UUID, attempt: int = 0) -> str:
        """A token that is good for months."""
        return self.office.tokens.sign(
            purpose, subject, self.office.clock.now() + timedelta(days=67), attempt
        )

    async def do(self, command: Any) -> Any:
        """A command of its own."""
        return await self.office.execute(command, self.office.context())


async def citizens_of(office: MemoryOffice) -> Values:
    """Every stage of the citizen's way: the token of each by its name."""
    people = Citizens(office)
    expired, offered = await people.expired(_at(10)), await people.offered()
    wish_asked, wish_active = await people.wished(2), await people.wished(3, proven=True)
    asked = await people.asked(_at(8, 30), LONG_NAME, items=BOTH, persons=2)
    confirmed = await people.confirmed(_at(10), LONG_NAME, items=BOTH, persons=2)
    cancelled = await people.cancelled(_at(11), "Eva Beispiel")
    holding, waiting = await people.held(_at(9, 30)), await people.asked(_at(11), "Eva Beispiel")
    return {
        "asked": people.link(Purpose.CONFIRM, asked, 1),
        "ticket": people.link(Purpose.TICKET, confirmed),
        "cancelled": people.link(Purpose.TICKET, cancelled),
        "expired": people.link(Purpose.CONFIRM, expired, 1),
        "wish_asked": people.link(Purpose.WISH, wish_asked),
        "wish_active": people.link(Purpose.WISH, wish_active),
        "wish_offered": people.link(Purpose.WISH, offered),
        "grant": Waiting(office, ID_CARD, PASSPORT).grant(),
        "holding": people.link(Purpose.HOLD, holding),
        "waiting": people.link(Purpose.HOLD, waiting),
    }


async def morning_of(office: MemoryOffice) -> Values:
    """Tuesday at nine: one is served at counter 1, one is called to counter 2, one waits, one is expected.

    One was the first at counter 4 and is done.

    The protection level has just raised itself.
    """
    people = Citizens(office)
    booked = [await _caller(office, minute, f"Anruf {minute}") for minute in (0, 5, 10, 20)]
    done = await _caller(office, 45, "Anruf zuerst", hour=8)
    office.clock.at = _at(9)
    await people.do(floor.AdmitCitizen(booking_id=done, site="flensburg", door="door_1"))
    await people.do(floor.OpenCounter(site="flensburg", counter="counter_4"))
    await people.do(floor.CallNext(site="flensburg", counter="counter_4"))
    await people.do(floor.StartService(visit_id=visit_id_of(done), counter="counter_4"))
    await people.do(floor.FinishService(visit_id=visit_id_of(done), delivered=CARD))
    for booking in booked[:3]:
        await people.do(floor.AdmitCitizen(booking_id=booking, site="flensburg", door="door_1"))
    for counter in ("counter_1", "counter_2"):
        await people.do(floor.OpenCounter(site="flensburg", counter=counter))
        await people.do(floor.CallNext(site="flensburg", counter=counter))
    await people.do(floor.StartService(visit_id=visit_id_of(booked[0]), counter="counter_1"))
    office.latest_holds = Holds(163, 21)
    await people.do(ask.ReviewProtection(site="flensburg"))
    return {"code": spoken_code(office.code_key, booked[3])}


async def _caller(office: MemoryOffice, minute: int, name: str, hour: int = 9) -> UUID:
    """Booked by telephone, confirmed at once."""
    command = ask.ReserveSlot(
        site="flensburg",
        starts_at=_at(hour, minute),
        items=CARD,
        channel=Channel.PHONE,
        contact=normal_contact(name, phone=f"0461 12345{minute:02}"),
    )
    opened: BookingOpened = (await office.execute(command, office.context())).of(BookingOpened)
    return opened.booking_id
