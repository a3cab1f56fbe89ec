"""What mail servers do to us, and what becomes of the mail: refusals, delays, cuts, deaths."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from servicekit.log import Due
from services.notification.copies import Copies
from services.notification.mail import Envelope
from services.notification.rate import BURST
from services.notification.smtp import Accepted, Smtp, Unclear, Unreachable, Verdict
from tests.conftest import Databases
from tests.way.mail_story import Story, asked
from tests.way.mail_world import World, open_world


@pytest.fixture
async def world(database: Databases, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(database("notification"), tmp_path) as world:
        yield world


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class Server:
    """A mail server that answers as told, and keeps what it took."""

    def __init__(self, *, rcpt: str = "250 OK", data: str = "250 OK") -> None:
        self.rcpt, self.data, self.dialogues = rcpt, data, 0
        self.taken: list[Any] = []

    async def handle_RCPT(self, _s: Any, _session: Any, envelope: Any, address: str, _o: Any) -> str:  # noqa: N802
        self.dialogues += 1
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        if self.data == "cut":
            server.transport.abort()
        return self.data


async def test_an_address_that_does_not_exist_fails_at_once_and_is_not_tried_again(
    database: Databases, tmp_path: Path
) -> None:
    server = Server(rcpt="550 5.1.1 no such user")
    async with open_world(database("notification"), tmp_path, handler=server) as world:
        await asked(world, Story())
        await world.work()
        assert (await world.types())[-1] == "MessageFailed"
        await asked(world, Story())
        await world.work()
        assert (await world.types())[-1] == "MessageFailed"
        assert server.dialogues == 1, "the second message never reached the server"
        row = await world.pool.fetchrow("SELECT address_hash, reason FROM suppression")
        assert row["reason"] == "550" and "erika" not in row["address_hash"]
        assert await world.due() == []


async def test_an_address_is_tried_again_after_ninety_days_and_its_hash_is_gone(world: World) -> None:
    copies = Copies(world.pool, b"k" * 32)
    await copies.suppress("erika@example.org", "550", world.clock.at - timedelta(days=90, seconds=1))
    await copies.suppress("other@example.org", "550", world.clock.at - timedelta(days=89))
    await asked(world, Story())
    await world.work()
    assert len(await world.mails()) == 1
    await copies.forget(world.clock.at)  # the mailer's task does so every hour
    assert await world.pool.fetchval("SELECT count(*) FROM suppression") == 1


OURS = ("550 5.1.8 sender address rejected", "550 5.1.7 bad sender", "530 Authentication required")
THEIRS = ("550 5.7.1 blocked by policy", "552 5.2.2 mailbox full", "552 mailbox full", "554 no service")


@pytest.mark.parametrize("said", [*OURS, *THEIRS])
async def test_a_refusal_that_is_not_about_the_address_does_not_damn_it(
    database: Databases, tmp_path: Path, said: str
) -> None:
    """As for a report by mail: a full mailbox is emptied again."""
    server = Server(rcpt=said)
    async with open_world(database("notification"), tmp_path, handler=server) as world:
        await asked(world, Story())
        await world.work()
        assert (await world.types())[-1] == "MessageFailed"
        server.rcpt = "250 OK"
        await asked(world, Story())
        await world.work()
        assert (await world.types())[-1] == "MessageSent"


async def test_a_soft_refusal_is_tried_again_on_schedule_with_the_same_message_id(
    database: Databases, tmp_path: Path
) -> None:
    server = Server(data="451 4.3.0 try again later")
    async with open_world(database("notification"), tmp_path, handler=server) as world:
        await asked(world, Story())
        await world.work()
        began = world.clock.at
        assert await world.due() == [began + timedelta(seconds=30)]
        await world.later(seconds=29)
        assert len(server.taken) == 1
        await world.later(seconds=1)
        assert await world.due() == [world.clock.at + timedelta(seconds=120)]
        server.data = "250 OK"
        await world.later(seconds=120)
        assert (await world.types())[-1] == "MessageSent"
        assert len({mail["Message-ID"] for mail in server.taken}) == 1 and len(server.taken) == 3


async def test_a_soft_refusal_without_end_gives_up_before_the_mail_loses_its_use(
    database: Databases, tmp_path: Path
) -> None:
    server = Server(rcpt="451 4.2.1 greylisted")
    async with open_world(database("notification"), tmp_path, handler=server) as world:
        await asked(world, Story())
        for _ in range(70):
            await world.later(minutes=1)
        assert (await world.types())[-1] == "MessageFailed"
        assert server.dialogues == 5, "0 s, 30 s, 2, 10, 30 min; an hour later would be too late"
        assert await world.due() == []


async def test_while_the_server_is_away_one_message_tries_and_the_others_wait_without_a_trace(
    database: Databases, tmp_path: Path, unused_port: int
) -> None:
    own, stories = database("notification"), [Story() for _ in range(12)]
    async with open_world(own, tmp_path, port=unused_port) as world:
        for story in stories:
            await asked(world, story)
        await world.work()
        tries = (await world.types()).count("SendStarted")
        assert 1 <= tries <= 8, "only what was under way when the first one failed"
        for _ in range(20):
            await world.later(seconds=30)
        assert (await world.types()).count("SendStarted") <= tries + 15
        assert len(await world.due()) == len(stories), "one due row per message"
        position, last, at = world.position, world.last, world.clock.at
    async with open_world(own, tmp_path, again=True) as world:
        world.position, world.last, world.clock.at = position, last, at
        for _ in range(40):
            await world.later(minutes=1)
        assert len(await world.mails()) == len(stories)
        assert (await world.types()).count("MessageSent") == len(stories)


async def test_a_connection_cut_after_the_text_is_sent_once_more_and_no_third_time(
    database: Databases, tmp_path: Path
) -> None:
    server = Server(data="cut")
    async with open_world(database("notification"), tmp_path, handler=server) as world:
        await asked(world, Story())
        await world.work()
        assert (await world.types())[-1] == "SendLeftUnclear"
        await world.later(seconds=30)
        assert (await world.types())[-1] == "MessageParked"
        await world.later(minutes=20)
        assert len(server.taken) == 2
        assert len({mail["Message-ID"] for mail in server.taken}) == 1
        await world.later(minutes=40)
        assert (await world.types())[-1] == "MessageFailed", "of no use any more: given up"


class Stuck:
    """A mail server's connection in which nothing ever comes."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    async def deliver(self, _envelope: Envelope) -> Verdict:
        self.begun.set()
        await asyncio.Event().wait()
        return Accepted()


