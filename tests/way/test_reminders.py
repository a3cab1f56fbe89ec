"""Reminders on their whole way (F13): event in, timers of the log, real mail server, what arrived when."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from servicekit.tokens import Purpose
from tests.conftest import Databases
from tests.way.mail_story import Story, asked
from tests.way.mail_world import LONG, World, open_world


def local(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """A time at the office."""
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


@pytest.fixture
async def world(database: Databases, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(database("notification"), tmp_path) as world:
        yield world


async def confirmed(world: World, at: datetime, start: datetime, language: str = "de") -> Story:
    """A booking that was confirmed at ``at``, and told so by mail."""
    world.clock.at = at
    story = await asked(world, Story(start=start, language=language), keep_until=LONG)
    await world.happened(story.confirmed())
    await world.work()
    return story


async def pass_until(world: World, end: datetime, outage: tuple[datetime, datetime] | None = None) -> None:
    """Timers fire at their moments until ``end``, but for an outage, after which all fire at once."""
    while (due := [at for at in await world.due() if at <= end]) and due[0] <= end:
        world.clock.at = due[0]
        if outage and outage[0] <= due[0] < outage[1]:
            world.clock.at = outage[1]
        await world.work()


async def reminded(world: World) -> list[datetime]:
    """When reminders arrived."""
    mails = await world.mails()
    return [mail.received_at for mail in mails if mail.subject.startswith(("Erinnerung", "Reminder"))]


async def test_f13_a_confirmed_for_tomorrow_no_reminder(world: World) -> None:
    await confirmed(world, local(12, 1, 10), local(12, 2, 9))
    await pass_until(world, local(12, 3, 9))
    assert await reminded(world) == []


async def test_f13_b_confirmed_for_the_day_after_tomorrow_one_reminder(world: World) -> None:
    await confirmed(world, local(11, 30, 10), local(12, 2, 9))
    await pass_until(world, local(12, 3, 9))
    assert await reminded(world) == [local(12, 1, 9)]


async def test_f13_c_moved_ten_minutes_before_a_step_only_the_new_day_is_reminded_of(world: World) -> None:
    story = await confirmed(world, local(11, 10, 10), local(12, 4, 9))
    await pass_until(world, local(12, 1, 8, 50))
    world.clock.at = local(12, 1, 8, 50)
    await world.happened(story.moved(local(12, 11, 9)))
    await world.work()
    await pass_until(world, local(12, 12, 9))
    assert await reminded(world) == [local(12, 8, 9), local(12, 10, 9)]
    assert "MessageSkipped" not in (await world.types())[-12:], "the old step asked for nothing"
    assert await world.due() == []


async def test_f13_d_the_mailer_was_down_over_two_steps_one_reminder(world: World) -> None:
    await confirmed(world, local(11, 20, 10), local(12, 4, 9))
    outage = (local(12, 1, 8), local(12, 3, 10))
    await pass_until(world, local(12, 5, 9), outage)
    assert await reminded(world) == [local(12, 3, 10)]


async def test_f13_d_the_mail_server_was_down_over_two_steps_one_reminder(
    database: Databases, tmp_path: Path
) -> None:
    own, start = database("notification"), local(12, 4, 9)
    async with open_world(own, tmp_path) as world:
        await confirmed(world, local(11, 20, 10), start)
    async with open_world(own, tmp_path, again=True, port=9) as world:  # nobody listens there
        world.clock.at = local(11, 30, 9)
        await pass_until(world, local(12, 3, 9, 59))
    async with open_world(own, tmp_path, again=True) as world:
        world.clock.at = local(12, 3, 10)
        await pass_until(world, local(12, 5, 9))
        (at,) = await reminded(world)
    assert local(12, 3, 10) <= at <= local(12, 3, 11), "the older one lost its use to the later"


async def test_a_cancelled_booking_is_not_reminded_of(world: World) -> None:
    story = await confirmed(world, local(11, 20, 10), local(12, 4, 9))
    await world.happened(story.cancelled(by="citizen", reason="citizen_wish"))
    await pass_until(world, local(12, 5, 9))
    assert await reminded(world) == []
    assert await world.due() == []


async def test_a_person_who_was_erased_is_not_reminded_any_more(world: World) -> None:
    story = await confirmed(world, local(11, 20, 10), local(12, 4, 9))
    await pass_until(world, local(12, 2, 9))
    assert len(await reminded(world)) == 1
    await world.person(story.person_id, revision=2, erased=True)
    await pass_until(world, local(12, 5, 9))
    assert len(await reminded(world)) == 1
    assert await world.due() == []


async def test_the_reminder_of_a_long_lead_cancels_and_says_i_will_come_with_one_link(world: World) -> None:
    story = await confirmed(world, local(11, 10, 10), local(12, 4, 9), "en")
    await pass_until(world, local(12, 1, 9))
    mail = (await world.mails())[-1]
    cancel, comes, ticket = mail.links
    token = ticket.rpartition("/")[2]
    assert (cancel, comes) == (f"{ticket}/absagen", f"{ticket}/ich-komme")
    link = world.tokens.verify(token, Purpose.TICKET)
    assert link is not None and link.id == story.booking_id
    assert mail.subject == "Reminder: your appointment on Fri, 4 Dec 2026, 9:00"


async def test_each_reminder_has_a_name_of_its_own_that_a_repeat_keeps(world: World) -> None:
    await confirmed(world, local(11, 20, 10), local(12, 4, 9))
    await pass_until(world, local(12, 3, 9) + timedelta(minutes=1))
    names = [str(mail.message["Message-ID"]) for mail in await world.mails()]
    assert len(set(names)) == len(names) == 3, "the confirmation and two reminders"
    assert all(name.endswith("@flensburg.example>") for name in names)
