"""What brings records to a consumer: a FastStream subscriber per group (its own log: ``log_feed.py``).

Promises: a batch is acknowledged only after its commit; a partition with a gap seeks back, at last to
the beginning, and reads on; one whose producer was restored stops and says so; a consumer that makes no
progress is visible (``Standing``); one whose task died, or that stands still although the broker answers and
nothing fails, ends the process. Every assigned partition gets a committed offset, empty ones too, and what
retention removed unread is no lag. Shown by ``test_feed.py`` and ``test_log_feed.py`` in ``tests/broker``,
``test_feed_watch.py`` and ``test_feed_gap.py`` in ``tests/rules``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker
from prometheus_client import Counter, Gauge

from servicekit.consumer_rule import Checkpoint, GapDetected, ProducerRestored
from servicekit.faults import fault_point
from servicekit.postgres import SETBACKS
from servicekit.project import PER_PARTITION
from servicekit.read_model import NoGeneration
from servicekit.subscriber import SUBSCRIBER

log = structlog.get_logger()
LAG = Gauge("projection_lag_events", "Records between the checkpoint and the partition's end", PER_PARTITION)
BEHIND = Gauge("projection_lag_seconds", "Time since the partition's end was last reached", PER_PARTITION)
AGE = Gauge("projection_event_age_seconds", "Age of the record applied last, at that moment", PER_PARTITION)
GAPS = Counter("projection_gaps_total", "Gaps met", PER_PARTITION)
ASSIGNED = Gauge("projection_assigned_partitions", "Partitions that this process reads", ["projection"])
PROGRESS = Gauge("projection_last_progress_timestamp_seconds", "When a batch was applied", ["projection"])
PARKED_NOW = Gauge("parked_events", "Events set aside", ["projection"])
PARKED_AGE = Gauge("parked_oldest_age_seconds", "Age of the event parked longest", ["projection"])

MAX_RECORDS = 5000
"""Most records of one batch."""
BACKOFF = (0.5, 1, 2, 5, 10)
"""Seconds before a failed batch is asked for again; FastStream itself would ask at once, for ever."""
LOOK = 10.0
"""Seconds between two looks at lag, parked events and partitions that stand still."""
STILL = 30
"""Looks at which something waits and nothing moves until a consumer stands still: as aiokafka's own limit."""
AGAIN = 60.0
"""Seconds between two readings of the record at a partition's end."""
TROUBLE = (KafkaError, *SETBACKS, NoGeneration)
"""What passes by itself, or when others have done their part."""


class Consumer(Protocol):
    """What a feed feeds: a ``Projector`` or a ``Reactor``."""

    name: str
    topics: tuple[str, ...]

    async def apply(self, topic: str, partition: int, records: Sequence[Any]) -> Checkpoint:
        """Apply records of one partition; errors as ``Projector.apply`` states."""

    async def waiting(self) -> tuple[int, float]:
        """How many events are parked, and for how many seconds the oldest."""


@dataclass
class Standing:
    """How a consumer stands, for readiness and runbooks. Partitions are ``topic/number``.

    ``failing`` names the error of the last batch, ``unseen`` why the last look at its stores failed.
    """

    assigned: set[str] = field(default_factory=set)
    gapped: set[str] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)
    failing: str = ""
    unseen: str = ""

    @property
    def ready(self) -> bool:
        """Nothing stands still. A consumer without partitions is ready, one without its tables is not."""
        return not (self.gapped or self.stopped or self.failing or self.unseen)


async def take_stock(consumer: Consumer) -> None:
    """Show how many events are parked. Raises ``NoGeneration`` where the tables are not there yet."""
    events, age = await consumer.waiting()
    PARKED_NOW.labels(consumer.name).set(events)
    PARKED_AGE.labels(consumer.name).set(age)


