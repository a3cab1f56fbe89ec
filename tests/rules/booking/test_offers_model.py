"""The waiting list against a simple model: whoever does what in whatever order, it stays fair.

Shown after each step: no place is had twice, also not by an offer and a slot; a wish has at most one open
offer; each round asked the oldest who waited for such a place and had not been asked for it before.
"""

from __future__ import annotations

import asyncio
from itertools import count, pairwise
from typing import Any
from uuid import UUID

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from buergerbuero_contracts.booking import SlotOffered
from servicekit.decider import Refused
from servicekit.log import Due, Stream
from services.booking import commands as ask
from services.booking import wish_commands as wish
from services.booking.rules.booking_state import Status
from services.booking.rules.calendar import TICK
from services.booking.rules.day_state import DayPlan
from services.booking.rules.waiting_events import Window
from services.booking.rules.wish_state import WishStatus
from services.booking.timers import OFFER_LAPSE, RETURN_OFFER, WISH_END
from tests.rules.booking.flensburg import flensburg
from tests.rules.booking.office import THURSDAY
from tests.rules.booking.waiting import TODAY, WEEK, Waiting
from tests.rules.booking.wishes import all_wishes

CLOCKS = ["10:00", "10:20", "14:00", "14:20", "16:00"]
WINDOWS = [WEEK, Window(earliest=TODAY, latest=THURSDAY), WEEK.model_copy(update={"weekdays": (5,)})]
OURS = (RETURN_OFFER, OFFER_LAPSE, WISH_END)


class Fair(RuleBasedStateMachine):
    """One office, one counter, one Thursday."""

    def __init__(self) -> None:
        super().__init__()
        self.names = count()
        self.bookings: list[UUID] = []

    @initialize()
    def begin(self) -> None:
        self.people = Waiting(asyncio.run(flensburg()))
        asyncio.run(self.people.alone())

    @property
    def plan(self) -> DayPlan:
        found: DayPlan = self.people.office.log.state(Stream.named("day_plan", "flensburg", THURSDAY))
        return found

    def tries(self, work: Any) -> Any:
        """Do it; a refusal is an answer too."""
        try:
            return asyncio.run(work)
        except Refused:
            return None

    @rule(clock=st.sampled_from(CLOCKS))
    def somebody_books(self, clock: str) -> None:
        if booking := self.tries(self.people.books(f"Booker{next(self.names)}", clock)):
            self.bookings.append(booking)

    @rule(which=st.integers(0, 9))
    def somebody_cancels(self, which: int) -> None:
        if self.bookings:
            self.tries(self.people.cancels(self.bookings[which % len(self.bookings)]))

    @rule(which=st.integers(0, 9))
    def somebody_regrets(self, which: int) -> None:
        if self.bookings:
            booking = self.bookings[which % len(self.bookings)]
            self.tries(self.people.office.ask(ask.UndoCancel(booking_id=booking)))

    @rule(window=st.sampled_from(WINDOWS))
    def somebody_wishes(self, window: Window) -> None:
        self.tries(self.people.wishes(f"Wisher{next(self.names)}", window))

    @rule(which=st.integers(0, 9))
    def somebody_wishes_earlier(self, which: int) -> None:
        if self.bookings:
            self.tries(self.people.wishes_earlier(self.bookings[which % len(self.bookings)]))

    @rule(which=st.integers(0, 9))
    def somebody_accepts(self, which: int) -> None:
        if offered := [one for one in self.people.everybody() if one.offer is not None]:
            self.tries(self.people.accepts(offered[which % len(offered)].wish_id))

    @rule(which=st.integers(0, 9))
    def somebody_declines(self, which: int) -> None:
        if offered := [one for one in self.people.everybody() if one.offer is not None]:
            one = offered[which % len(offered)].wish_id
            self.tries(
                self.people.office.ask(wish.DeclineOffer(wish_id=one, offer_id=self.people.offer_of(one)))
            )

    @rule(minutes=st.sampled_from([1, 9, 10, 11, 30, 60]))
    def time_passes(self, minutes: int) -> None:
        office = self.people.office
        end = office.now + minutes * TICK / 5
        while due := sorted(
            (at, key) for key, at in office.log.armed.items() if key[0] in OURS and at <= end
        ):
            due_at, (kind, subject) = due[0]
            office.now = max(office.now, due_at)
            before, waiting = len(office.log.events), self.may_be_asked()
            asyncio.run(office.handlers.fire(Due(kind, subject, due_at), office.now))
            for one in office.log.events[before:]:
                if isinstance(one.event, SlotOffered):
                    assert list(one.event.wish_ids) == self.oldest(waiting, one.event)
        office.now = end

    def may_be_asked(self) -> list[Any]:
        """The wishes that wait, oldest first."""
        return [one for one in all_wishes(self.people.office.log.streams) if one.status is WishStatus.ACTIVE]

    def oldest(self, waiting: list[Any], slot: SlotOffered) -> list[UUID]:
        """Whom a round must ask, by the rule in words."""
        place = next(offer.place_id for key, offer in self.plan.offers.items() if key == slot.offer_id)
        others = [
            offer
            for key, offer in self.plan.offers.items()
            if offer.place_id == place and key != slot.offer_id
        ]
        asked = {wish_id for offer in others for wish_id in offer.wish_ids}
        suited = [
            one.wish_id
            for one in waiting
            if one.window.suits(slot.starts_at)
            and one.wish_id not in asked
            and self.begins_later(one.booking_id, slot)
        ]
        return suited[:5]

    def begins_later(self, booking_id: UUID | None, slot: SlotOffered) -> bool:
        if booking_id is None:
            return True
        present = self.people.office.log.state(Stream("booking", booking_id))
        return present.status is Status.CONFIRMED and present.starts_at > slot.starts_at

    @invariant()
    def no_place_is_had_twice(self) -> None:
        if not hasattr(self, "people"):
            return
        taken = sorted((slot.start, slot.busy) for slot in self.plan.slots.values())
        assert all(end <= start for (_, end), (start, _) in pairwise(taken))
        for offer in self.plan.offers.values():
            if offer.open and self.people.office.now < offer.offered_until:
                start, end = self.plan.tick(offer.starts_at), self.plan.tick(offer.ends_at)
                assert not any(start < busy and begin < end for begin, busy in taken)

    @invariant()
    def nobody_has_two_open_offers(self) -> None:
        if not hasattr(self, "people"):
            return
        open_offers = [offer for offer in self.plan.offers.values() if offer.open]
        places = [offer.place_id for offer in open_offers]
        assert len(places) == len(set(places))
        for one in self.people.everybody():
            mine = [offer.offer_id for offer in open_offers if one.wish_id in offer.wish_ids]
            if one.status is WishStatus.OFFERED:
                assert one.offer is not None and one.offer.offer_id in mine
            held = [offer for offer in mine if one.offered(offer)]
            assert len(held) <= 1


Fair.TestCase.settings = settings(
    max_examples=12, stateful_step_count=25, deadline=None, phases=[Phase.generate, Phase.shrink]
)
TestTheWaitingListIsFair = Fair.TestCase
