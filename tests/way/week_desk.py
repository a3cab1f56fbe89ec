"""What tests of the weekly report share: a client, a busy week, and a reader of the page."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from httpx import ASGITransport, AsyncClient

from servicekit.web.app import make_app
from servicekit.web.pages import Assets, Pages
from services.reporting.history import History
from services.reporting.routes import TEMPLATES, routes
from tests.rules.reporting.story import (
    Told,
    admitted,
    answered,
    called,
    custody,
    finished,
    handed_over,
    message,
    of_booking,
    of_item,
    of_visit,
    opened,
    papers,
    recorded_call,
    refused,
    reserved,
    utc,
)
from tests.way.book import Book

MONDAY = utc("2026-11-16T08:00")
NOW = utc("2026-11-25T12:00")
API = "/api/reporting/v1"

Client = AsyncClient


def app_of(book: Book, assets: Path, permission: str = "public", now: datetime = NOW) -> Any:
    """Reporting's application on these read models, with the styles of ``assets``."""
    files = Assets(assets, "reporting")
    pages = Pages([TEMPLATES], files)
    made = routes(book.read, lambda: now, pages, History(book.reader), permission=permission)
    handlers: list[Any] = [*made, files.handler()]
    return make_app(handlers, refusals={}, pages=pages, now=lambda: now, origins=(), dev_tokens=True)


def client_of(book: Book, assets: Path, permission: str = "public", now: datetime = NOW) -> Client:
    """Calls the application without a network."""
    app = app_of(book, assets, permission, now)
    return AsyncClient(transport=ASGITransport(app), base_url="http://reporting.test")


async def get(client: Client, path: str, status: int = 200) -> str:
    answer = await client.get(path)
    assert answer.status_code == status, answer.text
    return answer.text


async def figures(client: Client, week: str, query: str = "") -> dict[str, dict[str, Any]]:
    answer = await client.get(f"{API}/weeks/{week}{query}")
    assert answer.status_code == 200, answer.text
    return {one["metric"]: one for one in answer.json()["figures"]}


def cells(page: str, metric: str) -> list[str]:
    """The row of a metric on the page, as a reader sees it."""
    row = re.search(rf'<tr[^>]* id="{re.escape(metric)}">(.*?)</tr>', page, re.DOTALL)
    assert row is not None
    found = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row[1], re.DOTALL)
    return [re.sub(r"<.*?>|\n", " ", cell).strip() for cell in found]


def busy_week(start: Any = MONDAY, size: int = 4) -> list[Told]:
    """Every channel; ``size`` visits and calls, one of the calls lost."""
    return [
        *(opened((start, n), start, "id_card_apply") for n in range(size)),
        *(called((start, n), start + timedelta(minutes=10 * n)) for n in range(size)),
        *(finished((start, n), start + timedelta(hours=1), "id_card_apply") for n in range(size)),
        *(recorded_call((start, n), start) for n in range(size)),
        recorded_call((start, "lost"), start, "lost"),
        answered((start, "mail"), start, "email"),
        answered((start, "letter"), start, "letter", "certificate_of_conduct"),
        handed_over((start, "card"), start),
        *(reserved((start, n), start) for n in range(size)),
        of_booking("BookingOpened", (start, 0), start),
        of_booking("HoldExpired", (start, 0), start),
    ]


def full_week() -> list[Told]:
    """One of each that the door, the post room, the safe and the mailer can tell."""

    def after(minutes: float) -> Any:
        return MONDAY + timedelta(minutes=minutes)

    return [
        *(refused(n, after(n), "too-early" if n else "unknown-code") for n in range(3)),
        *(admitted(n, after(n), "appointment") for n in range(2)),
        *(of_visit("ServiceStarted", n, after(10)) for n in range(2)),
        finished(0, after(19), "registration"),
        finished(1, after(22), "passport_apply"),
        of_item("ItemReceived", "weekend", after(0), "2026-11-13", channel="email"),
        *(of_item("ItemReceived", n, after(n)) for n in range(5)),
        of_item("ItemAnswered", 0, after(60)),
        papers("PapersRequested", 1, after(60)),
        papers("PapersReceived", 1, after(70), complete=True),
        custody("DocumentOrdered", "o", after(0)),
        custody("DocumentReady", "old", MONDAY - timedelta(days=28)),
        *(custody("DocumentReady", n, after(n), "passport" if n else "id_card") for n in range(4)),
        custody("DocumentShipped", "s", after(0)),
        handed_over(1, after(3000), "passport"),
        *(message("MessageSent", n, after(n)) for n in range(2)),
        message("MessageBounced", 0, after(9)),
        message("MessageFailed", 2, after(9)),
        message("LetterPrinted", 3, after(9), "letter"),
        message("MessageSkipped", 4, after(9), "letter"),
    ]
