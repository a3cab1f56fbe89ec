"""A report comes back by mail: the message has failed, and a bad address is not written to again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import aiosmtplib
import pytest

from services.notification.bounces import Bounces
from services.notification.copies import Copies
from services.notification.postfach import Sink, listen
from tests.conftest import Databases
from tests.rules.notification import paperwork as p
from tests.rules.notification.given import PERSON
from tests.rules.notification.test_bounces import report
from tests.way.mail_story import Story, asked
from tests.way.mail_world import LONG, World, open_world


@pytest.fixture
async def world(database: Databases, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(database("notification"), tmp_path) as world:
        yield world


def bounces(world: World) -> Bounces:
    return Bounces(world.handlers, Copies(world.pool, b"k" * 32), world.clock)


async def suppressed(world: World, person_id: UUID) -> bool:
    """Whether the person's present address is not written to."""
    now, _ = await world.copies.look(person_id, world.clock.at)
    return now is not None and now.suppressed


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


async def test_a_report_about_papers_asked_at_the_wrong_address_leaves_the_corrected_one_alone(
    world: World,
) -> None:
    """The post room asks again, with the right address: the same person, one revision up."""
    for revision, email in ((1, "erika@exmaple.org"), (2, "erika@example.org")):
        await world.person(PERSON, email=email, revision=revision, keep_until=LONG)
        await world.happened(*([p.received()] if revision == 1 else []))
        await world.happened(p.requested(person_revision=revision))
        await world.work()
    wrong, right = await world.mails()
    assert (wrong.to, right.to) == ("erika@exmaple.org", "erika@example.org")
    assert await bounces(world).take(wrong.mail_from, report()) == "bounced"
    assert not await suppressed(world, PERSON)
    await bounces(world).take(right.mail_from, report())
    assert await suppressed(world, PERSON)


async def test_a_bad_address_stays_bad_though_its_row_got_another_end(world: World) -> None:
    """A hold runs out, and its person's row ends sooner: a revision that says nothing of the address."""
    story = await asked(world, Story())
    await world.work()
    (mail,) = await world.mails()
    await world.person(story.person_id, revision=2, keep_until=world.clock.at + timedelta(days=1))
    await bounces(world).take(mail.mail_from, report())
    assert await suppressed(world, story.person_id)


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
