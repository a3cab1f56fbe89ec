"""A log of older events, and the topic that the relay makes of it: what the Kafka points begin with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from bench.frame import STUCK, Wrong
from bench.office import copy_into
from bench.older import COLUMNS, made
from bench.servers import Servers
from buergerbuero_contracts import topics
from servicekit.kafka import Kafka
from servicekit.postgres import connect
from servicekit.relay import Relay
from servicekit.relay_ends import KafkaWire, open_log
from servicekit.testing.databases import Database
from services.booking.publish import PUBLISH

_POSITION = "SELECT position FROM relay_state"
POLL = 0.01
"""Seconds between two looks at how far something is."""


async def log_template(servers: Servers) -> Database:
    """A log with nothing but ``size.events`` public events, none of them sent."""

    async def fill(database: Database) -> None:
        connection = await connect(database.app_url, application="fill")
        await copy_into(connection, "event", list(made(servers.size.events)), COLUMNS)
        await connection.close()

    return await servers.template("log", "booking", fill)


async def empty_reporting(servers: Servers) -> Database:
    """Reporting's database without an event."""

    async def leave(_database: Database) -> None:
        return None

    return await servers.template("reporting", "reporting", leave)


@asynccontextmanager
async def relaying(database: Database, bootstrap: str) -> AsyncIterator[None]:
    """Booking's relay, as the role runs it."""
    relay = Relay(
        source="/buergerbuero/flensburg/booking",
        publish=PUBLISH,
        partitions={topic: topics.TOPICS[topic].partitions for topic in set(PUBLISH.values())},
        open_log=open_log(database.app_url),
        wire=KafkaWire(Kafka(bootstrap)),
    )
    stop = asyncio.Event()
    task = asyncio.ensure_future(relay.run(stop))
    try:
        yield
    finally:
        stop.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(task, STUCK)


async def sent(database: Database, upto: int) -> None:
    """Wait until the relay's checkpoint is there. ``Wrong`` if it does not move."""
    connection = await connect(database.app_url, application="look")
    try:
        seen, position, waited = -1, 0, 0.0
        while position < upto:
            position = await connection.fetchval(_POSITION)
            waited = 0.0 if position > seen else waited + POLL
            seen = position
            if waited > 3 * STUCK:
                raise Wrong(f"the relay stands at {position} of {upto}")
            await asyncio.sleep(POLL)
    finally:
        await connection.close()


async def filled(servers: Servers, log: Database) -> str:
    """The address of a broker whose topic holds what the log holds."""
    bootstrap = await servers.broker()
    async with relaying(log, bootstrap):
        await sent(log, servers.size.events)
    return bootstrap


async def records(bootstrap: str) -> int:
    """How many records booking's topic has."""
    reader = Kafka(bootstrap).reader()
    await reader.start()
    try:
        from aiokafka import TopicPartition

        count = topics.TOPICS[topics.BOOKING].partitions
        ends = await reader.end_offsets([TopicPartition(topics.BOOKING, nr) for nr in range(count)])
        return int(sum(ends.values()))
    finally:
        await reader.stop()
