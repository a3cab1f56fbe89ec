"""What becomes of booking's ``api`` when five times as many ask as it can answer, and when it is as before.

Promises: good is every answer with what was asked for, or a refusal by the rules (409), within ten seconds;
the peak is measured in the same run, by people who take turns; those of the overload do not wait for others.
The generator shares the machine with all of it, which the figures say.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any
from urllib.parse import quote
from uuid import UUID

from tests.hostile.judging import cpu
from tests.hostile.lines import Gateway, Heard, counted
from tests.way.citizen import API, ask, network
from tests.way.program import Program

SECONDS, TIMES, PEOPLE, PEAK_SECONDS = 30.0, 5.0, 32, 10.0
GOOD = frozenset({200, 201, 304, 409})
AWAY = 503
GOODPUT, NORMAL_WITHIN, CALM = 0.8, 30.0, 3
"""The goals; and so many seconds in a row without anybody turned away are normal."""
SERVICE, SITE = "id_card_apply", "flensburg"
FIRST = date(2026, 12, 1)


@dataclass
class Rush:
    """What people ask for: mostly they look, one in ten books."""

    host: str
    starts: Sequence[str]
    random: Random = field(default_factory=lambda: Random(5))  # noqa: S311 - a story, no secret
    number: int = 0

    def draw(self) -> bytes:
        """The next request."""
        self.number += 1
        draw = self.random.random()
        if draw < 0.1:
            return self._books()
        if draw < 0.4:
            path = f"/de/leistung/{SERVICE}"
        elif draw < 0.7:
            path = f"{API}/sites/{SITE}/free-slots?service={SERVICE}&from={FIRST}&days=28"
        else:
            day = self.random.choice(self.starts)[:10]
            path = f"{API}/sites/{SITE}/free-slots/{day}?service={SERVICE}"
        return f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode()

    def _books(self) -> bytes:
        items = [{"service": SERVICE}]
        body = json.dumps({"site": SITE, "starts_at": self.random.choice(self.starts), "items": items})
        return (
            f"POST {API}/bookings HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: application/json\r\n"
            f"Idempotency-Key: {UUID(int=self.random.getrandbits(128)).hex}\r\n"
            f"X-Forwarded-For: {network(self.number % 60_000)}\r\n"
            f"Cookie: __Host-booking-device={self.number:032x}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


async def _starts(url: str) -> list[str]:
    """Every free time of four weeks."""
    found = list[str]()
    for number in range(28):
        day = FIRST + timedelta(days=number)
        path = f"{API}/sites/{SITE}/free-slots/{day}?service={SERVICE}"
        answer = await ask(url, "GET", quote(path, safe="/?=&"))
        if answer.status == 200:
            found += [one["starts_at"] for one in answer.json()["times"]]
    return found


def _rate(heard: Sequence[Heard], seconds: float) -> float:
    return sum(one.status in GOOD for one in heard) / seconds


def _quantile(heard: Sequence[Heard], share: float) -> float:
    spent = sorted(one.seconds for one in heard if one.status in GOOD)
    return round(spent[int(share * (len(spent) - 1))], 3) if spent else 0.0


def normal_after(heard: Sequence[Heard], begun: float, limit: float) -> float | None:
    """Seconds until nobody is turned away, cut off or kept waiting longer than ``limit``; None if never."""
    calm = 0
    for second in range(int(NORMAL_WITHIN * 2)):
        these = [one for one in heard if second <= one.at - begun < second + 1]
        well = these and all(one.status in GOOD for one in these) and _quantile(these, 0.99) <= limit
        calm = calm + 1 if well else 0
        if calm == CALM:
            return float(second + 1 - CALM)
    return None


async def rush(api: Program, seconds: float, times: float) -> dict[str, Any]:
    """The three phases; what was heard in each."""
    url = api.url
    host, port = url.removeprefix("http://").split(":")
    people, gateway = Rush(f"{host}:{port}", await _starts(url)), Gateway(host, int(port))
    told: dict[str, Any] = {"places": len(people.starts), "load": os.getloadavg()[0]}

    async def phase(name: str, spent: float, work: Callable[[], Any]) -> list[Heard]:
        begun, used, own = time.monotonic(), cpu([api]), time.process_time()
        await work()
        heard = gateway.since(begun)
        told[name] = {
            "seconds": spent,
            "answered": {str(status): many for status, many in sorted(counted(heard).items())},
            "good_per_second": round(_rate(heard, spent), 1),
            "median": _quantile(heard, 0.5),
            "p99": _quantile(heard, 0.99),
            "api_processor_seconds": round(cpu([api]) - used, 1),
            "generator_processor_seconds": round(time.process_time() - own, 1),
        }
        return heard

    await gateway.in_turn(PEOPLE, 3.0, people.draw)  # warm
    peak = _rate(
        await phase("peak", PEAK_SECONDS, lambda: gateway.in_turn(PEOPLE, PEAK_SECONDS, people.draw)),
        PEAK_SECONDS,
    )
    half = await phase("half", 5.0, lambda: gateway.steadily(peak / 2, 5.0, people.draw))
    during = await phase("overload", seconds, lambda: gateway.steadily(peak * times, seconds, people.draw))
    begun = time.monotonic()
    await phase("after", NORMAL_WITHIN, lambda: gateway.steadily(peak / 2, NORMAL_WITHIN, people.draw))
    limit = max(0.5, 2 * _quantile(half, 0.99))
    told["goodput"] = round(_rate(during, seconds) / peak, 3)
    told["without_retry_after"] = sum(one.status == AWAY and not one.again for one in during)
    told["turned_away"] = round(sum(one.status == AWAY for one in during) / max(len(during), 1), 3)
    told["unanswered"] = round(sum(one.status <= 0 for one in during) / max(len(during), 1), 3)
    told["normal_after_seconds"] = normal_after(gateway.since(begun), begun, limit)
    gateway.close()
    return told
