"""The safety net: appointments follow the log, and two that overlap are never both let in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from buergerbuero_contracts.booking import Channel, Pool, Purpose, ReleaseReason, SlotReleased, SlotReserved
from buergerbuero_contracts.envelope import Event, Item
from servicekit.log import Decision, EventTypes, Request, Stream
from servicekit.own_log import read_log
from servicekit.parking import parked
from servicekit.postgres import Connection, connect
from servicekit.project import Projector
from servicekit.projection import LOG
from servicekit.read_model import read_model
from services.booking.projections import APPOINTMENTS
from tests.conftest import Databases
from tests.log.desk import Desk, context, open_desk

NINE = datetime(2026, 12, 1, 8, tzinfo=UTC)


@pytest.fixture
async def desk(fresh_database: Databases) -> AsyncIterator[Desk]:
    async with open_desk(fresh_database("booking").app_url) as desk:
        yield desk


def slot(booking: UUID, minute: int, counter: str = "counter_1") -> dict[str, object]:
    start = NINE + timedelta(minutes=minute)
    place = {"booking_id": booking, "slot_id": uuid4(), "site": "flensburg", "date": NINE.date()}
    return {**place, "counter": counter, "starts_at": start, "ends_at": start + timedelta(minutes=15)}


def reserved(booking: UUID, minute: int, counter: str = "counter_1") -> Event:
    known = slot(booking, minute, counter)
    return SlotReserved.model_validate(
        {
            **known,
            "occupied_until": NINE + timedelta(minutes=minute + 20),
            "pool": Pool.ONLINE,
            "items": (Item(service="id_card_apply"),),
            "persons": 1,
            "channel": Channel.ONLINE,
            "purpose": Purpose.HOLD,
        }
    )


def released(booking: UUID, minute: int) -> Event:
    return SlotReleased.model_validate({**slot(booking, minute), "reason": ReleaseReason.MOVED})


async def store(desk: Desk, *events: Event) -> None:
    """Append past every rule: what the net is there for."""
    stream = Stream("day_plan", uuid4())
    decision = Decision(tuple((stream, event) for event in events))
    await desk.committer(Request(context(), {stream: 0}, decision))


async def live(desk: Desk) -> dict[UUID, datetime]:
    """The read model after the whole log was applied."""

    async def own() -> Connection:
        return await connect(desk.url, application="test")

    projector, tail = Projector(APPOINTMENTS, own), await own()
    seen = (await projector.seen(LOG, 0)).position or 0
    await projector.apply(LOG, 0, await read_log(tail, "booking", seen, 1000))
    await tail.close()
    await projector.close()
    async with read_model(desk.pool, APPOINTMENTS.name) as connection:
        rows = await connection.fetch("SELECT booking_id, starts_at FROM appointment WHERE live")
    return {row["booking_id"]: row["starts_at"] for row in rows}


async def test_a_move_takes_the_new_place_and_frees_the_old_one(desk: Desk) -> None:
    one, other = uuid4(), uuid4()
    await store(desk, reserved(one, 0), released(one, 0), reserved(one, 60), reserved(other, 0))
    assert await live(desk) == {one: NINE + timedelta(hours=1), other: NINE}
    assert await parked(desk.pool, APPOINTMENTS.name) == []


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "in two batches"])
async def test_a_double_booking_is_parked_and_the_first_stays(desk: Desk, together: bool) -> None:
    one, other, third = uuid4(), uuid4(), uuid4()
    if together:
        await store(desk, reserved(one, 0), reserved(other, 10), reserved(third, 20))
    else:
        await store(desk, reserved(one, 0))
        await live(desk)
        await store(desk, reserved(other, 10), reserved(third, 20))
    assert await live(desk) == {one: NINE, third: NINE + timedelta(minutes=20)}
    (event,) = await parked(desk.pool, APPOINTMENTS.name)
    assert event.key == str(other).encode()


async def test_the_hygiene_buffer_belongs_to_the_place_and_other_counters_do_not(desk: Desk) -> None:
    one, late, beside = uuid4(), uuid4(), uuid4()
    await store(desk, reserved(one, 0), reserved(late, 15), reserved(beside, 0, "counter_2"))
    assert set(await live(desk)) == {one, beside}


def test_the_net_reads_only_types_that_the_log_knows() -> None:
    assert set(APPOINTMENTS.reads) <= {kind.__name__ for kind in EventTypes([SlotReserved, SlotReleased])}
