"""The figures of a year as a page, for office management.

Promises: a year is its ISO weeks, 52 or 53 of them, never the dates between two New Years; counts are
the sums of the weekly pages. Shown by ``tests/way/test_year_page.py``.
"""

from __future__ import annotations

import re
from hashlib import sha256

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from servicekit.decider import Refused
from servicekit.web.pages import Pages
from servicekit.web.requests import AnyRequest, tagged
from services.reporting.report import Reports
from services.reporting.weeks import of_year

from . import periods

_YEAR = re.compile(r"20[0-9]{2}|21[0-9]{2}", re.ASCII)


@get("/berichte/jahr/{year:str}")
async def year_page(
    request: AnyRequest, reports: NamedDependency[Reports], pages: NamedDependency[Pages], year: FromPath[str]
) -> Response[bytes]:
    """One year of the whole office."""
    if not _YEAR.fullmatch(year):
        raise Refused("not-found")
    report = await reports.span(of_year(int(year)))
    page = pages.render(
        "year.html.jinja",
        "de",
        year=int(year),
        first=report.weeks[0],
        last=report.weeks[-1],
        until=report.until,
        sections=periods.span_sections(report),
    )
    body = page.encode()
    return tagged(request, f'"{sha256(body).hexdigest()[:24]}"', body, "text/html")


HANDLERS = (year_page,)
