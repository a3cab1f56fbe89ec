"""Lines between a service and its servers that can be cut, one way or both, or broken off.

Promises: as on a network that drops packets, what was sent while a direction was cut arrives late, after it
heals, the end of a connection too, so either side may long have given up; nothing arrives twice, changed or
out of order. It is a pump of bytes and needs no right of any kind. Unlike on a network a new connection is
taken at once and only then hears nothing. Shown by ``tests/chaos/test_wires.py``.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import uvloop

from servicekit.testing.kafka import Node, OwnKafka
from servicekit.testing.process import free_port

TOWARDS, BACK = "towards the server", "from the server"
BOTH = (TOWARDS, BACK)
PIECE = 65536
AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER for a reset instead of a polite end."""


@dataclass
class Wire:
    """One line: ``port`` is where the service connects, ``target`` the server's own port.

    ``waiting`` counts what met a cut: pieces of data, ends and new connections.
    """

    loop: asyncio.AbstractEventLoop
    target: int
    port: int = 0
    waiting: int = 0
    open: dict[str, asyncio.Event] = field(default_factory=dict)
    ends: set[asyncio.StreamWriter] = field(default_factory=set)

    async def listen(self) -> asyncio.Server:
        """Take connections on a free port."""
        for way in BOTH:
            self.open[way] = asyncio.Event()
            self.open[way].set()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, backlog=512)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def cut(self, ways: Sequence[str]) -> None:
        """From now on nothing passes these ways. From any thread."""
        for way in ways:
            self.loop.call_soon_threadsafe(self.open[way].clear)

    def mend(self) -> None:
        """Everything passes, what waited first. From any thread."""
        for way in BOTH:
            self.loop.call_soon_threadsafe(self.open[way].set)

    def reset(self) -> int:
        """Break off every connection at both ends; how many there were. From any thread."""
        many = len(self.ends) // 2
        self.loop.call_soon_threadsafe(self._break)
        return many

    def _break(self) -> None:
        for end in list(self.ends):
            _break_off(end)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.ends.add(writer)
        try:
            await self._passes(TOWARDS)
            try:
                back, towards = await asyncio.open_connection("127.0.0.1", self.target)
            except OSError:
                _break_off(writer)
                return
            self.ends.add(towards)
            try:
                await asyncio.gather(
                    self._pump(TOWARDS, reader, towards),
                    self._pump(BACK, back, writer),
                    return_exceptions=True,
                )
            finally:
                self.ends.discard(towards)
        finally:
            self.ends.discard(writer)

    async def _pump(self, way: str, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while piece := await source.read(PIECE):
                await self._passes(way)
                sink.write(piece)
                await sink.drain()
            await self._passes(way)
            sink.close()
        except (OSError, RuntimeError):  # uvloop says RuntimeError of a transport that is closed
            await self._passes(way)
            _break_off(sink)

    async def _passes(self, way: str) -> None:
        if not self.open[way].is_set():
            self.waiting += 1
            await self.open[way].wait()


def _break_off(end: asyncio.StreamWriter) -> None:
    if not end.is_closing():
        end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        end.transport.abort()


class Wires:
    """All lines of a town, in a thread with a loop of its own."""

    def __init__(self) -> None:
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def lay(self, target: int) -> Wire:
        """A new line to a server's port on this machine."""
        wire = Wire(self._loop, target)
        asyncio.run_coroutine_threadsafe(wire.listen(), self._loop).result()
        return wire

    def close(self) -> None:
        """Everything ends at once."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


@dataclass
class WiredKafka(OwnKafka):
    """Each service has a listener of its own at each broker, whose advertised address is its wire there.

    ``bootstrap`` remains the plain address, for the tests' own questions.
    """

    wires: Wires = field(default_factory=Wires)
    services: Sequence[str] = ()
    lines: dict[tuple[str, int], Wire] = field(default_factory=dict)

    def _properties(self, node: Node) -> dict[str, str]:
        own = super()._properties(node)
        for service in self.services:
            wire = self.lines[service, node.id] = self.wires.lay(free_port())
            name = service.upper()
            own["listeners"] += f",{name}://127.0.0.1:{wire.target}"
            own["advertised.listeners"] += f",{name}://127.0.0.1:{wire.port}"
            own["listener.security.protocol.map"] += f",{name}:PLAINTEXT"
        return own

    def address_for(self, service: str) -> str:
        """The bootstrap address of a service."""
        return ",".join(f"127.0.0.1:{wire.port}" for wire in self.to_brokers(service))

    def to_brokers(self, service: str) -> list[Wire]:
        """A service's line to each broker."""
        return [wire for (name, _node), wire in self.lines.items() if name == service]
