"""A week from open to closed and corrected: table, API and page, on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from servicekit.tokens import new_key
from services.reporting.closing import close_weeks
from services.reporting.history import History
from services.reporting.versions import Seal, Version
from services.reporting.weeks import Week
from tests.conftest import Databases
from tests.rules.reporting.story import finished, utc
from tests.way.book import Book, open_book
from tests.way.week_desk import API, MONDAY, Client, busy_week, client_of, get

CLOSED = utc("2026-12-07T09:00")
LATER = utc("2027-01-11T09:00")
WEEKS = [Week(2026, 47).plus(-n) for n in range(13)]


@pytest.fixture
async def book(database: Databases) -> AsyncIterator[Book]:
    async with open_book(database("reporting")) as book:
        await book.tell(busy_week())
        yield book


@pytest.fixture
async def client(book: Book, tmp_path: Path) -> AsyncIterator[Client]:
    async with client_of(book, tmp_path, now=LATER) as client:
        yield client


@pytest.fixture
def seal(tmp_path: Path) -> Seal:
    ring = tmp_path / "ring"
    ring.write_text(new_key(1))
    return Seal(ring)


@pytest.fixture(autouse=True)
async def empty(database: Databases) -> None:
    """Only the owner can forget versions."""
    connection = await asyncpg.connect(database("reporting").owner_url)
    await connection.execute("TRUNCATE week_version")
    await connection.close()


async def close(book: Book, seal: Seal, now: datetime = CLOSED) -> list[Version]:
    return await close_weeks(book.read, History(book.reader), seal, WEEKS, now)


async def test_a_provisional_week_has_no_version(book: Book, seal: Seal, client: Client) -> None:
    assert await close(book, seal, utc("2026-12-06T12:00")) == []
    assert (await client.get(f"{API}/weeks/2026-W47/versions")).json()["versions"] == []


async def test_a_week_is_closed_once_with_the_figures_of_the_page(
    book: Book, seal: Seal, client: Client
) -> None:
    (one,) = await close(book, seal)
    assert (one.week, one.number) == ("2026-W47", 1), "weeks in which nothing was recorded get no version"
    assert await close(book, seal) == []
    answer = (await client.get(f"{API}/weeks/2026-W47/versions/1")).json()
    week = (await client.get(f"{API}/weeks/2026-W47")).json()
    kept = answer["told"]["figures"]
    assert {name: value for name, (value, _status) in kept["metrics"].items()} == {
        line["metric"]: line["value"] for line in week["figures"]
    }
    assert (answer["number"], answer["digest"], answer["body"]) == (1, one.digest, one.body)
    assert seal.genuine(one)


async def test_a_correction_is_a_version_of_its_own_and_the_first_stays(
    book: Book, seal: Seal, client: Client
) -> None:
    (one,) = await close(book, seal)
    before = (await client.get(f"{API}/weeks/2026-W47/versions/1")).json()
    assert "abgeschlossen: Version 1 vom 7.12.2026" in await get(client, "/berichte/woche/2026-W47")
    await book.tell([finished("late", MONDAY + timedelta(days=1), "registration")])
    (two,) = await close(book, seal, LATER)
    assert (two.number, two.told.previous) == (2, one.digest)
    assert (await client.get(f"{API}/weeks/2026-W47/versions/1")).json() == before
    listed = (await client.get(f"{API}/weeks/2026-W47/versions")).json()["versions"]
    assert [(version["number"], version["digest"]) for version in listed] == [
        (1, one.digest),
        (2, two.digest),
    ]
    page = await get(client, "/berichte/woche/2026-W47")
    assert "abgeschlossen und berichtigt: Version 2 vom 11.1.2027" in page
    assert f'href="{API}/weeks/2026-W47/versions/1"' in page


async def test_two_processes_make_one_version(book: Book, seal: Seal) -> None:
    (one,) = await close(book, seal)
    history = History(book.reader)
    assert not await history.add(one)
    assert [version.digest for version in await history.of(Week(2026, 47))] == [one.digest]


async def test_the_running_service_can_neither_change_nor_remove_a_version(book: Book, seal: Seal) -> None:
    await close(book, seal)
    for statement in ("UPDATE week_version SET body = ''", "DELETE FROM week_version"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await book.reader.execute(statement)


@pytest.mark.parametrize(
    "path", ["2026-W47/versions/1", "2026-W47/versions/0", f"2026-W47/versions/{10**20}", "2026-W54/versions"]
)
async def test_what_is_no_version_is_not_found(client: Client, path: str) -> None:
    answer = await client.get(f"{API}/weeks/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
