"""A reader that stands at the end of a partition, where the end is no longer what it was."""

from __future__ import annotations

import asyncio

import pytest

from servicekit import feed as feeds
from tests.broker.feed_world import MakeWay, admin, committed
from tests.broker.tally import Chain, make_topic, publish, until


@pytest.mark.parametrize("gone", [1, 3])
async def test_as_many_records_in_the_place_of_a_lost_tail_are_found_although_the_offset_is_the_end(
    way: MakeWay, monkeypatch: pytest.MonkeyPatch, gone: int
) -> None:
    """Nothing lies behind the reader's offset, and nothing new need come: only the last record tells."""
    monkeypatch.setattr(feeds, "LOOK", 1.0)
    monkeypatch.setattr(feeds, "AGAIN", 0.5)
    one = await way()
    records = Chain(one.topic).story(range(10))
    known = records[: 20 - gone]
    await publish(one.bootstrap, [*known, *known[-gone:]])
    async with one.consuming():
        await one.reached(20 - gone)
        await until(lambda: committed(one, 20), "commit")
    async with admin(one.bootstrap) as client:
        await client.delete_topics([one.topic])
    await make_topic(one.bootstrap, one.topic, 1)
    await publish(one.bootstrap, records)
    await one.commit(20)
    async with one.consuming() as feed:
        watch = asyncio.create_task(feed.watch())
        await one.reached(20)
        assert feed.standing.ready
        watch.cancel()
    assert await one.model.tallies() == {"BookingOpened": 10, "BookingConfirmed": 10}
