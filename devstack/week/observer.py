"""Somebody who looks every hour how long one would wait for a place, as the platform's own samples do.

Promises: asks the public API with the clock at the full hour, when nobody else acts; services that take the
same time at the same counters have the same answer and are asked for once.
"""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx

from .habits import HOLIDAYS
from .ledger import Ledger, Look, day_of
from .office import API, SITE
from .world import World

HOUR = timedelta(hours=1)


def kinds(catalogue: Path) -> list[list[str]]:
    """The services that are done in visits, those alike together."""
    found: dict[tuple[int, tuple[str, ...]], list[str]] = {}
    for code, one in tomllib.loads(catalogue.read_text())["services"].items():
        if "visit" in one["channels"]:
            found.setdefault((one["minutes"], tuple(one["sets"])), []).append(code)
    return list(found.values())


def working_days(today: date, free: date) -> int:
    """Those after today, up to the day of the place."""
    days = (today + timedelta(days=n + 1) for n in range((free - today).days))
    return sum(day.weekday() < 5 and day not in HOLIDAYS for day in days)


class Observer:
    """``position`` gives the end of booking's log: what is answered must have seen all that happened."""

    def __init__(
        self,
        world: World,
        ledger: Ledger,
        client: httpx.AsyncClient,
        base: str,
        position: Callable[[], Awaitable[int]],
    ) -> None:
        self._world, self._ledger, self._client, self._position = world, ledger, client, position
        self._url = f"{base}{API}/sites/{SITE}/free-slots"

    async def once(self, catalogue: Path) -> None:
        """Look now; the platform does so too when it is set up."""
        seen = {"Min-Log-Position": str(await self._position())}
        alike = kinds(catalogue)
        found = await asyncio.gather(*(self._days(services[0], seen) for services in alike))
        for services, days in zip(alike, found, strict=True):
            self._ledger.looks += [Look(self._world.now, service, days) for service in services]

    async def look(self, catalogue: Path) -> None:
        """Every full hour, for good."""
        moment = self._world.now.replace(minute=0, second=0, microsecond=0)
        while True:
            moment += HOUR
            await self._world.until(moment, exact=True)
            await self.once(catalogue)

    async def _days(self, service: str, seen: dict[str, str]) -> int | None:
        answer = await self._client.get(self._url, params={"service": service}, headers=seen)
        first = answer.raise_for_status().json().get("next_at")
        if first is None:
            return None
        return working_days(day_of(self._world.now), day_of(datetime.fromisoformat(first)))
