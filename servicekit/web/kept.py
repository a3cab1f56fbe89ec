"""Answers that are the same for everybody are given again without the application, while their tag holds.

Promises: only to GET on the very path and query that made them, and only while the tag is what it would be
now, so bytes and 304 are those that the application would give; never to a request that says from which
position of the log it wants to be told, nor to one that does not say whom it asks. Credentials are not looked
at: a handler keeps an answer by ``keep``, which it must not do with one that depends on who asks.
Shown by ``tests/way/test_kept.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
from litestar.types import HTTPResponseStartEvent, HTTPScope, Send

from .requests import AnyRequest, among

MOST = 1_024
"""Answers in memory; with more, all are forgotten and made again."""
POSITION = b"min-log-position"
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
        if found is None or scope["method"] != "GET" or found.present() != found.tag:
            return None
        names = {name: value for name, value in scope["headers"] if name in (b"host", POSITION)}
        return found if names.get(b"host") and POSITION not in names else None

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


async def give(answer: Answer, headers: Pairs, send: Send) -> int:
    """Send it, or that the client has it; the status."""
    tags = next((value.decode("latin-1") for name, value in headers if name == b"if-none-match"), "")
    status, body, given = 200, answer.body, answer.headers
    if tags and among(answer.tag, tags):
        status, body, given = 304, b"", [pair for pair in given if pair[0] != b"content-length"]
    await send({"type": "http.response.start", "status": status, "headers": given})
    await send({"type": "http.response.body", "body": body, "more_body": False})
    return status