async def test_a_mailer_that_dies_in_its_dialogue_leaves_one_repeat(world: World) -> None:
    await asked(world, Story())
    stuck = Stuck()
    dead = world.make_mailer(stuck)
    (due,) = await world.due()
    message = await world.pool.fetchval("SELECT stream_id FROM event LIMIT 1")
    await dead.fire(Due("send", message, due))
    await stuck.begun.wait()
    await dead.drain(0)
    await world.later(seconds=119)
    assert await world.mails() == [], "the claim still holds"
    await world.later(seconds=1)
    assert len(await world.mails()) == 1
    assert (await world.types())[-2:] == ["SendStarted", "MessageSent"]


async def test_no_dialogue_begins_with_too_little_of_the_claim_left(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asked(world, Story())
    execute = world.handlers.execute

    async def slowly(command: Any, context: Any, fired: Due | None = None) -> Any:
        outcome = await execute(command, context, fired)
        if fired is not None:
            world.clock.at += timedelta(seconds=61)  # the claim took that long to be stored
        return outcome

    monkeypatch.setattr(world.handlers, "execute", slowly)
    await world.work()
    assert await world.mails() == []
    assert (await world.types())[-1] == "SendDeferred"
    monkeypatch.undo()
    await world.later(seconds=30)
    assert len(await world.mails()) == 1


async def test_two_mailers_at_the_same_rows_send_each_mail_once(world: World) -> None:
    for _ in range(10):
        await asked(world, Story())
    other = world.make_mailer(world.mailer._transport)
    rows = await world.pool.fetch("SELECT subject, due_at FROM timer")
    dues = [Due("send", row["subject"], row["due_at"]) for row in rows]
    await asyncio.gather(*(mailer.fire(due) for due in dues for mailer in (world.mailer, other)))
    await asyncio.gather(world.mailer.drain(), other.drain())
    assert len(await world.mails()) == 10
    assert (await world.types()).count("MessageSent") == 10


async def test_a_dialogue_ends_in_time_and_what_was_not_handed_over_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.notification.smtp.DIALOGUE", 0.3)

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)
        writer.close()

    async def deaf_after_data(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 x\r\n")
        while line := await reader.readline():
            if line.startswith(b"DATA"):
                writer.write(b"354 go\r\n")
            elif not line.startswith((b"EHLO", b"MAIL", b"RCPT")):
                continue
            else:
                writer.write(b"250 x\r\n")

    mail = Envelope("a@b.example", "c@d.example", b"Subject: x\r\n\r\nx\r\n")
    for behaviour, verdict in ((silent, Unreachable()), (deaf_after_data, Unclear())):
        async with await asyncio.start_server(behaviour, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            assert await Smtp(f"smtp://127.0.0.1:{port}").deliver(mail) == verdict


@pytest.mark.parametrize("url", ["", "http://x", "smtp://", "127.0.0.1:25"])
def test_an_address_of_no_mail_server_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL"):
        Smtp(url)


async def test_a_domain_gets_its_share_and_the_others_do_not_wait_for_it(world: World) -> None:
    for _ in range(BURST + 3):
        await asked(world, Story())
    await asked(world, Story(), email="erika@example.com")
    await world.work()
    assert len(await world.mails()) == BURST + 1
    began = world.clock.at
    assert await world.due() == [began + timedelta(seconds=one) for one in (1, 2, 3)], "each at its moment"
    for seconds in (1, 1, 1):
        await world.later(seconds=seconds)
    assert len(await world.mails()) == BURST + 4
    assert "SendDeferred" not in await world.types(), "to wait for its turn is no try"


async def test_f20_a_day_without_mail_server_leaves_one_due_row_per_message(
    database: Databases, tmp_path: Path, unused_port: int
) -> None:
    async with open_world(database("notification"), tmp_path, port=unused_port) as world:
        for _ in range(3):
            story = Story()
            await world.person(story.person_id)
            await world.happened(story.opened(), story.confirmed())
        for _ in range(24):
            await world.later(hours=1)
            sending = await world.pool.fetchval("SELECT count(*) FROM timer WHERE kind = 'send'")
            assert sending == 3
        assert (await world.types()).count("MessageQueued") == 3
