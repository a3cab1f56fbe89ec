"""A consumer of the platform's events. Needs aiokafka and buergerbuero_contracts; runs against `make run`."""

import asyncio
import os

from aiokafka import AIOKafkaConsumer

from buergerbuero_contracts import InvalidEvent, parse_event, topics
from buergerbuero_contracts.booking import BookingConfirmed

KAFKA = {"bootstrap_servers": os.environ.get("KAFKA_BOOTSTRAP", "127.0.0.1:9092"), "group_id": "my-service"}
RULES = {"enable_auto_commit": False, "auto_offset_reset": "earliest"}
seen: set[object] = set()  # yours: a table, written in the same database transaction as your work


async def main() -> None:
    async with AIOKafkaConsumer(topics.BOOKING, **KAFKA, **RULES) as consumer:
        async for record in consumer:
            try:
                got = parse_event(record)  # None: a type that this version does not know
                if got and isinstance(got.event, BookingConfirmed) and got.event_id not in seen:
                    print(got.event.booking_id, got.event.starts_at, flush=True)  # your work
                    seen.add(got.event_id)
            except InvalidEvent as reason:  # park the record for a look by hand, and go on
                print("parked", record.partition, record.offset, reason, flush=True)
            await consumer.commit()


asyncio.run(main())
