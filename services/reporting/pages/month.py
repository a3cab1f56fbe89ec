"""The figures of a month as a page, week by week, for office management.

Promises: a month is the ISO weeks whose Thursday is in it, so that the months of a year are its weeks, each
once; counts are the sums of the weekly pages. Shown by ``tests/way/test_month_page.py``.
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
from services.reporting.weeks import of_month
from services.reporting.words import MONTHS

from . import periods

_MONTH = re.compile(r"(20[0-9]{2}|21[0-9]{2})-(0[1-9]|1[0-2])", re.ASCII)


@get("/berichte/monat/{month:str}")
async def month_page(
    request: AnyRequest,
    reports: NamedDependency[Reports],
    pages: NamedDependency[Pages],
    month: FromPath[str],
) -> Response[bytes]:
    """One month of the whole office, such as ``2026-11``."""
    match = _MONTH.fullmatch(month)
    if match is None:
        raise Refused("not-found")
    year, number = int(match[1]), int(match[2])
    report = await reports.span(of_month(year, number), stocks=True)
    before, after = divmod(12 * year + number - 2, 12), divmod(12 * year + number, 12)
    page = pages.render(
        "month.html.jinja",
        "de",
        title=f"{MONTHS[number - 1]} {year}",
        year=year,
        previous=f"{before[0]}-{before[1] + 1:02}",
        following=f"{after[0]}-{after[1] + 1:02}",
        weeks=report.weeks,
        until=report.until,
        sections=periods.span_sections(report),
    )
    body = page.encode()
    return tagged(request, f'"{sha256(body).hexdigest()[:24]}"', body, "text/html")


HANDLERS = (month_page,)
