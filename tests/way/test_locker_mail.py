"""Who has a document in a locker reads until which day it can be collected (F32)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from tests.conftest import Databases
from tests.rules.notification import paperwork as p
from tests.rules.notification.given import PERSON
from tests.way.mail_world import LONG, World, open_world


@pytest.fixture
async def world(database: Databases, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(database("notification"), tmp_path) as world:
        await world.person(PERSON, keep_until=LONG)
        yield world


async def test_f32_the_mail_names_the_last_day_on_which_the_locker_can_be_emptied(world: World) -> None:
    await world.happened(p.stored(), p.in_locker(collect_until=date(2027, 1, 4)))
    await world.work()
    (mail,) = await world.mails()
    assert mail.subject == "Ihr Personalausweis liegt im Abholfach, bis Mo, 4.1.2027"
    assert "Sie können es bis Mo, 4.1.2027 abholen, ohne Termin." in mail.body("plain")


async def test_f32_in_english_too(world: World) -> None:
    await world.happened(p.in_locker(collect_until=date(2027, 1, 4), language="en"))
    await world.work()
    (mail,) = await world.mails()
    assert mail.subject == "Your ID card is in the locker until Mon, 4 Jan 2027"


async def test_a_document_that_was_taken_out_meanwhile_is_not_written_about(world: World) -> None:
    await world.happened(p.in_locker(), p.stored(was="locker"))
    await world.work()
    assert await world.mails() == []
    assert "MessageSkipped" in await world.types()
