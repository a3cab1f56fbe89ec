"""Hostile requests sent, and what their answers may be.

Promises: no answer is 500 or above, but for a 503 that says when to come again and belongs to what was asked;
an answer's problem repeats nothing of what was sent; each finding prints what it takes to send it again.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote
from uuid import UUID, uuid4

from servicekit.tokens import Purpose, Tokens
from tests.hostile.routes import Route
from tests.hostile.shots import Known, Shot, draw
from tests.hostile.values import MARK
from tests.way.citizen import CUT, LEAD, Answer, Citizen, ask, exchange, key
from tests.way.platform import Platform

AT_ONCE = 8
PATIENCE, SHORT = 60.0, 0.3
"""Seconds for an answer, and for one that hardly can come."""
FAULT, AWAY = 500, 503
LATER = ("invitation-on-its-way",)
"""The codes of 503 that are no overload: what was asked about is still on its way. A page has no code."""
SHOWN = 1_500
_TUESDAY = "2026-12-08"


@dataclass
class Barrage:
    """Many shots at a platform, and what was found."""

    platform: Platform
    seed: int
    routes: Sequence[Route]
    known: Known
    statuses: Counter[int] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)

    async def fire(self, numbers: Sequence[int]) -> None:
        """The shots of these numbers, a few at a time."""
        waiting = iter(numbers)

        async def gun() -> None:
            for number in waiting:
                await self._one(draw(self.seed, number, self.routes[number % len(self.routes)], self.known))

        await asyncio.gather(*(gun() for _ in range(AT_ONCE)))

    async def _one(self, shot: Shot) -> None:
        url = self.platform.url(shot.route.service)
        try:
            answer = await exchange(url, shot.sent, seconds=SHORT if shot.hang_up else PATIENCE)
        except TimeoutError:
            answer = Answer(CUT)
        self.statuses[answer.status] += 1
        self.kinds[shot.kind] += 1
        if wrong := judged(shot, answer):
            self.findings.append(
                f"ONE={self.seed}:{shot.number} {shot.route} {shot.kind}: {wrong}\n"
                f"  sent {shot.sent[:SHOWN]!r}\n  got {answer.status} {answer.body[:300]!r}"
            )


def judged(shot: Shot, answer: Answer) -> str:
    """What is wrong with an answer; empty if nothing."""
    if answer.status < 0 or answer.status == 0:
        return "" if shot.bare or len(shot.body) > 0xFFFF else "no answer"
    if answer.status >= FAULT:
        later = "{grant}" in shot.route.path or answer.code in LATER
        patient = answer.status == AWAY and "retry-after" in answer.headers and later
        return "" if patient else f"answered {answer.status}"
    if "x" in answer.headers:
        return "a header that was sent came back"
    kind = answer.headers.get("content-type", "")
    if kind == "application/problem+json" and shot.method != "HEAD":
        problem = json.loads(answer.body)
        if MARK in answer.body.decode() or not {"code", "status", "reference"} <= problem.keys():
            return "not a problem as it should be"
    elif answer.status >= 400 and shot.target.startswith("/api/") and shot.method != "HEAD" and not shot.bare:
        return f"a refusal as {kind or 'nothing'}"
    return ""


async def known(platform: Platform, routes: Sequence[Route]) -> Known:
    """Ids of things that are there: a booking, and what the described examples make."""
    erika = Citizen(platform)
    erika.reserve(erika.free(_TUESDAY)[-1])
    tokens, ends = Tokens(platform.home.link_keys()), platform.clock.now()
    ids = {"booking_id": [erika.booking_id]}
    for route in routes:
        if (
            route.method == "POST"
            and route.examples
            and "{" not in route.path
            and route.permission != "opening"
        ):
            body = json.dumps(route.examples[0]).encode()
            given = LEAD | key() | {"Content-Type": "application/json"}
            made = await ask(platform.url(route.service), "POST", quote(route.path), given, body)
            if made.status in (200, 201):
                _harvest(made.json(), ids)
    subjects = [UUID(erika.booking_id), uuid4(), *(UUID(one) for name in ids for one in ids[name][:1])]
    links = [
        tokens.sign(purpose, subject, ends.replace(year=ends.year + 1))
        for purpose in Purpose
        for subject in subjects
    ]
    return Known(ids, erika.held["access"], links)


def _harvest(told: object, ids: dict[str, list[str]]) -> None:
    if isinstance(told, dict):
        for name, one in told.items():
            if name.endswith("_id") and isinstance(one, str):
                ids.setdefault(name, []).append(one)
            _harvest(one, ids)
    elif isinstance(told, list):
        for one in told:
            _harvest(one, ids)


async def dawdle(platform: Platform, service: str, path: str) -> int:
    """A body that comes a byte at a time, slower than anybody waits; the status of the answer."""
    url = platform.url(service)
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    kind = "application/json" if path.startswith("/api/") else "application/x-www-form-urlencoded"
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: 500\r\n\r\n"
    writer.write(head.encode())
    reading = asyncio.create_task(reader.read(4_000))
    try:
        async with asyncio.timeout(PATIENCE):
            while not reading.done():
                writer.write(b"{")
                await asyncio.wait([reading], timeout=1)
    finally:
        writer.close()
    said = reading.result()
    return int(said.split()[1]) if said else CUT
