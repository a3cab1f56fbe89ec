"""People who wait for an earlier place, through the handlers: wishes, cancellations, offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from buergerbuero_contracts.booking import ReplanReason, WishMade, WishOffered
from buergerbuero_contracts.envelope import Event
from servicekit.log import Stream
from services.booking import commands as ask
from services.booking import wish_commands as wish
from services.booking.contact import ContactData
from services.booking.rules.events import CounterSetup
from services.booking.rules.limits import Origin
from services.booking.rules.opening import ArrangeCounter
from services.booking.rules.waiting_events import Window
from services.booking.rules.wish_state import Wish
from tests.rules.booking.flensburg import standing
from tests.rules.booking.memory import Office
from tests.rules.booking.office import CARD, THURSDAY, at
from tests.rules.booking.wishes import all_wishes

TODAY = THURSDAY - timedelta(days=1)
WEEK = Window(earliest=TODAY, latest=THURSDAY + timedelta(days=6))


def person(name: str) -> ContactData:
    """Somebody with a mailbox."""
    return ContactData(name, f"{name.lower()}@example.org")


@dataclass
class Waiting:
    """An office, and what people do in it. It is Wednesday, nine o'clock; places are Thursday's."""

    office: Office

    async def wishes(self, name: str, window: Window = WEEK, **more: Any) -> UUID:
        """A wish without an appointment, proven at once; gives its id."""
        wish_id = await self.asks(name, window, **more)
        await self.office.ask(wish.ConfirmWish(wish_id=wish_id))
        return wish_id

    async def asks(self, name: str, window: Window = WEEK, **more: Any) -> UUID:
        """A wish that is not proven yet."""
        wished: dict[str, Any] = {"items": CARD, "persons": 1, "language": "de", **more}
        origin = Origin(f"device of {name}", f"net of {name}")
        make = wish.MakeWish(site="flensburg", window=window, contact=person(name), origin=origin, **wished)
        (made, _told) = await self.office.ask(make)
        assert isinstance(made, WishMade)
        return made.wish_id

    async def books(self, name: str, clock: str = "14:00") -> UUID:
        """A confirmed booking."""
        return (await standing(self.office, clock, person(name))).booking_id

    async def wishes_earlier(self, booking_id: UUID, latest: date = THURSDAY) -> UUID:
        """A wish from a ticket."""
        window = Window(earliest=TODAY, latest=latest)
        made = (await self.office.ask(wish.WishEarlier(booking_id=booking_id, window=window)))[0]
        assert isinstance(made, WishMade)
        return made.wish_id

    async def cancels(self, booking_id: UUID) -> None:
        """The citizen types the day."""
        await self.office.ask(ask.CancelBooking(booking_id=booking_id, typed_day=THURSDAY))

    async def alone(self) -> None:
        """Only the first counter is left to do anything: a place that is gone is gone."""
        others = [CounterSetup(counter=f"counter_{n}", skills=("none",)) for n in range(2, 7)]
        steps = tuple(ArrangeCounter(site="flensburg", setup=setup) for setup in others)
        await self.office.ask(ask.SetUp(site="flensburg", steps=steps))
        await self.office.ask(ask.ReplanHorizon(site="flensburg", reason=ReplanReason.COUNTERS))

    async def passes(self, **time: float) -> None:
        """Time goes by, and timers fire as they come due."""
        end = self.office.now + timedelta(**time)
        while due := [moment for moment in self.office.log.armed.values() if moment <= end]:
            self.office.now = max(self.office.now, min(due))
            await self.office.fire_due()
        self.office.now = end

    async def offered(self, *names: str, clock: str = "14:00") -> list[UUID]:
        """These people wait, somebody cancels, and they are asked; gives their wishes."""
        found = [await self.wishes(name) for name in names]
        await self.cancels(await self.books("Otto", clock))
        await self.passes(minutes=10)
        return found

    def wish(self, wish_id: UUID) -> Wish:
        """A wish as it is."""
        found: Wish = self.office.log.state(Stream("waiting_list", wish_id))
        return found

    def offer_of(self, wish_id: UUID) -> UUID:
        """Its latest offer."""
        offer = self.wish(wish_id).offer
        assert isinstance(offer, WishOffered)
        return offer.offer_id

    async def accepts(self, wish_id: UUID, name: object = None) -> Sequence[Event]:
        """Press the button of the latest offer."""
        take = wish.AcceptOffer(wish_id=wish_id, offer_id=self.offer_of(wish_id))
        return await self.office.ask(take, name)

    def everybody(self) -> list[Wish]:
        """All wishes, oldest first."""
        return list(all_wishes(self.office.log.streams))

    def slots(self) -> dict[UUID, Any]:
        """Thursday's slots by booking."""
        plan = self.office.log.state(Stream.named("day_plan", "flensburg", THURSDAY))
        return dict(plan.slots)


FOUR = at("14:00")
