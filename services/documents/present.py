"""Documents' present in this process: what API, pages, timers and reactions work on.

Promises: implements ``office.Office``; every command goes one way. Shown by ``tests/way``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from servicekit.clock import Clock
from servicekit.committer import Committer
from servicekit.decider import Refused
from servicekit.handle import Handler, Outcome
from servicekit.log import Busy, Context, Due
from servicekit.postgres import Pool, fetch_one
from servicekit.tokens import Tokens

from .office import SiteInfo

_HEAD = "SELECT coalesce(max(position), 0) AS head FROM event"
READING = 2.0
"""Seconds within which the tail must have brought what the log has."""


@dataclass
class Present:
    """What API and pages see of it: ``office.Office``."""

    clock: Clock
    committer: Committer
    handler: Handler
    pool: Pool
    tokens: Tokens
    sites: Mapping[str, SiteInfo]
    booking_url: str
    code_key: bytes

    def position(self) -> int:
        """The log position up to which this process has seen everything."""
        return self.committer.plans.cursor

    async def execute(self, command: Any, context: Context) -> Outcome:
        """Carry out one command. Raises ``Refused`` or ``Busy``."""
        raise LookupError(f"no handler for {type(command).__name__}")

    async def fire(self, timer: Due) -> Outcome:
        """Carry out what a due timer asks for."""
        raise LookupError(f"no command for the timer {timer.kind}")

    async def caught_up(self, position: int) -> None:
        """Return when the tail has seen ``position``: wait at most 250 ms, then ask the log itself."""
        if await self.committer.reached(position):
            return
        if position > (await fetch_one(self.pool, _HEAD))["head"]:
            raise Refused("invalid-input", errors={"min_log_position": "range"})
        if not await self.committer.reached(position, READING):
            raise Busy
