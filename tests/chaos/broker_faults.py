"""Faults of Kafka and of what stands in it. An empty answer means that nothing came of one."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from random import Random

from aiokafka import TopicPartition

from buergerbuero_contracts.topics import BOOKING, DOCUMENTS, NOTIFICATION, SERVICES, TOPICS
from servicekit.kafka import Kafka
from servicekit.testing.kafka import Node, TopicPlan, forget_topics, make_topics
from tests.chaos.evidence import POISON as KEY
from tests.chaos.evidence import Place
from tests.chaos.faults import Scene

POISON: Sequence[tuple[str, list[tuple[str, bytes | None]], bytes]] = (
    ("broken JSON without headers", [], b'{"broken": '),
    ("a null header", [("ce_specversion", b"1.0"), ("ce_type", None)], b"{}"),
    (
        "of another service",
        [
            ("ce_specversion", b"1.0"),
            ("ce_type", b"de.buergerbuero.reporting.WeekClosed"),
            ("ce_source", b"/buergerbuero/flensburg/reporting"),
            ("ce_dataschema", b"urn:buergerbuero:reporting.WeekClosed:1"),
            ("ce_id", b"6b2d1c3e-7f0a-5e46-8a51-0c2f9f7e1a10"),
            ("ce_subject", b"week/6b2d1c3e-7f0a-5e46-8a51-0c2f9f7e1a10"),
            ("ce_time", b"2026-11-30T07:00:00Z"),
            ("ce_sequence", b"1"),
            ("ce_prev", b"0"),
            ("ce_epoch", b"1"),
            ("ce_streamversion", b"1"),
            ("ce_correlationid", b"6b2d1c3e-7f0a-5e46-8a51-0c2f9f7e1a10"),
        ],
        b"{}",
    ),
)


async def kill_broker(scene: Scene, random: Random) -> str:
    """F7: SIGKILL, a while without a broker, a start on the same data. Of three, the others go on (F8)."""
    node, seconds = random.choice(scene.town.kafka.members), random.uniform(1, 5)
    await _away(scene, [node], seconds)
    return f"broker {node.id} away for {seconds:.1f} s"


async def two_brokers_down(scene: Scene, random: Random) -> str:
    """F8: two of three are away: no record is accepted and no controller is there, until they are back."""
    nodes, seconds = random.sample(scene.town.kafka.members, 2), random.uniform(3, 8)
    await _away(scene, nodes, seconds)
    return f"brokers {sorted(node.id for node in nodes)} away for {seconds:.1f} s"


async def restart_loop(scene: Scene, random: Random) -> str:
    """F8: one of three dies again and again, every few seconds, complete or not."""
    kafka, node, times = scene.town.kafka, random.choice(scene.town.kafka.members), 3
    for _ in range(times):
        kafka.kill(node)
        kafka.start_node(node)
        await asyncio.sleep(random.uniform(2, 5))
    await asyncio.to_thread(kafka.wait_ready)
    return f"broker {node.id} killed {times} times"


async def _away(scene: Scene, nodes: Sequence[Node], seconds: float) -> None:
    kafka = scene.town.kafka
    for node in nodes:
        kafka.kill(node)
    await asyncio.sleep(seconds)
    for node in nodes:
        kafka.start_node(node)
    await asyncio.to_thread(kafka.wait_ready)


async def freeze_broker(scene: Scene, random: Random) -> str:
    """F12 as a client sees it: connections stand, and nothing comes."""
    process, seconds = random.choice(scene.town.kafka.members).process, random.uniform(4, 9)
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        os.kill(process.pid, signal.SIGCONT)
    await asyncio.to_thread(scene.town.kafka.wait_ready)
    return f"silent for {seconds:.1f} s"


async def lose_topic(scene: Scene, random: Random) -> str:
    """F10: a topic of events is gone with all it held, and made anew."""
    topic, address = random.choice((BOOKING, DOCUMENTS, NOTIFICATION)), scene.town.platform.kafka
    held = await _records(address, topic)
    scene.lost_topics.add(topic)
    await forget_topics(address, [topic])
    async with asyncio.timeout(30):
        while topic in await _topics(address):  # noqa: ASYNC110 - the broker tells nobody
            await asyncio.sleep(0.1)
    await make_topics(address, {topic: TopicPlan(TOPICS[topic].partitions, TOPICS[topic].config)})
    return f"{topic} with {held} records" if held else ""


async def _topics(address: str) -> set[str]:
    admin = Kafka(address).admin()
    await admin.start()
    try:
        return set(await admin.list_topics())
    finally:
        await admin.close()


async def _records(address: str, topic: str) -> int:
    parts = [TopicPartition(topic, number) for number in range(TOPICS[topic].partitions)]
    async with Kafka(address).reader() as reader:
        return sum((await reader.end_offsets(parts)).values())


async def poison(scene: Scene, random: Random) -> str:
    """F20: records that nobody can read."""
    topic = random.choice(list(SERVICES.values()))
    partition = random.randrange(TOPICS[topic].partitions)
    kind, headers, value = random.choice(POISON)
    producer = Kafka(scene.town.platform.kafka).producer()
    await producer.start()
    try:
        sent = await producer.send_and_wait(topic, value, KEY, partition, headers=headers)
    finally:
        await producer.stop()
    scene.planted.add((Place(topic, partition), sent.offset))
    return f"{kind} at {topic}-{partition} offset {sent.offset}"
