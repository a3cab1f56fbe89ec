"""Waits on a real PostgreSQL: from raw durations, by nearest rank, through clock changes."""

from __future__ import annotations

import math
import random
from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.reporting.projections import (
    WAITING,
    waiting,
)
from tests.conftest import Databases
from tests.rules.reporting.story import (
    called,
    opened,
    returned,
    utc,
)
from tests.way.book import MONDAY, THIS, Book, later, open_book


def minutes(count: int) -> Decimal:
    """So many minutes as a wait, which is in seconds."""
    return Decimal(60 * count)


@pytest.fixture
async def book(database: Databases) -> AsyncIterator[Book]:
    async with open_book(database("reporting")) as book:
        yield book


async def test_only_the_first_call_ends_a_wait(book: Book) -> None:
    """F40: recalls and a return to the queue leave the wait as it was."""
    await book.tell(
        [
            opened("a", later(0)),
            called("a", later(10)),
            called("a", later(12), 2),
            returned("a", later(13)),
            called("a", later(40)),
            opened("b", later(0)),
            called("unknown", later(3)),
        ]
    )
    async with book.read(WAITING.name) as connection:
        assert await waiting.total(connection) == (2, 2, 1, Decimal(600), Decimal(600))
        assert await waiting.called(connection, THIS) == {"this": 2}


async def test_coming_early_is_neither_delay_nor_lateness(book: Book) -> None:
    await book.tell(
        [
            opened("early", later(-10), planned_at=later(0)),
            called("early", later(-2)),
            opened("late", later(4), planned_at=later(0)),
            called("late", later(9)),
            opened("walk-in", later(0)),
            called("walk-in", later(30)),
        ]
    )
    async with book.read(WAITING.name) as connection:
        waits = (await waiting.waits(connection, THIS))["this"]
    assert waits == waiting.Waits(
        arrivals=3,
        waits=3,
        wait_p50=minutes(8),
        wait_p90=minutes(30),
        walkin_p50=minutes(30),
        walkin_p90=minutes(30),
        delay_p50=minutes(0),
        delay_p90=minutes(9),
        lateness_p50=minutes(0),
        lateness_p90=minutes(4),
    )


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
async def test_on_clock_change_days_waits_are_elapsed_time_and_hours_are_the_clocks(
    book: Book, day: str
) -> None:
    start = utc(f"{day}T00:30")
    story = [
        one
        for n in range(4)
        for one in (
            opened(n, start + timedelta(hours=n)),
            called(n, start + timedelta(hours=n, minutes=90)),
        )
    ]
    await book.tell(story)
    async with book.read(WAITING.name) as connection:
        hours = await waiting.by_hour(connection, date.fromisoformat(day), date.fromisoformat(day))
        total = await waiting.total(connection)
    arrivals = {hour.hour: hour.arrivals for hour in hours if hour.arrivals}
    assert arrivals == ({1: 1, 3: 1, 4: 1, 5: 1} if day == "2026-03-29" else {2: 2, 3: 1, 4: 1})
    assert total.wait_p50 == total.wait_p90 == 90 * 60
    assert sum(hour.calls for hour in hours) == 4


async def test_hours_give_back_the_means_of_their_hour(book: Book) -> None:
    """Twelve visits an hour, the k-th waiting mean × (10 k + 5) seconds, have that mean in minutes."""
    means = {8: 7, 9: 22, 10: 65}
    story = []
    for hour, mean in means.items():
        for k in range(12):
            at = utc(f"2026-11-16T{hour - 1:02}:00") + timedelta(minutes=5 * k)
            story += [opened((hour, k), at), called((hour, k), at + timedelta(seconds=mean * (10 * k + 5)))]
    await book.tell(story)
    async with book.read(WAITING.name) as connection:
        hours = await waiting.by_hour(connection, date(2026, 11, 16), date(2026, 11, 16), "flensburg")
    found = {one.hour: one.sum_seconds / one.waits / 60 for one in hours if one.waits and one.sum_seconds}
    assert found == means


async def test_a_quarter_second_is_not_lost(book: Book) -> None:
    await book.tell([opened("a", MONDAY), called("a", MONDAY + timedelta(seconds=1428.75))])
    async with book.read(WAITING.name) as connection:
        assert (await waiting.total(connection)).wait_p50 == Decimal("1428.75")


def nearest_rank(values: list[int], percent: int) -> int:
    """The smallest value that at least ``percent`` % of all values do not exceed."""
    return sorted(values)[max(1, math.ceil(Decimal(percent) * len(values) / 100)) - 1]


@pytest.mark.parametrize("seed", range(3))
async def test_percentiles_are_nearest_rank(book: Book, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    for size in (1, 2, 3, 4, 9, 10, 11, 20, 99, 100, 101, 250):
        waits = [draw.randrange(0, 5000) for _ in range(size)]
        await book.empty()
        await book.tell(
            [
                one
                for n, wait in enumerate(waits)
                for one in (opened((size, n), MONDAY), called((size, n), MONDAY + timedelta(seconds=wait)))
            ]
        )
        async with book.read(WAITING.name) as connection:
            total = await waiting.total(connection)
        assert total.wait_p50 == nearest_rank(waits, 50)
        assert total.wait_p90 == nearest_rank(waits, 90)


def test_the_office_s_own_example_of_nearest_rank() -> None:
    assert nearest_rank([60, 120, 180, 240], 50) == 120
