"""What the edge does when more is asked than it can answer: it turns away whoever would wait too long.

Promises: so many are under way at the same time that what has begun also ends; so many others wait for their
turn, in the order in which they came and no longer than ``PATIENCE``. The rest hears at once, for next to
nothing and with nothing of the body read, 503 with ``Retry-After``, in the own language, below ``/api/`` as a
problem. The moments to come again are spread, so that not all come back at once. One log line a second says
how many. Shown by ``tests/way/test_full.py`` and ``test_page_edge.py``, measured by ``make overload``.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from functools import lru_cache
from time import monotonic
from typing import Any

import msgspec
import structlog
from litestar import Request
from litestar.datastructures import State
from litestar.types import HTTPScope, Send
from prometheus_client import Counter

from .headers import HEADERS
from .problems import problem
from .requests import is_api, language

AT_ONCE = 64
"""Requests under way. A booking takes several rounds of the loop, and whatever is under way has its part of
each: were all begun that come, a round would take seconds, and what needs several would not end."""
IN_LINE = 256
"""Requests that wait for their turn: about what is answered within ``PATIENCE``. Whoever comes then would
wait in vain, and hears at once."""
PATIENCE = 1.0
"""Seconds: what has waited longer for its beginning is not begun any more. While the loop is busy it waits
there, where nobody can see it: so long as the loop has been at this round."""
REFERENCE = "5030-5030"
"""The same for everybody: there is nothing to look for in the logs."""
AGAIN = range(2, 7)
"""Seconds after which to come again."""
CODE = "unavailable"
TURNED_AWAY = Counter("http_turned_away_total", "Requests refused after too long a wait")
_log = structlog.get_logger("http")


class Gate:
    """Says who would wait too long, and answers those that are turned away."""

    def __init__(self, state: State) -> None:
        self._state, self._since = state, 0.0
        self._under_way, self._waiting = 0, deque[asyncio.Future[bool]]()
        self._many, self._told_at = 0, 0.0
        self._body = lru_cache(maxsize=32)(self._made)

    async def enter(self) -> bool:
        """Whether whoever comes now may begin, after a wait if need be; whoever did has to ``leave``."""
        if self._late():
            return False
        if self._under_way < AT_ONCE:
            self._under_way += 1
            return True
        while self._waiting and self._waiting[0].done():  # turned away, or gone
            self._waiting.popleft()
        if len(self._waiting) >= IN_LINE:
            return False
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[bool] = loop.create_future()
        self._waiting.append(turn)
        limit = loop.call_later(PATIENCE, _decide, turn, False)
        try:
            return await turn
        except asyncio.CancelledError:  # gone home; a turn that was given meanwhile is the next one's
            if turn.done() and not turn.cancelled() and turn.result():
                self.leave()
            raise
        finally:
            limit.cancel()

    def leave(self) -> None:
        """Whoever has waited longest begins instead."""
        while self._waiting:
            if _decide(self._waiting.popleft(), True):
                return
        self._under_way -= 1

    def _late(self) -> bool:
        """Whether whoever comes now has waited too long: the loop has been at this round for so long."""
        now = monotonic()
        if not self._since:
            self._since = now
            asyncio.get_running_loop().call_soon(self._next_round)
        return now - self._since > PATIENCE

    def _next_round(self) -> None:
        self._since = 0.0

    def _made(self, api: bool, wording: str, staff: bool) -> tuple[bytes, bytes]:
        """Type and body; each is made once."""
        row = self._state.refusals[CODE]
        if api:
            body = msgspec.json.encode(problem(CODE, row, wording, REFERENCE, {}))
            return b"application/problem+json", body
        page = self._state.pages.error(CODE, row, wording, REFERENCE, None, "/amt/" if staff else "")
        return b"text/html; charset=utf-8", page.encode()

    async def turn_away(self, scope: HTTPScope, send: Send) -> None:
        """Answer without reading anything."""
        path, request = scope["path"], Request[Any, Any, Any](scope)
        wording = language(request, self._state.languages)
        kind, body = self._body(is_api(path), wording, path.startswith("/amt/"))
        seconds = random.choice(AGAIN)  # noqa: S311 - spreads, hides nothing
        self._count()
        headers = [(b"content-type", kind), (b"retry-after", b"%d" % seconds), *HEADERS.items()]
        headers.append((b"content-length", b"%d" % len(body)))
        body = b"" if scope["method"] == "HEAD" else body
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    def _count(self) -> None:
        TURNED_AWAY.inc()
        self._many += 1
        if (now := monotonic()) >= self._told_at + 1:
            _log.warning("http_turned_away", count=self._many)
            self._many, self._told_at = 0, now


def _decide(turn: asyncio.Future[bool], begins: bool) -> bool:
    """Whether it was not decided before."""
    if turn.done():
        return False
    turn.set_result(begins)
    return True
