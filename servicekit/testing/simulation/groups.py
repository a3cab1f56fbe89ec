"""Consumer groups as feeds know them: FastStream's subscriber and broker, with aiokafka's consumer inside.

Promises: a group hands each partition to one member, and a member that was expelled or froze does not know
it yet; a batch that was not handled comes again; what was not committed comes again to whoever is next.
Shown by ``tests/simulation/test_simulation.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import TopicPartition
from faststream import AckPolicy

from servicekit.relay_plan import Place

from .loop import PROCESS, Process
from .topics import NETWORK, Cluster, StoredRecord

FETCH = (NETWORK, 0.05)
"""Seconds until a fetch is answered, at most: the longer, the more records it brings."""


async def _nobody(_records: list[Any]) -> None:
    """Before there is a handler."""


@dataclass(eq=False)
class Group:
    """A consumer group: its members, and what they committed."""

    topics: tuple[str, ...]
    members: list[MemorySubscriber] = field(default_factory=list)
    committed: dict[TopicPartition, int] = field(default_factory=dict)

    def tell(self, place: Place) -> None:
        """There is something new."""
        for member in self.members:
            member.ring(TopicPartition(*place))

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

    def __init__(
        self, cluster: Cluster, topics: Sequence[str], group_id: str, max_records: int, ack_policy: AckPolicy
    ) -> None:
        self._cluster, self._most = cluster, max_records
        self._again = ack_policy is AckPolicy.NACK_ON_ERROR
        self.group: Group = cluster.groups.setdefault(group_id, Group(tuple(topics)))
        self.name = group_id
        self._handler: Callable[[list[Any]], Any] = _nobody
        self._share: dict[TopicPartition, int] = {}
        self._paused: set[TopicPartition] = set()
        self.tasks: list[asyncio.Task[Any]] = []
        self._bell: asyncio.Future[None] | None = None
        self.consumer = self

    def __call__(self, handler: Callable[[list[Any]], Any]) -> None:
        self._handler = handler

    # --- what the feed asks of aiokafka

    dead = False

    def assignment(self) -> Sequence[TopicPartition]:
        """The partitions of this member."""
        return list(self._share)

    def seek(self, place: TopicPartition, offset: int) -> None:
        """Read on from there."""
        if place in self._share:
            self._share[place] = offset
            self.ring(place)

    def pause(self, place: TopicPartition) -> None:
        """Hand out nothing of it."""
        self._paused.add(place)

    def resume(self, place: TopicPartition) -> None:
        """Hand it out again."""
        self._paused.discard(place)
        self.ring(place)

    def ring(self, place: TopicPartition) -> None:
        """Perhaps there is something to hand out."""
        if place in self._share and self._bell is not None and not self._bell.done():
            self._bell.set_result(None)

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
        for place in self._share:
            self.ring(place)

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
        """Hand out what there is, for ever; a broker holds the question while there is nothing."""
        loop = self._cluster.loop
        while True:
            if not self._waiting():
                self._bell = loop.create_future()
                await self._bell
            await asyncio.sleep(loop.random.random() * loop.random.choice(FETCH))
            if records := self._take():
                await self._hand_over(records)

    def _waiting(self) -> list[TopicPartition]:
        """Partitions of which there is something to hand out."""
        there = self._cluster.records
        for place, offset in self._share.items():
            if offset > len(there[Place(*place)]):  # auto_offset_reset: earliest
                self._share[place] = 0
        return [
            place
            for place, offset in self._share.items()
            if place not in self._paused and offset < len(there[Place(*place)])
        ]

    def _take(self) -> list[StoredRecord]:
        """Some partitions, in any order, some of their records: the others are late."""
        random, found = self._cluster.loop.random, list[StoredRecord]()
        places = self._waiting()
        random.shuffle(places)
        for place in places[: random.randint(1, len(places))] if places else ():
            start = self._share[place]
            most = random.choice((1, 3, self._most, self._most, self._most))
            records = self._cluster.records[Place(*place)][start : start + most]
            found += records
            self._share[place] = start + len(records)
        return found

    async def _hand_over(self, records: list[StoredRecord]) -> None:
        cluster, first = self._cluster, dict[TopicPartition, int]()
        for record in records:
            first.setdefault(TopicPartition(record.topic, record.partition), record.offset)
        if not self._again:
            self.group.committed.update(self._share)
        try:
            await self._handler(list(records))
        except Exception:  # whatever it was, the batch comes again
            for place, offset in first.items() if self._again else ():
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
        self, *topics: str, group_id: str, max_records: int, ack_policy: AckPolicy, **_settings: object
    ) -> MemorySubscriber:
        """One member of a group."""
        made = MemorySubscriber(self._cluster, topics, group_id, max_records, ack_policy)
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
