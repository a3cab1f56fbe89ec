"""The weekly report as files: JSON, CSV for two kinds of readers, spans of weeks; on a real PostgreSQL."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.reporting.metrics import METRICS
from tests.conftest import Databases
from tests.rules.reporting.story import (
    recorded_call,
    sampled,
)
from tests.way.book import Book, open_book
from tests.way.week_desk import API, MONDAY, Client, busy_week, cells, client_of, figures, get


@pytest.fixture
async def book(database: Databases) -> AsyncIterator[Book]:
    async with open_book(database("reporting")) as book:
        yield book


@pytest.fixture
async def client(book: Book, tmp_path: Path) -> AsyncIterator[Client]:
    async with client_of(book, tmp_path) as client:
        yield client


async def test_page_csv_and_json_show_the_same_numbers(client: Client, book: Book) -> None:
    """F34: both files hold the numbers of the page."""
    await book.tell([*busy_week(MONDAY - timedelta(days=7), 8), *busy_week(MONDAY, 5)])
    page = await get(client, "/berichte/woche/2026-W47")
    json = await figures(client, "2026-W47")
    office = (await client.get(f"{API}/weeks/2026-W47.csv")).content.decode("utf-8-sig")
    program = await get(client, f"{API}/weeks/2026-W47.csv?format=open")
    from_office = {
        row["Kennzahl"]: row["Wert"]
        for row in csv.DictReader(io.StringIO(office), delimiter=";")
        if not row["Teil"]
    }
    from_program = {
        row["metric"]: row["value"] for row in csv.DictReader(io.StringIO(program)) if not row["part"]
    }
    assert list(json) == list(from_office) == list(from_program) == [metric.id for metric in METRICS]
    for metric, figure in json.items():
        value = figure["value"]
        assert from_program[metric] == ("" if value is None else str(value))
        assert from_office[metric] == from_program[metric].replace(".", ",")
        shown = cells(page, metric)[1].split("\N{NO-BREAK SPACE}")[0].rstrip(" *")
        if value is None:
            assert shown in ("–", "nicht erfasst")
        else:
            assert float(shown.replace(".", "").replace(",", ".")) == pytest.approx(value, abs=0.051)


async def test_the_office_file_opens_in_a_german_spreadsheet(client: Client, book: Book) -> None:
    """F34: byte mark, semicolons, decimal comma, CRLF, no separator hint."""
    share = [recorded_call(("quick", n), MONDAY) for n in range(5)]
    lost = [recorded_call(("lost", n), MONDAY, "lost") for n in range(2)]
    await book.tell([*share, *lost, sampled(MONDAY, ("certificate_of_conduct", None, None))])
    answer = await client.get(f"{API}/weeks/2026-W47.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="buergerbuero-2026-W47.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbfWoche;"), "byte mark, and no separator hint"
    text = answer.content.decode("utf-8-sig")
    assert text.count("\r\n") == text.count("\n") == len(text.splitlines())
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    (rate,) = (row for row in rows if row["Kennzahl"] == "phone.answer_rate")
    assert (rate["Woche"], rate["Wert"], rate["Einheit"], rate["Status"]) == (
        "2026-W47",
        "71,4",
        "%",
        "erfasst",
    )
    (lead,) = (row for row in rows if row["Kennzahl"] == "lead_time.median")
    assert (lead["Teil"], lead["Wert"], lead["Status"]) == ("Führungszeugnis", "", "kein freier Termin")


async def test_the_open_file_is_rfc_4180(client: Client, book: Book) -> None:
    """F34: no mark, commas, decimal point."""
    await book.tell([recorded_call(n, MONDAY, "lost" if n < 2 else "answered") for n in range(7)])
    answer = await client.get(f"{API}/weeks/2026-W47.csv?format=open")
    assert answer.content.startswith(b"iso_year,iso_week,")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    (rate,) = (row for row in rows if row["metric"] == "phone.answer_rate")
    assert (rate["iso_year"], rate["iso_week"], rate["value"], rate["unit"]) == (
        "2026",
        "47",
        "71.4",
        "percent",
    )


async def test_parts_add_up_to_their_channel(client: Client, book: Book) -> None:
    await book.tell(busy_week(MONDAY, 6))
    week = (await client.get(f"{API}/weeks/2026-W47")).json()
    values = {one["metric"]: one["value"] for one in week["figures"]}
    for channel in ("personal", "phone", "email", "post", "handover"):
        for block in ("contacts_by_group", "contacts_by_day"):
            parts = [one["value"] for one in week[block] if one["channel"] == channel]
            assert sum(parts) == values[f"contacts.{channel}"]
    assert values["contacts.total"] == sum(one["value"] for one in week["contacts_by_group"])
    assert {"channel": "post", "service_group": "certificates", "value": 1} in week["contacts_by_group"]
    assert {"channel": "phone", "service_group": "unassigned", "value": 6} in week["contacts_by_group"]


async def test_a_span_of_weeks(client: Client, book: Book) -> None:
    await book.tell([*busy_week(MONDAY), *busy_week(MONDAY + timedelta(days=7))])
    answer = (await client.get(f"{API}/weeks?from=2026-W46&to=2027-W01")).json()
    names = ["2026-W46", "2026-W47", "2026-W48", *(f"2026-W{n}" for n in range(49, 54)), "2027-W01"]
    assert [week["week"] for week in answer["weeks"]] == names
    held = [
        next(one["value"] for one in week["figures"] if one["metric"] == "funnel.held")
        for week in answer["weeks"]
    ]
    assert held == [None, 4, 4, None, None, None, None, None, None], "weeks to come are not 0"
    text = await get(client, f"{API}/weeks.csv?from=2026-W47&to=2026-W48&format=open")
    assert len(text.splitlines()) == 1 + 2 * len(METRICS)


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-W54&to=2026-W55",
        "from=2026-W40&to=2026-W39",
        "from=2020-W01&to=2026-W01",
        "from=2026-W01",
        "from=2026-W01&to=2026-W02&site=A%27;--",
    ],
)
async def test_a_bad_span_is_refused(client: Client, query: str) -> None:
    answer = await client.get(f"{API}/weeks?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")


@pytest.mark.parametrize("path", ["/weeks/2026-W47.csv?format=excel", "/weeks/2026-W47?site=%3Cb%3E"])
async def test_a_bad_form_or_site_is_refused(client: Client, path: str) -> None:
    answer = await client.get(API + path)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")


@pytest.mark.parametrize("path", ["/berichte/woche/2026-W47", f"{API}/weeks/2026-W47", f"{API}/metrics"])
async def test_an_unchanged_answer_is_not_sent_again(client: Client, path: str) -> None:
    tag = (await client.get(path)).headers["etag"]
    again = await client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


async def test_figures_need_a_permission_where_there_is_a_login(book: Book, tmp_path: Path) -> None:
    async with client_of(book, tmp_path, "see_figures") as client:
        assert (await client.get(f"{API}/weeks/2026-W47")).status_code == 401
        lead = {"Authorization": "Bearer dev:lead@flensburg"}
        assert (await client.get(f"{API}/weeks/2026-W47", headers=lead)).status_code == 200
