"""Answers that are the same for everybody are given again without the application, while their tag holds.

Promises: only to GET on the very path and query that made them, and only while the tag is what it would be
now, so bytes and 304 are those that the application would give; never to a request that says from which
position of the log it wants to be told, nor to one that does not say whom it asks. A handler keeps an answer
by ``keep``, which it must not do with one that knows who asked. Shown by ``tests/way/test_kept.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from litestar.types import HTTPResponseStartEvent, HTTPScope, Send

from .requests import AnyRequest, among

MOST = 1_024
"""Answers in memory; with more, all are forgotten and made again."""
Pairs = Iterable[tuple[bytes, bytes]]


class Answer(msgspec.Struct, frozen=True):
    """Bytes, and what they rest on: ``present`` gives the tag of today's answer."""

    route: str
    tag: str
    present: Callable[[], str]
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Kept:
    """The answers that were kept, by path and query."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, bytes], Answer] = {}

    def of(self, scope: HTTPScope) -> Answer | None:
        """The answer to this request, if there is one and it still holds."""
        found = self._answers.get((scope["path"], scope["query_string"]))
        return found if found is not None and found.present() == found.tag else None

    def keep(self, scope: HTTPScope, start: HTTPResponseStartEvent, body: bytes) -> None:
        """Keep what the application has just answered, if its handler said so."""
        tag, present = scope["state"].pop("keep", None) or (None, None)
        if tag is None or present is None or start["status"] != 200:
            return
        if len(self._answers) >= MOST:
            self._answers.clear()
        route = str(scope.get("path_template", "-"))
        key = scope["path"], scope["query_string"]
        self._answers[key] = Answer(route, tag, present, list(start["headers"]), body)


def keep(request: AnyRequest, tag: str, present: Callable[[], str]) -> None:
    """The answer under ``tag`` may be given to everybody who asks the same, while that is ``present``."""
    request.scope["state"]["keep"] = tag, present


def suits(headers: Pairs) -> tuple[bool, str]:
    """Whether a request can be told what was kept; and the tags that it says it has."""
    host, tags = False, ""
    for name, value in headers:
        if name == b"host":
            host = bool(value)
        elif name == b"if-none-match":
            tags = value.decode("latin-1")
        elif name == b"min-log-position":
            return False, ""
    return host, tags


async def give(answer: Answer, tags: str, send: Send) -> int:
    """Send it, or that the client has it; the status."""
    known = bool(tags) and among(answer.tag, tags)
    status, body = (304, b"") if known else (200, answer.body)
    headers: Any = answer.headers
    if known:
        headers = [pair for pair in headers if pair[0] != b"content-length"]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
    return status
