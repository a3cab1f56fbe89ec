"""What has happened before, page by page: for a rebuild, which reads as far as it is told.

Promises: every record below the limits is handed out once, in order of offsets; nothing is joined,
nothing committed. Shown by ``tests/broker/test_rebuild.py``.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from servicekit.consumer_rule import Checkpoint
from servicekit.own_log import read_log
from servicekit.postgres import Connection
from servicekit.project import read_record
from servicekit.projection import LOG

Page = tuple[TopicPartition, Sequence[Any]]
Limits = Mapping[TopicPartition, int]
"""For each place the offset at which to stop."""
PAGE = 2000
"""Records of one page, applied in one transaction."""
_HEAD = "SELECT coalesce(max(position), 0) + 1 FROM event"


class KafkaPast:
    """Topics from their beginning. ``consumer`` is started here."""

    def __init__(self, consumer: AIOKafkaConsumer, topics: Iterable[str]) -> None:
        self._consumer, self._topics = consumer, topics

    async def ends(self) -> dict[TopicPartition, int]:
        """The offset behind the last record of each place."""
        if not self._consumer.assignment():
            self._consumer.subscribe(list(self._topics))
            await self._consumer.start()  # without a group: every partition is ours
            await self._consumer.seek_to_beginning()
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(self._consumer.assignment())
        return ends

    async def left(self, limits: Limits) -> int:
        """How many records are not yet read below ``limits``."""
        return sum([max(0, limit - await self._consumer.position(place)) for place, limit in limits.items()])

    async def pages(self, limits: Limits) -> AsyncGenerator[Page, None]:
        """The records that are left. All other places are paused: no answer waits for news of theirs."""
        while left := [one for one in limits if await self._consumer.position(one) < limits[one]]:
            self._consumer.pause(*set(self._consumer.assignment()).difference(left))
            self._consumer.resume(*left)
            found = await self._consumer.getmany(timeout_ms=1000, max_records=PAGE)
            for place, records in found.items():
                if records[-1].offset >= limits[place]:
                    self._consumer.seek(place, limits[place])
                if below := [record for record in records if record.offset < limits[place]]:
                    yield place, below

    def skip(self, limits: Limits) -> None:
        """Others have read these places up to here."""
        for place, limit in limits.items():
            self._consumer.seek(place, limit)

    async def restored(self, place: TopicPartition, seen: Checkpoint) -> bool:
        """Whether the record that follows ``seen`` is of a later epoch, at which the live one stops."""
        here = await self._consumer.position(place)
        self._consumer.resume(place)
        self._consumer.seek(place, seen.next_offset)
        found = (await self._consumer.getmany(place, timeout_ms=200, max_records=1)).get(place, [])
        self._consumer.seek(place, here)
        headers = read_record(place.topic, found[0]).headers if found else None
        return headers is not None and headers.epoch > seen.epoch

    async def close(self) -> None:
        """Leave nothing behind."""
        await self._consumer.stop()


class LogPast:
    """The service's own log from its beginning: one place, offsets are positions."""

    def __init__(self, connection: Connection, service: str) -> None:
        self._connection, self._service, self._next = connection, service, 1

    async def ends(self) -> dict[TopicPartition, int]:
        """The position behind the last one."""
        return {TopicPartition(LOG, 0): await self._connection.fetchval(_HEAD)}

    async def left(self, limits: Limits) -> int:
        """How many events are not yet read below the limit."""
        return max(0, limits[TopicPartition(LOG, 0)] - self._next)

    async def pages(self, limits: Limits) -> AsyncGenerator[Page, None]:
        """The events that are left."""
        place = TopicPartition(LOG, 0)
        while size := min(PAGE, await self.left(limits)):
            records = await read_log(self._connection, self._service, self._next - 1, size)
            self._next = records[-1].offset + 1
            yield place, records

    async def restored(self, place: TopicPartition, seen: Checkpoint) -> bool:
        """Never: the log and this read model are restored together."""
        return False

    async def close(self) -> None:
        """Leave nothing behind."""
        await self._connection.close()
