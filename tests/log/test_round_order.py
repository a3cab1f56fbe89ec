"""What a round owes to those behind: whoever rests on others, and whoever comes after many that are gone."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from servicekit import committer
from servicekit.handle import Outcome
from servicekit.log import Decision, Effects, Guard, States, Stream
from tests.conftest import Databases
from tests.log.desk import PlaceTaken, TicketOpened, context, open_desk


async def test_what_rests_on_one_that_is_decided_again_is_decided_again_too(
    fresh_database: Databases,
) -> None:
    """The first is limited, so the second has a place on its own shelf, and the third one on the other."""
    async with open_desk(fresh_database("booking").app_url) as desk:
        shelf, other = desk.shelf, Stream.named("shelf", "other")
        await desk.committer.ensure([other])

        async def either() -> Outcome:
            who = context()
            opened = Stream("ticket", who.new_id("ticket"))

            def decide(states: States) -> Decision:
                where = other if 0 in states[shelf].taken else shelf
                return Decision(((where, PlaceTaken(place=0)), (opened, TicketOpened(place=0))))

            return await desk.handler.run(who, [shelf, other, opened], decide, new=opened)

        limited = Effects((Guard("device", "hash", 0, "too-many-holds", context().command_id),))
        third = replace(desk, shelf=other)
        results = await asyncio.gather(
            desk.take(effects=limited, place=0), either(), third.take(place=0), return_exceptions=True
        )
        assert str(results[0]) == "too-many-holds"
        taken = [result.events[0] for result in results[1:] if isinstance(result, Outcome)]
        assert [(stream, event.place) for stream, event in taken] == [(shelf, 0), (other, 0)]  # type: ignore[attr-defined]


async def test_who_has_gone_home_keeps_nobody_waiting(
    fresh_database: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a round's worth of them for each look at the log: who comes after an outage would wait in vain."""
    async with open_desk(fresh_database("booking").app_url) as desk:
        monkeypatch.setattr(committer, "IDLE", 60.0)
        await asyncio.sleep(0.1)  # the last poll of before
        gone = [asyncio.ensure_future(desk.take()) for _ in range(8 * committer.LEAST)]
        there = asyncio.ensure_future(desk.take())
        await asyncio.sleep(0)
        for one in gone:
            one.cancel()
        assert (await asyncio.wait_for(there, 10)).of(PlaceTaken).place == 0
