"""People who use the platform while it breaks: a desk, a door, counters, a window; citizens stand beside it.

Promises: what they do follows from the seed as far as answers allow; few times and many people, so that they
meet; everybody comes from a network and a device of their own; nobody believes an answer that did not come.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from tests.chaos.citizens import BERLIN, DOMAIN, NAME, Citizen
from tests.chaos.history import OK, Call, History
from tests.chaos.pickups import Applied, Pickup
from tests.chaos.sink import Sink
from tests.chaos.town import FastClock
from tests.way.citizen import API

CLERKS = ("counter_1", "counter_2")


@dataclass
class Crowd:
    """The people of one run and what they share."""

    history: History
    sink: Sink
    clock: FastClock
    random: Random
    first: int
    """Number of the first citizen: nobody is two people, also if runs follow each other."""
    until: float
    citizens: int = 0
    visitors: int = 0
    emails: dict[str, str] = field(default_factory=dict)
    """Of those who came without an appointment, by booking."""
    passports: list[Applied] = field(default_factory=list)
    """All that were applied for."""

    @property
    def open(self) -> bool:
        """Whether the load goes on."""
        return time.monotonic() < self.until

    async def people(self, at_once: int) -> None:
        """Everybody, until the load ends; an error of ours ends the run."""
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(self._citizens())
            group.create_task(self._visitors())
            for counter in CLERKS:
                group.create_task(self._clerk(counter))
            group.create_task(self._window())

    # --- citizens

    async def _citizens(self) -> None:
        while self.open:
            self.citizens += 1
            await Citizen(self, self.first + self.citizens).goes()
            await asyncio.sleep(self.random.uniform(0.05, 0.4))

    # --- the office

    async def staff(self, service: str, role: str, path: str, /, **body: Any) -> Call:
        """A command of somebody of the office."""
        who = f"dev:{role}@flensburg"
        return await self.history.command(service, path, body, who, {"Authorization": f"Bearer {who}"})

    async def _visitors(self) -> None:
        """Somebody at the desk takes a place of today; the door lets them in."""
        while self.open:
            self.visitors += 1
            now = self.clock.now().astimezone(BERLIN)
            tick = now.replace(minute=now.minute // 10 * 10, second=0, microsecond=0)
            starts = tick + timedelta(minutes=10 * self.random.randint(1, 30))
            booked = await self.staff(
                "booking",
                "desk",
                f"{API}/bookings",
                site="flensburg",
                starts_at=starts.isoformat(),
                items=[{"service": self.random.choice(("passport_apply", "id_card_apply"))}],
                channel="desk",
                pool="desk" if self.random.random() < 0.5 else "phone",
                contact={"name": NAME, "email": (email := f"visit.{self.first}.{self.visitors}@{DOMAIN}")},
            )
            if booked.outcome == OK:
                self.emails[booked.body["booking_id"]] = email
                body = {"site": "flensburg", "door": "door_1", "booking_id": booked.body["booking_id"]}
                await self.staff("booking", "door", f"{API}/admissions", **body, override="quiet_house")
            await asyncio.sleep(self.random.uniform(0.3, 1.2))

    async def _clerk(self, counter: str) -> None:
        """Whoever is next is called and served."""
        path = f"{API}/counters/{counter}"
        await self.staff("booking", "desk", f"{path}/open", site="flensburg")
        while self.open:
            called = await self.staff("booking", "desk", f"{path}/call-next", site="flensburg")
            if called.outcome == OK:
                visit = called.body["visit_id"]
                await self.staff("booking", "desk", f"{API}/visits/{visit}/start", counter=counter)
                await asyncio.sleep(self.random.uniform(0.1, 0.5))
                served = await self.staff(
                    "booking",
                    "desk",
                    f"{API}/visits/{visit}/finish",
                    delivered=[{"service": item["service"]} for item in called.body["items"]],
                )
                if served.outcome == OK:
                    self._applied(called.body)
            await asyncio.sleep(self.random.uniform(0.5, 1.5))

    def _applied(self, visit: dict[str, Any]) -> None:
        booking_id = visit["booking_id"]
        if visit["items"][0]["service"] == "passport_apply" and booking_id in self.emails:
            email = self.emails.pop(booking_id)
            nr = 10 * self.first + len(self.passports)
            self.passports.append(Applied(booking_id, f"C{nr:04d}X", email, nr))

    async def _window(self) -> None:
        """What was applied for goes its way, several documents side by side."""
        going = 0
        async with asyncio.TaskGroup() as group:
            while self.open:
                await asyncio.sleep(self.random.uniform(0.5, 1.5))
                for applied in self.passports[going:]:
                    group.create_task(Pickup(self, applied).goes())
                going = len(self.passports)
