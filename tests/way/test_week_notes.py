"""What the office says about a week, and calls by the hour: from events to page and JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import Databases
from tests.rules.reporting.story import closed_call, closure, note, recorded_call, utc
from tests.way.book import Book, open_book
from tests.way.week_desk import API, MONDAY, Client, busy_week, client_of, get

PAGE = "/berichte/woche/2026-W47"


@pytest.fixture
async def book(database: Databases) -> AsyncIterator[Book]:
    async with open_book(database("reporting")) as book:
        yield book


@pytest.fixture
async def client(book: Book, tmp_path: Path) -> AsyncIterator[Client]:
    async with client_of(book, tmp_path) as client:
        yield client


async def test_the_last_version_of_a_note_stands_on_its_week_only(client: Client, book: Book) -> None:
    await book.tell([note("2026-W47", "erste Fassung"), note("2026-W47", "Zwei Schalter waren <zu>.")])
    page = await get(client, PAGE)
    assert "Zwei Schalter waren &lt;zu&gt;." in page
    assert "erste Fassung" not in page
    assert "Anmerkungen" not in await get(client, "/berichte/woche/2026-W46")
    notes = (await client.get(f"{API}/weeks/2026-W47")).json()["notes"]
    assert notes == [{"site": "flensburg", "text": "Zwei Schalter waren <zu>."}]


async def test_an_empty_note_takes_the_note_back(client: Client, book: Book) -> None:
    await book.tell([note("2026-W47", "doch nicht"), note("2026-W47", "")])
    assert "Anmerkungen" not in await get(client, PAGE)


async def test_a_site_shows_its_own_note(client: Client, book: Book) -> None:
    await book.tell([note("2026-W47", "ruhig am Markt"), note("2026-W47", "laut im Norden", "north")])
    page = await get(client, f"{PAGE}?site=north")
    assert "laut im Norden" in page
    assert "ruhig am Markt" not in page


async def test_closures_stand_on_every_week_that_they_touch(client: Client, book: Book) -> None:
    sunday_night = utc("2026-11-15T23:30")  # Monday in Flensburg
    await book.tell([closure("ClosureDeclared", 1, sunday_night, MONDAY, scope="counter")])
    page = await get(client, PAGE)
    assert (
        "Fortbildung (ein Schalter, Standort flensburg): Mo 16.11. 00:30 Uhr bis Mo 16.11. 09:00 Uhr" in page
    )
    assert "Fortbildung" not in await get(client, "/berichte/woche/2026-W46")


async def test_a_lifted_closure_is_not_told(client: Client, book: Book) -> None:
    until = MONDAY + timedelta(days=1)
    await book.tell([closure(kind, 1, MONDAY, until) for kind in ("ClosureDeclared", "ClosureLifted")])
    assert "Fortbildung" not in await get(client, PAGE)


async def test_calls_by_hour_come_from_the_system_of_their_week(client: Client, book: Book) -> None:
    """As everywhere: the hand log counts only where the telephone system told nothing."""
    week_later = MONDAY + timedelta(days=7)
    await book.tell(
        [
            *(recorded_call(n, MONDAY, "lost" if n else "answered") for n in range(3)),
            recorded_call("night", MONDAY, "after_hours"),
            closed_call("logged", MONDAY),
            closed_call("alone", week_later),
        ]
    )
    for week, calls in (("2026-W47", 3), ("2026-W48", 1)):
        hours = (await client.get(f"{API}/weeks/{week}")).json()["calls_by_hour"]
        assert hours == [{"weekday": 1, "hour": 9, "calls": calls}]


async def test_the_same_weeks_a_year_before_stand_behind_the_channels(client: Client, book: Book) -> None:
    """F46: also for week 53, whose year before is the mean of two weeks."""
    await book.tell([*busy_week(utc("2025-12-23T09:00"), 3), *busy_week(utc("2025-12-30T09:00"), 4)])
    await book.tell(busy_week(utc("2026-12-29T09:00"), 5))
    weeks = (await client.get(f"{API}/weeks/2026-W53")).json()["channel_weeks"]
    newest = {one["channel"]: one for one in weeks if one["week"] == "2026-W53"}
    assert len(weeks) == 13 * len(newest)
    assert (newest["personal"]["value"], newest["personal"]["year_before"]) == (5, 3.5)
    page = await get(client, "/berichte/woche/2026-W53")
    assert page.count('<svg class="report-drawing"') == 5 + 2 + 1, "channels, visits, calls, documents"
