"""Faults of consumer groups: read again, and strangers among them."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError

from servicekit.kafka import Kafka
from tests.chaos.faults import Scene
from tests.way.program import Program

ROUNDS, MEMBERS = 4, 3
"""How often so many strangers join a group and leave it again, a second each time."""


async def offsets_to_zero(scene: Scene, random: Random) -> str:
    """F16: everything that a service's consumers have read comes once more."""
    program = random.choice(_consuming(scene))
    scene.town.resting.add(program.name)
    try:
        await asyncio.to_thread(program.stop)
        groups = await _groups(scene.town.platform.kafka, program.service)
        back = 0
        for group, offsets in groups.items():
            back += await _reset(scene.town.platform.kafka, group, offsets)
    finally:
        program.start()
        scene.town.resting.discard(program.name)
    return f"{program.service}: {back} records again in {len(groups)} groups" if back else ""


def _consuming(scene: Scene) -> list[Program]:
    return [one for one in scene.town.platform.programs if one.role in ("project", "all")]


async def _groups(address: str, service: str) -> dict[str, dict[TopicPartition, int]]:
    """A service's groups and how far they have read."""
    admin: Any = Kafka(address).admin()
    await admin.start()
    try:
        names = [one[0] for one in await admin.list_consumer_groups() if one[0].startswith(f"{service}.")]
        found = {name: await admin.list_consumer_group_offsets(name) for name in names}
    finally:
        await admin.close()
    return {name: {part: one.offset for part, one in offsets.items()} for name, offsets in found.items()}


async def _reset(address: str, group: str, offsets: dict[TopicPartition, int]) -> int:
    read = {part: offset for part, offset in offsets.items() if offset > 0}
    if not read:
        return 0
    async with AIOKafkaConsumer(
        bootstrap_servers=address, group_id=group, enable_auto_commit=False
    ) as consumer:
        consumer.assign(list(read))
        async with asyncio.timeout(30):
            # whoever was killed just before still counts as a member
            while not await _committed(consumer, dict.fromkeys(read, 0)):  # noqa: ASYNC110
                await asyncio.sleep(0.5)
    return sum(read.values())


async def _committed(consumer: AIOKafkaConsumer, offsets: dict[TopicPartition, int]) -> bool:
    try:
        await consumer.commit(offsets)
    except CommitFailedError:
        return False
    return True


class Counted(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Counts how often a stranger was given partitions."""

    given = 0

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Nothing was done with them."""

    async def on_partitions_assigned(self, assigned: Any) -> None:
        """Count."""
        self.given += bool(assigned)


async def storm(scene: Scene, random: Random) -> str:
    """F18: strangers join a group, take partitions, read nothing and leave, again and again."""
    service = random.choice(_consuming(scene)).service
    groups = {
        name: read for name, read in (await _groups(scene.town.platform.kafka, service)).items() if read
    }
    if not groups:
        return ""
    group = random.choice(sorted(groups))
    topics, counted = sorted({part.topic for part in groups[group]}), Counted()

    async def stranger() -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=scene.town.platform.kafka,
            group_id=group,
            enable_auto_commit=False,
            session_timeout_ms=4000,
            heartbeat_interval_ms=500,
        )
        consumer.subscribe(topics, listener=counted)
        await consumer.start()
        try:
            await asyncio.sleep(random.uniform(0.5, 1.5))
        finally:
            await consumer.stop()

    for _ in range(ROUNDS):
        await asyncio.gather(*(stranger() for _ in range(MEMBERS)))
    return f"{group}: strangers were given partitions {counted.given} times" if counted.given else ""
