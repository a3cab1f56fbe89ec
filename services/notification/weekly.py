"""Asks for the mail on Monday, as long as somebody subscribes to it.

Promises: each process may ask, the log keeps one message per subscriber and week; an address is read from the
office's settings when the mail is made and stands nowhere else. Shown by ``tests/way/test_weekly_mail.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime
from typing import Protocol
from uuid import UUID, uuid5

import structlog

from servicekit.log import NAMESPACE, Actor, Busy, Context
from servicekit.postgres import SETBACKS

from .handlers import Handlers
from .rules.weekly import week_due, weekly_message

log = structlog.get_logger()
PAUSE = 30.0
"""Seconds between two looks at the clock."""


class Now(Protocol):
    """The platform's clock."""

    def now(self) -> datetime:
        """The present moment in UTC."""


class WeeklyMail:
    """One process's part in it. ``subscribers`` are opaque ids that ``Copies`` knows."""

    def __init__(self, handlers: Handlers, subscribers: Iterable[UUID], clock: Now) -> None:
        self._handlers, self._subscribers, self._clock = handlers, tuple(subscribers), clock
        self._asked: date | None = None

    async def once(self) -> None:
        """Ask for what is due, once per week. Raises ``Busy`` if the log is away."""
        monday = week_due(at := self._clock.now())
        if monday is None or monday == self._asked:
            return
        for one in self._subscribers:
            command = weekly_message(one, monday)
            command_id = uuid5(NAMESPACE, f"ask:{command.message_id}")
            await self._handlers.execute(
                command, Context(command_id, at, Actor("timer", "weekly"), command_id)
            )
        self._asked = monday

    async def run(self, stop: asyncio.Event) -> None:
        """Look at the clock until stopped."""
        while not stop.is_set():
            try:
                await self.once()
            except (Busy, *SETBACKS) as error:
                log.warning("weekly_mail_postponed", error=type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(PAUSE):
                    await stop.wait()
