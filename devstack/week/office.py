"""The office at work: the door lets people in, counters call, serve and finish, a day ends.

Promises: every step is a call of the staff's own API, and what the ledger holds is what its answers said;
counters call nobody but through the queue; who is still at a counter when the day ends stays there, as with
a click that was forgotten.
"""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import httpx

from .draws import Person
from .habits import HOLIDAYS
from .ledger import Ledger, Life, Visit, day_of
from .world import BERLIN, World

SITE, API = "flensburg", "/api/booking/v1"
OPENS = time(7, 30)
CLOSES = (time(16), time(12), time(12), time(17, 30), time(12))
"""Monday to Friday."""
EARLY, LATE = timedelta(minutes=10), timedelta(minutes=15)
AFTER_CLOSING = timedelta(minutes=60)
LOOK_SECONDS = 10.0
"""How long the queue may take to show whom the door let in, by a real watch."""


class OfficeBroken(RuntimeError):
    """An answer that staff would not understand; the message says to what."""


def at(day: date, clock: time) -> datetime:
    """A moment by the clock in Flensburg."""
    return datetime.combine(day, clock, BERLIN)


class Desk:
    """Somebody of the office at the API."""

    def __init__(self, client: httpx.AsyncClient, base: str, role: str) -> None:
        self._client, self._base = client, base + API
        self._headers = {"Authorization": f"Bearer dev:{role}@{SITE}"}

    async def post(self, path: str, **body: Any) -> tuple[dict[str, Any], str]:
        """A command: its answer, and the refusal's code or nothing."""
        headers = self._headers | {"Idempotency-Key": uuid4().hex}
        answer = await self._client.post(self._base + path, json=body, headers=headers)
        found: dict[str, Any] = answer.json()
        if answer.status_code >= 500:
            raise OfficeBroken(f"{path.split('/')[1]}: {answer.status_code} {found.get('code')}")
        return found, str(found["code"]) if answer.status_code >= 400 else ""

    async def done(self, path: str, **body: Any) -> dict[str, Any]:
        """A command that is carried out. Raises ``OfficeBroken``."""
        answer, code = await self.post(path, **body)
        if code:
            raise OfficeBroken(f"{path}: {code} {answer.get('detail')}")
        return answer


