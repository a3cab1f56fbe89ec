"""Stories of an office, drawn by a seed: people book, move, cancel, wait; what must hold after each step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from buergerbuero_contracts.booking import By, WishEnd
from servicekit.decider import Refused
from servicekit.log import Due, Stream
from services.booking import commands as ask
from services.booking import wish_commands as wish
from services.booking.rules import waiting_list
from services.booking.rules.booking_state import Booking, Status
from services.booking.rules.wish_state import WishStatus
from tests.rules.booking.flensburg import flensburg
from tests.rules.booking.office import THURSDAY, on
from tests.rules.booking.waiting import Waiting

FRIDAY = THURSDAY + timedelta(days=1)
CLOCKS = ("10:00", "10:20", "10:40", "14:00", "14:20")
NAMES = ("Ada", "Bea", "Cyd", "Dan", "Eva", "Fay")
OF_PEOPLE = frozenset({"hold-expiry", "no-show", "return-offer", "offer-lapse", "wish-end"})
"""The timers that end by themselves; those of the office go on for ever."""
PLACED = (Status.HELD, Status.UNCONFIRMED, Status.CONFIRMED, Status.MISSED)


class Story:
    """What happens in one office, step by step."""

    def __init__(self, people: Waiting, draw: Random) -> None:
        self.people, self.draw = people, draw
        self.office = people.office

    async def step(self) -> None:
        """One drawn step; what is refused has changed nothing."""
        seldom = (self.cancel, self.undo, self.make_wish, self.accept, self.withdraw, self.wait)
        often = (self.book, self.move, self.wish_earlier, self.fire)
        with suppress(Refused):
            await self.draw.choice((*seldom, *often, *often))()

    def bookings(self, *statuses: Status) -> list[Booking]:
        """All of these states."""
        log = self.office.log
        found: list[Booking] = [log.state(one) for one in list(log.streams) if one.category == "booking"]
        return [one for one in found if one.status in statuses]

    def uses(self, kind: str, subject: UUID) -> list[str]:
        """For which keys somebody counts at present."""
        uses = self.office.log.uses.items()
        return [
            key for (of, key, who), until in uses if (of, who) == (kind, subject) and until > self.office.now
        ]

    async def book(self) -> None:
        """An appointment, confirmed."""
        await self.people.books(self.draw.choice(NAMES), self.draw.choice(CLOCKS))

    async def cancel(self) -> None:
        """Give one up."""
        for one in self.some(self.bookings(Status.CONFIRMED)):
            await self.office.ask(ask.CancelBooking(booking_id=one.booking_id, code_matches=True))

    async def undo(self) -> None:
        """Take a cancellation back."""
        for one in self.some(self.bookings(Status.CANCELLED)):
            await self.office.ask(ask.UndoCancel(booking_id=one.booking_id))

    async def move(self) -> None:
        """To another time, earlier or later."""
        starts_at = on(self.draw.choice((THURSDAY, FRIDAY)), self.draw.choice(CLOCKS))
        for one in self.some(self.bookings(Status.CONFIRMED)):
            move = ask.RescheduleBooking(booking_id=one.booking_id, starts_at=starts_at, by=By.CITIZEN)
            await self.office.ask(move)

    async def make_wish(self) -> None:
        """Without an appointment."""
        await self.people.wishes(self.draw.choice(NAMES))

    async def wish_earlier(self) -> None:
        """From a ticket."""
        for one in self.some(self.bookings(Status.CONFIRMED)):
            await self.people.wishes_earlier(one.booking_id)

    async def accept(self) -> None:
        """Take what is offered."""
        for one in self.some([one for one in self.people.everybody() if one.status is WishStatus.OFFERED]):
            await self.people.accepts(one.wish_id)

    async def withdraw(self) -> None:
        """Wait no more."""
        for one in self.some([one for one in self.people.everybody() if one.is_open]):
            await self.office.ask(wish.CloseWish(wish_id=one.wish_id, reason=WishEnd.WITHDRAWN))

    async def wait(self) -> None:
        """Time goes by, and the timers sleep."""
        self.office.passes(minutes=self.draw.choice((1, 9, 10, 30, 240)))

    async def fire(self) -> None:
        """Every timer of people that is due."""
        armed = self.office.log.armed
        for (kind, subject), due_at in list(armed.items()):
            if kind in OF_PEOPLE and due_at <= self.office.now:
                await self.office.handlers.fire(Due(kind, subject, due_at), self.office.now)

    def some(self, found: list[Any]) -> list[Any]:
        """One of them, if there is any."""
        return [self.draw.choice(found)] if found else []

    async def goes_on(self) -> None:
        """Until no timer of people is armed any more."""
        armed = self.office.log.armed
        while moments := [due_at for (kind, _subject), due_at in armed.items() if kind in OF_PEOPLE]:
            self.office.now = max(self.office.now, min(moments))
            await self.fire()
            hold(self)


async def story(seed: int, steps: int = 60) -> Story:
    """Told to its end, with everything looked at after each step."""
    told = Story(Waiting(await flensburg()), Random(seed))  # noqa: S311 - it is to be told again
    await told.people.alone()
    for _ in range(steps):
        await told.step()
        hold(told)
    return told


def who_has_an_appointment_has_one_place(story: Story) -> None:
    """And nobody else has one."""
    days = (Stream.named("day_plan", "flensburg", day) for day in (THURSDAY, FRIDAY))
    placed = [one for day in days for one in story.office.log.state(day).slots]
    assert len(placed) == len(set(placed))
    assert set(placed) == {one.booking_id for one in story.bookings(*PLACED)}


def who_is_expected_is_missed_some_day(story: Story) -> None:
    """A confirmed appointment has its timer, any other none."""
    armed = {subject for kind, subject in story.office.log.armed if kind == "no-show"}
    assert armed == {one.booking_id for one in story.bookings(Status.CONFIRMED)}


def a_wish_ends_some_day(story: Story) -> None:
    """An open one has its timer, any other none."""
    armed = {subject for kind, subject in story.office.log.armed if kind == "wish-end"}
    assert armed == {one.wish_id for one in story.people.everybody() if one.is_open}


def a_wish_counts_while_it_waits(story: Story) -> None:
    """Until its last day is over, and no longer than it is open."""
    for one in story.people.everybody():
        waits = one.status in (WishStatus.ACTIVE, WishStatus.OFFERED)
        last = waiting_list.last_moment(one)
        if not waits or (last is not None and last > story.office.now):
            assert bool(story.uses("wish", one.wish_id)) == waits, one


def an_offered_wish_has_an_open_offer(story: Story) -> None:
    """One whose end is not forgotten."""
    armed = {subject for kind, subject in story.office.log.armed if kind == "offer-lapse"}
    for one in story.people.everybody():
        if one.status is WishStatus.OFFERED:
            assert one.offer is not None and one.offer.offer_id in armed


INVARIANTS: tuple[Callable[[Story], None], ...] = (
    who_has_an_appointment_has_one_place,
    who_is_expected_is_missed_some_day,
    a_wish_ends_some_day,
    a_wish_counts_while_it_waits,
    an_offered_wish_has_an_open_offer,
)


def hold(story: Story) -> None:
    """All of them."""
    for invariant in INVARIANTS:
        invariant(story)
