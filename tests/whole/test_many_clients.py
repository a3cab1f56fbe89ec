"""A thousand people want twenty places over HTTP: exactly twenty get one, the others are told why not."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Coroutine

import asyncpg
import pytest

from servicekit.testing.databases import Database
from servicekit.testing.postgres import finish
from tests.way.citizen import API, CUT, LEAD, REFUSED, Answer, ask, body_of, device, key, post
from tests.way.platform import Platform
from tests.way.program import Program, eventually

CLIENTS, PLACES = 1000, 20
TODAY = "2026-11-30"
STARTS = [f"{TODAY}T{clock}:00+01:00" for clock in ("10:00", "10:20", "10:40", "11:00", "11:20")]
COUNTERS = ["counter_1", "counter_2", "counter_3", "counter_4"]
"""Fifteen minutes and five to air the room, so each counter has one place at each start and no other."""
HOURS = {
    "exception": "twenty_places",
    "date": TODAY,
    "mode": "replaces",
    "blocks": [{"from": "10:00", "until": "11:35", "pool": "online", "counters": COUNTERS}],
}
KILL_AFTER = 5
"""Places that are taken when one of three processes is killed."""
LATE = 20
"""Clients who come to that process when it has stopped answering, so that the kill cuts off somebody."""


class Crowd:
    """All clients, and what each of them was told."""

    def __init__(self, processes: list[Program], seed: int) -> None:
        self.processes, self.chance = processes, random.Random(seed)  # noqa: S311 - choices, no secrets
        self.told: dict[int, list[Answer]] = {}
        self.taken, self.enough = 0, asyncio.Event()

    async def client(self, number: int, victim: Program | None = None, first: Program | None = None) -> None:
        """Ask for one place; where the answer never came, ask again elsewhere with the same key."""
        mine, starts_at = key(), self.chance.choice(STARTS)
        process = first or self.chance.choice(self.processes)
        answers = self.told[number] = []
        while not answers or answers[-1].status in (REFUSED, CUT, 503):
            headers = mine | device(number)
            answers.append(await ask(process.url, "POST", f"{API}/bookings", headers, body_of(starts_at)))
            self.taken += answers[-1].status == 201
            if self.taken >= KILL_AFTER:
                self.enough.set()
            if answers[-1].status in (REFUSED, CUT):
                process = self.chance.choice([one for one in self.processes if one is not victim])
            elif answers[-1].status == 503:
                await asyncio.sleep(float(answers[-1].headers["retry-after"]))

    async def all(self) -> None:
        """Everybody at once."""
        await asyncio.gather(*(self.client(number) for number in range(CLIENTS)))

    async def all_but_one_lives(self, victim: Program) -> None:
        """Everybody at once but the late, who ask the victim between its last answer and its death."""
        others = [self.client(number, victim) for number in range(LATE, CLIENTS)]
        late = [self.client(number, victim, victim) for number in range(LATE)]
        await asyncio.gather(*others, self._death(victim, late))

    async def _death(self, victim: Program, late: list[Coroutine[None, None, None]]) -> None:
        await self.enough.wait()
        os.kill(victim.pid, signal.SIGSTOP)
        waiting = asyncio.gather(*late)
        await asyncio.sleep(0.5)  # connected and asked: the listening socket takes them, nobody answers
        victim.kill()
        await waiting

    @property
    def last(self) -> list[Answer]:
        """What each client heard in the end."""
        return [answers[-1] for answers in self.told.values()]


async def appended(database: Database) -> list[asyncpg.Record]:
    """The whole log, by position."""
    connection = await asyncpg.connect(database.app_url)
    try:
        return list(await connection.fetch("SELECT position, type, data::text FROM event ORDER BY position"))
    finally:
        await connection.close()


async def opened(platform: Platform, first: Program) -> int:
    """Open the office for exactly twenty places; how many events there are then."""
    set_up = await post(first.url, "/sites/flensburg/exceptions", HOURS, LEAD)
    assert set_up.status == 201, set_up.body
    free = await ask(first.url, "GET", f"{API}/sites/flensburg/free-slots/{TODAY}?service=id_card_apply")
    assert {time["starts_at"] for time in free.json()["times"]} >= set(STARTS)
    return len(await appended(platform.databases["booking"]))


async def shared_out_fairly(platform: Platform, crowd: Crowd, before: int) -> None:
    """Twenty have a place, everybody else a named reason; the log has each exactly once, without a hole."""
    statuses = Counter(answer.status for answer in crowd.last)
    assert statuses == {201: PLACES, 409: CLIENTS - PLACES}
    for answer in crowd.last:
        if answer.status == 409:
            assert answer.code == "slot-taken"
    winners = {answer.json()["booking_id"] for answer in crowd.last if answer.status == 201}
    assert len(winners) == PLACES

    log = await appended(platform.databases["booking"])
    assert [row["position"] for row in log] == list(range(1, len(log) + 1))
    assert Counter(row["type"] for row in log[before:]) == {"SlotReserved": PLACES, "BookingOpened": PLACES}
    for answers in crowd.told.values():
        assert not {answer.status for answer in answers} - {REFUSED, CUT, 201, 409, 503}


async def test_one_process_gives_twenty_places_to_twenty_of_a_thousand(
    office: Callable[[], Platform],
) -> None:
    platform = office()
    api = platform.start("booking", "api").ready()
    before, crowd = await opened(platform, api), Crowd([api], seed=20)
    await crowd.all()
    await shared_out_fairly(platform, crowd, before)
    assert api.stop() == 0
    assert not [line for line in api.lines() if line["level"] == "error"]


@pytest.mark.parametrize("seed", [1])
async def test_three_processes_do_the_same_though_one_is_killed_in_the_middle(
    office: Callable[[], Platform], seed: int
) -> None:
    platform = office()
    processes = [platform.start("booking", "api") for _ in range(3)]
    for one in processes:
        one.ready()
    before = await opened(platform, processes[0])
    crowd = Crowd(processes, seed)
    await crowd.all_but_one_lives(processes[1])
    await shared_out_fairly(platform, crowd, before)
    assert processes[1].running.poll() is not None
    cut = [number for number, answers in crowd.told.items() if answers[0].status == CUT]
    assert set(cut) >= set(range(LATE)), "the kill met nobody"

    # the safety net agrees: what follows the log finds no two bookings in one place
    project = platform.start("booking", "project")
    eventually(lambda: finish(live(platform.databases["booking"])) == PLACES, 60)
    assert project.alive
    parked = platform.command("booking", "parked")
    assert (parked.returncode, parked.stdout) == (0, "")


_LIVE = "SELECT count(*) FROM appointments_v1_g1.appointment WHERE live"


async def live(database: Database) -> int:
    """How many places the safety net knows as taken."""
    connection = await asyncpg.connect(database.app_url)
    try:
        return int(await connection.fetchval(_LIVE))
    finally:
        await connection.close()
