"""Booking's waiting list on a real log: processes that share one database, and the list they read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from buergerbuero_contracts.booking import (
    By,
    CancelReason,
    Channel,
    Pool,
    ServiceChannel,
    SlotReserved,
    WishMade,
)
from servicekit.handle import Outcome
from servicekit.log import Actor, Context, Decision, States, Stream
from servicekit.own_log import read_log
from servicekit.postgres import Connection, connect
from servicekit.project import Projector
from servicekit.projection import LOG
from services.booking import commands as ask
from services.booking import wish_commands as wish
from services.booking.case import day_stream
from services.booking.contact import ContactData
from services.booking.handlers import Handlers
from services.booking.projections.invitations import Invitations
from services.booking.projections.wishes import WISHES, Wishes
from services.booking.rules import day_plan
from services.booking.rules.aside import place_id_of
from services.booking.rules.catalogue import Service
from services.booking.rules.day_commands import PlanDay
from services.booking.rules.day_state import DayPlan
from services.booking.rules.events import PlaceSetAside
from services.booking.rules.limits import Origin
from services.booking.rules.site import Site
from services.booking.rules.waiting_events import Window
from services.booking.rules.wish_state import Waiting
from tests.log.floor_desk import DAY, NOON, SITE, FloorDesk, open_floor
from tests.rules.booking.office import CARD, at, block, frame

START = at("15:00")
WINDOW = Window(earliest=DAY, latest=DAY + timedelta(days=7))
OPEN = replace(
    SITE,
    catalogue={
        "id_card_apply": Service(
            site="flensburg",
            code="id_card_apply",
            group="identity",
            minutes=15,
            channels=(ServiceChannel.VISIT,),
            sets=frozenset({"identity"}),
            on_offer=True,
        )
    },
)


def when(moment: datetime, command: object = None) -> Context:
    """A command at a moment."""
    command_id = command if isinstance(command, UUID) else uuid4()
    return Context(command_id, moment, Actor("citizen"), command_id)


@dataclass
class Process:
    """One process: its handlers, and what they see around them."""

    desk: FloorDesk

    def __post_init__(self) -> None:
        around: Any = self
        self.handlers = Handlers(self.desk.handler, around)

    async def ask(self, command: Any, moment: datetime = NOON) -> Outcome:
        """Carry out a command."""
        return await self.handlers.execute(command, when(moment))

    def sites(self) -> Sequence[str]:
        return ["flensburg"]

    def site(self, _code: str) -> Site:
        return OPEN

    async def plans(self, site: str, first: date, last: date) -> Sequence[DayPlan]:
        streams = [
            Stream.named("day_plan", site, first + timedelta(days=n)) for n in range((last - first).days + 1)
        ]
        await self.desk.committer.ensure(streams)
        return [self.desk.committer.plans.get(one).state for one in streams]

    async def holder(self, kind: str, keys: Sequence[str], at: datetime) -> UUID | None:
        """Who counts for a limit at a moment."""
        return await Invitations(self.desk.pool).holder(kind, keys, at)

    async def wishes(self, site: str, day: date) -> Sequence[Waiting]:
        return await Wishes(self.desk.pool).active(site, day)

    async def wishes_of(self, booking_id: UUID) -> Sequence[UUID]:
        return await Wishes(self.desk.pool).of_booking(booking_id)

    def plan(self, stream: Stream) -> DayPlan:
        plan: DayPlan = self.desk.committer.plans.get(stream).state
        return plan

    async def stands(self, day: Stream, still: Callable[[DayPlan], bool], command_id: UUID) -> bool:
        return await self.desk.committer.stands(day, still, command_id)

    async def expire_due(self, _site: str, _day: date, _at: datetime) -> int:
        return 0

    def hashed(self, kind: str, value: str) -> str:
        return f"{kind}#{value}"

    def chance(self) -> float:
        return 0.5

    # --- what happens

    async def plan_day(self) -> None:
        """One counter, the whole day, for citizens."""
        stream = day_stream("flensburg", START)
        of_day = frame(block("counter_1", "07:30-16:00", Pool.ONLINE))
        plan = PlanDay(
            site="flensburg",
            day=DAY,
            frame=of_day,
            seed=1,
            at=NOON - timedelta(days=28),
            policy=SITE.opening.policy.model_copy(update={"same_day_share": 0.0, "random_share": 0.0}),
        )

        def decide(states: States) -> Decision:
            return Decision(tuple((stream, one) for one in day_plan.decide(plan, states[stream])))

        await self.desk.handler.run(when(NOON), (stream,), decide)

    async def wish(self, name: str) -> UUID:
        """A proven wish."""
        make = wish.MakeWish(
            site="flensburg",
            items=CARD,
            persons=1,
            language="de",
            window=WINDOW,
            contact=ContactData(name, f"{name}@example.org"),
            origin=Origin(name, name),
        )
        made: WishMade = (await self.ask(make)).of(WishMade)
        await self.ask(wish.ConfirmWish(wish_id=made.wish_id))
        return made.wish_id

    async def comes_back(self) -> UUID:
        """Three o'clock was booked, and is cancelled; gives the place."""
        contact = ContactData("Otto", None, "+49461000000")
        reserve = ask.ReserveSlot(
            site="flensburg", starts_at=START, items=CARD, channel=Channel.DESK, contact=contact
        )
        booked: SlotReserved = (await self.ask(reserve)).of(SlotReserved)
        cancel = ask.CancelBooking(
            booking_id=booked.booking_id, by=By.OFFICE, reason=CancelReason.OFFICE_FAULT
        )
        aside: PlaceSetAside = (await self.ask(cancel)).of(PlaceSetAside)
        return place_id_of(aside.slot_id, aside.starts_at)

    async def projected(self, most: int = 1000) -> None:
        """Bring the list to the end of the log, in batches of at most ``most`` events."""

        async def own() -> Connection:
            return await connect(self.desk.url, application="projector")

        projector, tail = Projector(WISHES, own), await own()
        while batch := await read_log(tail, "booking", (await projector.seen(LOG, 0)).position or 0, most):
            await projector.apply(LOG, 0, batch)
        await tail.close()
        await projector.close()


@asynccontextmanager
async def open_processes(url: str, count: int) -> AsyncIterator[list[Process]]:
    """Processes on one database; the day is planned."""
    async with open_floor(url, desks=count, site=OPEN) as desks:
        made = [Process(desk) for desk in desks]
        await made[0].plan_day()
        yield made
