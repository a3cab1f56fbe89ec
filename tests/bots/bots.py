"""Bots that take what they can: waves of requests in parallel, from ever new devices, prefixes, addresses.

A bot holds the soonest times, extends its holds as long as it may, and confirms where it can read a mailbox.
Its addresses are readable mailboxes, each in ever new spellings (``name+word@…``), then invented ones.

Promises: everything goes over the JSON API, as fast as it answers; at the raised level every task is answered
rightly and at once, as if a bot's machines were fast enough.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from itertools import count
from random import Random
from uuid import UUID

from buergerbuero_contracts.envelope import Item
from servicekit.tokens import Purpose
from services.booking.work import subject
from tests.bots.town import API, ITEMS, Town

FOR = subject("flensburg", (Item(service="id_card_apply", quantity=1),), 1)
EXTEND_AFTER = 8.0
"""Minutes after which a bot extends a hold."""
_keys = count()


@dataclass(frozen=True, slots=True)
class Means:
    """What the bots have. ``mailboxes`` they can read; None: every address of a domain of theirs."""

    bots: int = 200
    parallel: int = 50
    prefixes: int = 20
    mailboxes: int | None = 10


@dataclass(slots=True)
class Hold:
    """A place that a bot has. Extended at most ten times."""

    booking: UUID
    access: str
    address: str
    device: str
    since: float


class Swarm:
    """All bots together: they share what they know."""

    def __init__(self, town: Town, means: Means, random: Random) -> None:
        self._town, self._means, self._random = town, means, random
        self._holds: list[Hold] = []
        self._times: list[str] = []
        self.answers: Counter[str] = Counter()
        self.sent = 0

    async def wave(self) -> None:
        """Every bot sends its requests; the answers decide what follows."""
        self._times = await self._town.times()
        await self._extend()
        if self._times:
            await asyncio.gather(*(self._bot() for _ in range(self._means.bots)))

    async def _bot(self) -> None:
        await asyncio.gather(*(self._attempt() for _ in range(self._means.parallel)))

    async def _attempt(self) -> None:
        """Hold one of the soonest times from a fresh device."""
        address, device = self._address(), f"{self._random.getrandbits(120):030x}"
        starts_at = self._times[min(int(self._random.expovariate(0.02)), len(self._times) - 1)]
        body = {"site": "flensburg", "starts_at": starts_at, "items": ITEMS, "persons": 1}
        body["proof"] = self._town.worked(FOR)
        status, answer = await self._post("/bookings", body, address, device)
        self.answers[str(answer.get("code", status))] += 1
        if status == 201:
            hold = Hold(UUID(answer["booking_id"]), answer["access"], address, device, self._town.minute())
            if not await self._confirmed(hold):
                self._holds.append(hold)

    async def _confirmed(self, hold: Hold) -> bool:
        """Name somebody whose mailbox the bots read, and press the mailed link's button."""
        email, readable = self._mailbox()
        path = f"/bookings/{hold.booking}"
        if not readable:
            return False
        status, answer = await self._post(
            f"{path}/give-contact", {"name": "Bo Tee", "email": email}, hold.address, hold.device, hold.access
        )
        self.answers[f"contact {answer.get('code', status)}"] += 1
        if status != 202:
            return False
        token = self._town.link(Purpose.CONFIRM, hold.booking)
        status, _answer = await self._post(f"{path}/confirm", {"token": token}, hold.address, hold.device)
        return status == 200

    def _mailbox(self) -> tuple[str, bool]:
        """The next address, and whether the bots can read it."""
        number, spelling = self._random.randrange(10_000), self._random.getrandbits(40)
        if self._means.mailboxes is None:
            return f"x{number}x{spelling:x}@bots.example", True
        known = number % max(self._means.mailboxes, 1)
        return f"reader{known}+{spelling:x}@mail.example", bool(self._means.mailboxes)

    async def _extend(self) -> None:
        """Keep what is held, as long as that is allowed."""
        due = [hold for hold in self._holds if self._town.minute() - hold.since >= EXTEND_AFTER]
        kept = await asyncio.gather(*map(self._extended, due))
        self._holds = [one for one in self._holds if one not in due] + [one for one in kept if one]

    async def _extended(self, hold: Hold) -> Hold | None:
        path = f"/bookings/{hold.booking}/extend-hold"
        status, _answer = await self._post(path, {}, hold.address, hold.device, hold.access)
        hold.since = self._town.minute()
        return hold if status == 200 else None

    def _address(self) -> str:
        """Any address of one of the prefixes."""
        return f"198.51.{self._random.randrange(self._means.prefixes)}.{self._random.randrange(1, 255)}"

    async def _post(
        self, path: str, body: object, address: str, device: str, access: str = ""
    ) -> tuple[int, dict[str, str]]:
        self.sent += 1
        headers = {
            "X-Forwarded-For": address,
            "Idempotency-Key": f"bot-{next(_keys):09}",
            "Cookie": f"__Host-booking-device={device}",
        }
        if access:
            headers["Authorization"] = f"Bearer {access}"
        answer = await self._town.client.post(API + path, json=body, headers=headers)
        found: dict[str, str] = answer.json()
        return answer.status_code, found
