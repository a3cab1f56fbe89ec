"""Kafka as far as relay and feeds lean on it: partitions, batches, groups, and everything that may be late.

Promises what the real one promises and nothing more: one batch is stored whole, in its order, at the end of
its partition; no answer to it says nothing; a batch that was given up may still arrive; a group hands each
partition to one member, and a member that was expelled or froze does not know it yet; what was
not committed comes again. Offsets have no holes. Shown by ``tests/simulation/test_topics.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from buergerbuero_contracts.cloudevents import parse_headers
from buergerbuero_contracts.errors import InvalidEvent
from servicekit.relay_plan import NOTHING, Mark, Place, Sighting, Tail

from .faults import Faults
from .loop import PROCESS, Process, SimulatedLoop
from .story import Story

NETWORK = 0.003
"""Seconds that a message travels, at most."""
LATE = 0.8
"""Seconds by which a batch that was given up may still arrive, at most."""
BATCH = 40
"""Records that one batch takes."""


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record in its partition. ``timestamp`` in milliseconds."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    timestamp: int = 0


class Batch:
    """aiokafka's builder: ``append`` answers None when it takes no more."""

    def __init__(self) -> None:
        self.records: list[tuple[bytes, bytes | None, Any]] = []

    def append(self, *, timestamp: None, key: bytes, value: bytes | None, headers: Any) -> object | None:
        """One record more, if there is room."""
        if len(self.records) == BATCH:
            return None
        self.records.append((key, value, headers))
        return self

    def record_count(self) -> int:
        """How many."""
        return len(self.records)


@dataclass(eq=False)
class Cluster:
    """All topics, and the groups that read them."""

    loop: SimulatedLoop
    story: Story
    faults: Faults
    partitions: Mapping[str, int]
    records: dict[Place, list[StoredRecord]] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for topic, count in self.partitions.items():
            for number in range(count):
                self.records[Place(topic, number)] = []

    def store(self, place: Place, batch: Batch) -> int:
        """At the end of a partition; the offset of the first."""
        there = self.records[place]
        base = len(there)
        for key, value, headers in batch.records:
            there.append(StoredRecord(*place, len(there), key, value, list(headers)))
        return base