class Feed:
    """One consumer group under FastStream. ``attach`` it to a broker, run ``watch`` as a task."""

    def __init__(self, consumer: Consumer) -> None:
        self.consumer, self.name = consumer, consumer.name
        self.standing = Standing()
        self._subscriber: Any = None
        self._sought: dict[TopicPartition, tuple[int | None, int]] = {}
        self._next: dict[TopicPartition, int] = {}
        self._caught_up: dict[TopicPartition, float] = {}
        self._failures = self._begun = self._done = 0
        self._stood: dict[tuple[str, int], int] = {}
        self._again: dict[TopicPartition, float] = {}

    def attach(self, broker: KafkaBroker, more: Mapping[str, Any] = {}) -> None:
        """Make the subscriber, with ``more`` settings; the broker's ``start`` joins the group."""
        self._subscriber = broker.subscriber(
            *self.consumer.topics, group_id=self.name, max_records=MAX_RECORDS, **SUBSCRIBER, **more
        )
        self._subscriber(self.handle)

    async def handle(self, records: list[Any]) -> None:
        """Apply a batch of several partitions; returning acknowledges it, raising brings it again."""
        self._begun += 1
        try:
            fault_point("feed.handle")
            await self._take(records)
        except Exception as error:
            self.standing.failing = type(error).__name__
            tell = log.warning if isinstance(error, TROUBLE) else log.error
            tell("batch_failed", consumer=self.name, exc_info=error)
            await asyncio.sleep(BACKOFF[min(self._failures, len(BACKOFF) - 1)])
            self._failures += 1
            raise
        finally:
            self._done = self._begun
        self._failures, self.standing.failing = 0, ""

    async def _take(self, records: list[Any]) -> None:
        """All partitions at once. A failed batch is rewound as a whole, so no seek before all are done."""
        parts: dict[TopicPartition, list[Any]] = {}
        for record in records:
            parts.setdefault(TopicPartition(record.topic, record.partition), []).append(record)
        results = await asyncio.gather(
            *(self._partition(one, part) for one, part in parts.items()), return_exceptions=True
        )
        for found in results:
            if isinstance(found, BaseException) and not isinstance(found, GapDetected):
                raise found
        for one, found in zip(parts, results, strict=True):
            if one in self._client.assignment():
                offset = self._back(one, found) if isinstance(found, GapDetected) else found
                if isinstance(offset, int):
                    self._client.seek(one, offset)

    async def _partition(self, one: TopicPartition, records: Sequence[Any]) -> int | None:
        """Apply one partition's records; the offset to go back to, if any. Raises ``GapDetected``."""
        label = f"{one.topic}/{one.partition}"
        try:
            seen = await self.consumer.apply(one.topic, one.partition, records)
        except GapDetected:
            self.standing.gapped.add(label)
            raise
        except ProducerRestored as restored:
            self.standing.stopped.add(label)
            log.error("producer_restored", consumer=self.name, **one._asdict(), offset=restored.offset)
            self._client.pause(one)
            return restored.offset
        self.standing.stopped.discard(label)
        if one not in self._sought or self._sought[one][0] != seen.position:
            self._sought.pop(one, None)
            self.standing.gapped.discard(label)
        if self._next.get(one) == seen.next_offset:
            return None  # the last record once more
        self._next[one] = seen.next_offset
        PROGRESS.labels(self.name).set_to_current_time()
        AGE.labels(self.name, label).set(max(0.0, time.time() - records[-1].timestamp / 1000))
        return None

    def _back(self, one: TopicPartition, gap: GapDetected) -> int | None:
        """Where to read once more, now: beside the checkpoint, then from the beginning, where a partition
        that was lost and filled anew has what is missing, then nowhere: it may still come behind.
        """
        position, looked = self._sought.get(one, (gap.position, 0))
        looked = looked + 1 if position == gap.position else 1
        self._sought[one] = gap.position, looked
        if (back := {1: gap.next_offset, 2: 0}.get(looked)) is not None:
            GAPS.labels(self.name, f"{one.topic}/{one.partition}").inc()
            told = {**one._asdict(), "position": gap.position, "previous": gap.prev}
            log.error("gap_detected", consumer=self.name, **told)
        return back

    @property
    def _client(self) -> Any:
        return self._subscriber.consumer

    async def watch(self) -> None:
        """Look at what no batch tells, for ever. Raises as ``look`` does, or if a task of it is dead."""
        while True:
            fault_point("feed.watch")
            tasks = self._subscriber.tasks if self._subscriber else []  # none while Kafka is away
            if tasks and (all(task.done() for task in tasks) or self._client.dead):
                raise RuntimeError(f"{self.name} no longer consumes")
            try:
                await take_stock(self.consumer)
                if tasks:
                    async with asyncio.timeout(3 * LOOK):  # a client that lost its way never tells a position
                        await self.look()
                self.standing.unseen = ""
            except TROUBLE as error:
                self.standing.unseen = type(error).__name__
                log.warning("look_failed", consumer=self.name, error=self.standing.unseen)
            await asyncio.sleep(LOOK)

    async def look(self) -> None:
        """Lag, first commits, and another try of what was stopped. Raises if the consumer stands still."""
        client, now = self._client, time.time()
        assigned = client.assignment()
        ends, begins = await client.end_offsets(assigned), await client.beginning_offsets(assigned)
        self.standing.assigned = {f"{one.topic}/{one.partition}" for one in assigned}
        self.standing.gapped &= self.standing.assigned
        self.standing.stopped &= self.standing.assigned
        self._sought = {one: self._sought[one] for one in self._sought.keys() & assigned}
        ASSIGNED.labels(self.name).set(len(assigned))
        waits = [("", self._begun)] if self._begun > self._done else []
        for one in assigned:
            label = f"{one.topic}/{one.partition}"
            if begins[one] == ends[one] and ((at := await client.committed(one)) is None or at < ends[one]):
                await client.commit({one: ends[one]})  # what is gone for good would count as backlog
            position = await client.position(one)
            lag = max(0, ends[one] - self._next.get(one, position))
            self._caught_up[one] = self._caught_up.get(one, now) if lag else now
            LAG.labels(self.name, label).set(lag)
            BEHIND.labels(self.name, label).set(now - self._caught_up[one])
            if label in self.standing.stopped:
                client.resume(one)  # a rebuilt generation takes what this one could not
            elif position < ends[one] and label not in self.standing.gapped:
                waits.append((label, position))
            elif begins[one] < ends[one] == position:
                self._look_back(one, position)
        self._judge(waits)

    def _look_back(self, one: TopicPartition, end: int) -> None:
        """Read the last record once more, now and then: offsets do not tell whether it still is the one that
        was read. If it is, it is a repeat; if another has come into its place, its chain tells.
        """
        now = time.monotonic()
        if now >= self._again.setdefault(one, now + AGAIN) and one in self._client.assignment():
            self._again[one] = now + AGAIN
            self._next.setdefault(one, end)
            self._client.seek(one, end - 1)

    def _judge(self, waits: Sequence[tuple[str, int]]) -> None:
        """Raise when the same has waited at ``STILL`` looks: a batch in hand by its number, a partition that
        holds more by its position. While batches fail, each fails in words, and trouble must end no process;
        where nothing waits, there is none (what failed may be another member's by now).
        """
        if not waits:
            self.standing.failing = ""
        self._stood = {one: self._stood.get(one, 0) + 1 for one in waits if not self.standing.failing}
        for (label, at), looks in self._stood.items():
            if looks >= STILL:
                log.error("consumer_stands_still", consumer=self.name, partition=label, position=at)
                raise RuntimeError(f"{self.name} stands still")
