"""What figures consist of, as page, CSV and JSON show it: messages, refusals, durations, ages."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.reporting.projections import DELIVERY, delivery
from services.reporting.projections.delivery import Outcome
from services.reporting.weeks import Week
from tests.conftest import Databases
from tests.rules.reporting.story import (
    message,
)
from tests.way.book import Book, open_book
from tests.way.week_desk import API, MONDAY, Client, cells, client_of, figures, full_week, get

FULL: dict[str, float] = {
    "door.admitted": 2,
    "door.refused": 3,
    "service.duration.p50": 9,
    "service.duration.p90": 12,
    "mail.in": 5,
    "mail.done": 1,
    "mail.backlog": 5,
    "mail.age.p50": 4,
    "mail.age.max": 5,
    "mail.own_age.p50": 4,
    "mail.within_3": 40.0,
    "visits_avoided": 0,
    "docs.ordered": 1,
    "docs.ready": 4,
    "docs.handed_over": 1,
    "docs.pickups": 0,
    "docs.waiting": 4,
    "docs.over_30": 1,
    "docs.age.p50": 6,
    "docs.age.max": 34,
    "docs.locker": 0,
    "docs.shipping": 1,
    "delivery.sent": 2,
    "delivery.printed": 1,
    "delivery.bounced": 1,
    "delivery.given_up": 1,
    "delivery.failed": 2,
    "delivery.skipped": 1,
}
"""What ``full_week`` comes to, counted by hand."""


@pytest.fixture
async def book(database: Databases) -> AsyncIterator[Book]:
    async with open_book(database("reporting")) as book:
        yield book


@pytest.fixture
async def client(book: Book, tmp_path: Path) -> AsyncIterator[Client]:
    async with client_of(book, tmp_path) as client:
        yield client


async def test_a_week_of_every_kind_comes_to_what_was_counted_by_hand(client: Client, book: Book) -> None:
    await book.tell(full_week())
    found = await figures(client, "2026-W47")
    assert {metric: found[metric]["value"] for metric in FULL} == FULL
    page = await get(client, "/berichte/woche/2026-W47")
    assert cells(page, "docs.waiting")[1] == "4"
    assert "Post: 5 offen, der älteste Eingang seit 5 Arbeitstagen." in page
    assert "4 Ausweisdokumente warten auf Abholung, 1 davon länger als 30 Tage." in page


async def test_parts_add_up_to_their_metric(client: Client, book: Book) -> None:
    await book.tell(full_week())
    week = (await client.get(f"{API}/weeks/2026-W47")).json()
    values = {one["metric"]: one["value"] for one in week["figures"]}
    sums: dict[tuple[str, tuple[str, ...]], float] = {}
    for part in week["parts"]:
        key = (part["metric"], tuple(part["of"]))
        sums[key] = sums.get(key, 0) + part["value"]
    counts = {key: value for key, value in sums.items() if "duration" not in key[0]}
    assert {metric for metric, _of in counts} == {
        *("door.refused", "mail.backlog", "docs.waiting"),
        *("delivery.sent", "delivery.printed", "delivery.bounced", "delivery.given_up", "delivery.skipped"),
    }
    assert counts == {key: values[key[0]] for key in counts}
    old = [part for part in week["parts"] if part["of"] == {"kind": "id_card", "age": "over_30"}]
    assert old == [
        {"metric": "docs.waiting", "of": old[0]["of"], "name": "Personalausweis, über 30 Tage", "value": 1}
    ]


async def test_files_hold_the_parts_by_name_and_by_code(client: Client, book: Book) -> None:
    await book.tell(full_week())
    office = (await client.get(f"{API}/weeks/2026-W47.csv")).content.decode("utf-8-sig")
    program = await get(client, f"{API}/weeks/2026-W47.csv?format=open")
    german = {
        (row["Kennzahl"], row["Teil"]): row["Wert"]
        for row in csv.DictReader(io.StringIO(office), delimiter=";")
    }
    codes = {(row["metric"], row["part"]): row["value"] for row in csv.DictReader(io.StringIO(program))}
    assert (
        german["docs.waiting", "Reisepass, 0–7 Tage"] == codes["docs.waiting", "kind=passport,age=0_7"] == "2"
    )
    assert german["door.refused", "zu früh"] == codes["door.refused", "reason=too-early"] == "2"
    assert german["mail.backlog", "4–5 Arbeitstage"] == codes["mail.backlog", "age=4_5"] == "5"
    assert german["service.duration.p50", "Wohnsitz anmelden"] == "9"
    assert german["delivery.printed", "Brief"] == codes["delivery.printed", "channel=letter"] == "1"


async def test_f47_what_nobody_told_has_no_parts_and_no_tables(client: Client, book: Book) -> None:
    """F47: before the feeds began nothing is 0, after an empty week counts are and ranks are not."""
    await book.tell(full_week())
    early = await figures(client, "2026-W40")
    assert {(early[metric]["value"], early[metric]["status"]) for metric in FULL} == {(None, "not_recorded")}
    assert (await client.get(f"{API}/weeks/2026-W40")).json()["parts"] == []
    page = await get(client, "/berichte/woche/2026-W40")
    assert "Posteingang ist in dieser Woche nicht erfasst." in page
    assert "Abgewiesene Versuche an der Tür" not in page
    later = await figures(client, "2026-W48")
    assert [(later[metric]["value"], later[metric]["status"]) for metric in ("mail.in", "mail.within_3")] == [
        (0, "recorded"),
        (None, "no_data"),
    ]
    assert (later["no_show_rate"]["value"], later["no_show_rate"]["status"]) == (None, "no_data")
    assert (later["service.duration.p50"]["value"], later["delivery.failed"]["value"]) == (None, 0)


async def test_figures_without_a_site_are_not_shown_for_one(client: Client, book: Book) -> None:
    await book.tell(full_week())
    here = await figures(client, "2026-W47", "?site=flensburg")
    assert here["docs.waiting"]["value"] == 4
    assert {here[metric]["status"] for metric in ("mail.in", "delivery.sent")} == {"not_recorded"}
    assert (await figures(client, "2026-W47", "?site=north"))["docs.waiting"]["status"] == "not_recorded"


async def test_an_outcome_counts_once_and_in_its_own_week(book: Book) -> None:
    story = [message("MessageSent", "m", MONDAY), message("MessageBounced", "m", MONDAY + timedelta(days=7))]
    await book.tell([*story, story[0]])
    this = Week(2026, 47)
    async with book.read(DELIVERY.name) as connection:
        found = await delivery.counts(connection, {"a": (this,), "b": (this.plus(1),)})
    assert found == {"a": {Outcome("email", "sent"): 1}, "b": {Outcome("email", "bounced"): 1}}
