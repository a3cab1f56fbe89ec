"""Weeks and the registry of metrics over HTTP: JSON, and CSV, XLSX or PDF by ending.

Promises: the same report that the page shows; an unknown week is ``not-found``, a bad span or form
``invalid-input``; answers carry an ETag. Shown by ``tests/way/test_week_page.py``.
"""

from __future__ import annotations

import asyncio
import re
from hashlib import sha256
from typing import Annotated

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter

from servicekit.decider import Refused
from servicekit.web.requests import AnyRequest, tagged
from services.reporting.export import Format, span_entries, week_entries, write
from services.reporting.paper import pdf
from services.reporting.report import Reports
from services.reporting.weeks import Week
from services.reporting.workbook import workbook

from .bodies import WeekBody, WeeksBody, week_body, weeks_body
from .registry import MetricsBody, metrics_body

MOST_WEEKS = 106
"""Two long years: the longest span of one answer."""
CSV = "text/csv"  # the encoding is added on the way out
ENDINGS = {
    "": "application/json",
    "json": "application/json",
    "csv": CSV,
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
"""Ending of a week's address → type of the answer."""
_SITE = re.compile(r"^[a-z][a-z0-9_]{0,39}$")


def known_week(name: str) -> Week:
    """The week of that name, or ``not-found``."""
    week = Week.parse(name)
    if week is None:
        raise Refused("not-found")
    return week


def known_site(site: str | None) -> str | None:
    """A site's code as it may be asked for; None for the whole office."""
    if site is not None and not _SITE.match(site):
        raise Refused("invalid-input", errors={"site": "format"})
    return site


def _form(name: str) -> Format:
    if name not in set(Format):
        raise Refused("invalid-input", errors={"format": "value"})
    return Format(name)


def answer(request: AnyRequest, body: bytes, media_type: str = "application/json") -> Response[bytes]:
    """A tagged answer, 304 if the reader has it."""
    return tagged(request, f'"{sha256(body).hexdigest()[:24]}"', body, media_type)


def _file(request: AnyRequest, body: bytes, name: str, media_type: str = CSV) -> Response[bytes]:
    file = answer(request, body, media_type)
    file.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return file


def spec(body: type[msgspec.Struct], what: str) -> dict[int, ResponseSpec]:
    """What the description says of a route's answer."""
    return {200: ResponseSpec(data_container=body, description=what, generate_examples=False)}


@get("/weeks/{week:str}", responses=spec(WeekBody, "The week; as file with the ending .csv, .xlsx or .pdf"))
async def one_week(
    request: AnyRequest,
    reports: NamedDependency[Reports],
    week: FromPath[str],
    site: FromQuery[str | None] = None,
    form: Annotated[str, QueryParameter(name="format")] = "office",
) -> Response[bytes]:
    """One week, such as ``2026-W47`` or ``2026-W47.csv``; CSV with ``format=open`` for programs."""
    name, _dot, ending = week.partition(".")
    if ending not in ENDINGS or week.endswith("."):
        raise Refused("not-found")
    report = await reports.week(known_week(name), known_site(site))
    match ending:
        case "csv":
            body = write(week_entries(report), _form(form))
        case "xlsx":
            body = await asyncio.to_thread(workbook, report)
        case "pdf":
            body = await asyncio.to_thread(pdf, report)
        case _:
            return answer(request, msgspec.json.encode(week_body(report)))
    return _file(request, body, f"buergerbuero-{name}.{ending}", ENDINGS[ending])


@get(["/weeks", "/weeks.csv"], responses=spec(WeeksBody, "The weeks; as CSV with the ending .csv"))
async def many_weeks(
    request: AnyRequest,
    reports: NamedDependency[Reports],
    first: Annotated[str, QueryParameter(name="from")],
    last: Annotated[str, QueryParameter(name="to")],
    site: FromQuery[str | None] = None,
    form: Annotated[str, QueryParameter(name="format")] = "office",
) -> Response[bytes]:
    """All weeks of a span, both ends included, at most 106, without comparisons."""
    start, end = Week.parse(first), Week.parse(last)
    if start is None or end is None:
        raise Refused("invalid-input", errors={"to" if start else "from": "format"})
    if not start <= end < start.plus(MOST_WEEKS):
        raise Refused("invalid-input", errors={"to": "range"})
    weeks = list((await reports.weeks(start, end, known_site(site))).items())
    if request.scope["path"].endswith(".csv"):
        return _file(request, write(span_entries(weeks), _form(form)), f"buergerbuero-{start}-{end}.csv")
    return answer(request, msgspec.json.encode(weeks_body(site, weeks)))


@get("/metrics", responses=spec(MetricsBody, "All metrics with their definitions"))
async def registry(request: AnyRequest) -> Response[bytes]:
    """What each metric is called, counts and aims at."""
    return answer(request, msgspec.json.encode(metrics_body()))


HANDLERS = (one_week, many_weeks, registry)
