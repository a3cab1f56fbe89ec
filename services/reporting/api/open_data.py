"""Open data over HTTP: contacts by week as CSV and JSON with their description. For everybody.

Promises: only closed weeks, only what ``suppression.py`` lets through; both files hold the same rows.
Shown by ``tests/way/test_open_data.py``.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from servicekit.web.requests import AnyRequest, tagged
from services.reporting import open_data
from services.reporting.report import Reports

CACHE = "public, max-age=3600"
_PUBLIC = {"permission": "public"}


def _answer(request: AnyRequest, body: bytes, media_type: str = "application/json") -> Response[bytes]:
    answer = tagged(request, f'"{sha256(body).hexdigest()[:24]}"', body, media_type)
    answer.headers["Cache-Control"] = CACHE
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@get(f"/opendata/{open_data.NAME}.csv", opt=_PUBLIC)
async def as_csv(request: AnyRequest, reports: NamedDependency[Reports]) -> Response[bytes]:
    """The rows by RFC 4180."""
    return _answer(request, open_data.as_csv(open_data.rows(await reports.closed_weeks())), "text/csv")


@get(f"/opendata/{open_data.NAME}.json", opt=_PUBLIC)
async def as_json(request: AnyRequest, reports: NamedDependency[Reports]) -> Response[bytes]:
    """The same rows as objects."""
    found: list[dict[str, Any]] = open_data.as_json(open_data.rows(await reports.closed_weeks()))
    return _answer(request, msgspec.json.encode(found))


@get("/opendata/datapackage.json", opt=_PUBLIC)
async def description(request: AnyRequest) -> Response[bytes]:
    """What the files hold, who may use them, and what an empty value means."""
    return _answer(request, msgspec.json.format(msgspec.json.encode(open_data.datapackage())))


HANDLERS = (as_csv, as_json, description)
