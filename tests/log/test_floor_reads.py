"""What the floor's pages read on a real database: streams for buttons, rows for lists, and the read log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import date
from time import monotonic
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from services.booking import floor_commands as f
from services.booking import floor_reads
from services.booking.floor_reads import PATIENCE, FloorReads
from services.booking.office import Read
from services.booking.rules.counter import CounterStatus
from services.booking.rules.day_state import DayPlan
from services.booking.rules.site import Site
from services.booking.rules.visit_state import VisitStatus
from tests.conftest import Databases
from tests.log.floor_desk import COUNTERS, DAY, NOON, SITE, FloorDesk, context, open_floor

SEEN = Read("desk_1", "desk", "flensburg", "counter_calling", (), NOON)


class Around:
    """A site without a plan in memory."""

    def site(self, _code: str) -> Site:
        return SITE

    async def plans(self, _site: str, _first: date, _last: date) -> Sequence[DayPlan]:
        return [DayPlan()]


@pytest.fixture
async def desk(fresh_database: Databases) -> AsyncIterator[FloorDesk]:
    async with open_floor(fresh_database("booking").app_url) as desks:
        yield desks[0]


def reads(desk: FloorDesk) -> FloorReads:
    around: Any = Around()
    return FloorReads(desk.pool, desk.handler.store, around)


async def test_counters_and_visits_are_as_the_streams_say_at_once(desk: FloorDesk) -> None:
    visit = await desk.inside()
    await desk.ask(f.OpenCounter(site="flensburg", counter="counter_1"))
    await desk.projected()
    await desk.ask(f.CallNext(site="flensburg", counter="counter_1"))
    shown = reads(desk)
    counters = await shown.counters("flensburg", DAY)
    assert list(counters) == sorted(COUNTERS)
    assert counters["counter_1"].visit_id == visit and counters["counter_2"].status is CounterStatus.CLOSED
    assert (await shown.visit(visit)).status is VisitStatus.CALLED
    assert (await shown.room("flensburg", DAY)).occupancy == 1
    rows, _turns = await shown.visits("flensburg", DAY)
    assert [(row.visit_id, row.state) for row in rows] == [(visit, "waiting")]  # a moment behind
    booking = (await shown.visit(visit)).booking_id
    assert [one.booking_id for one in await shown.bookings([booking, uuid4()])] == [booking]


async def test_a_page_waits_for_the_list_but_not_for_ever(
    desk: FloorDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.inside()
    position = await desk.pool.fetchval("SELECT max(position) FROM event")
    shown, began = reads(desk), monotonic()
    await shown.seen(position)
    assert monotonic() - began >= PATIENCE
    ages = 60.0
    monkeypatch.setattr(floor_reads, "PATIENCE", ages)
    waiting, began = asyncio.create_task(shown.seen(position)), monotonic()
    await desk.projected()
    await waiting
    assert monotonic() - began < ages


async def test_places_are_those_of_the_date_given_back_ones_too(desk: FloorDesk) -> None:
    now, gone, other = uuid4(), uuid4(), uuid4()
    schema = await desk.pool.fetchval(
        "SELECT schema FROM projection_current WHERE name = 'booking.appointments.v1'"
    )
    for booking, day, live in ((now, 3, True), (gone, 3, False), (other, 4, True)):
        start = NOON.replace(day=day)
        await desk.pool.execute(
            f"INSERT INTO {schema}.appointment VALUES ($1, 'flensburg', $2, tstzrange($3, $3), $3, $3, $4)",  # noqa: S608
            booking,
            f"counter_{day}",
            start,
            live,
        )
    assert set(await reads(desk).places("flensburg", DAY)) == {now, gone}


async def test_who_saw_whom_is_written_down_and_cannot_be_taken_back(desk: FloorDesk) -> None:
    bookings = (uuid4(), uuid4())
    await reads(desk).record_read(
        Read(SEEN.staff_id, SEEN.role, SEEN.site, "door_search", bookings, context().at)
    )
    await reads(desk).record_read(SEEN)
    rows = await desk.pool.fetch("SELECT * FROM read_log ORDER BY read_id")
    assert [(row["staff_id"], row["reason"], row["booking_id"]) for row in rows] == [
        ("desk_1", "door_search", booking) for booking in bookings
    ]
    assert await reads(desk).reads_of(bookings[0]) == [(context().at, "door_search")]
    for statement in ("UPDATE read_log SET reason = 'x'", "DELETE FROM read_log", "TRUNCATE read_log"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await desk.pool.execute(statement)
