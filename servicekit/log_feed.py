"""What brings a service's own log to a consumer: one process, in position order.

Promises: of several processes one reads, the others wait for its lock; after trouble it goes on from the
checkpoint. Shown by ``tests/broker/test_log_feed.py``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from servicekit.consumer_rule import GapDetected
from servicekit.faults import fault_point
from servicekit.feed import LAG, LOOK, MAX_RECORDS, PROGRESS, TROUBLE, Standing, take_stock
from servicekit.own_log import read_log
from servicekit.postgres import Connect
from servicekit.project import Projector
from servicekit.projection import LOG

log = structlog.get_logger()
PATIENCE = PAUSE = 1.0
"""Seconds until the log is read again although the committer has seen nothing new; and, since neither a lock
that another process has nor trouble tells when it is over, until another try."""
LOCK_CLASS = 4
_ALONE = "SELECT pg_try_advisory_lock($1, hashtext($2))"


class LogFeed:
    """The service's own log in position order, for the one process that holds the lock.

    ``reached`` waits for a position: the process's committer follows the log anyway, for all feeds once.
    """

    def __init__(
        self, projector: Projector, connect: Connect, reached: Callable[[int, float], Awaitable[object]]
    ) -> None:
        self.consumer, self.name, self._connect, self._reached = projector, projector.name, connect, reached
        self.standing = Standing()

    async def watch(self) -> None:
        """Follow the log for ever; after trouble from the checkpoint again."""
        while True:
            try:
                await self._follow()
            except (*TROUBLE, GapDetected) as error:
                self.standing.failing = type(error).__name__
                log.error("log_feed_failed", consumer=self.name, error=self.standing.failing)
                if isinstance(error, GapDetected):
                    self.standing.gapped.add(f"{LOG}/0")
            await asyncio.sleep(PAUSE)

    async def _follow(self) -> None:
        connection = await self._connect()
        try:
            # The database tells nobody that a session's lock is free.
            while not await connection.fetchval(_ALONE, LOCK_CLASS, self.name):  # noqa: ASYNC110
                await asyncio.sleep(PAUSE)
            self.standing.assigned = {f"{LOG}/0"}
            position = (await self.consumer.seen(LOG, 0)).position or 0
            looked = 0.0
            while True:
                fault_point("feed.log")
                if time.monotonic() > looked + LOOK:
                    await take_stock(self.consumer)
                    looked = time.monotonic()
                records = await read_log(connection, self.consumer.service, position, MAX_RECORDS)
                LAG.labels(self.name, f"{LOG}/0").set(len(records))
                if not records:
                    self.standing.failing = ""
                    await self._reached(position + 1, PATIENCE)
                    continue
                position = (await self.consumer.apply(LOG, 0, records)).position or 0
                self.standing.gapped.clear()
                self.standing.failing = ""
                PROGRESS.labels(self.name).set_to_current_time()
        finally:
            self.standing.assigned = set()
            connection.terminate()
