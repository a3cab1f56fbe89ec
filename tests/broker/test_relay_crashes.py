"""The relay dies, in a process of its own, at each step: nothing is missing afterwards, and what is
repeated is one round at most."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

import pytest

from servicekit.faults import KILLED
from servicekit.testing.databases import Database
from servicekit.testing.kafka import TopicPlan, make_topics
from servicekit.testing.process import start, stop
from tests.broker.relay_world import PARTITIONS, PUBLIC, World, assert_whole, reader_holds, until

ROOT = Path(__file__).resolve().parents[2]
CHILD = Path(__file__).with_name("relay_child.py")
EVENTS = [("SlotReserved", f"key-{n % 7}") for n in range(30)]


@pytest.fixture
async def world(fresh_database: Callable[[str], Database], kafka: str) -> World:
    """An empty log and an empty topic."""
    world = World(fresh_database("booking"), kafka, f"relay-{uuid4().hex[:12]}")
    await world.make_topic()
    await make_topics(kafka, {f"{world.topic}-people": TopicPlan(1)})
    return world


def child(world: World, output: Path, fault: str = "", public: Sequence[str] = PUBLIC) -> list[object]:
    """Start a relay as a process that will die at ``fault``."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}:{ROOT / 'contracts'}",
        "APP_ENV": "test",
        "FAULT": fault,
        "TOPIC": world.topic,
        "PEOPLE_TOPIC": f"{world.topic}-people",
        "PARTITIONS": str(PARTITIONS),
        "PUBLIC": ",".join(public),
        "DATABASE_URL": world.database.app_url,
        "KAFKA_BOOTSTRAP": world.bootstrap,
    }
    with output.open("ab") as printed:
        return [start([sys.executable, str(CHILD)], output=printed, env=environment, cwd=ROOT)]


async def dies(world: World, tmp_path: Path, fault: str, public: Sequence[str] = PUBLIC) -> None:
    """Run a relay until it is dead by its fault point."""
    output = tmp_path / "relay.log"
    (process,) = child(world, output, fault, public)
    code = await asyncio.to_thread(process.wait, 60)  # type: ignore[attr-defined]
    assert code == KILLED, output.read_text()


@pytest.mark.parametrize(
    ("fault", "in_topic", "repeats"),
    [("relay.before_send", 0, 0), ("relay.after_send", 30, 30), ("relay.after_checkpoint", 30, 0)],
)
async def test_a_relay_killed_at_this_step_repeats_at_most_its_round(
    world: World, tmp_path: Path, fault: str, in_topic: int, repeats: int
) -> None:
    await world.write(*EVENTS)
    await dies(world, tmp_path, fault)
    assert len(await world.topic_records()) == in_topic
    await world.write(*EVENTS)
    await world.sent(world.relay())
    assert await assert_whole(world) == repeats


async def test_a_relay_that_dies_again_and_again_never_loses_or_reorders(
    world: World, tmp_path: Path
) -> None:
    for _ in range(3):
        await world.write(*EVENTS)
        await dies(world, tmp_path, "relay.after_send")
    await world.sent(world.relay())
    assert await assert_whole(world) > 0


async def test_a_type_made_public_after_a_relay_died_before_its_checkpoint_changes_nothing_that_was_sent(
    world: World, tmp_path: Path
) -> None:
    """The next version of the program is the one that starts: what it calls public, the dead one did not."""
    old = ("SlotReserved",)
    await world.write(("SlotReserved", "k"))
    await world.sent(world.relay(publish=dict.fromkeys(old, world.topic)))
    await world.write(("SlotReserved", "k"), ("SlotReleased", "k"), ("SlotReserved", "k"))
    await dies(world, tmp_path, "relay.after_send", old)
    await world.write(("SlotReleased", "k"))
    await world.sent(world.relay())
    records = await world.topic_records()
    assert len({(one.position, one.headers.prev) for one in records}) == 4
    assert reader_holds(records)[0] == [1, 2, 4, 5]


async def test_a_frozen_relay_that_wakes_after_another_took_over_does_no_harm(
    world: World, tmp_path: Path
) -> None:
    """SIGSTOP holds the process, the lock goes with its session, SIGCONT brings a late relay back."""
    position = await world.write(*EVENTS)
    (process,) = child(world, tmp_path / "relay.log")
    pid: int = process.pid  # type: ignore[attr-defined]
    try:
        await until(lambda: reached(world, position))
        os.kill(pid, signal.SIGSTOP)
        async with world.connected() as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'relay'"
                " AND datname = current_database()"
            )
        await world.write(*EVENTS)
        await world.sent(world.relay())
        os.kill(pid, signal.SIGCONT)
        position = await world.write(*EVENTS)
        await until(lambda: reached(world, position))
    finally:
        os.kill(pid, signal.SIGCONT)
        stop(process, signal.SIGTERM, 20)  # type: ignore[arg-type]
    await assert_whole(world)


async def reached(world: World, position: int) -> bool:
    return await world.checkpoint() >= position
