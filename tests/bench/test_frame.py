"""Callers in a loop: what counts, what is refused, who waits for room, and what is cut off."""

from __future__ import annotations

import asyncio

import pytest

from bench import frame
from bench.frame import SMALL, Tally, at_once, drive
from servicekit.decider import Refused
from servicekit.log import Busy


async def test_refusals_are_decisions_but_nothing_is_stored_by_them() -> None:
    async def call(number: int) -> int:
        if number % 3 == 0:
            raise Refused("slot-taken")
        return number

    measured, tally = await drive(call, 4, SMALL)
    assert SMALL.commands == len(tally.ends) == tally.refused + len(tally.accepted)
    assert tally.refused == len(range(0, SMALL.commands, 3))
    assert 0 < measured["accepted"] < measured["rate"]


async def test_who_finds_no_room_asks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "RETRY", 0.001)
    asked = list[int]()

    async def call(number: int) -> int:
        asked.append(number)
        if asked.count(number) == 1:
            raise Busy
        return number

    measured, tally = await at_once(call, 5)
    assert sorted(map(int, map(str, tally.accepted))) == [0, 1, 2, 3, 4]
    assert (tally.busy, measured["rate"] > 0) == (5, True)


async def test_a_point_that_answers_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "STUCK", 0.05)

    async def call(_number: int) -> int:
        await asyncio.Event().wait()
        return 0

    measured, _tally = await drive(call, 3, SMALL)
    assert (measured["rate"], measured["stuck"]) == (0.0, 1.0)


async def test_a_fault_of_ours_is_no_figure() -> None:
    async def call(_number: int) -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await drive(call, 3, SMALL)


def test_the_longest_silence_counts_from_the_beginning_to_the_end() -> None:
    tally = Tally(starts=[0.0, 1.0, 1.5], ends=[1.0, 1.5, 4.0], good=[True, True, False])
    measured = tally.measured(1.0, 4.0)
    assert measured["gap"] == 2500
    assert measured["rate"] == 1.0
    assert measured["accepted"] == pytest.approx(2 / 3)
