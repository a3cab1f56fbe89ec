"""People who use the platform while it breaks: citizens who book, a desk, a door, counters, a window.

Promises: what they do follows from the seed as far as answers allow; few times and many people, so that they
meet; everybody comes from a network and a device of their own; nobody believes an answer that did not come.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from tests.chaos.history import OK, Call, History
from tests.chaos.sink import Mail, Sink
from tests.chaos.town import RATE, FastClock
from tests.way.citizen import API, network

DOCUMENTS = "/api/documents/v1"
BERLIN = ZoneInfo("Europe/Berlin")
DOMAIN, NAME = "kanari.example", "Kanari Vogelsang"
"""Stand in every address and name of a run: what must not be where it does not belong."""
HOT_DAYS = ("2026-12-10", "2026-12-01")
FEW = 6
"""So many of a day's first free times are wished for."""
HOLD = 600.0 / RATE
"""Seconds of the world for which a place is held."""
MAIL = 25.0
"""Seconds for which somebody waits for a mail."""
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
    applied: list[tuple[str, str]] = field(default_factory=list)
    """Bookings at which a passport was applied for, with a number for the scanner."""

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
                contact={"name": NAME, "phone": f"0461 {self.random.randint(100000, 999999)}"},
            )
            if booked.outcome == OK:
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
        if visit["items"][0]["service"] == "passport_apply":
            number = f"C{self.first % 1000:03d}X{len(self.applied):04d}"
            self.applied.append((visit["booking_id"], number))

    async def _window(self) -> None:
        """The producer is quick: what was applied for is delivered, stored, fetched and put back."""
        done = 0
        while self.open:
            await asyncio.sleep(self.random.uniform(0.5, 1.5))
            if len(self.applied) == done:
                continue
            booking_id, number = self.applied[done]
            done += 1
            batch = await self.staff("documents", "window", f"{DOCUMENTS}/delivery-batches", site="flensburg")
            if batch.outcome != OK:
                continue
            path = f"{DOCUMENTS}/delivery-batches/{batch.body['batch_id']}/scan"
            scan = {"number": number, "booking_id": booking_id, "kind": "passport"}
            scanned = await self.staff("documents", "window", path, **scan)
            if scanned.outcome == OK:
                path = f"{DOCUMENTS}/documents/{scanned.body['document_id']}"
                await self.staff(
                    "documents", "window", f"{path}/store", bin=f"A{done}", approved_by="window_2"
                )
                await self.staff("documents", "window", f"{path}/fetch", window="window_1")


@dataclass
class Citizen:
    """One person with one booking, who may change their mind at every step."""

    crowd: Crowd
    number: int

    def __post_init__(self) -> None:
        self.random = Random(f"{self.crowd.history.random.random()}")  # noqa: S311 - a story, no secret
        self.device = f"{self.number:032x}"
        self.email = f"vogel.{self.number}@{DOMAIN}"
        self.network = {"X-Forwarded-For": network(self.number)}
        self.booking_id = ""

    async def own(self, step: str, proof: str, /, **body: Any) -> Call:
        """A command on the own booking."""
        path = f"{API}/bookings/{self.booking_id}/{step}"
        headers = self.network | ({"Authorization": f"Bearer {proof}"} if proof else {})
        return await self.crowd.history.command("booking", path, body, self.booking_id, headers)

    async def free(self) -> str | None:
        """One of the first free times of a day that everybody wants."""
        day = self.random.choice(HOT_DAYS)
        path = f"{API}/sites/flensburg/free-slots/{day}?service=id_card_apply"
        found = await self.crowd.history.read("booking", path, self.network)
        times = found["times"][:FEW] if found else []
        return str(self.random.choice(times)["starts_at"]) if times else None

    async def goes(self) -> None:
        """From the first request to whatever end."""
        starts_at = await self.free()
        if starts_at is None:
            return
        body = {"site": "flensburg", "starts_at": starts_at, "items": [{"service": "id_card_apply"}]}
        cookie = {"Cookie": f"__Host-booking-device={self.device}"}
        held = await self.crowd.history.command(
            "booking", f"{API}/bookings", body, self.device, self.network | cookie
        )
        if held.outcome != OK or self.random.random() < 0.1:
            return
        self.booking_id = held.body["booking_id"]
        if self.random.random() < 0.1:  # at the very moment at which the hold ends
            await self.rest(HOLD + self.random.uniform(-1, 1))
        given = await self.own("give-contact", held.body["access"], name=NAME, email=self.email)
        if given.outcome != OK:
            return
        mail = await self.mail()
        if mail is not None and self.crowd.open:
            await self.decided(urlsplit(mail.links[0]).path.rpartition("/")[2])

    async def decided(self, token: str) -> None:
        """The mail is there: confirm, move, cancel, take it back."""
        confirmed = await self.own("confirm", "", token=token)
        if confirmed.outcome != OK:
            return
        proof, starts_at = confirmed.body["access"], confirmed.body["starts_at"]
        if self.crowd.open and self.random.random() < 0.4 and (other := await self.free()):
            moved = await self.own("reschedule", proof, starts_at=other)
            starts_at = moved.body["starts_at"] if moved.outcome == OK else starts_at
        if self.crowd.open and self.random.random() < 0.4:
            day = datetime.fromisoformat(starts_at).astimezone(BERLIN).date()
            gone = await self.own("cancel", proof, date=day.isoformat())
            if gone.outcome == OK and self.random.random() < 0.3:
                await self.own("undo-cancel", proof)

    async def mail(self) -> Mail | None:
        """The first mail with a link; None if the load ends before."""
        until = time.monotonic() + MAIL
        while self.crowd.open and time.monotonic() < until:
            for mail in self.crowd.sink.by_address.get(self.email, ()):
                if mail.links:
                    return mail
            await asyncio.sleep(0.1)
        return None

    async def rest(self, seconds: float) -> None:
        """Wait, but not longer than the load."""
        await asyncio.sleep(min(seconds, max(0.0, self.crowd.until - time.monotonic())))