class Office:
    """Door and counters of one site."""

    def __init__(self, world: World, ledger: Ledger, client: httpx.AsyncClient, base: str) -> None:
        self._world, self._ledger = world, ledger
        self._door, self._desk = Desk(client, base, "door"), Desk(client, base, "desk")
        self._idle: list[str] = []
        self._waiting, self._serving, self._parked = 0, 0, 0
        self._guests: dict[str, tuple[Visit, Person, Life]] = {}
        self._closing: datetime | None = None

    # --- a day

    async def day(self, day: date, names: list[str]) -> None:
        """Open these counters, and close them when the last one is served."""
        if day.weekday() > 4 or day in HOLIDAYS:
            return
        await self._world.until(at(day, OPENS))
        for name in names:
            await self._desk.done(f"/counters/{name}/open", site=SITE)
        self._idle, self._closing = list(names), at(day, CLOSES[day.weekday()])
        await self._call()  # some are let in before
        await self._world.until(self._closing)
        while self._waiting or self._serving or self._parked:
            await self._world.sleep(minutes=2)
        for name in self._idle:
            await self._desk.done(f"/counters/{name}/close", site=SITE)
        self._idle = []

    # --- the door

    async def visited(self, life: Life, person: Person, code: str) -> None:
        """Somebody comes with a code, and stays until served or sent away."""
        if person.does(person.habits.wrong_day):
            await self._world.until(life.starts_at - timedelta(days=1))
            if day_of(self._world.now) < day_of(life.starts_at):
                await self._knock(life, person, code)
        await self._world.until(life.starts_at + person.at_door())
        while True:
            answer, refusal = await self._knock(life, person, code)
            if not refusal:
                break
            if refusal == "too-early":
                await self._world.until(life.starts_at - EARLY)
            elif refusal == "house-full":
                await self._world.sleep(minutes=2)
            elif refusal == "too-late":
                life.came = False
                return
            else:
                raise OfficeBroken(f"the door says {refusal}")
        visit = Visit(
            life.booking_id, answer["visit_id"], life.service, life.persons, self._world.now, life.starts_at
        )
        life.came = True
        self._ledger.visits[visit.visit_id] = visit
        self._guests[visit.visit_id] = (visit, person, life)
        self._waiting += 1
        await self._call()

    async def _knock(self, life: Life, person: Person, code: str) -> tuple[dict[str, Any], str]:
        answer, refusal = await self._door.post(
            "/admissions", site=SITE, door="door_1", code=code, people=person.persons
        )
        if refusal:
            self._ledger.refusals.append((self._world.now, life.booking_id, refusal))
        return answer, refusal

    # --- the counters

    async def _call(self) -> None:
        """Whoever is free calls the next one, as long as somebody waits."""
        while self._idle and self._waiting:
            counter = self._idle.pop(0)
            self._waiting -= 1
            self._serving += 1
            called = await self._next(counter)
            guest = self._guests[called["visit_id"]]
            guest[0].called_at = guest[0].called_at or self._world.now
            self._world.begin(self._serve(counter, called, *guest))

    async def _next(self, counter: str) -> dict[str, Any]:
        """The head of the queue; the queue follows the door within moments."""
        async with asyncio.timeout(LOOK_SECONDS):
            while True:
                answer, refusal = await self._desk.post(f"/counters/{counter}/call-next", site=SITE)
                if not refusal:
                    return answer
                if refusal != "queue-empty":
                    raise OfficeBroken(f"call-next: {refusal}")
                await asyncio.sleep(0.02)

    async def _serve(
        self, counter: str, called: dict[str, Any], visit: Visit, person: Person, life: Life
    ) -> None:
        """From the call to the end at this counter."""
        path, first = f"/visits/{visit.visit_id}", not visit.legs
        if first and person.does(person.habits.misses_call):
            for _ in range(2):
                await self._world.sleep(minutes=3)
                await self._desk.done(f"{path}/recall")
            await self._desk.done(f"{path}/not-found")
            life.came = False
            self._ledger.note("did not answer the calls")
            await self._free(counter)
            return
        await self._world.sleep(minutes=1)
        begun = self._world.now
        await self._desk.done(f"{path}/start", counter=counter)
        if first and person.does(person.habits.needs_photo):
            await self._world.sleep(minutes=2)
            visit.legs.append((begun, self._world.now))
            await self._desk.done(f"{path}/park", reason="photo")
            self._ledger.note("went for a photo")
            self._parked += 1
            self._world.begin(self._come_back(path))
            await self._free(counter)
            return
        await self._world.until(begun + person.served(visit.service, visit.persons))
        if self._last() and person.does(person.habits.forgets_finish * 20):
            self._forgotten(visit, begun)
            return
        if person.does(person.habits.lacks_papers):
            visit.delivered = False
            await self._desk.done(f"{path}/finish", reason="papers_missing")
        else:
            await self._desk.done(f"{path}/finish", delivered=called["items"])
        visit.legs.append((begun, self._world.now))
        visit.finished_at = self._world.now
        await self._free(counter)

    async def _come_back(self, path: str) -> None:
        await self._world.sleep(minutes=6)
        await self._desk.done(f"{path}/resume")
        self._parked -= 1
        self._waiting += 1
        await self._call()

    def _last(self) -> bool:
        """Whether nobody comes any more today: who serves now may go home without another click."""
        over = self._closing is not None and self._world.now >= self._closing
        return over and not self._waiting and not self._parked

    def _forgotten(self, visit: Visit, begun: datetime) -> None:
        """Nobody presses the button; the day's end does."""
        self._serving -= 1
        visit.legs.append((begun, begun))
        visit.inaccurate, visit.delivered = True, False
        visit.finished_at = (self._closing or begun) + AFTER_CLOSING
        self._ledger.note("forgot to finish")

    async def _free(self, counter: str) -> None:
        self._serving -= 1
        self._idle.append(counter)
        await self._call()
