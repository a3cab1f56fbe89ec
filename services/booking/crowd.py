"""A crowd does not make the same work over and over.

Promises: ``AT_ONCE`` reservations are in work at a time, in the order in which they came; for the others
nothing was done yet, and in their turn they mostly hear what was found out meanwhile. A network that was
refused a moment ago is refused the same without a decision, so that a wave of requests costs the office's log
one question a moment; the same call a second time still gets its first answer, and a proven mailbox is never
held back. What is refused so became free some seconds ago at most.
Shown by ``tests/rules/booking/test_crowd.py`` and ``make bots``.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from uuid import UUID

from servicekit.decider import Refused
from servicekit.handle import Outcome
from servicekit.log import Context, Recorded

from .commands import ReserveSlot
from .rules.hold_proof import counted
from .rules.limits import NETWORK

MOMENT, PATIENCE = 2.0, 5.0
"""Seconds: between two questions, and how long the answer to one is waited for."""
AT_ONCE = 512
"""Reservations in work: what fills two rounds of the committer."""
MOST = 10_000
"""Networks that are remembered; with more, all are forgotten and asked again."""


class Turns:
    """So many at a time, in the order in which they came. Whoever ends hands the turn on.

    A ``Semaphore`` goes through all whom it has woken to find the next. With 20,000 commands at once, many of
    them answered together, that made 4 to 38 % fewer a second in each of six pairs.
    """

    def __init__(self, free: int) -> None:
        self._free, self._line = free, deque[asyncio.Future[None]]()

    async def __aenter__(self) -> None:
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # handed on to somebody who has just gone
                self._hand_on()
            raise

    async def __aexit__(self, *_error: object) -> None:
        self._hand_on()

    def _hand_on(self) -> None:
        while self._line:
            if not (turn := self._line.popleft()).done():
                turn.set_result(None)
                return
        self._free += 1


class Crowd:
    """Whose turn it is, and the networks that were full a moment ago."""

    def __init__(
        self,
        reserve: Callable[[ReserveSlot, Context], Awaitable[Outcome]],
        history: Callable[[UUID], Awaitable[Sequence[Recorded]]],
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        self._reserve, self._history, self._seconds = reserve, history, seconds
        self._full: dict[str, tuple[float, Refused]] = {}
        self._turns = Turns(AT_ONCE)

    async def reserve(self, command: ReserveSlot, context: Context) -> Outcome:
        """Reserve in one's turn, or refuse what the network was refused a moment ago."""
        async with self._turns:
            return await self._in_turn(command, context)

    async def _in_turn(self, command: ReserveSlot, context: Context) -> Outcome:
        network = counted(command.proof, command.origin).network or ""
        until, refused = self._full.get(network, (0.0, None))
        if refused and self._seconds() < until and not await self._history(context.new_id("booking")):
            raise Refused(refused.code, **refused.details)
        if refused:  # one asks for all: until its answer is there the others hear the last one
            self._full[network] = (self._seconds() + PATIENCE, refused)
        try:
            outcome = await self._reserve(command, context)
        except Refused as answer:
            if network and answer.details.get("limit") == NETWORK:
                if len(self._full) >= MOST:
                    self._full.clear()
                self._full[network] = (self._seconds() + MOMENT, answer)
            raise
        self._full.pop(network, None)
        return outcome
