"""The mail on Monday, from the clock to the mailbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.notification.weekly import WeeklyMail
from tests.conftest import Databases
from tests.way.mail_world import SUBSCRIBERS, World, open_world

SUNDAY, MONDAY = datetime(2027, 1, 3, 23, 0, tzinfo=UTC), datetime(2027, 1, 4, 6, 0, 20, tzinfo=UTC)


@pytest.fixture
async def world(database: Databases, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(database("notification"), tmp_path) as world:
        yield world


def weekly(world: World) -> WeeklyMail:
    return WeeklyMail(world.handlers, world.copies.subscribers, world.clock)


async def test_f46_each_subscriber_reads_of_week_53_once(world: World) -> None:
    one, other = weekly(world), weekly(world)
    for at in (SUNDAY, MONDAY):
        world.clock.at = at
        for process in (one, other, one):
            await process.once()
        await world.work()
    mails = await world.mails()
    assert sorted(mail.to for mail in mails) == sorted(SUBSCRIBERS)
    assert len({mail.message["Message-ID"] for mail in mails}) == len(SUBSCRIBERS)
    for mail in mails:
        assert mail.subject == "Wochenbericht KW 53/2026"
        assert "KW 53/2026 (Mo, 28.12.2026 bis So, 3.1.2027)" in mail.body("plain")
        assert mail.links == ["http://127.0.0.1:8003/berichte/woche/2026-W53"]


async def test_no_event_and_no_table_holds_an_address(world: World) -> None:
    world.clock.at = MONDAY
    await weekly(world).once()
    rows = await world.pool.fetch("SELECT event::text || coalesce(timer::text, '') AS row FROM event, timer")
    assert rows and not [row for row in rows if "flensburg.example" in row["row"]]


async def test_after_a_day_without_service_nobody_is_told_of_a_week_long_over(world: World) -> None:
    world.clock.at = MONDAY
    await weekly(world).once()
    world.clock.at = datetime(2027, 1, 5, 9, 0, tzinfo=UTC)
    await weekly(world).once()
    await world.work()
    assert await world.mails() == []
    assert (await world.types()).count("MessageSkipped") == len(SUBSCRIBERS)
