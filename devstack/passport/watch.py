"""Everything that the services publish, as a consumer of the public topics sees it.

Promises: every event on the three event topics is seen once, with its topic, partition, position and the
moment at which it came here; whoever waits for one hears of it or of the end of the time.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer

from buergerbuero_contracts import topics
from buergerbuero_contracts.envelope import Event
from buergerbuero_contracts.parse import parse_event

EVENT_TOPICS = (topics.BOOKING, topics.DOCUMENTS, topics.NOTIFICATION)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One published event. ``at`` is this machine's monotonic clock, in seconds."""

    event: Event
    topic: str
    partition: int
    position: int
    at: float

    @property
    def type(self) -> str:
        """The event's name."""
        return type(self.event).__name__

    def about(self, **values: object) -> bool:
        """Whether the event carries these values; a list of ids holds each of its members."""

        def fits(name: str, value: object) -> bool:
            has = getattr(self.event, name, None)
            return str(value) in map(str, has) if isinstance(has, tuple) else str(has) == str(value)

        return all(fits(name, value) for name, value in values.items())


@dataclass
class Watch:
    """The arrivals so far, and a way to wait for one."""

    arrivals: list[Arrival] = field(default_factory=list)
    _news: threading.Condition = field(default_factory=threading.Condition)

    def take(self, record: Any) -> None:
        """Note a record."""
        received = parse_event(record)
        if received is not None:
            one = Arrival(received.event, record.topic, record.partition, received.position, time.monotonic())
            with self._news:
                self.arrivals.append(one)
                self._news.notify_all()

    def first(self, fits: Callable[[Arrival], bool], seconds: float) -> Arrival | None:
        """The first arrival that fits, also one of the past; None after ``seconds``."""
        with self._news:
            self._news.wait_for(lambda: any(map(fits, self.arrivals)), seconds)
            return next(filter(fits, self.arrivals), None)


@contextmanager
def watching(bootstrap: str) -> Iterator[Watch]:
    """Read the topics from their beginning in a thread of its own, without a consumer group."""
    watch, stop = Watch(), threading.Event()

    async def read() -> None:
        consumer = AIOKafkaConsumer(
            *EVENT_TOPICS, bootstrap_servers=bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=20
        )
        await consumer.start()
        try:
            while not stop.is_set():
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    for record in records:
                        watch.take(record)
        finally:
            await consumer.stop()

    thread = threading.Thread(target=lambda: asyncio.run(read()), daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        stop.set()
        thread.join(10)
