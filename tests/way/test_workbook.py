"""The week as a workbook, read by a library that did not write it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from services.reporting.metrics import METRICS
from tests.conftest import Databases
from tests.rules.reporting.story import closure, note, recorded_call, sampled
from tests.way.book import Book, open_book
from tests.way.week_desk import API, MONDAY, Client, busy_week, client_of, figures, full_week


@pytest.fixture
async def book(database: Databases) -> AsyncIterator[Book]:
    async with open_book(database("reporting")) as book:
        yield book


@pytest.fixture
async def client(book: Book, tmp_path: Path) -> AsyncIterator[Client]:
    async with client_of(book, tmp_path) as client:
        yield client


async def opened(client: Client, week: str) -> Any:
    answer = await client.get(f"{API}/weeks/{week}.xlsx")
    assert answer.status_code == 200
    assert "spreadsheetml" in answer.headers["content-type"]
    return load_workbook(BytesIO(answer.content))


def rows(book: Any, sheet: str) -> list[dict[str, Any]]:
    head, *others = book[sheet].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in others]


async def test_the_workbook_holds_the_numbers_of_the_page_as_numbers(client: Client, book: Book) -> None:
    """F34: a share stays a share, whatever the reader's country makes of points and commas."""
    await book.tell([*busy_week(MONDAY - timedelta(days=7), 8), *busy_week(MONDAY, 5)])
    await book.tell([recorded_call(("more", n), MONDAY, "lost") for n in range(2)])
    read, json = await opened(client, "2026-W47"), await figures(client, "2026-W47")
    table = {row["Kennzahl"]: row for row in rows(read, "Kennzahlen")}
    assert list(table) == [metric.id for metric in METRICS]
    assert {name: row["Wert"] for name, row in table.items()} == {
        name: one["value"] for name, one in json.items()
    }
    assert isinstance(table["phone.answer_rate"]["Wert"], float)
    assert table["contacts.personal"]["Differenz"] == -3


async def test_no_data_is_an_empty_cell_with_its_status(client: Client, book: Book) -> None:
    """F47: never 0."""
    await book.tell(busy_week(MONDAY))
    table = {row["Kennzahl"]: row for row in rows(await opened(client, "2026-W48"), "Kennzahlen")}
    assert (table["wait.p50"]["Wert"], table["wait.p50"]["Status"]) == (None, "keine Daten")
    assert (table["phone.lost"]["Wert"], table["phone.lost"]["Status"]) == (None, "nicht erfasst")
    assert (table["contacts.personal"]["Wert"], table["contacts.personal"]["Differenz"]) == (0, -4)


async def test_dates_and_times_are_dates_and_times_of_the_clock_in_berlin(client: Client, book: Book) -> None:
    await book.tell([*busy_week(), closure("ClosureDeclared", 1, MONDAY, MONDAY + timedelta(hours=2))])
    read = await opened(client, "2026-W47")
    about = {row["Angabe"]: row["Wert"] for row in rows(read, "Metadaten")}
    assert about["erster Tag"] == datetime(2026, 11, 16)  # noqa: DTZ001 - a cell has no zone
    (closed,) = rows(read, "Anmerkungen")
    assert closed["von"] == datetime(2026, 11, 16, 9)  # noqa: DTZ001
    assert {row["Tag"] for row in rows(read, "Tage")} == {datetime(2026, 11, 16)}  # noqa: DTZ001


async def test_no_cell_is_a_formula_or_a_link(client: Client, book: Book) -> None:
    """F34: what begins like a formula stays text."""
    await book.tell([*full_week(), note("2026-W47", '=HYPERLINK("x")'), note("2026-W47", "-1", "north")])
    read = await opened(client, "2026-W47")
    cells = [cell for sheet in read for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink]
    texts = {cell.value for cell in cells if cell.data_type == "s"}
    assert {'=HYPERLINK("x")', "-1"} <= texts


async def test_every_block_has_its_sheet_even_before_go_live(client: Client) -> None:
    read = await opened(client, "2026-W40")
    assert read.sheetnames == [
        *("Kennzahlen", "Teile", "Kanäle", "Tage", "Stunden", "Vorlaufzeit", "Anmerkungen", "Metadaten")
    ]
    assert not rows(read, "Stunden")
    assert {row["Wert"] for row in rows(read, "Kennzahlen")} == {None}


async def test_blocks_are_those_of_the_page(client: Client, book: Book) -> None:
    await book.tell([*busy_week(MONDAY, 5), *full_week(), sampled(MONDAY, ("passport_apply", None, None))])
    read = await opened(client, "2026-W47")
    json = (await client.get(f"{API}/weeks/2026-W47")).json()
    (lead,) = rows(read, "Vorlaufzeit")
    assert (lead["Median in Arbeitstagen"], lead["Status"]) == (None, "kein freier Termin")
    assert sum(row["Anrufe"] for row in rows(read, "Stunden")) == 6
    assert sum(row["Kontakte"] for row in rows(read, "Tage")) == json["figures"][0]["value"]
    parts = [row for row in rows(read, "Teile") if row["Kennzahl"] == "door.refused"]
    assert sorted(row["Wert"] for row in parts) == [1, 2]


async def test_the_same_report_is_the_same_file(client: Client, book: Book) -> None:
    await book.tell(busy_week())
    first, second = [await client.get(f"{API}/weeks/2026-W47.xlsx") for _ in range(2)]
    assert first.headers["etag"] == second.headers["etag"]
