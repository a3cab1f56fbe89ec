"""The window's day over JSON: the fetch list.

Promises: what was just done is in it, if the call says so with ``Min-Log-Position``; no names, no
numbers. Shown by ``tests/way/test_documents_api.py``.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from litestar import Response, get
from litestar.params import QueryParameter

from servicekit.web.requests import AnyRequest, min_position
from services.documents.access import need_site, staff_of
from services.documents.api import bodies as b
from services.documents.api import examples as ex
from services.documents.api import views
from services.documents.api.documents import DOCUMENTS, STAFF, answer, described
from services.documents.office import Office, office_of
from services.documents.pickups import Waiting, bounds, waiting
from services.documents.rules.calendar import local_date


async def day_of(office: Office, site: str, day: date) -> Waiting:
    """What a site's window needs on a day."""
    booked = await office.documents.of_day(site, *bounds(day))
    return waiting(booked, await office.documents.at(site, "window"))


@get(
    "/fetch-list",
    opt=DOCUMENTS,
    responses=described(b.FetchList, ex.FETCH_LIST, *STAFF, "unknown-site"),
)
async def fetch_list(
    request: AnyRequest,
    site: Annotated[str, QueryParameter(max_length=40, description="The site's code.")],
    on: Annotated[date | None, QueryParameter(name="date", description="Today if absent.")] = None,
) -> Response[bytes]:
    """Which documents are collected on a date, by time, with the bin of each."""
    office = office_of(request)
    need_site(staff_of(request), request, site)
    b.near("date", on)
    await office.shown(min_position(request))
    day = on or local_date(office.clock.now())
    return answer(views.fetch_list(site, day, await day_of(office, site, day), office.code_key))


ROUTES = (fetch_list,)
