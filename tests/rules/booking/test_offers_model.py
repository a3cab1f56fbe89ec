"""The waiting list against a simple model: whoever does what in whatever order, it stays fair.

Shown after each step: no place is had twice, also not by an offer and a slot, and the public gets none that
is on offer; a wish has at most one open offer; each round asked the oldest who waited for such a place and
had not been asked for it before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from buergerbuero_contracts.booking import Pool, SlotOffered
from servicekit.decider import Refused
from servicekit.log import Due, Stream
from services.booking import commands as ask
from services.booking import wish_commands as wish
from services.booking.rules import day_plan
from services.booking.rules.booking_state import Status
from services.booking.rules.calendar import TICK
from services.booking.rules.day_state import DayPlan
from services.booking.rules.waiting_events import Window
from services.booking.rules.wish_state import Wish, WishStatus
from services.booking.timers import OFFER_LAPSE, RETURN_OFFER, WISH_END
from tests.rules.booking.flensburg import flensburg
from tests.rules.booking.office import THURSDAY, reserve
from tests.rules.booking.waiting import TODAY, WEEK, Waiting

CLOCKS = ("10:00", "14:00", "14:20")
WINDOWS = (WEEK, Window(earliest=TODAY, latest=THURSDAY), WEEK.model_copy(update={"weekdays": (5,)}))
OURS = (RETURN_OFFER, OFFER_LAPSE, WISH_END)
OFTEN = ("comes_back", "comes_back", "waits", "waits", "waits", "accepts", "wishes", "books")
SELDOM = ("cancels", "regrets", "wishes_earlier", "declines")


@dataclass
class Fair:
    """One office, one counter, one Thursday; each action takes a number that says which of many."""

    people: Waiting
    names: count[int] = field(default_factory=count)
    bookings: list[UUID] = field(default_factory=list)

    async def tried(self, work: Awaitable[Any]) -> Any:
        """Do it; a refusal is an answer too."""
        try:
            return await work
        except Refused:
            return None

    async def books(self, n: int) -> UUID | None:
        name, clock = f"Booker{next(self.names)}", CLOCKS[n % len(CLOCKS)]
        booking: UUID | None = await self.tried(self.people.books(name, clock))
        self.bookings += [booking] if booking else []
        return booking

    async def comes_back(self, n: int) -> None:
        if booking := await self.books(n):
            await self.people.cancels(booking)
            await self.passes(10)

    async def cancels(self, n: int) -> None:
        if self.bookings:
            await self.tried(self.people.cancels(self.bookings[n % len(self.bookings)]))

    async def regrets(self, n: int) -> None:
        if self.bookings:
            undo = ask.UndoCancel(booking_id=self.bookings[n % len(self.bookings)])
            await self.tried(self.people.office.ask(undo))

    async def wishes(self, n: int) -> None:
        window = WINDOWS[max(n - 7, 0)]
        await self.tried(self.people.wishes(f"Wisher{next(self.names)}", window))

    async def wishes_earlier(self, n: int) -> None:
        if self.bookings:
            await self.tried(self.people.wishes_earlier(self.bookings[n % len(self.bookings)]))

    def asked(self, n: int) -> list[Wish]:
        """One of those who ever got an offer; nobody if there is none."""
        found = [one for one in self.people.everybody() if one.offer is not None]
        return [found[n % len(found)]] if found else []

    async def accepts(self, n: int) -> None:
        for one in self.asked(n):
            await self.tried(self.people.accepts(one.wish_id))

    async def declines(self, n: int) -> None:
        for one in self.asked(n):
            offer = self.people.offer_of(one.wish_id)
            await self.tried(self.people.office.ask(wish.DeclineOffer(wish_id=one.wish_id, offer_id=offer)))

    async def waits(self, n: int) -> None:
        await self.passes((11, 40, 60)[n % 3])

    async def passes(self, minutes: int) -> None:
        """Timers fire one by one as they come due; each round is compared with who should be asked."""
        office = self.people.office
        end = office.now + minutes * TICK / 5
        while due := sorted(
            (at, key) for key, at in office.log.armed.items() if key[0] in OURS and at <= end
        ):
            due_at, (kind, subject) = due[0]
            office.now = max(office.now, due_at)
            before = len(office.log.events)
            waiting = [one for one in self.people.everybody() if one.status is WishStatus.ACTIVE]
            await office.handlers.fire(Due(kind, subject, due_at), office.now)
            for one in office.log.events[before:]:
                if isinstance(one.event, SlotOffered):
                    assert list(one.event.wish_ids) == self.oldest(waiting, one.event)
        office.now = end

    # --- what must hold

    @property
    def plan(self) -> DayPlan:
        found: DayPlan = self.people.office.log.state(Stream.named("day_plan", "flensburg", THURSDAY))
        return found

    def oldest(self, waiting: list[Wish], slot: SlotOffered) -> list[UUID]:
        """Whom a round must ask, by the rule in words."""
        offers = self.plan.offers
        place = offers[slot.offer_id].place_id
        before = [one for one in offers.values() if one.place_id == place and one.offer_id != slot.offer_id]
        asked = {wish_id for offer in before for wish_id in offer.wish_ids}
        suited = [one for one in waiting if one.window and one.window.suits(slot.starts_at)]
        fair = [one.wish_id for one in suited if one.wish_id not in asked and self.begins_later(one, slot)]
        return fair[:5]

    def begins_later(self, one: Wish, slot: SlotOffered) -> bool:
        if one.booking_id is None:
            return True
        present = self.people.office.log.state(Stream("booking", one.booking_id))
        return bool(present.status is Status.CONFIRMED and present.starts_at > slot.starts_at)

    def no_place_is_had_twice(self) -> None:
        plan, now = self.plan, self.people.office.now
        taken = sorted((slot.start, slot.busy) for slot in plan.slots.values())
        assert all(end <= start for (_, end), (start, _) in pairwise(taken))
        for offer in plan.offers.values():
            if offer.open and now < offer.offered_until:
                start, end = plan.tick(offer.starts_at), plan.tick(offer.ends_at)
                assert not any(start < busy and begin < end for begin, busy in taken)
                with pytest.raises(Refused):
                    day_plan.decide(reserve(offer.starts_at, "public", now=now, pool=Pool.ONLINE), plan)

    def nobody_has_two_open_offers(self) -> None:
        open_now = [offer for offer in self.plan.offers.values() if offer.open]
        places = [offer.place_id for offer in open_now]
        assert len(places) == len(set(places))
        for one in self.people.everybody():
            mine = [offer.offer_id for offer in open_now if one.offered(offer.offer_id)]
            assert len(mine) == (one.status is WishStatus.OFFERED)


async def live(waiting: int, actions: list[tuple[str, int]]) -> None:
    people = Waiting(await flensburg())
    await people.alone()
    fair = Fair(people)
    for _ in range(waiting):
        await fair.wishes(0)
    for name, n in actions:
        await getattr(fair, name)(n)
        fair.no_place_is_had_twice()
        fair.nobody_has_two_open_offers()


ACTION = st.tuples(st.sampled_from((*OFTEN, *SELDOM)), st.integers(0, 9))


@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(waiting=st.integers(2, 7), actions=st.lists(ACTION, min_size=12, max_size=20))
def test_offers_stay_fair_in_any_order(waiting: int, actions: list[tuple[str, int]]) -> None:
    asyncio.run(live(waiting, actions))
