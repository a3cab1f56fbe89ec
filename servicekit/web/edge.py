"""The application's outermost layer: access log, default headers, kept answers, HEAD wherever there is GET.

Promises: one line per request with the route's template, never its path, query, body or Referer, but for
those turned away because they waited too long (``full.py``), which are counted; an error is logged by its
type and place, never by its message. Shown by ``tests/way/test_http_edge.py``.
"""

from __future__ import annotations

import traceback
from functools import cached_property
from pathlib import Path
from time import monotonic
from typing import Any

import structlog
from litestar import Litestar
from litestar.types import Message, Receive, Scope, Send

from .full import Gate
from .headers import HEADERS
from .kept import Answer, Kept, give
from .problems import reference

_log = structlog.get_logger("http")


class Edge(Litestar):
    """The application, with an access log, default headers, and HEAD wherever there is GET."""

    async def __call__(self, scope: Any, receive: Receive | Any, send: Send | Any) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
        elif known := self.kept.of(scope):
            await self._again(known, scope, send)
        elif await self.gate.enter():
            try:
                await self._answer(scope, receive, send)
            finally:
                self.gate.leave()
        else:
            await self.gate.turn_away(scope, send)

    @cached_property
    def gate(self) -> Gate:
        """Who is answered, and who is turned away."""
        return Gate(self.state)

    @cached_property
    def kept(self) -> Kept:
        """What is given again while it holds."""
        return Kept()

    async def _again(self, known: Answer, scope: Any, send: Send | Any) -> None:
        """What was kept costs less than to turn somebody away, so the gate is not asked."""
        began, scope["state"] = monotonic(), {"reference": reference(), "code": None}
        scope["path_template"] = known.route
        status = await give(known, scope["headers"], send)
        _tell(scope, "GET", status, began)

    async def _answer(self, scope: Any, receive: Receive | Any, send: Send | Any) -> None:
        began, method, status = monotonic(), scope["method"], 0
        state = scope["state"] = {"reference": reference(), "code": None}
        if method == "HEAD":
            scope["method"] = "GET"
        start: Any = None

        async def answer(message: Message) -> None:
            nonlocal status, start
            if message["type"] == "http.response.start":
                status, start = message["status"], message
                given = {name.lower() for name, _ in message["headers"]}
                extra = [(name, value) for name, value in HEADERS.items() if name not in given]
                message["headers"] = [*message["headers"], *extra]
            elif message["type"] == "http.response.body":
                if "keep" in state:
                    self.kept.keep(scope, start, message["body"])
                message["body"] = message["body"] if method != "HEAD" else b""
            await send(message)

        try:
            await super().__call__(scope, receive, answer)
        except Exception as fault:  # the answer had begun, or the client is gone: nobody left to tell
            report(fault, scope)
        finally:
            _tell(scope, method, status, began)


def _tell(scope: Any, method: str, status: int, began: float) -> None:
    """One line of the access log."""
    _log.info(
        "http_request",
        method=method if method.isalpha() and len(method) < 8 else "-",
        route=scope.get("path_template", "-"),
        status=status,
        code=scope["state"]["code"],
        reference=scope["state"]["reference"],
        seconds=round(monotonic() - began, 4),
    )


def report(fault: BaseException, scope: Scope) -> None:
    """Log where it happened. Never its message: it may hold what somebody typed."""
    frames = traceback.extract_tb(fault.__traceback__)[-6:]
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
    _log.error(
        "http_fault",
        error=type(fault).__name__,
        exception=places,
        route=scope.get("path_template", "-"),
        reference=scope["state"].get("reference"),
    )
