"""A process that projects the tally, for tests that kill it; database, broker, topic, name as arguments."""

from __future__ import annotations

import asyncio
import sys

from buergerbuero_contracts import topics
from servicekit.feed import Feed
from servicekit.kafka import Kafka
from servicekit.postgres import Connection, connect
from servicekit.project import Projector
from servicekit.subscriber import consuming
from tests.broker.tally import projection


async def main(database: str, bootstrap: str, topic: str, name: str) -> None:
    """Consume until killed."""
    topics._OWNERS[topic] = "booking"

    async def open_connection() -> Connection:
        return await connect(database, application="test")

    feed = Feed(Projector(projection(name, (topic,)), open_connection))
    broker = consuming(Kafka(bootstrap))
    feed.attach(broker)
    await broker.start()
    await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
