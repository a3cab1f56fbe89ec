"""Invitations name the first day on which the document can be collected (F32)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import Databases
from tests.rules.notification import paperwork as p
from tests.rules.notification.given import PERSON
from tests.rules.notification.test_pickup_days import DESK, WINDOW, planned
from tests.way.mail_world import World, open_world

STORED = datetime(2026, 12, 23, 10, 0, tzinfo=UTC)
HOLIDAYS = [date(2026, 12, 24) + timedelta(days=n) for n in range(9)]
MONDAY, TUESDAY = date(2027, 1, 4), date(2027, 1, 5)


@pytest.fixture
async def world(database: Databases, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(database("notification"), tmp_path) as world:
        world.clock.at = STORED
        await world.person(PERSON, keep_until=STORED + timedelta(days=200))
        yield world


async def invited(world: World) -> str:
    """The text of the mail that goes out at once."""
    await world.happened(p.stored(), p.invited())
    await world.work()
    (mail,) = await world.mails()
    assert mail.received_at == STORED
    return mail.body("plain")


async def test_f32_the_mail_goes_out_at_once_and_names_the_first_day_after_the_closing_week(
    world: World,
) -> None:
    await world.happened(planned(date(2026, 12, 23), (WINDOW, 7, 10)))  # over for today
    await world.happened(*(planned(day, (WINDOW, 7, 15)) for day in (*HOLIDAYS, MONDAY)))
    await world.happened(*(planned(day, again=True) for day in HOLIDAYS))
    assert "Der erste mögliche Tag ist Mo, 4.1.2027." in await invited(world)


async def test_f32_a_closed_stretch_moves_the_day(world: World) -> None:
    await world.happened(planned(MONDAY, (WINDOW, 7, 15)), planned(TUESDAY, (WINDOW, 7, 15)))
    await world.happened(planned(MONDAY, (DESK, 7, 15), again=True))
    assert "Der erste mögliche Tag ist Di, 5.1.2027." in await invited(world)


async def test_where_nothing_is_planned_yet_no_day_is_named(world: World) -> None:
    await world.happened(planned(MONDAY, (DESK, 7, 15)))
    text = await invited(world)
    assert "erste mögliche Tag" not in text and "Bitte buchen Sie eine Zeit" in text


async def test_a_time_left_today_is_today(world: World) -> None:
    await world.happened(planned(STORED.date(), (WINDOW, 7, 12)), planned(MONDAY, (WINDOW, 7, 15)))
    assert "Der erste mögliche Tag ist Mi, 23.12.2026." in await invited(world)
