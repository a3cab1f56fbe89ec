"""G15: PostgreSQL to topic, and what aiokafka alone can send."""

from __future__ import annotations

import time

from bench.frame import Measured, Wrong, settle
from bench.older import made
from bench.servers import Servers
from bench.topic import log_template, records, relaying, sent
from buergerbuero_contracts import topics
from servicekit.kafka import Kafka

PAGE = 500
"""Records of one batch, as many as the relay puts into one partition's."""


async def relay(servers: Servers) -> Measured:
    """The whole log into the topic, checkpoints included."""
    async with servers.fresh(await log_template(servers)) as log:
        bootstrap = await servers.broker()
        settle()
        begun = time.perf_counter()
        async with relaying(log, bootstrap):
            await sent(log, servers.size.events)
            seconds = time.perf_counter() - begun
        found = await records(bootstrap)
        if found != servers.size.events:
            raise Wrong(f"{servers.size.events} events, {found} records")
    return {"rate": servers.size.events / seconds}


async def aiokafka(servers: Servers) -> Measured:
    """The same bodies by ``create_batch`` and nothing else: the limit of sending."""
    bootstrap = await servers.broker()
    bodies = [row[7].encode() for row in made(servers.size.events)]
    partitions = topics.TOPICS[topics.BOOKING].partitions
    producer = Kafka(bootstrap).producer()
    await producer.start()
    try:
        begun = time.perf_counter()
        for first in range(0, len(bodies), PAGE):
            batch = producer.create_batch()
            for body in bodies[first : first + PAGE]:
                batch.append(key=b"key", value=body, timestamp=None)
            partition = first // PAGE % partitions
            await producer.send_batch(batch, topics.BOOKING, partition=partition)
        await producer.flush()
        seconds = time.perf_counter() - begun
    finally:
        await producer.stop()
    found = await records(bootstrap)
    if found != len(bodies):
        raise Wrong(f"{len(bodies)} sent, {found} records")
    return {"rate": len(bodies) / seconds}
