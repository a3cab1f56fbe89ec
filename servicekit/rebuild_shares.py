"""The long part of a rebuild, on every core: each process reads and applies partitions of its own.

Promises: a partition is read by one process from its beginning to its limit, page by page, the next page
while one is being stored; what one process could not do fails the whole, and none outlives it. Two processes
may write one row, as two live consumers may. Shown by ``tests/broker/test_rebuild.py`` and
``tests/rules/test_shares.py``.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection as Pipe
from typing import Any

import structlog
from aiokafka import TopicPartition

from servicekit.consumer_rule import GapDetected, Incoming
from servicekit.past import KafkaPast, Limits, LogPast, Page
from servicekit.project import Projector, read_record

log = structlog.get_logger()
PIECE = 100
"""Records whose headers are read at a stretch."""
MOST = 4
"""Processes of one rebuild at most: each has a connection of its own, and the live services need theirs."""
WATCH = 1.0
"""Seconds between two looks whether the rebuild is still there."""

Share = Callable[[Limits], Coroutine[Any, Any, int]]


def shares_of(limits: Limits) -> list[dict[TopicPartition, int]]:
    """The partitions for as many processes as there are cores, about equally many records for each."""
    number = max(1, min(MOST, os.cpu_count() or 1, len(limits)))
    shares: list[dict[TopicPartition, int]] = [{} for _ in range(number)]
    for place in sorted(limits, key=lambda place: (-limits[place], place)):
        min(shares, key=lambda share: sum(share.values()))[place] = limits[place]
    return shares


async def fill(projector: Projector, past: KafkaPast | LogPast, limits: Limits) -> int:
    """Apply everything below ``limits``, with the next page read meanwhile; how many records."""
    count = 0
    async for place, records in _ahead(past.pages(limits)):
        try:
            await projector.take(place.topic, place.partition, records)
        except GapDetected:
            log.info("rebuild_reads_on", consumer=projector.name, topic=place.topic)
        count += len(records)
    return count


class Helper:
    """A process that fills a share. It begins as a copy of this one, so it starts at once and knows all.

    Begun by ``fork``: what this process has open stays its own, the copy opens what it needs anew.
    """

    def __init__(self, fill_share: Share, limits: Limits) -> None:
        context = multiprocessing.get_context("fork")
        self._told, telling = context.Pipe(duplex=False)
        self._process = context.Process(target=_alone, args=(fill_share, limits, telling, os.getpid()))
        self._process.start()
        telling.close()

    async def records(self) -> int:
        """How many records it has applied, when it is done. Raises ``HelperFailed``."""
        try:
            return int(await asyncio.to_thread(self._told.recv))
        except EOFError:
            raise HelperFailed from None

    def end(self) -> None:
        """Over, whether it is done or not."""
        self._process.terminate()
        self._process.join()


class HelperFailed(RuntimeError):
    """A process of the rebuild ended before its share was done; it has said why. Nothing was switched."""


def _alone(fill_share: Share, limits: Limits, telling: Pipe, parent: int) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)  # else it would wake the loop of the process it began as
    signal.set_wakeup_fd(-1)
    telling.send(asyncio.run(_while_wanted(fill_share(limits), parent)))


async def _while_wanted(filling: Coroutine[Any, Any, int], parent: int) -> int:
    """The share; given up when the process that asked for it was killed, which can end no other."""
    filled = asyncio.ensure_future(filling)
    while not filled.done():
        if os.getppid() != parent:
            os._exit(1)
        await asyncio.wait([filled], timeout=WATCH)
    return await filled


@contextmanager
def helpers(fill_share: Share, shares: list[dict[TopicPartition, int]]) -> Iterator[list[Helper]]:
    """A process for each share; none outlives the block."""
    begun = list[Helper]()
    try:
        for limits in shares:
            begun.append(Helper(fill_share, limits))
        yield begun
    finally:
        for one in begun:
            one.end()


async def _next(pages: AsyncGenerator[Page, None]) -> Page | None:
    """The next page with its headers read, in small pieces: meanwhile the one before it is being stored."""
    async for place, records in pages:
        incoming = list[Incoming]()
        for first in range(0, len(records), PIECE):
            incoming += [read_record(place.topic, one) for one in records[first : first + PIECE]]
            await asyncio.sleep(0)
        return place, incoming
    return None


async def _ahead(pages: AsyncGenerator[Page, None]) -> AsyncIterator[Page]:
    """The same pages, each asked for while the one before it is in use."""
    coming = asyncio.ensure_future(_next(pages))
    try:
        while (page := await coming) is not None:
            coming = asyncio.ensure_future(_next(pages))
            yield page
    finally:
        coming.cancel()
        await asyncio.wait([coming])
        await pages.aclose()
