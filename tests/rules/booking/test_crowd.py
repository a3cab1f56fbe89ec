"""A network that is full is not asked about again and again; nobody else notices."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any
from uuid import UUID

import pytest

from servicekit.decider import Refused
from servicekit.handle import Outcome
from servicekit.log import Actor, Context, Recorded, Stream
from services.booking.commands import ReserveSlot
from services.booking.crowd import AT_ONCE, MOMENT, Crowd, Turns
from services.booking.rules.hold_proof import Mailbox
from services.booking.rules.limits import Origin
from tests.rules.booking.flensburg import reserve
from tests.rules.booking.memory import Office
from tests.rules.booking.office import uid


class Desk:
    """An office behind a crowd: counts what reaches it."""

    def __init__(self, office: Office) -> None:
        self.office, self.asked, self.seconds = office, 0, 0.0
        self.crowd = Crowd(self._reserve, self._history, lambda: self.seconds)

    async def comes(self, clock: str, device: str, network: str = "shared", **more: Any) -> Outcome:
        command = reserve(clock, origin=Origin(device, network), **more)
        return await self.crowd.reserve(command, self.context(f"{device} {clock}"))

    def context(self, name: str) -> Context:
        return Context(uid(name), self.office.now, Actor("citizen"), uid(name))

    async def _reserve(self, command: ReserveSlot, context: Context) -> Outcome:
        self.asked += 1
        return await self.office.handlers.execute(command, context)

    async def _history(self, booking_id: UUID) -> Sequence[Recorded]:
        stream = Stream("booking", booking_id)
        return (await self.office.log.load([stream]))[stream]


@pytest.fixture
async def desk(office: Office) -> Desk:
    desk = Desk(office)
    for nr in range(8):
        await desk.comes(f"{9 + nr // 6:02}:{nr % 6}0", f"d{nr}")
    return desk


async def refused(desk: Desk, device: str) -> dict[str, Any]:
    with pytest.raises(Refused, match="too-many-holds") as found:
        await desk.comes("11:00", device)
    return dict(found.value.details)


async def test_a_full_network_asks_once_a_moment_and_always_hears_the_same(desk: Desk) -> None:
    told = [await refused(desk, f"more {nr}") for nr in range(100)]
    assert desk.asked == 9 and all(one == told[0] for one in told)
    desk.seconds += MOMENT
    await refused(desk, "one more")
    assert desk.asked == 10


async def test_others_are_asked_about_as_always(desk: Desk) -> None:
    await refused(desk, "more")
    await desk.comes("11:00", "other", network="another")
    await desk.comes("11:10", "proven", proof=Mailbox("contact", "address"))
    assert desk.asked == 11


async def test_the_same_call_again_gets_its_first_answer(desk: Desk) -> None:
    await refused(desk, "more")
    assert (await desk.comes("09:00", "d0")).replayed


async def test_what_ends_is_found_a_moment_later(desk: Desk) -> None:
    await refused(desk, "more")
    desk.office.passes(minutes=10)
    desk.seconds += MOMENT
    await desk.comes("11:00", "more")


async def test_so_many_are_in_work_and_the_others_follow_in_their_order(office: Office) -> None:
    asked, answer = list[str](), asyncio.Event()

    async def slow(command: ReserveSlot, _context: Context) -> Outcome:
        asked.append(str(command.origin.device))
        await answer.wait()
        raise Refused("slot-taken")

    async def none(_booking_id: UUID) -> Sequence[Recorded]:
        return ()

    crowd, who = Crowd(slow, none), [f"d{nr}" for nr in range(AT_ONCE + 2)]

    def comes(one: str) -> Coroutine[Any, Any, Outcome]:
        context = Context(uid(one), office.now, Actor("citizen"), uid(one))
        return crowd.reserve(reserve("09:00", origin=Origin(one, one)), context)

    calls = [asyncio.ensure_future(comes(one)) for one in who]
    await asyncio.sleep(0)
    assert asked == who[:AT_ONCE]
    answer.set()
    await asyncio.wait(calls)
    assert asked == who
    assert {str(call.exception()) for call in calls} == {"slot-taken"}


async def test_who_goes_home_in_the_line_takes_nobody_s_turn() -> None:
    turns, ended = Turns(1), list[int]()

    async def takes(nr: int) -> None:
        async with turns:
            ended.append(nr)

    async with turns:
        line = [asyncio.ensure_future(takes(nr)) for nr in range(4)]
        await asyncio.sleep(0)
        line[0].cancel()
    line[1].cancel()  # it has just been handed the turn
    await asyncio.wait(line)
    assert ended == [2, 3]
    await asyncio.wait_for(takes(4), 1)
