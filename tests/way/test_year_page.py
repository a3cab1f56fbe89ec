"""F46: the page of a year is its ISO weeks; on a real PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.reporting.figures import Unit
from services.reporting.metrics import METRICS
from tests.conftest import Databases
from tests.rules.reporting.story import called, custody, opened, reserved, utc
from tests.way.book import Book, open_book
from tests.way.week_desk import API, Client, busy_week, cells, client_of, get

AFTER = utc("2027-02-01T12:00")


@pytest.fixture
async def book(database: Databases) -> AsyncIterator[Book]:
    async with open_book(database("reporting")) as book:
        yield book


@pytest.fixture
async def client(book: Book, tmp_path: Path) -> AsyncIterator[Client]:
    async with client_of(book, tmp_path, now=AFTER) as client:
        yield client


def shown(page: str, metric: str) -> list[str]:
    return cells(page, metric)[1:]


async def test_f46_a_year_is_the_sum_of_its_weeks_1_to_53(client: Client, book: Book) -> None:
    """F46: and what happens on 1 to 3 January 2027 belongs to 2026."""
    for day in ("2025-12-28", "2025-12-29", "2026-03-02", "2026-11-16", "2027-01-03", "2027-01-04"):
        await book.tell(busy_week(utc(f"{day}T09:00"), 3))
    page = await get(client, "/berichte/jahr/2026")
    weeks = (await client.get(f"{API}/weeks?from=2026-W01&to=2026-W53")).json()["weeks"]
    assert len(weeks) == 53
    sums: dict[str, float] = {}
    for week in weeks:
        for one in week["figures"]:
            sums[one["metric"]] = sums.get(one["metric"], 0) + (one["value"] or 0)
    assert sums["contacts.personal"] == 12, "four of the six weeks"
    for metric in METRICS:
        value = shown(page, metric.id)[0].removesuffix(" *")
        if metric.unit is Unit.COUNT and not metric.stock and value != "nicht erfasst":
            assert value == f"{sums[metric.id]:,.0f}".replace(",", "."), metric.id


async def test_bookings_around_new_year_count_in_the_iso_year(client: Client, book: Book) -> None:
    """F46: 22:59Z on 3 January 2027 is still 2026-W53."""
    await book.tell([reserved("a", utc("2027-01-03T22:59")), reserved("b", utc("2027-01-03T23:30"))])
    for year in (2026, 2027):
        assert shown(await get(client, f"/berichte/jahr/{year}"), "funnel.held")[0] == "1"


async def test_percentiles_of_a_year_come_from_all_its_cases(client: Client, book: Book) -> None:
    story = []
    for n, (day, minutes) in enumerate(
        [("2026-03-02", 1), ("2026-03-02", 2), ("2026-03-02", 3), ("2026-11-16", 50), ("2026-11-16", 60)]
    ):
        at = utc(f"{day}T09:00")
        story += [opened(n, at), called(n, at + timedelta(minutes=minutes))]
    await book.tell(story)
    page = await get(client, "/berichte/jahr/2026")
    assert shown(page, "wait.p50")[0] == "3,0\N{NO-BREAK SPACE}min", "not the mean of 2 and 50"


async def test_stocks_are_those_of_the_last_week_and_weeks_are_counted(client: Client, book: Book) -> None:
    await book.tell(
        [custody("DocumentReady", n, utc("2026-12-14T09:00") + timedelta(days=7 * n)) for n in range(5)]
    )
    page = await get(client, "/berichte/jahr/2026")
    assert shown(page, "docs.waiting") == ["3", "Ende KW 53"]
    assert shown(page, "docs.ready") == ["3", "3 von 53"]
    assert shown(page, "mail.in") == ["nicht erfasst", "0 von 53"]
    assert shown(await get(client, "/berichte/jahr/2027"), "docs.waiting") == ["5", "Ende KW 5"]


async def test_f47_a_year_that_nobody_recorded(client: Client) -> None:
    """F47: no figure of it is a zero."""
    page = await get(client, "/berichte/jahr/2027")
    assert {shown(page, metric.id)[0] for metric in METRICS} == {"nicht erfasst"}


@pytest.mark.parametrize("year", ["26", "1999", "2026-W01", "x", "20266", "２０２６"])
async def test_what_is_no_year_is_not_found(client: Client, year: str) -> None:
    assert "Nicht gefunden" in await get(client, f"/berichte/jahr/{year}", 404)


async def test_a_year_is_plain_html_and_leads_to_its_neighbours_and_weeks(client: Client) -> None:
    page = await get(client, "/berichte/jahr/2026")
    for link in ("/berichte/jahr/2025", "/berichte/jahr/2027", "/berichte/woche/2026-W53"):
        assert f'href="{link}"' in page
    assert not re.search(r"<script|\sstyle=|\son\w+=", page)
    assert 'href="/berichte/jahr/2026"' in await get(client, "/berichte/woche/2026-W53")
