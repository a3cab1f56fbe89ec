"""A month week by week, and two weeks side by side; on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.reporting.figures import Unit
from services.reporting.metrics import METRICS
from tests.conftest import Databases
from tests.rules.reporting.story import custody, finished, utc
from tests.way.book import Book, open_book
from tests.way.week_desk import MONDAY, Client, busy_week, cells, client_of, get

AFTER = utc("2027-02-01T12:00")
NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
async def book(database: Databases) -> AsyncIterator[Book]:
    async with open_book(database("reporting")) as book:
        yield book


@pytest.fixture
async def client(book: Book, tmp_path: Path) -> AsyncIterator[Client]:
    async with client_of(book, tmp_path, now=AFTER) as client:
        yield client


async def test_a_month_is_the_sum_of_its_weeks_and_shows_each(client: Client, book: Book) -> None:
    """November 2026: weeks 45 to 48; Sunday the 1st belongs to October, Monday the 30th to December."""
    sizes = {"2026-11-01": 9, "2026-11-02": 2, "2026-11-16": 3, "2026-11-29": 4, "2026-11-30": 8}
    for day, size in sizes.items():
        await book.tell(busy_week(utc(f"{day}T09:00"), size))
    page = await get(client, "/berichte/monat/2026-11")
    for metric in METRICS:
        _name, month, _target, *weeks = (cell.removesuffix(" *") for cell in cells(page, metric.id))
        assert len(weeks) == 4
        numbers = [int(one) for one in weeks if one.isdigit()]
        if metric.unit is Unit.COUNT and not metric.stock and numbers:
            assert int(month) == sum(numbers), metric.id
    assert cells(page, "contacts.personal")[1:] == ["9", "", "2", "0", "3", "4"]
    assert 'href="/berichte/woche/2026-W45"' in page


async def test_shares_and_times_of_a_month_come_from_all_its_cases(client: Client, book: Book) -> None:
    await book.tell([*busy_week(MONDAY, 2), *busy_week(MONDAY + timedelta(days=7), 9)])
    page = await get(client, "/berichte/monat/2026-11")
    _name, month, _target, *weeks = cells(page, "wait.p50")
    assert weeks == ["nicht erfasst", "nicht erfasst", f"0,0{NBSP}min", f"40,0{NBSP}min"]
    assert month == f"30,0{NBSP}min", "the sixth of eleven, no mean of 0 and 40"
    assert cells(page, "phone.service_level_30s")[1:3] == [f"84,6{NBSP}%", f"75{NBSP}% erreicht"]


async def test_a_stock_is_that_of_each_weeks_end_and_never_a_sum(client: Client, book: Book) -> None:
    await book.tell([custody("DocumentReady", n, MONDAY + timedelta(days=7 * n)) for n in range(2)])
    page = await get(client, "/berichte/monat/2026-11")
    assert cells(page, "docs.waiting")[1:] == ["2", "", "nicht erfasst", "nicht erfasst", "1", "2"]


async def test_a_sum_without_all_channels_is_marked_wherever_it_stands(client: Client, book: Book) -> None:
    """Of the week after, no telephone system told anything: the month's sum lacks its calls too."""
    await book.tell([*busy_week(MONDAY, 2), finished("n", MONDAY + timedelta(days=7), "registration")])
    month = await get(client, "/berichte/monat/2026-11")
    assert cells(month, "contacts.total")[1:] == ["8 *", "", "nicht erfasst", "nicht erfasst", "7", "1 *"]
    year = await get(client, "/berichte/jahr/2026")
    assert cells(year, "contacts.total")[1] == "8 *"
    pair = await get(client, "/berichte/vergleich?woche=2026-W48&mit=2026-W49")
    assert cells(pair, "contacts.total")[1:4] == ["1 *", "0 *", "+1"]
    assert all("* Summe der erfassten Kanäle" in page for page in (month, year, pair))
    week = await get(client, "/berichte/woche/2027-W48")
    assert cells(week, "contacts.total")[3] == "1 *", "the year before"


async def test_nothing_recorded_is_said_so(client: Client) -> None:
    """F47: no zero anywhere."""
    page = await get(client, "/berichte/monat/2020-01")
    assert {text for metric in METRICS for text in cells(page, metric.id)[3:]} == {"nicht erfasst"}


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "2026-1", "2026", "1999-12", "x"])
async def test_what_is_no_month_is_not_found(client: Client, month: str) -> None:
    assert "Nicht gefunden" in await get(client, f"/berichte/monat/{month}", 404)


async def test_months_lead_to_their_neighbours_over_new_year(client: Client) -> None:
    """F46: week 53 is in December, whose last day is in January."""
    page = await get(client, "/berichte/monat/2026-12")
    assert 'rel="next" href="/berichte/monat/2027-01"' in page
    assert "KW 53" in page
    page = await get(client, "/berichte/monat/2027-01")
    assert 'rel="prev" href="/berichte/monat/2026-12"' in page
    assert 'href="/berichte/monat/2026-12"' in await get(client, "/berichte/woche/2026-W53")


async def test_two_weeks_stand_side_by_side(client: Client, book: Book) -> None:
    await book.tell([*busy_week(MONDAY, 8), *busy_week(MONDAY + timedelta(days=21), 5)])
    page = await get(client, "/berichte/vergleich?woche=2026-W50&mit=2026-W47")
    assert cells(page, "contacts.personal") == ["Persönlich", "5", "8", f"−3 (−37,5{NBSP}%)", ""]
    assert cells(page, "phone.service_level_30s")[3] == f"−5,6{NBSP}Punkte"
    back = await get(client, "/berichte/vergleich?woche=2026-W47&mit=2026-W50")
    assert cells(back, "contacts.personal")[3] == f"+3 (+60,0{NBSP}%)"


async def test_a_difference_to_a_week_that_nobody_recorded_is_a_dash(client: Client, book: Book) -> None:
    """F47: nor is it a growth."""
    await book.tell(busy_week())
    page = await get(client, "/berichte/vergleich?woche=2026-W47&mit=2026-W40")
    assert cells(page, "contacts.personal")[1:4] == ["4", "nicht erfasst", "–"]


async def test_without_a_choice_it_is_the_last_whole_week_and_the_one_before(client: Client) -> None:
    page = await get(client, "/berichte/vergleich")
    assert "KW 4/2027 und KW 3/2027" in page
    assert "KW 1/2027 und KW 53/2026" in await get(client, "/berichte/vergleich?woche=2027-w01"), "F46"


async def test_a_site_is_compared_with_itself(client: Client, book: Book) -> None:
    await book.tell([*busy_week(), finished("n", MONDAY, "registration", site="north")])
    page = await get(client, "/berichte/vergleich?woche=2026-W47&mit=2026-W46&site=north")
    assert cells(page, "contacts.personal")[1] == "1"
    assert "Standort north" in page


async def test_what_is_no_week_is_said_beside_its_field_and_kept(client: Client) -> None:
    page = await get(client, "/berichte/vergleich?woche=2026-W54&mit=%3Cb%3E", 422)
    assert "<title>Fehler: " in page
    assert "2026-W54 ist keine Kalenderwoche." in page
    assert 'value="2026-W54"' in page
    assert "&lt;B&gt; ist keine Kalenderwoche." in page
    assert page.count('aria-invalid="true"') == 2
