"""What a rebuild reads topics with: aiokafka's consumer without a group, as far as ``KafkaPast`` needs it.

Shown by ``tests/simulation/test_rebuild.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiokafka import TopicPartition

from servicekit.relay_plan import Place

from .topics import NETWORK, Cluster, StoredRecord


class MemoryReader:
    """aiokafka's consumer without a group: all partitions of its topics, from wherever it is told."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster, self._next = cluster, dict[TopicPartition, int]()
        self._paused: set[TopicPartition] = set()

    def subscribe(self, topics: Sequence[str]) -> None:
        """All their partitions are ours."""
        places = [TopicPartition(*place) for place in self._cluster.records if place.topic in topics]
        self._next = dict.fromkeys(places, 0)

    def assignment(self) -> Sequence[TopicPartition]:
        """The partitions."""
        return list(self._next)

    async def start(self) -> None:
        """Meet the cluster."""
        await self._travel()

    async def stop(self) -> None:
        """Leave it."""

    async def seek_to_beginning(self) -> None:
        """From the first record of each."""
        self._next = dict.fromkeys(self._next, 0)

    def seek(self, place: TopicPartition, offset: int) -> None:
        """Read on from there."""
        self._next[place] = offset

    def pause(self, *places: TopicPartition) -> None:
        """Bring nothing of these."""
        self._paused.update(places)

    def resume(self, *places: TopicPartition) -> None:
        """Bring them again."""
        self._paused.difference_update(places)

    async def position(self, place: TopicPartition) -> int:
        """The next offset."""
        return self._next[place]

    async def end_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Behind the last record."""
        await self._travel()
        return {place: len(self._cluster.records[Place(*place)]) for place in places}

    async def getmany(
        self, *places: TopicPartition, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, list[StoredRecord]]:
        """What there is, some of it at once."""
        await self._travel()
        found = {}
        for place in [one for one in places or self._next if one not in self._paused]:
            start, most = self._next[place], self._cluster.loop.random.choice((2, max_records))
            if records := self._cluster.records[Place(*place)][start : start + most]:
                found[place], self._next[place] = records, start + len(records)
        if not found:
            await asyncio.sleep(timeout_ms / 1000)
        return found

    async def _travel(self) -> None:
        await asyncio.sleep(self._cluster.loop.random.random() * NETWORK)
