"""Apache Kafka of one's own, one node or three, from its jars; and topics as the contracts say.

Promises: KRaft only, loopback only, brokers end with their parent; ready means that metadata lists a
controller and every broker; a killed broker can be started again on its ports and data.
Shown by ``tests/devstack/test_kafka.py``.
"""

from __future__ import annotations

import base64
import signal
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from servicekit.testing.binaries import Missing, java, kafka_jars
from servicekit.testing.class_archive import class_archive
from servicekit.testing.postgres import finish
from servicekit.testing.process import free_port, port_is_free, start, stop, wait_until

JVM = (
    *("-Xms96m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:MaxDirectMemorySize=64m"),
    *("-XX:+ExitOnOutOfMemoryError", "-Xshare:auto", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
)
SMALL = {
    # the defaults are 50 partitions for each internal topic and 128 MB of heap for the log cleaner
    "offsets.topic.num.partitions": "3",
    "transaction.state.log.num.partitions": "3",
    "log.cleaner.dedupe.buffer.size": "4194304",
    "log.cleaner.threads": "1",
    "num.network.threads": "2",
    "num.io.threads": "2",
    "background.threads": "2",
    "log.segment.bytes": "16777216",
    "log.index.size.max.bytes": "1048576",
    "socket.request.max.bytes": "16777216",
    # after SIGKILL the controller refuses the node id until its old session ends: 11.6 s by default
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "1000",
    "group.min.session.timeout.ms": "1000",
    "group.initial.rebalance.delay.ms": "0",
    "auto.create.topics.enable": "false",
}
REPLICATED = (
    ("offsets.topic.replication.factor", None),
    ("transaction.state.log.replication.factor", "transaction.state.log.min.isr"),
    ("share.coordinator.state.topic.replication.factor", "share.coordinator.state.topic.min.isr"),
)
STOP_SECONDS = 30


def cluster_id() -> str:
    """16 random bytes in URL-safe Base64; the tools take a leading ``-`` for an option."""
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return text


@dataclass
class Node:
    """One combined broker and controller."""

    id: int
    folder: Path
    port: int
    controller_port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where clients connect."""
        return f"127.0.0.1:{self.port}"

    @property
    def controller(self) -> str:
        """Where the other controllers connect."""
        return f"127.0.0.1:{self.controller_port}"

    @property
    def log(self) -> Path:
        """What the broker printed."""
        return self.folder / "kafka.log"


@dataclass
class OwnKafka:
    """A cluster that this process starts below ``folder``; its data stays there.

    One node has replication 1; three have replication 3 and two in-sync replicas.
    """

    folder: Path
    nodes: int = 1
    port: int | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    members: list[Node] = field(default_factory=list)
    name: str = "Kafka"
    java_options: Sequence[str] = ()

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The first node's process."""
        return self.members[0].process if self.members else None

    @property
    def bootstrap(self) -> str:
        """The address list for clients."""
        return ",".join(node.address for node in self.members)

    @property
    def origin(self) -> str:
        """Which Kafka this is, for reports."""
        return f"Apache Kafka 4.3.1 from jars on {java()[1]}, {self.nodes} node{'s' * (self.nodes > 1)}"

    def start(self) -> str:
        """``launch`` and wait for all nodes; the bootstrap address."""
        self.launch()
        self.wait_ready()
        return self.bootstrap

    def launch(self) -> None:
        """Format what is new and start every node."""
        if not self.members:
            self.members = [
                Node(number, self.folder / f"node{number}", self._port(number), free_port())
                for number in range(1, self.nodes + 1)
            ]
        identity = self._identity()
        for node in self.members:
            self._configure(node, identity)
        for node in self.members:
            self.start_node(node)

    def _port(self, number: int) -> int:
        return free_port(self.port if number == 1 else None)

    def _identity(self) -> str:
        path = self.folder / "cluster-id"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            path.write_text(cluster_id())
        return path.read_text()

    def _properties(self, node: Node) -> dict[str, str]:
        copies, in_sync = (1, 1) if self.nodes == 1 else (3, 2)
        quorum = (
            {"controller.quorum.bootstrap.servers": node.controller}
            if self.nodes == 1
            else {"controller.quorum.voters": ",".join(f"{one.id}@{one.controller}" for one in self.members)}
        )
        return {
            "process.roles": "broker,controller",
            "node.id": str(node.id),
            "log.dirs": str(node.folder / "data"),
            "listeners": f"PLAINTEXT://{node.address},CONTROLLER://{node.controller}",
            "advertised.listeners": f"PLAINTEXT://{node.address}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "default.replication.factor": str(copies),
            "min.insync.replicas": str(in_sync),
            **{name: str(copies) for name, _ in REPLICATED},
            **{name: str(in_sync) for _, name in REPLICATED if name},
            **quorum,
            **SMALL,
            **self.settings,
        }

    def _configure(self, node: Node, identity: str) -> None:
        """Write the properties; give an empty data folder its identity."""
        node.folder.mkdir(parents=True, exist_ok=True)
        properties = node.folder / "server.properties"
        properties.write_text("".join(f"{key}={value}\n" for key, value in self._properties(node).items()))
        if (node.folder / "data" / "meta.properties").exists():
            return
        words = [
            "format",
            "-t",
            identity,
            "-c",
            str(properties),
            *(["--standalone"] if self.nodes == 1 else []),
        ]
        done = subprocess.run(  # noqa: S603
            self._java("kafka.tools.StorageTool", *words), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Missing(f"Kafka's storage could not be prepared: {done.stdout}{done.stderr}")

    def _java(self, main: str, *words: str) -> list[str]:
        options = self.java_options or [f"-XX:SharedArchiveFile={class_archive()}"]
        return [java()[0], *JVM, *options, "-cp", f"{kafka_jars()}/*", main, *words]

    def start_node(self, node: Node) -> None:
        """Start one broker on its ports; ``wait_ready`` tells when it takes part."""
        with node.log.open("ab") as output:
            command = self._java("kafka.Kafka", str(node.folder / "server.properties"))
            node.process = start(command, output=output, cwd=node.folder)

    def kill(self, node: Node) -> None:
        """SIGKILL, reaped."""
        if node.process is not None:
            node.process.kill()
            node.process.wait()

    def wait_ready(self, seconds: float = 60) -> None:
        """Until metadata lists a controller and every node."""
        wait_until(self.ready, seconds, f"Kafka is not complete, see {self.members[0].log}", pause=0.1)

    def ready(self) -> bool:
        """Whether all nodes take part; ``Missing`` if one has ended."""
        for node in self.members:
            if node.process is not None and node.process.poll() is not None:
                raise Missing(f"Kafka ended at once with code {node.process.returncode}, see {node.log}")
        if any(port_is_free(node.port) for node in self.members):
            return False  # aiokafka would log an error for each try
        try:
            return finish(brokers(self.bootstrap)) == self.nodes
        except (KafkaError, OSError):
            return False

    def stop(self) -> int:
        """Stop the nodes in order, the controller's leader included; the worst exit code."""
        running = [node.process for node in self.members if node.process is not None]
        if self.nodes > 1:
            for process in running:
                process.send_signal(signal.SIGTERM)
        codes = [stop(process, signal.SIGTERM, STOP_SECONDS) for process in running]
        return max((0 if code in (0, 143, -signal.SIGTERM) else 1 for code in codes), default=0)


async def brokers(bootstrap: str) -> int:
    """How many brokers the cluster's metadata lists; 0 without a controller."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5000)
    try:
        await admin.start()
        cluster = await admin.describe_cluster()
    finally:
        await admin.close()
    return len(cluster["brokers"]) if cluster.get("controller_id", -1) >= 0 else 0


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """What to create: partitions and topic settings."""

    partitions: int
    config: Mapping[str, str] = field(default_factory=dict)


def contract_topics() -> dict[str, TopicPlan]:
    """Every topic that the contracts declare."""
    from buergerbuero_contracts.topics import TOPICS

    return {name: TopicPlan(spec.partitions, dict(spec.config)) for name, spec in TOPICS.items()}


async def make_topics(bootstrap: str, topics: Mapping[str, TopicPlan]) -> list[str]:
    """Create what is missing, replicated as far as there are brokers; the names created."""
    copies = min(3, await brokers(bootstrap))
    in_sync = {"min.insync.replicas": str(max(1, copies - 1))}
    wanted = [
        NewTopic(name, plan.partitions, copies, topic_configs={**plan.config, **in_sync})
        for name, plan in topics.items()
    ]
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        return _done(await admin.create_topics(wanted), harmless=TopicAlreadyExistsError) if wanted else []
    finally:
        await admin.close()


async def forget_topics(bootstrap: str, names: Sequence[str]) -> list[str]:
    """Delete topics with all they hold; the names deleted."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        return _done(await admin.delete_topics(list(names)), harmless=UnknownTopicOrPartitionError)
    finally:
        await admin.close()


def _done(answer: Any, harmless: type[KafkaError]) -> list[str]:
    """The names that worked; aiokafka's admin client reports errors per topic and raises none."""
    rows = getattr(answer, "topic_errors", None) or answer.topic_error_codes
    failed = {topic: for_code(code) for topic, code, *_ in rows if code}
    for topic, kind in failed.items():
        if kind is not harmless:
            raise kind(topic)
    return [topic for topic, *_ in rows if topic not in failed]
