"""Kafka from its jars: topics, and brokers that come back."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from servicekit.testing.binaries import java
from servicekit.testing.class_archive import class_archive
from servicekit.testing.kafka import (
    JVM,
    OwnKafka,
    TopicPlan,
    brokers,
    cluster_id,
    contract_topics,
    forget_topics,
    make_topics,
)

Cluster = Callable[[int], OwnKafka]


async def test_the_contracts_topics_exist_with_their_partitions(kafka: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        found = {one["topic"]: len(one["partitions"]) for one in await admin.describe_topics()}
    finally:
        await admin.close()
    for name, plan in contract_topics().items():
        assert found[name] == plan.partitions


async def test_making_topics_again_changes_nothing_and_forgetting_empties_them(kafka: str) -> None:
    plan = {"devstack.test.events": TopicPlan(2, {"retention.ms": "-1"})}
    assert await make_topics(kafka, plan) == ["devstack.test.events"]
    assert await make_topics(kafka, plan) == []
    assert await forget_topics(kafka, list(plan)) == ["devstack.test.events"]
    assert await forget_topics(kafka, list(plan)) == []


@pytest.mark.needs("multi-broker", "kill-broker")
def test_brokers_read_their_classes_from_the_archive_of_the_first(kafka_cluster: Cluster) -> None:
    process = kafka_cluster(1).process
    if not Path("/proc").exists():
        pytest.skip("only Linux shows what a process has mapped")
    assert process is not None
    assert str(class_archive()) in Path(f"/proc/{process.pid}/maps").read_text()


@pytest.mark.parametrize("held", [None, b"no archive"])
def test_a_missing_or_broken_archive_keeps_no_java_from_starting(tmp_path: Path, held: bytes | None) -> None:
    archive = tmp_path / "kafka.jsa"
    if held is not None:
        archive.write_bytes(held)
    command = [java()[0], *JVM, f"-XX:SharedArchiveFile={archive}", "-version"]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.mark.needs("multi-broker", "kill-broker")
async def test_three_nodes_keep_what_was_acknowledged_when_one_is_killed(kafka_cluster: Cluster) -> None:
    cluster = kafka_cluster(3)
    await make_topics(cluster.bootstrap, {"kept": TopicPlan(1)})
    producer = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        await producer.send_and_wait("kept", b"before")
        cluster.kill(cluster.members[0])
        await producer.send_and_wait("kept", b"after")
    finally:
        await producer.stop()
    cluster.start_node(cluster.members[0])
    cluster.wait_ready()
    assert await brokers(cluster.bootstrap) == 3
    consumer = AIOKafkaConsumer("kept", bootstrap_servers=cluster.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        assert [(await consumer.getone()).value, (await consumer.getone()).value] == [b"before", b"after"]
    finally:
        await consumer.stop()


def test_a_cluster_id_never_looks_like_an_option() -> None:
    assert not any(cluster_id().startswith("-") for _ in range(500))
