"""Mails about wishes on their whole way: booking's events in, real log, real mail server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from servicekit.tokens import Purpose
from tests.conftest import Databases
from tests.rules.notification.given import PERSON
from tests.rules.notification.test_wishes import CLOSED, CONFIRMED, MADE, OFFER, OFFERED, WISH, reserved
from tests.way.mail_world import LONG, NOW, World, open_world


@pytest.fixture
async def world(database: Databases, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(database("notification"), tmp_path) as world:
        await world.person(PERSON, keep_until=LONG)
        yield world


async def test_the_link_that_proves_a_wish_and_then_an_offer_arrive(world: World) -> None:
    await world.happened(MADE)
    await world.work()
    await world.happened(CONFIRMED, OFFERED)
    await world.work()
    request, offer = await world.mails()
    assert request.subject == "Your request for an earlier appointment – please confirm"
    assert offer.subject.startswith("Earlier appointment free: Tue, 1 Dec 2026")
    for mail in (request, offer):
        token = mail.links[0].rpartition("/frueher/")[2]
        proof = world.tokens.verify(token, Purpose.WISH)
        assert proof is not None and (proof.id, proof.until) == (WISH, NOW + timedelta(days=67))
    assert offer.links[1] == f"{offer.links[0]}/beenden"


async def test_an_offer_that_somebody_took_is_not_sent(world: World) -> None:
    await world.happened(MADE, CONFIRMED, OFFERED, reserved(OFFER))
    await world.work()
    assert await world.mails() == []
    assert (await world.types()).count("MessageSkipped") == 2
    assert await world.due() == []


async def test_nothing_is_sent_to_who_left_or_after_its_hour(world: World) -> None:
    await world.happened(MADE, CLOSED)
    await world.work()
    world.clock.at = NOW + timedelta(minutes=60)
    await world.happened(OFFERED)
    await world.work()
    assert await world.mails() == []
    assert (await world.types()).count("MessageSkipped") == 2
