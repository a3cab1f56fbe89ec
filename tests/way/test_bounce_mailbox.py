"""Reports fetched from a real IMAP server: each acts once, what comes too early comes again (F20 b)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from services.notification.bounce_reader import BounceReader
from services.notification.bounces import Bounces
from services.notification.copies import Copies
from services.notification.imap import FAILED, Mailbox
from services.notification.mail import Envelope
from services.notification.smtp import Accepted
from tests.conftest import Databases
from tests.rules.notification.test_bounces import TO, report
from tests.way.imap_server import Server, running, self_signed
from tests.way.mail_story import Story, asked
from tests.way.mail_world import NOW, World, open_world


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("imap")) as server:
        yield server


@pytest.fixture
def server(house: Server) -> Server:
    """The server, emptied."""
    house.empty()
    return house


@pytest.fixture
async def world(database: Databases, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(database("notification"), tmp_path) as world:
        yield world


def reader(world: World, server: Server) -> BounceReader:
    """What the role ``mailer`` runs."""
    copies = Copies(world.pool, b"k" * 32)
    return BounceReader(Mailbox(server.url), Bounces(world.handlers, copies, world.clock))


async def sent(world: World) -> str:
    """A mail that went out; its return address."""
    await asked(world, Story())
    await world.work()
    return (await world.mails())[-1].mail_from


def about(address: str, status: str = "5.1.1", action: str = "failed") -> bytes:
    """A report to that return address."""
    return report(action, status).replace(TO.encode(), address.encode())


async def test_reports_bounce_their_messages_once_and_leave_the_mailbox(world: World, server: Server) -> None:
    address = await sent(world)
    for _ in range(2):
        server.bring(about(address), NOW)
    assert await reader(world, server).once() == 2
    assert (await world.types()).count("MessageBounced") == 1
    assert await world.pool.fetchval("SELECT count(*) FROM suppression") == 1
    assert server.state() == (0, 0)
    assert await reader(world, server).once() == 0


async def test_policy_refusals_delays_and_automatic_replies_damn_no_address(
    world: World, server: Server
) -> None:
    refused, late, away = [await sent(world) for _ in range(3)]
    server.bring(about(refused, "5.7.1"), NOW)
    server.bring(about(late, "4.4.1", "delayed"), NOW)
    reply = f"To: {away}\r\nAuto-Submitted: auto-replied\r\nSubject: Abwesend\r\n\r\nBin weg.\r\n"
    server.bring(reply.encode(), NOW)
    assert await reader(world, server).once() == 3
    assert (await world.types()).count("MessageBounced") == 1
    assert await world.pool.fetchval("SELECT count(*) FROM suppression") == 0
    assert server.state() == (0, 0)


async def test_f20_b_a_report_of_an_unknown_message_is_tried_for_five_minutes_from_its_arrival(
    world: World, server: Server
) -> None:
    before = _unknown()
    server.bring(report(), NOW)
    for minutes, left in ((1, 1), (3, 1), (1, 0)):
        world.clock.at += timedelta(minutes=minutes)
        await reader(world, server).once()
        assert server.state() == (left, left)
    assert _unknown() == before + 1, "counted once, at its end"


async def test_f20_b_after_an_hour_without_reader_it_is_dropped_at_the_first_try(
    world: World, server: Server
) -> None:
    before = _unknown()
    server.bring(report(), NOW)
    world.clock.at += timedelta(hours=1)
    await reader(world, server).once()
    assert server.state() == (0, 0)
    assert _unknown() == before + 1


async def test_a_report_that_beats_the_record_of_its_own_dialogue_acts_when_that_is_there(
    world: World, server: Server
) -> None:
    class Fast:
        """A mail server whose report is back before its own last word."""

        async def deliver(self, envelope: Envelope) -> Accepted:
            server.bring(about(envelope.mail_from), NOW)
            await reader(world, server).once()
            assert server.state() == (1, 1)
            return Accepted()

    await asked(world, Story())
    await world.work(world.make_mailer(Fast()))
    await reader(world, server).once()
    assert server.state() == (0, 0)
    assert (await world.types())[-1] == "MessageBounced"


async def test_mail_that_came_for_another_address_is_left_where_it_is(world: World, server: Server) -> None:
    server.bring(b"To: buergerbuero@flensburg.example\r\nSubject: Frage\r\n\r\nWann haben Sie auf?\r\n", NOW)
    for _ in range(2):
        await reader(world, server).once()
        assert server.state() == (1, 0), "marked as read and never deleted"


async def test_the_envelopes_address_counts_where_the_server_writes_it_down(
    world: World, server: Server
) -> None:
    address = await sent(world)
    alias = report().replace(TO.encode(), b"berichte@flensburg.example")
    server.bring(f"Delivered-To: {address}\r\n".encode() + alias, NOW)
    await reader(world, server).once()
    assert "MessageBounced" in await world.types()


async def test_a_password_goes_over_tls_or_not_at_all(world: World, tmp_path: Path) -> None:
    with running(tmp_path, self_signed(tmp_path)) as secure:
        secure.bring(about(await sent(world)), NOW)
        copies = Copies(world.pool, b"k" * 32)
        bounces = Bounces(world.handlers, copies, world.clock)
        with pytest.raises(FAILED):
            await BounceReader(Mailbox(secure.url), bounces).once()
        assert await BounceReader(Mailbox(secure.url, secure.trust), bounces).once() == 1
    assert "MessageBounced" in await world.types()


async def test_a_mailbox_that_is_away_stops_nothing(world: World) -> None:
    absent = Server(9)
    with pytest.raises(FAILED):
        await reader(world, absent).once()


def _unknown() -> float:
    return REGISTRY.get_sample_value("mail_bounces_total", {"outcome": "unknown"}) or 0.0
