"""What tests of the weekly report share: a client, a busy week, and a reader of the page."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from httpx import ASGITransport, AsyncClient

from servicekit.http import make_app
from servicekit.web.pages import Assets, Pages
from services.reporting.routes import TEMPLATES, routes
from tests.rules.reporting.story import (
    Told,
    answered,
    called,
    finished,
    handed_over,
    of_booking,
    opened,
    recorded_call,
    reserved,
    utc,
)
from tests.way.book import Book

MONDAY = utc("2026-11-16T08:00")
NOW = utc("2026-11-25T12:00")
API = "/api/reporting/v1"

Client = AsyncClient


def client_of(book: Book, assets: Path, permission: str = "public", now: datetime = NOW) -> Client:
    """Calls reporting's application on these read models without a network."""
    pages = Pages([TEMPLATES], Assets(assets, "reporting"))
    handlers = routes(book.read, lambda: now, pages, permission=permission)
    app = make_app(handlers, refusals={}, pages=pages, now=lambda: now, origins=(), dev_tokens=True)
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
