"""Stops, deaths and lost answers around a try: what is claimed is tried, what the server said is known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from servicekit.log import Busy, Due
from services.notification.copies import Copies
from services.notification.mail import Envelope
from services.notification.rules.commands import NoteRefused, StartSending
from services.notification.smtp import Accepted, Rejected, Verdict
from tests.conftest import Databases
from tests.way.mail_story import Story, asked
from tests.way.mail_world import World, open_world

GONE = Rejected(550, suppress=True)


@pytest.fixture
async def world(database: Databases, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(database("notification"), tmp_path) as world:
        yield world


class Server:
    """A mail server's connection that says the same to everybody."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict, self.dialogues = verdict, 0

    async def deliver(self, _envelope: Envelope) -> Verdict:
        self.dialogues += 1
        return self.verdict


async def test_a_stop_between_a_claim_and_its_try_leaves_the_try_to_the_drain(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute, stored, answered = world.handlers.execute, asyncio.Event(), asyncio.Event()

    async def slowly(command: Any, *rest: Any, **more: Any) -> Any:
        outcome = await execute(command, *rest, **more)
        if isinstance(command, StartSending):
            stored.set()
            await answered.wait()
        return outcome

    monkeypatch.setattr(world.handlers, "execute", slowly)
    await asked(world, Story())
    server = Server(Accepted())
    mailer = world.make_mailer(server)
    work = asyncio.create_task(world.work(mailer))
    await stored.wait()
    work.cancel()
    await asyncio.wait([work])
    asyncio.get_running_loop().call_soon(answered.set)
    await mailer.drain()
    assert server.dialogues == 1
    assert await world.types() == ["MessageQueued", "MessageSourced", "SendStarted", "MessageSent"]


async def test_a_claim_that_got_no_answer_is_known_again_by_whoever_made_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute = world.handlers.execute

    async def lost_once(command: Any, *rest: Any, **more: Any) -> Any:
        if isinstance(command, StartSending):
            await execute(command, *rest, **more)
        return await execute(command, *rest, **more)

    monkeypatch.setattr(world.handlers, "execute", lost_once)
    await asked(world, Story())
    await world.work()
    assert await world.types() == ["MessageQueued", "MessageSourced", "SendStarted", "MessageSent"]


async def test_a_claim_whose_answer_came_too_late_is_tried_when_its_timer_fires_again_and_by_nobody_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute, failures = world.handlers.execute, [Busy()]

    async def too_late(command: Any, *rest: Any, **more: Any) -> Any:
        outcome = await execute(command, *rest, **more)
        if isinstance(command, StartSending) and failures:
            raise failures.pop()
        return outcome

    monkeypatch.setattr(world.handlers, "execute", too_late)
    await asked(world, Story())
    row = await world.pool.fetchrow("SELECT subject, due_at FROM timer")
    due = Due("send", row["subject"], row["due_at"])
    server, others = Server(Accepted()), Server(Accepted())
    mailer, another = world.make_mailer(server), world.make_mailer(others)
    with pytest.raises(Busy):
        await mailer.fire(due)
    for one in (another, mailer):
        await one.fire(due)
        await one.drain()
    assert (server.dialogues, others.dialogues) == (1, 0)
    assert (await world.types())[-2:] == ["SendStarted", "MessageSent"]


async def test_what_the_server_said_is_recorded_although_the_list_of_addresses_could_not_be_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    suppress, failures = Copies.suppress, [ConnectionResetError()]

    async def lost_once(copies: Copies, *rest: Any) -> None:
        if failures:
            raise failures.pop()
        await suppress(copies, *rest)

    monkeypatch.setattr(Copies, "suppress", lost_once)
    monkeypatch.setattr("services.notification.mailer.PAUSE", 0)
    server = Server(GONE)
    await asked(world, Story())
    await world.work(world.make_mailer(server))
    assert (await world.types())[-2:] == ["SendStarted", "MessageFailed"]
    assert await world.pool.fetchval("SELECT reason FROM suppression") == "550"
    await world.later(minutes=3)
    assert server.dialogues == 1


async def test_whoever_dies_before_recording_a_refusal_leaves_no_second_try(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute, reached = world.handlers.execute, asyncio.Event()

    async def dies(command: Any, *rest: Any, **more: Any) -> Any:
        if isinstance(command, NoteRefused):
            reached.set()
            await asyncio.Event().wait()
        return await execute(command, *rest, **more)

    monkeypatch.setattr(world.handlers, "execute", dies)
    server = Server(GONE)
    await asked(world, Story())
    mailer = world.make_mailer(server)
    work = asyncio.create_task(world.work(mailer))
    await reached.wait()
    work.cancel()
    await asyncio.wait([work])
    await mailer.drain(0)
    monkeypatch.undo()
    world.clock.at += timedelta(seconds=121)
    await world.work(world.make_mailer(server))
    assert (await world.types())[-2:] == ["SendStarted", "MessageFailed"]
    assert server.dialogues == 1
