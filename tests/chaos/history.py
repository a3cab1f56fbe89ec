"""What was asked and what was heard: the commands of everybody outside, each with the id the log knows it by.

Promises: every try of a command carries the same id; **ok** is a 2xx, **fail** a 4xx, everything else says
nothing (**info**) and is asked again until there is an answer; ids are derived as the services derive them,
so that a wrong derivation shows as events that nobody asked for. Shown by ``tests/chaos/test_checks.py``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random
from typing import Any
from uuid import UUID, uuid5

import msgspec

from servicekit.log import NAMESPACE
from tests.way.citizen import CUT, REFUSED, Answer, ask

OK, FAIL, INFO = "ok", "fail", "info"
PATIENCE = 5.0
"""Seconds for which a client waits for an answer."""
PAUSE = 0.2, 1.0
"""Seconds before the same call again: at least, at most."""
GOOD, REFUSAL, BROKEN = 200, 400, 500


@dataclass(slots=True)
class Call:
    """One command with all its tries; moments are of the monotonic clock.

    ``position`` is the log position that an ``ok`` named, ``doubtful`` says that some try had no answer.
    """

    number: int
    service: str
    name: str
    command_id: UUID
    asked: float
    answered: float = 0.0
    outcome: str = INFO
    doubtful: bool = False
    status: int = 0
    code: str = ""
    position: int = 0
    replayed: bool = False
    body: Any = None


def command_id(principal: str, path: str, key: str, body: Any) -> UUID:
    """The id of a POST, as the services make it."""
    told = sha256(msgspec.json.encode(body, order="sorted")).hexdigest()
    return uuid5(NAMESPACE, "\x1f".join((principal, "POST", path, key, told)))


@dataclass
class History:
    """All calls of a run, each try at one of the service's ``urls``.

    Nobody waits longer than until ``closing``, a moment of the monotonic clock.
    """

    urls: Mapping[str, Sequence[str]]
    random: Random
    closing: float
    calls: list[Call] = field(default_factory=list)
    unanswered: int = 0
    refused: int = 0

    async def command(
        self, service: str, path: str, body: Any, principal: str, headers: Mapping[str, str]
    ) -> Call:
        """Ask until there is an answer, always with the same id."""
        key = f"{self.random.getrandbits(128):032x}"
        call = Call(
            len(self.calls),
            service,
            path.rpartition("/")[2],
            command_id(principal, path, key, body),
            time.monotonic(),
        )
        self.calls.append(call)
        given = {"Idempotency-Key": key, "Content-Type": "application/json", **headers}
        sent = msgspec.json.encode(body)
        while True:
            answer = await self.once(service, "POST", path, given, sent)
            if GOOD <= answer.status < BROKEN:
                return _heard(call, answer)
            call.doubtful = True
            self.unanswered += answer.status != REFUSED
            self.refused += answer.status == REFUSED
            if time.monotonic() > self.closing:
                return call
            await asyncio.sleep(self.random.uniform(*PAUSE))

    async def read(self, service: str, path: str, headers: Mapping[str, str] | None = None) -> Any:
        """A question; None as long as there is no good answer to it."""
        answer = await self.once(service, "GET", path, headers or {}, b"")
        return answer.json() if answer.status == GOOD else None

    async def once(
        self, service: str, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """One try. An answer that does not come, or not whole, is ``CUT``."""
        try:
            url = self.random.choice(self.urls[service])
            answer = await ask(url, method, path, headers, body, seconds=PATIENCE)
        except TimeoutError:
            return Answer(CUT)
        length = int(answer.headers.get("content-length", len(answer.body)))
        return answer if length == len(answer.body) else Answer(CUT)


def _heard(call: Call, answer: Answer) -> Call:
    call.answered, call.status = time.monotonic(), answer.status
    call.outcome = OK if answer.status < REFUSAL else FAIL
    call.body = answer.json() if answer.body else None
    if call.outcome == OK:
        call.position = int(answer.headers.get("log-position", 0))
        call.replayed = "idempotency-replayed" in answer.headers
    else:
        call.code = answer.code
    return call
