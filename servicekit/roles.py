"""One process, one event loop: start what a role is made of, watch it, stop it in order.

Promises: signals are ours; a task that ends before the stop is a fault, named in the log, and the
process ends in order with exit code 1; on SIGTERM readiness turns false, listeners close, requests
and handlers in flight finish, offsets are committed, the relay ends its round, the committer goes
last, and the exit code is 0. SIGKILL at any point costs nothing but time.
Shown by ``tests/whole/test_stop.py``.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import structlog
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from servicekit.telemetry import BUILD

log = structlog.get_logger()
Task = Callable[[asyncio.Event], Awaitable[None]]
"""A loop of a role. It ends soon after the event is set; whatever ends it before is a fault."""
Check = Callable[[], Awaitable[bool]]


@dataclass
class Parts:
    """What a process is made of. ``tasks`` are asked to end; ``last`` are cancelled after them."""

    tasks: dict[str, Task] = field(default_factory=dict)
    last: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    app: Any = None
    ready: dict[str, Check] = field(default_factory=dict)
    close: AsyncExitStack = field(default_factory=AsyncExitStack)


class Health:
    """Answers of the probes. Liveness knows tasks only: an outage must not restart every pod."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.running: dict[str, asyncio.Task[Any]] = {}
        self.started = self.stopping = False

    async def unready(self) -> list[str]:
        """The names of what is not ready."""
        if self.stopping or not self.started:
            return ["stopping" if self.stopping else "starting"]
        answers = await asyncio.gather(
            *(asyncio.wait_for(check(), 3) for check in self._parts.ready.values()), return_exceptions=True
        )
        return [name for name, answer in zip(self._parts.ready, answers, strict=True) if answer is not True]

    async def answer(self, path: str) -> tuple[int, bytes, str]:
        """Status, body and type of one probe."""
        if path == "/metrics":
            return 200, generate_latest(), CONTENT_TYPE_LATEST
        if path == "/readyz":
            wrong = await self.unready()
        elif path == "/livez":
            wrong = [name for name, task in self.running.items() if task.done()]
        elif path == "/startupz":
            wrong = [] if self.started else ["starting"]
        else:
            return 404, b"", "text/plain"
        return (503 if wrong else 200), ("\n".join(wrong) or "ok").encode(), "text/plain"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """The probes as an ASGI application."""
        if scope["type"] != "http":
            return
        status, body, kind = await self.answer(scope["path"])
        headers = [(b"content-type", kind.encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


_TO_OUR_LOG = {"loggers": {"_granian": {"handlers": [], "propagate": True}}}
"""granian writes lines of its own format otherwise; what is no error of its own, our lines say."""


def _server(app: Any, host: str, port: int) -> Server:
    """granian in our own loop; both limits count idle connections too and default to 128."""
    return Server(
        app,
        host,
        port,
        interface=Interfaces.ASGINL,
        websockets=False,
        backlog=1024,
        backpressure=4096,
        log_level=LogLevels.error,
        log_dictconfig=_TO_OUR_LOG,
    )


async def serve(parts: Parts, *, host: str, port: int, metrics_port: int, drain: float) -> int:
    """Run until a signal or a fault; the exit code."""
    loop, stop, faults = asyncio.get_running_loop(), asyncio.Event(), list[str]()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    health = Health(parts)
    BUILD.labels(os.environ.get("APP_VERSION", "dev"), os.environ.get("APP_REVISION", "-")).set(1)

    def begin(name: str, work: Awaitable[None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        health.running[name] = task
        task.add_done_callback(lambda done: ended(name, done))
        return task

    def ended(name: str, task: asyncio.Task[None]) -> None:
        if stop.is_set():
            return
        error = None if task.cancelled() else task.exception()
        log.error("task_ended", task=name, exc_info=error)
        faults.append(name)
        stop.set()

    async with parts.close, AsyncExitStack() as web:
        servers: list[Server] = []
        probes = _server(health, host, metrics_port)
        probing = begin("probes", probes.serve())
        last = [begin(name, work()) for name, work in parts.last.items()]
        tasks = [begin(name, work(stop)) for name, work in parts.tasks.items()]
        if parts.app is not None:
            await web.enter_async_context(parts.app.lifespan())
            servers.append(_server(parts.app, host, port))
            tasks += [begin("http", server.serve()) for server in servers]
        health.started = True
        gc.freeze()
        log.info("started", port=port if servers else metrics_port)
        await stop.wait()
        log.info("stopping")
        health.stopping = True
        for server in servers:
            server.stop()  # type: ignore[no-untyped-call]
        late = (await asyncio.wait(tasks, timeout=drain))[1] if tasks else set()
        for task in (*late, *last):
            task.cancel()
        await asyncio.gather(*tasks, *last, return_exceptions=True)
        probes.stop()  # type: ignore[no-untyped-call]
        await asyncio.wait([probing], timeout=2)
    log.info("stopped", count=len(faults) + len(late))
    return 1 if faults or late else 0
