"""Open data over HTTP: for everybody, of closed weeks, and without a way back to a small count."""

from __future__ import annotations

import asyncio
import csv
import io
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.reporting.report import Reports
from services.reporting.weeks import Week
from tests.conftest import Databases
from tests.rules.reporting.story import Told, answered, finished, recorded_call, utc
from tests.way.book import Book, open_book
from tests.way.week_desk import Client, client_of, get

NOW = utc("2026-12-09T12:00")
"""Week 50: week 47 is closed, week 48 provisional."""
W47 = utc("2026-11-16T09:00")
DATA = "/opendata/kontakte-woechentlich"


def visits(start: object, size: int, service: str) -> list[Told]:
    at = utc(str(start))
    return [finished((start, n, service), at + timedelta(minutes=n), service) for n in range(size)]


@pytest.fixture
async def book(database: Databases) -> AsyncIterator[Book]:
    async with open_book(database("reporting")) as book:
        await book.tell(
            [
                *visits("2026-11-09T09:00", 40, "passport_apply"),
                *visits("2026-11-16T09:00", 60, "passport_apply"),
                *visits("2026-11-16T10:00", 3, "fishing_licence"),
                *visits("2026-11-16T11:00", 50, "registration"),
                *(answered(("mail", n), W47, "email") for n in range(2)),
                *visits("2026-11-23T09:00", 70, "passport_apply"),
            ]
        )
        yield book


@pytest.fixture
async def client(book: Book, tmp_path: Path) -> AsyncIterator[Client]:
    async with client_of(book, tmp_path, "see_figures", NOW) as client:
        yield client


async def read(client: Client) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(await get(client, f"{DATA}.csv"))))


async def test_everybody_may_read_them_and_only_them(client: Client) -> None:
    for path in (f"{DATA}.csv", f"{DATA}.json", "/opendata/datapackage.json", "/opendata"):
        answer = await client.get(path)
        assert answer.status_code == 200, path
    assert answer.headers["content-type"].startswith("text/html")
    assert (await client.get("/api/reporting/v1/weeks/2026-W47")).status_code == 401


async def test_only_closed_weeks_are_published(client: Client) -> None:
    assert {(row["iso_year"], row["iso_week"]) for row in await read(client)} == {
        ("2026", "46"),
        ("2026", "47"),
    }


async def test_a_small_count_is_withheld_with_what_would_reveal_it(client: Client) -> None:
    week = {
        (row["channel"], row["service_group"]): (row["value"], row["status"])
        for row in await read(client)
        if (row["iso_week"], row["metric"]) == ("47", "contacts")
    }
    assert week["personal", "permits"] == ("", "withheld")
    assert week["personal", "registration"] == ("", "withheld"), "the first in the fixed order goes with it"
    assert week["personal", "identity"] == ("60", "recorded")
    assert week["personal", "all"] == ("113", "recorded")
    assert week["email", "all"] == week["email", "permits"] == ("", "withheld"), "a channel of two contacts"
    assert week["all", "all"] == ("", "withheld")


async def test_no_single_sum_of_the_file_is_short_of_one_value(client: Client) -> None:
    """Read as an outsider would: wherever a sum is there, none or at least two of its parts are missing."""
    rows: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for row in await read(client):
        if row["metric"] == "contacts" and row["channel"] != "all":
            rows[row["iso_week"], row["channel"]][row["service_group"]] = row["value"]
    assert rows
    for of, row in rows.items():
        total = row.pop("all")
        missing = [group for group, value in row.items() if not value]
        assert not total or len(missing) != 1, of
        if total and not missing:
            assert int(total) == sum(map(int, row.values()))


async def test_json_holds_the_same_rows(client: Client) -> None:
    objects = (await client.get(f"{DATA}.json")).json()
    told = [{name: "" if value is None else str(value) for name, value in one.items()} for one in objects]
    assert told == await read(client)


async def test_the_page_shows_the_newest_closed_week(client: Client) -> None:
    page = await get(client, "/opendata")
    assert "KW 47/2026" in page
    assert "zurückgehalten" in page
    assert "* Summe der erfassten Kanäle" in page
    assert "+73 (+182,5\N{NO-BREAK SPACE}%)" in page, "113 after 40, both published"


async def test_without_a_closed_week_there_is_an_empty_file(client: Client, book: Book) -> None:
    await book.empty()
    assert await read(client) == []
    assert "noch keine abgeschlossene Woche" in await get(client, "/opendata")


async def test_whoever_asks_how_often_the_read_models_are_asked_once_a_minute(book: Book) -> None:
    """Everybody may ask, and an answer takes a look at years of contacts."""
    looks, moment = [], [0.0]

    @asynccontextmanager
    async def counted(name: str) -> AsyncIterator[Any]:
        looks.append(name)
        async with book.read(name) as connection:
            yield connection

    reports = Reports(counted, lambda: NOW, lambda: moment[0])
    first = await reports.closed_weeks()
    asked = len(looks)
    assert await asyncio.gather(*(reports.closed_weeks() for _ in range(20))) == [first] * 20
    assert len(looks) == asked
    await book.tell(visits("2026-11-16T12:00", 9, "registration"))
    moment[0] = 61.0
    later = await reports.closed_weeks()
    assert later[Week(2026, 47)].channel("personal") == first[Week(2026, 47)].channel("personal") + 9


async def test_a_week_that_closes_is_there_at_once(book: Book) -> None:
    now = [NOW]
    reports = Reports(book.read, lambda: now[0], lambda: 0.0)
    assert max(await reports.closed_weeks()) == Week(2026, 47)
    now[0] = utc("2026-12-14T00:00")
    assert max(await reports.closed_weeks()) == Week(2026, 48)


async def test_they_begin_with_the_first_contact_also_if_the_telephone_system_told_it(book: Book) -> None:
    await book.tell([recorded_call(("old", n), utc(f"2026-09-07T09:{n:02}")) for n in range(20)])
    reports = Reports(book.read, lambda: NOW)
    assert min(await reports.closed_weeks()) == Week(2026, 37)


async def test_an_unchanged_file_is_not_sent_again(client: Client) -> None:
    tag = (await client.get(f"{DATA}.csv")).headers["etag"]
    assert (await client.get(f"{DATA}.csv", headers={"If-None-Match": tag})).status_code == 304
