"""Citizens who all want the same few times and may change their minds at every step."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from tests.chaos.history import OK, Call
from tests.chaos.sink import Mail
from tests.chaos.town import RATE
from tests.way.citizen import API, network

if TYPE_CHECKING:
    from tests.chaos.workload import Crowd

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
        other = await self.free() if self.crowd.open and self.random.random() < 0.4 else None
        if other is not None and other != starts_at:
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