class MemoryWire:
    """The relay's way to the cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster, self._loop = cluster, cluster.loop

    async def renew(self) -> None:
        """A new producer; what the old one sent may still arrive."""
        await asyncio.sleep(0)

    async def batches(self) -> Callable[[], Batch]:
        """A maker of empty batches."""
        await asyncio.sleep(0)
        return Batch

    async def send(self, batches: Mapping[Place, Batch]) -> Mapping[Place, int]:
        """Each batch meets its own fate, then all answer."""
        done = {place: self._one(place, batch) for place, batch in batches.items()}
        answers = await asyncio.gather(*done.values(), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return {place: answer for place, answer in zip(done, answers, strict=True) if isinstance(answer, int)}

    def _one(self, place: Place, batch: Batch) -> asyncio.Future[int]:
        cluster, loop = self._cluster, self._loop
        done: asyncio.Future[int] = loop.create_future()
        sent, answered = (loop.random.random() * NETWORK for _ in range(2))
        lost = cluster.faults.strikes("batch refused", "kafka")
        late = cluster.faults.strikes("batch late", "kafka")
        silent = cluster.faults.strikes("acknowledgement lost", "kafka")
        fault = lost or late or silent
        if fault is not None:
            cluster.story.tell(fault.kind, place, len(batch.records))
        if late is not None and lost is None:
            sent = loop.random.random() * LATE

        def arrive() -> None:
            base = None if lost else cluster.store(place, batch)
            if fault is None and not done.done():
                loop.call_later(answered, _set, done, base, context=loop.nobody)

        loop.call_later(sent, arrive, context=loop.nobody)
        if fault is not None:
            loop.call_later(NETWORK + answered, _fail, done, context=loop.nobody)
        return done

    async def tails(self, marks: Mapping[Place, Mark]) -> Mapping[Place, Tail]:
        """How each partition ends."""
        await asyncio.sleep(self._loop.random.random() * NETWORK)
        return {place: self._tail(self._cluster.records[place], mark) for place, mark in marks.items()}

    @staticmethod
    def _tail(records: Sequence[StoredRecord], mark: Mark) -> Tail:
        stands = 0 < mark.expected <= len(records)
        last = sighting(records[-1]) if records else NOTHING
        return Tail(0, len(records), last, sighting(records[mark.expected - 1]) if stands else NOTHING)

    async def read(self, place: Place, start: int, end: int) -> Sequence[Sighting]:
        """Records of a partition."""
        await asyncio.sleep(self._loop.random.random() * NETWORK)
        return [sighting(record) for record in self._cluster.records[place][start:end]]


async def _nobody(_records: list[Any]) -> None:
    """Before there is a handler."""


def sighting(record: StoredRecord) -> Sighting:
    """What its headers say."""
    try:
        found = parse_headers(record.headers)
    except InvalidEvent:
        return NOTHING
    return Sighting(found.position, found.prev, found.epoch)


def _set(done: asyncio.Future[int], base: int | None) -> None:
    if base is not None and not done.done():
        done.set_result(base)


def _fail(done: asyncio.Future[int]) -> None:
    if not done.done():
        done.set_exception(KafkaConnectionError("no answer"))


@dataclass(eq=False)
class Group:
    """A consumer group: its members, and what they committed."""

    topics: tuple[str, ...]
    members: list[MemorySubscriber] = field(default_factory=list)
    committed: dict[TopicPartition, int] = field(default_factory=dict)

    def rebalance(self, cluster: Cluster) -> None:
        """Deal the partitions out anew. Who is frozen goes on with what it has, until it wakes."""
        places = [TopicPartition(*place) for place in cluster.records if place.topic in self.topics]
        shares: dict[MemorySubscriber, set[TopicPartition]] = {one: set() for one in self.members}
        for number, place in enumerate(places):
            if self.members:
                shares[self.members[number % len(self.members)]].add(place)
        for member, share in shares.items():
            member.deal(share)


class MemorySubscriber:
    """FastStream's subscriber with its aiokafka consumer: polls, hands over, commits or goes back."""

    def __init__(self, cluster: Cluster, topics: Sequence[str], group_id: str, max_records: int) -> None:
        self._cluster, self._most = cluster, max_records
        self.group = cluster.groups.setdefault(group_id, Group(tuple(topics)))
        self.name = group_id
        self._handler: Callable[[list[Any]], Any] = _nobody
        self._share: dict[TopicPartition, int] = {}
        self._paused: set[TopicPartition] = set()
        self.tasks: list[asyncio.Task[Any]] = []
        self.consumer = self

    def __call__(self, handler: Callable[[list[Any]], Any]) -> None:
        self._handler = handler

    # --- what the feed asks of aiokafka

    def assignment(self) -> Sequence[TopicPartition]:
        """The partitions of this member."""
        return list(self._share)

    def seek(self, place: TopicPartition, offset: int) -> None:
        """Read on from there."""
        if place in self._share:
            self._share[place] = offset

    def pause(self, place: TopicPartition) -> None:
        """Hand out nothing of it."""
        self._paused.add(place)

    def resume(self, place: TopicPartition) -> None:
        """Hand it out again."""
        self._paused.discard(place)

    async def end_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Behind the last record."""
        await asyncio.sleep(0)
        return {place: len(self._cluster.records[Place(*place)]) for place in places}

    async def beginning_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Nothing is ever removed."""
        await asyncio.sleep(0)
        return dict.fromkeys(places, 0)

    async def committed(self, place: TopicPartition) -> int | None:
        """What the group has committed."""
        await asyncio.sleep(0)
        return self.group.committed.get(place)

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Say how far the group is."""
        await asyncio.sleep(0)
        self.group.committed.update(offsets)

    async def position(self, place: TopicPartition) -> int:
        """The next offset."""
        await asyncio.sleep(0)
        return self._share.get(place, 0)

    # --- the group

    def deal(self, share: set[TopicPartition]) -> None:
        """A new share; what is new in it begins where the group has committed."""
        self._share = {
            place: self._share.get(place, self.group.committed.get(place, 0)) for place in sorted(share)
        }
        self._paused &= share

    def join(self, process: Process | None) -> None:
        """Become a member, until the process is gone and the group has noticed."""
        self.group.members.append(self)
        self.group.rebalance(self._cluster)
        if process is not None:
            process.on_kill.append(self._leave_late)

    def _leave_late(self) -> None:
        loop = self._cluster.loop
        loop.call_later(loop.random.random() * 0.3, self.leave, context=loop.nobody)

    def leave(self) -> None:
        """No longer a member."""
        if self in self.group.members:
            self.group.members.remove(self)
            self.group.rebalance(self._cluster)

    # --- the loop

    async def poll(self) -> None:
        """Hand out what there is, for ever."""
        random = self._cluster.loop.random
        pause = 0.005
        while True:
            records = self._take()
            if not records:
                await asyncio.sleep(pause)
                pause = min(pause * 2, 0.05)
                continue
            pause = 0.005
            await asyncio.sleep(random.random() * NETWORK)
            await self._hand_over(records)

    def _take(self) -> list[StoredRecord]:
        """Some partitions, in any order, some of their records: the others are late."""
        random, found = self._cluster.loop.random, list[StoredRecord]()
        places = [place for place in self._share if place not in self._paused]
        random.shuffle(places)
        for place in places[: random.randint(1, len(places))] if places else ():
            start = self._share[place]
            most = random.choice((1, 3, self._most))
            records = self._cluster.records[Place(*place)][start : start + most]
            found += records
            self._share[place] = start + len(records)
        return found

    async def _hand_over(self, records: list[StoredRecord]) -> None:
        cluster, first = self._cluster, dict[TopicPartition, int]()
        for record in records:
            first.setdefault(TopicPartition(record.topic, record.partition), record.offset)
        try:
            await self._handler(list(records))
        except Exception:  # NACK_ON_ERROR: whatever it was, the batch comes again
            for place, offset in first.items():
                self.seek(place, offset)
            return
        fault = cluster.faults.strikes("commit lost", self.name)
        if fault is not None:
            cluster.story.tell("commit lost", self.name)
            return
        await asyncio.sleep(cluster.loop.random.random() * NETWORK)
        for place, offset in list(self._share.items()):
            self.group.committed[place] = offset
        fault = cluster.faults.strikes("read again", self.name)
        if fault is not None and self._share:
            place = cluster.loop.random.choice(list(self._share))
            cluster.story.tell("read again", self.name, *place)
            self.seek(place, int(self._share[place] * fault.more))


class MemoryBroker:
    """FastStream's broker, as far as ``Feed.attach`` and the assembly need it."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster, self._subscribers = cluster, list[MemorySubscriber]()

    def subscriber(
        self, *topics: str, group_id: str, max_records: int, **_settings: object
    ) -> MemorySubscriber:
        """One member of a group."""
        made = MemorySubscriber(self._cluster, topics, group_id, max_records)
        self._subscribers.append(made)
        return made

    async def start(self) -> None:
        """Join all groups."""
        process = PROCESS.get()
        for one in self._subscribers:
            await asyncio.sleep(self._cluster.loop.random.random() * NETWORK)
            one.join(process)
            one.tasks = [asyncio.ensure_future(one.poll())]

    async def stop(self) -> None:
        """Leave them."""
        for one in self._subscribers:
            one.leave()
            for task in one.tasks:
                task.cancel()
