"""A report comes back by mail: the message has failed, and a bad address is not written to again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiosmtplib
import pytest

from services.notification.bounces import Bounces
from services.notification.copies import Copies
from services.notification.postfach import Sink, listen
from tests.conftest import Databases
from tests.rules.notification.test_bounces import report
from tests.way.mail_story import Story, asked
from tests.way.mail_world import World, open_world


@pytest.fixture
async def world(database: Databases, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(database("notification"), tmp_path) as world:
        yield world


def bounces(world: World) -> Bounces:
    return Bounces(world.handlers, Copies(world.pool, b"k" * 32), world.clock)


async def test_a_report_by_mail_fails_its_message_once_and_suppresses_the_persons_address(
    world: World,
) -> None:
    await asked(world, Story())
    await world.work()
    (mail,) = await world.mails()
    server = await listen(Sink(world.postfach, world.clock.now, bounces(world).take), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        for _ in range(2):
            await aiosmtplib.send(
                report(),
                sender="mx@example.org",
                recipients=[mail.mail_from],
                hostname="127.0.0.1",
                port=port,
            )
    assert (await world.types()).count("MessageBounced") == 1
    await asked(world, Story())
    await world.work()
    assert (await world.types())[-1] == "MessageFailed", "the address is not tried again"


@pytest.mark.parametrize(("status", "reason"), [("5.7.1", "policy"), ("5.2.2", "other")])
async def test_a_report_that_is_not_about_the_address_damns_nobody(
    world: World, status: str, reason: str
) -> None:
    await asked(world, Story())
    await world.work()
    (mail,) = await world.mails()
    assert await bounces(world).take(mail.mail_from, report(status=status)) == "bounced"
    assert await world.pool.fetchval("SELECT count(*) FROM suppression") == 0
    data = await world.pool.fetchval("SELECT data FROM event WHERE type = 'MessageBounced'")
    assert f'"reason":"{reason}"' in data


async def test_a_report_about_the_wrong_address_leaves_the_corrected_one_alone(world: World) -> None:
    """It may take hours, and the person has put the address right long before."""
    story = await asked(world, Story(), email="erika@exmaple.org")
    await world.work()
    await world.person(story.person_id, revision=2)
    await world.happened(story.requested(attempt=2, revision=2))
    await world.work()
    wrong, right = await world.mails()
    assert (wrong.to, right.to) == ("erika@exmaple.org", "erika@example.org")
    assert await bounces(world).take(wrong.mail_from, report()) == "bounced"
    await world.happened(story.confirmed())
    await world.work()
    assert (await world.types())[-1] == "MessageSent", "the confirmation goes to the right address"


async def test_a_report_about_a_message_that_nobody_knows_is_dropped_at_once(world: World) -> None:
    unknown = "bounce+018f6a3c0000700080000000000000ff@flensburg.example"
    assert await bounces(world).take(unknown, report()) == "unknown"
    assert await world.types() == []


async def test_a_mail_that_is_no_report_changes_nothing(world: World) -> None:
    await asked(world, Story())
    await world.work()
    (mail,) = await world.mails()
    assert await bounces(world).take(mail.mail_from, b"Subject: Abwesenheit\r\n\r\nbin weg\r\n") == "ignored"
    assert await bounces(world).take(mail.mail_from, report("delayed", "4.4.1")) == "ignored"
    assert (await world.types())[-1] == "MessageSent"
