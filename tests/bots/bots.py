"""Bots that take what they can: waves of requests in parallel, from ever new devices, prefixes, addresses.

A bot holds the soonest times and confirms where it can read a mailbox: each of these takes as many mails as
the limits send it, in ever new spellings (``name+word@…``). What is left gets an invented contact, which
keeps the place for an hour, or is extended as long as it may be.

Promises: everything goes over the JSON API, as fast as it answers; a task's answer is right and costs nothing
here, but a bot has no more of them than its cores would have found since the wave before.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from random import Random
from statistics import median
from uuid import UUID

from buergerbuero_contracts.envelope import Item
from servicekit.tokens import Purpose
from services.booking import work
from tests.bots.town import API, ITEMS, Town

FOR = work.subject("flensburg", (Item(service="id_card_apply", quantity=1),), 1)
EXTEND_AFTER = 8.0
"""Minutes after which a bot extends a hold."""
AT_ONCE = 50
"""Requests on their way: the service has no more connections to give than that."""
MAILS = 2
"""What a mailbox gets in an hour."""
_keys = count()


@dataclass(frozen=True, slots=True)
class Means:
    """What the bots have. ``mailboxes`` they can read; None: every address of a domain of theirs."""

    bots: int = 200
    parallel: int = 50
    prefixes: int = 20
    mailboxes: int | None = 10
    cores: float = 1.0

    def address(self, random: Random) -> str:
        """Any address of one of the prefixes."""
        return f"198.51.{random.randrange(self.prefixes)}.{random.randrange(1, 255)}"


def seconds_of_a_task() -> float:
    """What a task costs one core of this machine, as the median of five; not what the wall clock says."""
    return median(map(_solving, range(5)))


def _solving(_number: int) -> float:
    task = work.task(lambda *_: "0" * 32, FOR, datetime.now(UTC)).text
    began = time.thread_time()
    for _tried in work.solve(task):
        pass
    return time.thread_time() - began


@dataclass(slots=True)
class Hold:
    """A place that a bot has. Extended at most ten times."""

    booking: UUID
    access: str
    address: str
    device: str
    since: float


class Swarm:
    """All bots together: they share what they know. ``tasks``: answers that each has for a wave."""

    def __init__(self, town: Town, means: Means, random: Random, tasks: int) -> None:
        self._town, self._means, self._random, self._tasks = town, means, random, tasks
        self._holds: list[Hold] = []
        self._times: list[str] = []
        self._mails: dict[int, list[float]] = {number: [] for number in range(means.mailboxes or 0)}
        self._line = asyncio.Semaphore(AT_ONCE)
        self.answers: Counter[str] = Counter()
        self.sent = 0

    async def wave(self) -> None:
        """Every bot sends its requests; the answers decide what follows."""
        self._times = await self._town.times()
        await self._extend()
        if self._times:
            await asyncio.gather(*(self._attempt(number) for number in self._numbers()))

    def _numbers(self) -> Iterable[int]:
        """The requests of all bots, as they come: the first of each, the second of each …"""
        return (number for number in range(self._means.parallel) for _bot in range(self._means.bots))

    async def _attempt(self, number: int) -> None:
        """Hold one of the soonest times from a fresh device."""
        address, device = self._means.address(self._random), f"{self._random.getrandbits(120):030x}"
        starts_at = self._times[min(int(self._random.expovariate(0.02)), len(self._times) - 1)]
        body = {"site": "flensburg", "starts_at": starts_at, "items": ITEMS, "persons": 1}
        if number < self._tasks:
            body["proof"] = self._town.worked(FOR)
        status, answer = await self._post("/bookings", body, address, device)
        self.answers[str(answer.get("code", status))] += 1
        if status == 201:
            hold = Hold(UUID(answer["booking_id"]), answer["access"], address, device, self._town.minute())
            if not await self._named(hold):
                self._holds.append(hold)

    async def _named(self, hold: Hold) -> bool:
        """Give a contact, and press the mailed link's button if a bot reads the mail. False: still held."""
        email, readable = self._mailbox()
        path, contact = f"/bookings/{hold.booking}", {"name": "Bo Tee", "email": email}
        given = await self._post(f"{path}/give-contact", contact, hold.address, hold.device, hold.access)
        self.answers[f"contact {given[1].get('code', given[0])}"] += 1
        if given[0] == 202 and readable:
            token = {"token": self._town.link(Purpose.CONFIRM, hold.booking)}
            status, answer = await self._post(f"{path}/confirm", token, hold.address, hold.device)
            self.answers[f"confirm {answer.get('code', status)}"] += 1
        return given[0] == 202

    def _mailbox(self) -> tuple[str, bool]:
        """The next address, and whether the bots can read it: one with a mail left, else an invented one."""
        spelling, hour_ago = self._random.getrandbits(60), self._town.minute() - 60
        if self._means.mailboxes is None:
            return f"x{spelling:x}@bots.example", True
        for number, mails in self._mails.items():
            if sum(at > hour_ago for at in mails) < MAILS:
                mails.append(self._town.minute())
                return f"reader{number}+{spelling:x}@mail.example", True
        return f"x{spelling:x}@nowhere.example", False

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
        async with self._line:
            return await self._town.post(API + path, body, headers)
