"""Two weeks side by side, for office management. Every comparison is a link.

Promises: GET only; what is no week is said beside the field it was typed into, with the input kept.
Shown by ``tests/way/test_month_page.py``.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from servicekit.web.pages import Pages
from servicekit.web.requests import AnyRequest, tagged
from services.reporting.api.weeks import known_site
from services.reporting.report import Reports
from services.reporting.weeks import Week

from . import periods


@get("/berichte/vergleich")
async def compare_page(
    request: AnyRequest,
    reports: NamedDependency[Reports],
    pages: NamedDependency[Pages],
    week: Annotated[str, QueryParameter(name="woche", max_length=20)] = "",
    other: Annotated[str, QueryParameter(name="mit", max_length=20)] = "",
    site: FromQuery[str | None] = None,
) -> Response[bytes]:
    """A week and another one; without a choice the last whole week and the one before it."""
    last = reports.current().plus(-1)
    typed = {"woche": week.strip().upper() or str(last)}
    this = Week.parse(typed["woche"])
    typed["mit"] = other.strip().upper() or str((this or last).plus(-1))
    that = Week.parse(typed["mit"])
    errors = {
        name: f"{typed[name]} ist keine Kalenderwoche. Schreiben Sie zum Beispiel {last}."
        for name, found in (("woche", this), ("mit", that))
        if found is None
    }
    known, sections = known_site(site or None), []
    if this and that:
        sections = periods.pair_sections(await reports.pair(this, that, known))
    page = pages.render(
        "compare.html.jinja",
        "de",
        this=this,
        that=that,
        site=known,
        typed=typed,
        errors=errors,
        sections=sections,
    )
    body = page.encode()
    if errors:
        return Response(body, status_code=422, media_type="text/html")
    return tagged(request, f'"{sha256(body).hexdigest()[:24]}"', body, "text/html")


HANDLERS = (compare_page,)
