"""The read model of the floor says what the streams say, however the log is cut into batches."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from buergerbuero_contracts.booking import (
    BookingKind,
    CallOutOfOrderReason,
    NothingDeliveredReason,
    ParkReason,
    PauseReason,
    ReturnReason,
)
from servicekit.log import Context
from servicekit.parking import parked
from servicekit.read_model import read_model
from services.booking import floor_commands as f
from services.booking.projections.floor import (
    FLOOR,
    FloorCounter,
    FloorVisit,
    counters,
    occupancy,
    open_visits,
    queue,
    visit_of,
    visits_of_day,
)
from services.booking.rules.visit_state import Visit, VisitStatus, visit_id_of
from services.booking.visiting import folded, history
from tests.conftest import Databases
from tests.log.floor_desk import DAY, NOON, FloorDesk, admission, context, open_floor

SAME = {VisitStatus.CLOSED: {"finished", "gone"}}
"""The floor does not tell a closed visit from one that ended."""


def later(minutes: int) -> Context:
    """A command some minutes after noon."""
    return replace(context(), at=NOON + timedelta(minutes=minutes))


async def a_day(desk: FloorDesk) -> dict[str, UUID]:
    """People in every state, two counters, one pause."""
    people = {name: await desk.inside(n) for n, name in enumerate(("served", "parked", "moved", "lost"))}
    people["urgent"] = visit_id_of(urgent := await desk.booked(9, BookingKind.EMERGENCY))
    await desk.ask(admission(urgent, people=2))
    people["early"] = await desk.inside(9)
    for code in ("counter_1", "counter_2", "counter_3"):
        await desk.ask(f.OpenCounter(site="flensburg", counter=code))
    why = CallOutOfOrderReason.OFFICE_FAULT
    for name, code in (("served", "counter_1"), ("parked", "counter_2"), ("moved", "counter_3")):
        await desk.ask(f.CallVisit(visit_id=people[name], counter=code, reason=why))
        await desk.ask(f.StartService(visit_id=people[name], counter=code))
    await desk.ask(f.ParkVisit(visit_id=people["parked"], reason=ParkReason.PHOTO))
    await desk.ask(f.TransferVisit(visit_id=people["moved"], counter="counter_2"))
    done = f.FinishService(visit_id=people["served"], reason=NothingDeliveredReason.PAPERS_MISSING)
    await desk.ask(done)
    await desk.ask(f.CallVisit(visit_id=people["lost"], counter="counter_1", reason=why))
    for minute in (2, 4):
        await desk.ask(f.Recall(visit_id=people["lost"]), later(minute))
    await desk.ask(f.MarkNotFound(visit_id=people["lost"]), later(6))
    back = f.ReturnToQueue(visit_id=people["lost"], reason=ReturnReason.CAME_LATE)
    await desk.ask(back, later(7))
    await desk.ask(f.PauseCounter(site="flensburg", counter="counter_3", reason=PauseReason.BREAK))
    await desk.ask(f.CallVisit(visit_id=people["urgent"], counter="counter_1", reason=why))
    await desk.ask(f.CountExit(site="flensburg", door="main", people=1))
    return people


@pytest.mark.parametrize("most", [3, 1000], ids=lambda most: f"batches of {most}")
async def test_the_model_equals_the_streams(fresh_database: Databases, most: int) -> None:
    async with open_floor(fresh_database("booking").app_url) as (desk,):
        people = await a_day(desk)
        await desk.projected(most)
        assert await parked(desk.pool, FLOOR.name) == []
        async with read_model(desk.pool, FLOOR.name) as read:
            rows = {one.visit_id: one for one in await visits_of_day(read, "flensburg", DAY)}
            line = await queue(read, "flensburg", DAY)
            staffed = await counters(read, "flensburg", DAY)
            inside = [one.visit_id for one in await open_visits(read, "flensburg", DAY)]
            people_inside = await occupancy(read, "flensburg", DAY)
            assert await visit_of(read, people["lost"]) == rows[people["lost"]]
        assert rows.keys() == set(people.values())
        for visit_id, row in rows.items():
            _same(row, folded(await history(desk.handler, visit_id)))
        names = {visit_id: name for name, visit_id in people.items()}
        assert {names[one.visit_id] for one in line.people} == {"moved", "lost", "early"}
        assert line.turns == 4
        assert {names[one] for one in inside} == {"parked", "moved", "lost", "urgent", "early"}
        assert people_inside == 5
        assert [_brief(one) for one in staffed] == [
            ("counter_1", "open", None, people["urgent"]),
            ("counter_2", "open", None, None),
            ("counter_3", "paused", "break", None),
        ]


def _same(row: FloorVisit, state: Visit) -> None:
    assert row.state in SAME.get(state.status, {state.status.value})
    assert (row.public_number, row.planned_at, row.items) == (
        state.public_number,
        state.planned_at,
        state.items,
    )
    assert (row.counter or "", row.target, row.calls) == (state.occupies or "", state.target, state.calls)
    assert (row.admitted_at, row.again, row.called_at) == (state.opened_at, state.again, state.called_at)


def _brief(one: FloorCounter) -> tuple[str, str, str | None, UUID | None]:
    return one.counter, one.state, one.reason, one.visit_id


async def test_a_new_day_begins_with_an_empty_floor(fresh_database: Databases) -> None:
    async with open_floor(fresh_database("booking").app_url) as (desk,):
        await desk.inside()
        await desk.projected()
        tomorrow = DAY + timedelta(days=1)
        async with read_model(desk.pool, FLOOR.name) as read:
            assert (await queue(read, "flensburg", tomorrow)).people == ()
            assert await occupancy(read, "flensburg", tomorrow) == 0
            assert await counters(read, "flensburg", tomorrow) == []
