"""The edge's gate: so many are under way, the others wait for their turn, not for ever."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient

from servicekit.web.full import Gate
from tests.way.edge_world import an_app

MOST = 3


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gate:
    monkeypatch.setattr("servicekit.web.full.AT_ONCE", MOST)
    monkeypatch.setattr("servicekit.web.full.PATIENCE", 5.0)
    gate: Gate = an_app(tmp_path).gate
    return gate


async def _soon() -> None:
    """Let all go on that can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_finds_it_full_begins_when_another_ends_in_the_order_of_coming(gate: Gate) -> None:
    began = list[int]()

    async def come(number: int) -> None:
        assert await gate.enter()
        began.append(number)

    people = [asyncio.ensure_future(come(number)) for number in range(6)]
    await _soon()
    assert began == [0, 1, 2]
    for many in (4, 5, 6):
        gate.leave()
        await _soon()
        assert began == list(range(many))
    await asyncio.gather(*people)


async def test_who_finds_a_long_line_need_not_wait_to_hear_it(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servicekit.web.full.IN_LINE", 2)
    people = [asyncio.ensure_future(gate.enter()) for _ in range(MOST + 2)]
    await _soon()
    assert not await gate.enter()
    people[-1].cancel()
    gate.leave()
    await _soon()
    assert people[-1].cancelled() and all(one.result() for one in people[:-1])
    late = asyncio.ensure_future(gate.enter())
    await _soon()
    assert not late.done(), "there is room in the line again"
    gate.leave()
    assert await late


async def test_who_waits_too_long_is_told_to_come_again_while_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servicekit.web.full.AT_ONCE", 1)
    monkeypatch.setattr("servicekit.web.full.PATIENCE", 0.05)
    app = an_app(tmp_path)
    async with AsyncClient(transport=ASGITransport(app), base_url="https://termin.example") as client:
        assert await app.gate.enter(), "somebody who takes long"
        told = await client.get("/api/test/v1/things")
        assert (told.status_code, told.json()["code"]) == (503, "unavailable")
        assert 2 <= int(told.headers["retry-after"]) <= 6
        app.gate.leave()
        for _ in range(2):
            assert (await client.get("/api/test/v1/things")).status_code == 200, "as before"


async def test_the_turn_of_who_has_gone_home_is_the_next_ones(gate: Gate) -> None:
    for _ in range(MOST):
        assert await gate.enter()
    home, next_one = asyncio.ensure_future(gate.enter()), asyncio.ensure_future(gate.enter())
    await _soon()
    gate.leave()
    home.cancel()  # at the moment at which it has been given its turn
    await _soon()
    assert home.cancelled() and next_one.done() and next_one.result()


async def test_who_was_turned_away_is_not_remembered_while_all_that_began_hang(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servicekit.web.full.PATIENCE", 0.001)
    for _ in range(MOST):
        assert await gate.enter()
    for _ in range(50):
        assert not await gate.enter()
    assert len(gate._waiting) <= 1


@pytest.mark.parametrize("seed", range(20))
async def test_no_turn_is_lost_and_none_is_given_twice(
    gate: Gate, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servicekit.web.full.PATIENCE", 0.002)
    draw, inside, most, away = random.Random(seed), 0, 0, 0  # noqa: S311 - a story, no secret

    async def come() -> None:
        nonlocal inside, most, away
        if not await gate.enter():
            away += 1
            return
        try:
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(draw.choice((0, 0, 0.001)))
        finally:
            inside -= 1
            gate.leave()

    people = list[asyncio.Task[None]]()
    for _ in range(60):
        people.append(asyncio.ensure_future(come()))
        if draw.random() < 0.4:
            draw.choice(people).cancel()
        if draw.random() < 0.5:
            await asyncio.sleep(0)
    await asyncio.gather(*people, return_exceptions=True)
    assert most <= MOST and inside == 0
    monkeypatch.setattr("servicekit.web.full.PATIENCE", 5.0)
    free = [asyncio.ensure_future(gate.enter()) for _ in range(MOST)]
    await _soon()
    assert all(one.done() and one.result() for one in free), "as many may come as in the beginning"
