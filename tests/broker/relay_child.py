"""A relay in a process of its own, which the test lets die at a named place (``FAULT``)."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import UTC, datetime

from servicekit.kafka import Kafka
from servicekit.people import People
from servicekit.relay import Relay
from servicekit.relay_ends import KafkaWire, open_log


async def main() -> None:
    """Send until SIGTERM, or until the fault point is reached."""
    topic, partitions = os.environ["TOPIC"], int(os.environ["PARTITIONS"])
    people = People("booking", "flensburg", lambda: datetime.now(UTC), topic=os.environ["PEOPLE_TOPIC"])
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    relay = Relay(
        "/buergerbuero/flensburg/booking",
        dict.fromkeys(os.environ["PUBLIC"].split(","), topic),
        {topic: partitions},
        open_log(os.environ["DATABASE_URL"], people),
        KafkaWire(Kafka(os.environ["KAFKA_BOOTSTRAP"])),
    )
    await relay.run(stop)


if __name__ == "__main__":
    asyncio.run(main())
