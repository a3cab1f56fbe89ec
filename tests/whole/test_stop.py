"""SIGTERM: who was let in is answered, groups are left, nothing is left behind, and the exit code is 0."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from servicekit.testing.postgres import finish
from tests.way.citizen import API, CUT, REFUSED, Answer, ask, body_of, device, key
from tests.way.platform import Platform
from tests.way.program import Program, eventually

DAY = "2026-11-30"  # today: every place is released, whatever moments were drawn
CALLERS = 20
_TAKE, _FREE = "SELECT pg_advisory_lock(1, 0)", "SELECT pg_advisory_unlock(1, 0)"


def nothing_is_left(program: Program) -> None:
    """Neither the process nor a child of it."""
    with pytest.raises(ProcessLookupError):
        os.killpg(program.pid, 0)


async def test_who_was_let_in_is_answered_and_nobody_else_is_let_in(office: Callable[[], Platform]) -> None:
    platform = office()
    api = platform.start("booking", "api").ready()
    free = f"{API}/sites/flensburg/free-slots?service=id_card_apply"

    def reserve(number: int) -> asyncio.Task[Answer]:
        body = body_of(f"{DAY}T10:00:00+01:00")
        return asyncio.create_task(ask(api.url, "POST", f"{API}/bookings", key() | device(number), body))

    other = await asyncpg.connect(platform.databases["booking"].app_url)
    await other.execute(_TAKE)  # as if another process were storing: every command waits
    inside = [reserve(number) for number in range(CALLERS)]
    for _ in range(10):  # they came before, but one look alone may overtake some of them
        assert (await ask(api.url, "GET", free)).status == 200
    assert not any(task.done() for task in inside)
    api.running.terminate()
    eventually(lambda: api.probe("/readyz") == (503, "stopping"))
    assert (await ask(api.url, "GET", free)).status in (REFUSED, CUT)
    assert not any(task.done() for task in inside)
    await other.execute(_FREE)
    await other.close()

    told = Counter(answer.status for answer in await asyncio.gather(*inside))
    assert told[201] > 0
    assert told[201] + told[409] == CALLERS, told
    assert await asyncio.to_thread(api.ended) == 0
    nothing_is_left(api)
    assert [line["event"] for line in api.lines()[-1:]] == ["stopped"]
    assert not [line for line in api.lines() if line["level"] in ("warning", "error")]


async def test_under_load_no_answer_is_lost(office: Callable[[], Platform]) -> None:
    platform = office()
    api = platform.start("booking", "api").ready()
    stopping = asyncio.Event()

    async def caller(number: int) -> list[int]:
        """Look and book, until nobody listens any more."""
        told = [200]
        while told[-1] not in (REFUSED, CUT):
            told.append((await ask(api.url, "GET", f"{API}/sites")).status)
            body = body_of(f"{DAY}T10:{number % 6}0:00+01:00")
            told.append((await ask(api.url, "POST", f"{API}/bookings", key() | device(number), body)).status)
            if len(told) > 20:
                stopping.set()
        return told

    callers = [asyncio.create_task(caller(number)) for number in range(CALLERS)]
    await stopping.wait()
    assert await asyncio.to_thread(api.stop) == 0
    told = Counter(status for one in await asyncio.gather(*callers) for status in one)
    assert set(told) <= {200, 201, 409, 429, REFUSED, CUT}
    logged = Counter(line["status"] for line in api.lines("http_request"))
    answered = Counter({status: told[status] for status in (201, 409, 429)})
    assert {status: logged[status] for status in answered} == dict(answered)  # what it did, it told
    done = platform.command("booking", "verify")
    assert done.returncode == 0, done.stdout


def members(kafka: str, group: str) -> int:
    """How many consumers a group has just now."""

    async def look() -> int:
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
        await admin.start()
        try:
            (answer,) = await admin.describe_consumer_groups([group])
            return len(answer.groups[0][5])
        finally:
            await admin.close()

    return finish(look())


@pytest.mark.parametrize(
    ("service", "group"), [("reporting", "reporting.funnel.v2"), ("notification", "notification.people.v1")]
)
def test_a_consumer_leaves_its_groups(platform: Platform, service: str, group: str) -> None:
    project = platform.program(service, "project")
    eventually(lambda: members(platform.kafka, group) == 1)
    before = len(project.lines())
    try:
        assert project.stop() == 0
        assert members(platform.kafka, group) == 0  # left, not expired: that would take four seconds
        nothing_is_left(project)
        assert [line["event"] for line in project.lines()[before:]] == ["stopping", "stopped"]
    finally:
        project.start().ready()


@pytest.mark.parametrize(("service", "role"), [("booking", "relay"), ("notification", "mailer")])
def test_the_sending_roles_stop_in_order(platform: Platform, service: str, role: str) -> None:
    program = platform.program(service, role)
    try:
        assert program.stop() == 0
        nothing_is_left(program)
    finally:
        program.start().ready()


@pytest.mark.parametrize("role", ["relay", "project"])
def test_without_kafka_a_role_stops_as_well(office: Callable[[], Platform], role: str) -> None:
    program = office().start("booking", role)
    eventually(lambda: program.probe("/startupz")[0] == 200)
    eventually(lambda: program.probe("/readyz")[0] == 503)
    assert program.probe("/livez") == (200, "ok")
    begun = time.monotonic()
    assert program.stop() == 0
    assert time.monotonic() - begun < 10
    nothing_is_left(program)
