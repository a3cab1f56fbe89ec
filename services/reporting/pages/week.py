"""The weekly report as a page, for office management.

Promises: GET only; an unknown week is the page "not found"; everything on it comes from the report
that CSV and JSON show. Shown by ``tests/way/test_week_page.py``.
"""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import urlencode

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from servicekit.web.pages import Pages, packed
from servicekit.web.requests import AnyRequest, tagged
from services.reporting.api.weeks import known_site, known_week
from services.reporting.history import History
from services.reporting.report import Reports

from . import tables, view
from .pictures import pictures


@get(["/", "/berichte", "/berichte/woche"])
async def newest(reports: NamedDependency[Reports]) -> Redirect:
    """The current week."""
    return Redirect(f"/berichte/woche/{reports.current()}", status_code=303)


@get("/berichte/woche/{week:str}")
async def week_page(
    request: AnyRequest,
    reports: NamedDependency[Reports],
    pages: NamedDependency[Pages],
    history: NamedDependency[History],
    week: FromPath[str],
    site: FromQuery[str | None] = None,
) -> Response[bytes]:
    """One week of the whole office, or of one site."""
    report = await reports.week(known_week(week), known_site(site or None))
    versions = await history.of(report.week)
    query = f"?{urlencode({'site': report.site})}" if report.site else ""
    page = pages.render(
        "week.html.jinja",
        "de",
        report=report,
        headline=view.headline(report),
        state=view.state(report, versions[-1] if versions else None),
        versions=versions,
        sections=view.sections(report),
        pictures=pictures(report),
        closures=view.closures(report),
        last_year=view.last_year_words(report.week),
        by_group=tables.by_group(report),
        by_day=tables.by_day(report),
        refused=tables.refused(report),
        durations=tables.durations(report),
        messages=tables.messages(report),
        month=f"{report.week.day(4):%Y-%m}",
        previous=report.week.plus(-1),
        following=report.week.plus(1),
        query=query,
        joined=f"{query}&" if query else "?",
    )
    body = page.encode()
    return packed(request, tagged(request, f'"{sha256(body).hexdigest()[:24]}"', body, "text/html"))


HANDLERS = (newest, week_page)
