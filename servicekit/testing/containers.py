"""PostgreSQL and Kafka in containers: the last provider, where no local programs can be had.

Promises: ports on the loopback only; one node of each, gone with the run.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from servicekit.testing.kafka import cluster_id
from servicekit.testing.postgres import FORGETFUL, Server, finish, ping
from servicekit.testing.process import free_port, port_is_free, wait_until

POSTGRES_IMAGE = "postgres:18-bookworm"
KAFKA_IMAGE = "apache/kafka:4.3.1"


def _loopback(port: int) -> Any:
    """A bare port would open every interface; docker takes the pair, the type hints do not."""
    return ("127.0.0.1", port)


def postgres() -> tuple[Server, Callable[[], object]]:
    """A forgetful server, and how to stop it."""
    from testcontainers.core.container import DockerContainer

    port, password = free_port(), secrets.token_hex(16)
    options = " ".join(
        f"-c {name}={value}" for name, value in {**FORGETFUL, "max_connections": "200"}.items()
    )
    box = DockerContainer(POSTGRES_IMAGE)
    box.with_bind_ports(5432, _loopback(port))
    box.with_env("POSTGRES_PASSWORD", password).with_command(f"postgres {options}")
    box.start()
    server = Server("127.0.0.1", port, password, origin=f"container {POSTGRES_IMAGE}")
    wait_until(lambda: finish(ping(server.url())), 120, "PostgreSQL's container gives no answer", pause=0.2)
    return server, box.stop


def kafka() -> tuple[str, Callable[[], object]]:
    """One broker, and how to stop it."""
    from testcontainers.core.container import DockerContainer

    port = free_port()
    box = DockerContainer(KAFKA_IMAGE)
    box.with_bind_ports(port, _loopback(port))
    settings = {
        "CLUSTER_ID": cluster_id(),
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_LISTENERS": f"PLAINTEXT://0.0.0.0:{port},CONTROLLER://127.0.0.1:{port + 1}",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": f"1@127.0.0.1:{port + 1}",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "1000",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    }
    for name, value in settings.items():
        box.with_env(name, value)
    box.start()
    wait_until(lambda: not port_is_free(port), 120, "Kafka's container does not listen", pause=0.2)
    return f"127.0.0.1:{port}", box.stop
