"""The weekly report over HTTP: page, CSV and JSON of one report, on a real PostgreSQL."""

from __future__ import annotations

import gzip
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.reporting.metrics import BY_ID, METRICS
from tests.conftest import Databases
from tests.rules.reporting.story import (
    called,
    closed_call,
    finished,
    opened,
    recorded_call,
    reserved,
    tell,
    utc,
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


async def test_an_office_manager_reads_the_week_in_one_paragraph(client: Client, book: Book) -> None:
    await book.tell([*busy_week(MONDAY - timedelta(days=7), 8), *busy_week(MONDAY, 5)])
    page = await get(client, "/berichte/woche/2026-W47")
    assert "KW 47: 13 Kontakte (−31,6\N{NO-BREAK SPACE}% zur Vorwoche)." in page
    assert "Telefon: 83,3\N{NO-BREAK SPACE}% in 30 Sekunden angenommen – Ziel 75 % erreicht." in page
    assert "vorläufig bis 6.12." in page
    assert cells(page, "contacts.personal")[:5] == [
        "Persönlich",
        "5",
        "−3 (−37,5\N{NO-BREAK SPACE}%)",
        "nicht erfasst",
        "–",
    ]
    assert cells(page, "wait.p50")[1] == "20,0\N{NO-BREAK SPACE}min"


async def test_every_metric_is_defined_on_the_page_and_in_the_registry(client: Client) -> None:
    page = await get(client, "/berichte/woche/2026-W47")
    registry = (await client.get(f"{API}/metrics")).json()["metrics"]
    assert {one["id"] for one in registry} == set(BY_ID)
    assert all(metric.definition.de in page for metric in METRICS)


@pytest.mark.parametrize(
    "week", ["2027-W53", "2026-W54", "2026-W00", "2026-W1", "2026", "x", "2026-W47.doc", "2026-W47."]
)
async def test_what_is_no_week_is_not_found(client: Client, week: str) -> None:
    """F46: the calendar has no 2027-W53."""
    assert "Nicht gefunden" in await get(client, f"/berichte/woche/{week}", 404)
    answer = await client.get(f"{API}/weeks/{week}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_week_53_is_between_its_neighbours(client: Client, book: Book) -> None:
    """F46: the week before 2027-W01 is 2026-W53."""
    assert 'rel="prev" href="/berichte/woche/2026-W53"' in await get(client, "/berichte/woche/2027-W01")
    assert 'rel="next" href="/berichte/woche/2026-W53"' in await get(client, "/berichte/woche/2026-W52")
    page = await get(client, "/berichte/woche/2026-W53")
    assert 'rel="prev" href="/berichte/woche/2026-W52"' in page
    assert 'rel="next" href="/berichte/woche/2027-W01"' in page
    assert "Mittel aus KW 52/2025 und KW 1/2026" in page


async def test_bookings_around_new_year_count_in_their_iso_week(client: Client, book: Book) -> None:
    """F46: the week begins at midnight in Berlin."""
    await book.tell([reserved("a", utc("2027-01-03T22:59")), reserved("b", utc("2027-01-03T23:30"))])
    for week in ("2026-W53", "2027-W01"):
        assert (await figures(client, week))["funnel.held"]["value"] == 1


async def test_week_53_is_compared_with_the_mean_of_the_weeks_around_it(client: Client, book: Book) -> None:
    """F46: counts by their mean, shares and percentiles by pooling both weeks' cases."""
    w52, w01, w53 = utc("2025-12-23T09:00"), utc("2025-12-30T09:00"), utc("2026-12-29T09:00")
    await book.tell(
        [
            *(one for n in (0, 1, 2) for one in (opened(n, w52), called(n, w52 + timedelta(minutes=n)))),
            *(one for n in (50, 60) for one in (opened(n, w01), called(n, w01 + timedelta(minutes=n)))),
            opened("x", w53),
            called("x", w53 + timedelta(minutes=4)),
        ]
    )
    week = await figures(client, "2026-W53")
    assert week["visits.arrivals"]["last_year"] == {
        "value": 2.5,
        "status": "recorded",
        "difference": -1.5,
        "percent": -60.0,
    }
    assert week["wait.p50"]["last_year"]["value"] == 2, "the third of five, not the mean of 1 and 50"


async def test_nobody_told_us_is_not_zero(client: Client, book: Book) -> None:
    """F47: before go-live everything is null; after it a week without cases is 0 with null percentiles."""
    await book.tell(busy_week(MONDAY))
    before, after = await figures(client, "2026-W46"), await figures(client, "2026-W48")
    assert {(one["value"], one["status"]) for one in before.values()} == {(None, "not_recorded")}
    for metric in (
        "contacts.personal",
        "contacts.email",
        "contacts.handover",
        "visits.arrivals",
        "funnel.held",
    ):
        assert (after[metric]["value"], after[metric]["status"]) == (0, "recorded")
    for metric in ("wait.p50", "wait.p90", "unconfirmed_rate", "lead_time.within_14"):
        assert (after[metric]["value"], after[metric]["status"]) == (None, "no_data")
    for metric in ("phone.offered", "phone.lost", "phone.answer_rate", "phone.wait.p50", "contacts.phone"):
        assert (after[metric]["value"], after[metric]["status"]) == (None, "not_recorded"), "nothing imported"
    assert after["contacts.total"]["status"] == "partial"


async def test_a_difference_to_nothing_is_a_dash(client: Client, book: Book) -> None:
    """F47: nor is it a growth of 100 %."""
    await book.tell(busy_week(MONDAY))
    page = await get(client, "/berichte/woche/2026-W47")
    assert cells(page, "contacts.personal")[2:5] == ["–", "nicht erfasst", "–"]
    page = await get(client, "/berichte/woche/2026-W48")
    assert cells(page, "wait.p50")[1:3] == ["–", "–"]
    assert cells(page, "contacts.personal")[1:3] == ["0", "−4 (−100,0\N{NO-BREAK SPACE}%)"]
    assert cells(page, "phone.lost")[1] == "nicht erfasst"


async def test_growing_from_zero_has_a_difference_but_no_percent(client: Client, book: Book) -> None:
    await book.tell([*busy_week(MONDAY - timedelta(days=14)), *busy_week(MONDAY)])
    change = (await figures(client, "2026-W47"))["contacts.personal"]["last_week"]
    assert change == {"value": 0, "status": "recorded", "difference": 4, "percent": None}


async def test_an_import_with_no_call_in_service_hours_has_no_rate(client: Client, book: Book) -> None:
    """F47: 0 offered are neither 0 % nor 100 % answered."""
    await book.tell([recorded_call("night", MONDAY, "after_hours")])
    week = await figures(client, "2026-W47")
    assert (week["phone.offered"]["value"], week["phone.lost"]["value"]) == (0, 0)
    assert (week["phone.answer_rate"]["value"], week["phone.answer_rate"]["status"]) == (None, "no_data")


async def test_without_the_import_lost_calls_are_not_recorded_and_answered_is_the_hand_log(
    client: Client, book: Book
) -> None:
    await book.tell([closed_call(n, MONDAY) for n in range(3)])
    week = await figures(client, "2026-W47")
    assert week["contacts.phone"]["value"] == week["phone.answered"]["value"] == 3
    assert (week["phone.lost"]["value"], week["phone.lost"]["status"]) == (None, "not_recorded")
    assert week["phone.solved"]["value"] == 100.0


async def test_what_the_telephone_system_counted_is_not_compared_with_a_hand_log(
    client: Client, book: Book
) -> None:
    """More calls because somebody else counts them are no growth."""
    weeks = [MONDAY + timedelta(days=7 * n) for n in range(3)]
    await book.tell([*(closed_call(n, weeks[0]) for n in range(3)), finished("x", weeks[0], "registration")])
    await book.tell([recorded_call((at, n), at) for at in weeks[1:] for n in range(9)])
    week = await figures(client, "2026-W48")
    for metric in ("contacts.phone", "phone.answered", "contacts.total"):
        assert (week[metric]["value"], week[metric]["last_week"]["difference"]) == (9, None), metric
    assert (await figures(client, "2026-W49"))["contacts.phone"]["last_week"]["difference"] == 0


async def test_a_sum_without_a_channel_is_not_compared_with_one_that_has_it(
    client: Client, book: Book
) -> None:
    await book.tell([*busy_week(MONDAY), finished("x", MONDAY + timedelta(days=7), "registration")])
    total = (await figures(client, "2026-W48"))["contacts.total"]
    assert (total["value"], total["status"]) == (1, "partial")
    assert total["last_week"]["difference"] is None


async def test_a_described_service_counts_under_its_described_group(client: Client, book: Book) -> None:
    await book.tell(
        [
            tell("ServiceDescribed", MONDAY, service="dog_tax", group="permits"),
            finished("a", MONDAY, "dog_tax"),
            finished("b", MONDAY, "nobody_knows"),
        ]
    )
    week = (await client.get(f"{API}/weeks/2026-W47")).json()
    assert week["contacts_by_group"] == [
        {"channel": "personal", "service_group": "other", "value": 1},
        {"channel": "personal", "service_group": "permits", "value": 1},
    ]


async def test_one_site_alone(client: Client, book: Book) -> None:
    await book.tell(
        [
            *busy_week(MONDAY),
            opened("n", MONDAY, "registration", site="north"),
            called("n", MONDAY + timedelta(minutes=3), site="north"),
            finished("n", MONDAY + timedelta(minutes=9), "registration", site="north"),
        ]
    )
    north = await figures(client, "2026-W47", "?site=north")
    assert (north["contacts.personal"]["value"], north["wait.p50"]["value"]) == (1, 3)
    assert north["contacts.email"]["status"] == "not_recorded", "letters and e-mails have no site"
    assert (await figures(client, "2026-W47"))["contacts.personal"]["value"] == 5
    page = await get(client, "/berichte/woche/2026-W47?site=north")
    assert "Standort north" in page
    assert "/berichte/woche/2026-W46?site=north" in page


async def test_hours_of_the_week(client: Client, book: Book) -> None:
    await book.tell(
        [one for n in range(3) for one in (opened(n, MONDAY), called(n, MONDAY + timedelta(minutes=7)))]
    )
    (hour,) = (await client.get(f"{API}/weeks/2026-W47")).json()["waits_by_hour"]
    assert hour == {"weekday": 1, "hour": 9, "arrivals": 3, "waits": 3, "wait_p50": 7.0, "wait_p90": 7.0}
    page = await get(client, "/berichte/woche/2026-W47")
    assert "9 Uhr" in page
    assert "Mo 16.11." in page


async def test_the_root_leads_to_the_current_week(client: Client) -> None:
    answer = await client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/berichte/woche/2026-W48")


async def test_the_page_is_html_in_utf_8(client: Client) -> None:
    answer = await client.get("/berichte/woche/2026-W47")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_the_page_needs_no_script_and_no_inline_style(client: Client, book: Book) -> None:
    await book.tell([*busy_week(MONDAY - timedelta(days=7)), *busy_week(MONDAY)])
    page = await get(client, "/berichte/woche/2026-W47")
    assert "<svg" in page
    assert not re.search(r"<script|\sstyle=|\son\w+=", page)
    assert page.count("<h1") == 1
    assert len(gzip.compress(page.encode())) < 20_000
