"""What `append_events` and the committer promise, on a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from servicekit.decider import Refused
from servicekit.log import (
    Arm,
    Busy,
    Decision,
    Disarm,
    Effects,
    Guard,
    Person,
    Request,
    Status,
    Stream,
    Use,
)
from servicekit.people import erase
from servicekit.postgres import Connection
from tests.conftest import Databases
from tests.log.desk import Desk, TicketMarked, TicketOpened, context, open_desk, rows, whole

LATER = datetime.now(UTC) + timedelta(hours=1)


@pytest.fixture
async def desk(fresh_database: Databases) -> AsyncIterator[Desk]:
    async with open_desk(fresh_database("booking").app_url) as desk:
        yield desk


def ticket() -> Stream:
    return Stream("ticket", uuid4())


def request(stream: Stream, expected: int = 0, effects: Effects | None = None, events: int = 1) -> Request:
    made = tuple((stream, TicketMarked(note=n)) for n in range(events))
    return Request(context(), {stream: expected}, Decision(made, effects or Effects()))


async def test_positions_have_no_holes_whatever_is_refused_between(desk: Desk) -> None:
    first = ticket()
    await desk.committer(request(first, events=3))
    answers = await asyncio.gather(
        *(desk.committer(request(first, expected=wrong)) for wrong in (0, 1, 7)),
        *(desk.committer(request(ticket(), events=2)) for _ in range(50)),
    )
    assert [answer.status for answer, _ in answers[:3]] == [Status.CONFLICT] * 3
    stored = await rows(desk.pool)
    assert len(stored) == 103
    assert whole(stored)


async def test_each_request_of_a_group_is_judged_by_itself(desk: Desk) -> None:
    one, other = ticket(), ticket()
    results = await asyncio.gather(
        desk.committer(request(one, 0)),
        desk.committer(request(one, 0)),
        desk.committer(request(one, 1)),
        desk.committer(request(other, 0)),
    )
    assert [answer.status for answer, _ in results] == [
        Status.APPENDED,
        Status.CONFLICT,
        Status.APPENDED,
        Status.APPENDED,
    ]


async def test_several_streams_in_one_request_are_stored_whole_or_not_at_all(desk: Desk) -> None:
    one, other = ticket(), ticket()
    await desk.committer(request(other))
    both = Request(
        context(),
        {one: 0, other: 0},
        Decision(((one, TicketOpened(place=1)), (other, TicketOpened(place=1)))),
    )
    answer, _ = await desk.committer(both)
    assert answer.status is Status.CONFLICT
    assert len(await rows(desk.pool)) == 1


async def test_the_same_call_again_is_answered_repeated_and_stores_nothing(desk: Desk) -> None:
    call = request(ticket())
    statuses = [(await desk.committer(call))[0].status for _ in range(3)]
    assert statuses == [Status.APPENDED, Status.REPEATED, Status.REPEATED]
    together = request(ticket())
    answers = await asyncio.gather(*(desk.committer(together) for _ in range(4)))
    assert sorted(answer.status for answer, _ in answers) == [Status.APPENDED] + [Status.REPEATED] * 3
    assert len(await rows(desk.pool)) == 2


async def test_a_guard_counts_live_uses_of_others_also_those_of_the_same_call(desk: Desk) -> None:
    def holding(until: datetime) -> Request:
        stream = ticket()
        guard = Guard("device", "hash", 2, "too-many-holds", stream.id)
        return request(stream, effects=Effects((guard,), (Use("device", "hash", stream.id, until),)))

    past = datetime.now(UTC) - timedelta(hours=1)
    await desk.committer(holding(past))
    answers = await asyncio.gather(*(desk.committer(holding(LATER)) for _ in range(5)))
    assert [answer.status for answer, _ in answers] == [Status.APPENDED] * 2 + [Status.LIMITED] * 3
    assert {answer.guard.code for answer, _ in answers[2:] if answer.guard} == {"too-many-holds"}


async def test_a_failed_guard_tells_when_it_may_let_pass(desk: Desk) -> None:
    key, ends = "hash", [LATER + timedelta(minutes=n) for n in (30, 0, 20)]
    for until in ends:
        stream = ticket()
        await desk.committer(request(stream, effects=Effects(uses=(Use("mail", key, stream.id, until),))))
    for most, retry_at in ((3, ends[1]), (2, ends[2]), (1, ends[0])):
        guard = Guard("mail", key, most, "mail-limit", uuid4())
        answer, _ = await desk.committer(request(ticket(), effects=Effects((guard,))))
        assert answer.retry_at == retry_at
    with pytest.raises(Refused) as refused:
        await desk.take(effects=Effects((Guard("mail", key, 3, "mail-limit", uuid4()),)))
    assert refused.value.details == {"limit": "mail", "retry_at": ends[1]}


async def test_a_use_that_ends_makes_room_and_one_that_is_renewed_does_not_count_itself(desk: Desk) -> None:
    stream = ticket()
    guard = Guard("contact", "hash", 1, "too-many-bookings", stream.id)
    hold = Effects((guard,), (Use("contact", "hash", stream.id, LATER),))
    end = Effects(uses=(Use("contact", "hash", stream.id, None),))
    statuses = [
        (await desk.committer(request(stream, nr, effects)))[0].status
        for nr, effects in enumerate([hold, hold, end])
    ]
    other = Guard("contact", "hash", 1, "too-many-bookings", uuid4())
    answer, _ = await desk.committer(request(ticket(), effects=Effects((other,))))
    assert [*statuses, answer.status] == [Status.APPENDED] * 4


async def test_the_handler_turns_a_failed_guard_into_its_refusal(desk: Desk) -> None:
    full = Guard("network", "hash", 0, "too-many-holds", uuid4())
    with pytest.raises(Refused, match="too-many-holds"):
        await desk.take(effects=Effects((full,)))
    assert await rows(desk.pool) == []


async def test_timers_and_people_are_written_with_the_events_and_only_then(desk: Desk) -> None:
    stream, person = ticket(), uuid4()
    due = datetime(2026, 12, 1, 9, tzinfo=UTC)
    rows_beside = Effects(
        timers=(Arm("hold-expiry", stream.id, due), Arm("reminder", stream.id, due)),
        people=(Person(person, 1, LATER, name="Ada", email="ada@office.example", needs=("interpreter",)),),
    )
    await desk.committer(request(stream, expected=5, effects=rows_beside))
    assert await desk.pool.fetchval("SELECT count(*) FROM timer") == 0
    assert await desk.handler.store.person(person) is None

    await desk.committer(request(stream, effects=rows_beside))
    found = await desk.handler.store.person(person)
    assert found is not None
    assert (found.name, found.revision, found.needs, found.erased) == ("Ada", 1, ("interpreter",), False)

    moved = due + timedelta(minutes=10)
    await desk.committer(request(stream, 1, Effects(timers=(Arm("hold-expiry", stream.id, moved),))))
    stale = Disarm("hold-expiry", stream.id, due)
    await desk.committer(request(stream, 2, Effects(timers=(stale, Disarm("reminder", stream.id)))))
    left = await desk.pool.fetch("SELECT kind, due_at FROM timer")
    assert [tuple(row) for row in left] == [("hold-expiry", moved)]


async def test_an_erased_person_stays_so_whatever_appends_had_read_before(desk: Desk) -> None:
    stream, ada = ticket(), Person(uuid4(), 1, LATER, name="Ada", email="ada@office.example")
    await desk.committer(request(stream, effects=Effects(people=(ada,))))
    async with desk.pool.acquire() as acquired:
        connection: Connection = acquired  # type: ignore[assignment]
        assert await erase(connection, LATER) == 1
    for version, revision in enumerate((2, 3), 1):  # decided one after the other, before the erasure
        longer = replace(ada, revision=revision, keep_until=LATER + timedelta(days=90))
        await desk.committer(request(stream, version, Effects(people=(longer,))))
    found = await desk.handler.store.person(ada.person_id)
    assert found is not None
    assert (found.name, found.email, found.revision, found.erased) == (None, None, 2, True)


async def test_one_bad_request_of_a_group_hurts_only_itself(desk: Desk) -> None:
    class Poison(TicketMarked, category="ticket"):
        def to_json(self) -> str:
            return '{"note": "\\u0000"'

    bad = ticket()
    poisoned = Request(context(), {bad: 0}, Decision(((bad, Poison(note=1)),)))
    good = [request(ticket()) for _ in range(10)]
    results = await asyncio.gather(
        *(desk.committer(one) for one in [*good[:5], poisoned, *good[5:]]), return_exceptions=True
    )
    assert [type(result) for result in results].count(Busy) == 1
    stored = await rows(desk.pool)
    assert len(stored) == 10
    assert whole(stored)


async def test_an_event_too_large_for_its_topic_is_refused_before_it_is_queued(desk: Desk) -> None:
    class Huge(TicketMarked, category="ticket"):
        def to_json(self) -> str:
            return '{"note": 1}' + " " * 300_000

    stream = ticket()
    with pytest.raises(Refused, match="event-too-large"):
        await desk.committer(Request(context(), {stream: 0}, Decision(((stream, Huge(note=1)),))))


async def test_the_app_role_can_add_to_the_log_and_read_it_but_change_nothing(desk: Desk) -> None:
    await desk.committer(request(ticket()))
    for statement in (
        "UPDATE event SET version = 9",
        "DELETE FROM event",
        "TRUNCATE event",
        "DROP TABLE event",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await desk.pool.execute(statement)


async def test_a_lost_connection_costs_no_command_its_answer(
    fresh_database: Databases,
) -> None:
    database = fresh_database("booking")
    admin = await asyncpg.connect(database.admin_url)
    async with open_desk(database.app_url) as desk:

        async def kill() -> None:
            for _ in range(10):
                await asyncio.sleep(0.02)
                await admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'committer'"
                )

        calls = [request(ticket(), events=2) for _ in range(300)]

        async def paced(nr: int, call: Request) -> Status:
            await asyncio.sleep(nr * 0.001)
            return (await desk.committer(call))[0].status

        statuses, _ = await asyncio.gather(
            asyncio.gather(*(paced(nr, call) for nr, call in enumerate(calls))), kill()
        )
        assert not desk.task.done()
        stored = await rows(desk.pool)
        assert set(statuses) <= {Status.APPENDED, Status.REPEATED}
        assert len(stored) == 600
        assert whole(stored)
    await admin.close()
