"""A gateway's connections to a service, as cheap as they go: requests out when they are due, answers back.

Promises: a request goes out when it is due, whatever became of those before it; whoever waits longer than
``PATIENCE`` has gone home, and that connection is closed.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 10.0
"""Seconds for which a person waits for an answer."""
GIVEN_UP, CUT_OFF = 0, -1
"""What stands for a status where there was none."""
MOST = 6_000
"""Connections at the same time."""
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass
class Heard:
    """What came back: the status, whether it said when to come again, and the seconds that it took."""

    at: float
    status: int
    seconds: float
    again: bool = False


@dataclass
class Gateway:
    """Connections to one address; ``heard`` grows with every answer."""

    host: str
    port: int
    heard: list[Heard] = field(default_factory=list)
    open: int = 0
    _idle: deque[Line] = field(default_factory=deque)

    async def send(self, request: bytes) -> None:
        """Send it at once on a connection that is free; what comes of it stands in ``heard``."""
        while self._idle:
            line = self._idle.pop()
            if line.alive:
                line.ask(request)
                return
        if self.open >= MOST:
            self.heard.append(Heard(time.monotonic(), CUT_OFF, 0.0))
            return
        self.open += 1
        begun = time.monotonic()
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(PATIENCE):
                _, line = await loop.create_connection(lambda: Line(self), self.host, self.port)
        except (OSError, TimeoutError):
            self.open -= 1
            self.heard.append(Heard(time.monotonic(), CUT_OFF, time.monotonic() - begun))
            return
        line.ask(request, begun)

    async def steadily(self, rate: float, seconds: float, draw: Callable[[], bytes]) -> None:
        """So many requests a second, each when it is due: nobody waits for the answers of others."""
        begun, sent, going = time.monotonic(), 0, set[asyncio.Task[None]]()
        while (now := time.monotonic() - begun) < seconds:
            while sent < now * rate:
                sent += 1
                task = asyncio.ensure_future(self.send(draw()))
                going.add(task)
                task.add_done_callback(going.discard)
            await asyncio.sleep(0.002)

    async def in_turn(self, people: int, seconds: float, draw: Callable[[], bytes]) -> None:
        """So many people who each ask again when they have their answer."""
        until = time.monotonic() + seconds

        async def one() -> None:
            line = (
                await asyncio.get_running_loop().create_connection(lambda: Line(self), self.host, self.port)
            )[1]
            self.open += 1
            while time.monotonic() < until:
                await line.ask(draw())
            line.close()

        await asyncio.gather(*(one() for _ in range(people)))
        self._idle.clear()

    def since(self, moment: float) -> list[Heard]:
        """What came back after that moment."""
        return [one for one in self.heard if one.at >= moment]

    def free(self, line: Line) -> None:
        """A connection that can take the next request."""
        self._idle.append(line)

    def close(self) -> None:
        """Hang up everywhere."""
        for line in self._idle:
            line.close()


class Line(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway, self.alive = gateway, False
        self._transport: Any = None
        self._answer: asyncio.Future[None] | None = None
        self._begun, self._got = 0.0, bytearray()
        self._limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport, self.alive = transport, True

    def ask(self, request: bytes, begun: float = 0.0) -> asyncio.Future[None]:
        """Send; the future ends with the answer, or with none."""
        loop = asyncio.get_running_loop()
        self._begun = begun or time.monotonic()
        self._answer = loop.create_future()
        if self._transport is None or not self.alive:
            self._tell(CUT_OFF)
            return self._answer
        self._limit = loop.call_later(PATIENCE, self._give_up)
        self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._got += data
        head = self._got.find(b"\r\n\r\n")
        if head < 0:
            return
        length = _LENGTH.search(self._got, 0, head + 2)
        if length is None or len(self._got) >= head + 4 + int(length[1]):
            again = b"\r\nretry-after:" in bytes(self._got[:head]).lower()
            status = int(self._got[9:12])
            self._got.clear()
            self._tell(status, again=again)
            if self.alive:
                self._gateway.free(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.alive = False
        self._gateway.open -= 1
        self._tell(CUT_OFF)

    def _give_up(self) -> None:
        self._tell(GIVEN_UP)
        self.close()

    def _tell(self, status: int, *, again: bool = False) -> None:
        if self._limit is not None:
            self._limit.cancel()
        if self._answer is not None and not self._answer.done():
            now = time.monotonic()
            self._gateway.heard.append(Heard(now, status, now - self._begun, again))
            self._answer.set_result(None)

    def close(self) -> None:
        """Hang up."""
        self.alive = False
        if self._transport is not None:
            self._transport.abort()


def counted(heard: list[Heard]) -> Counter[int]:
    """How often which status."""
    return Counter(one.status for one in heard)
