"""What anybody may ask: services, sites, free times. Nothing here depends on who asks.

Promises: each answer carries an ETag; the same bytes are not sent twice.
Shown by ``tests/way/test_booking_api.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from hashlib import sha256
from typing import Annotated, Any

from litestar import Response, get
from litestar.params import FromPath, FromQuery, QueryParameter

from buergerbuero_contracts.booking import Pool
from servicekit.decider import Refused
from servicekit.web.kept import keep
from servicekit.web.requests import AnyRequest, language, min_position, tagged
from services.booking.api import bodies as b
from services.booking.api import examples as ex
from services.booking.api import views
from services.booking.api.bookings import PUBLIC, described
from services.booking.api.free_slots import FreeSlots, Question, question
from services.booking.proof import office_of, staff_of
from services.booking.rules.calendar import local_date

ASKED = (
    *("not-found", "unknown-service", "not-combinable", "no-visit-needed", "pickup-by-invitation"),
    "too-long",
)
Persons = Annotated[int, QueryParameter(description="For how many people, 1 to 6.")]
Wished = Annotated[
    list[str], QueryParameter(name="service", description="A service, or `service:quantity`; repeatable.")
]
From = Annotated[date | None, QueryParameter(name="from", description="The first date; today if left out.")]
APool = Annotated[str | None, QueryParameter(description="Another pool than `online`, with staff proof.")]


def _answer(request: AnyRequest, body: Any) -> Response[bytes]:
    content = views.encoded(body)
    return tagged(request, f'"{sha256(content).hexdigest()[:20]}"', content)


def _language(request: AnyRequest) -> str:
    return language(request, request.app.state.languages)


@get("/services", opt=PUBLIC, responses=described(b.Services, {"services": [ex.SERVICE]}))
async def services(request: AnyRequest) -> Response[bytes]:
    """All services with minutes, channels, papers and fee, in the request's language."""
    found = views.services(office_of(request), _language(request))
    return _answer(request, b.Services(tuple(found.values())))


@get("/services/{service:str}", opt=PUBLIC, responses=described(b.ServiceAnswer, ex.SERVICE, "not-found"))
async def one_service(request: AnyRequest, service: FromPath[str]) -> Response[bytes]:
    """One service."""
    found = views.services(office_of(request), _language(request)).get(service)
    if found is None:
        raise Refused("not-found")
    return _answer(request, found)


@get("/sites", opt=PUBLIC, responses=described(b.Sites, {"sites": [ex.SITE]}))
async def sites(request: AnyRequest) -> Response[bytes]:
    """All offices with their hours of the next 28 days."""
    office = office_of(request)
    now = office.clock.now()
    return _answer(request, b.Sites(tuple(views.site(office, info, now) for info in office.sites.values())))


@get("/sites/{site:str}", opt=PUBLIC, responses=described(b.SiteAnswer, ex.SITE, "not-found"))
async def one_site(request: AnyRequest, site: FromPath[str]) -> Response[bytes]:
    """One office."""
    office = office_of(request)
    return _answer(request, views.site(office, views.known_site(office, site), office.clock.now()))


@get("/sites/{site:str}/free-slots", opt=PUBLIC, responses=described(b.Overview, ex.OVERVIEW, *ASKED))
async def free_slots(
    request: AnyRequest,
    site: FromPath[str],
    service: Wished,
    persons: Persons = 1,
    from_: From = None,
    days: FromQuery[int] = 28,
    pool: APool = None,
) -> Response[bytes]:
    """Days with free times, for one or more services in one appointment."""
    first = from_ or local_date(office_of(request).clock.now())
    free, asked = await _ready(request, site, service, persons, pool, first, days)
    return _told(request, free, asked, free.overview)


@get("/sites/{site:str}/free-slots/{day:date}", opt=PUBLIC, responses=described(b.Times, ex.TIMES, *ASKED))
async def free_times(
    request: AnyRequest,
    site: FromPath[str],
    day: FromPath[date],
    service: Wished,
    persons: Persons = 1,
    pool: APool = None,
) -> Response[bytes]:
    """The free times of one date."""
    free, asked = await _ready(request, site, service, persons, pool, day, 1)
    return _told(request, free, asked, free.day)


def _told(
    request: AnyRequest, free: FreeSlots, asked: Question, answer: Callable[[Question], bytes]
) -> Response[bytes]:
    """The bytes with their tag, which is the older of both; who names no pool is told what all are told."""
    tag = free.tag(asked.site)
    if "pool" not in request.query_params:
        keep(request, tag, partial(free.tag, asked.site))
    return tagged(request, tag, answer(asked))


async def _ready(
    request: AnyRequest,
    site: str,
    service: list[str],
    persons: int,
    pool: str | None,
    first: date,
    days: int,
) -> tuple[FreeSlots, Question]:
    """The question, once the plans have seen what the client wants seen."""
    office, who = office_of(request), staff_of(request)
    views.known_site(office, site)
    b.near("from", first)
    if pool is not None:
        if pool not in {one.value for one in Pool}:
            raise Refused("invalid-input", errors={"pool": "value"})
        if who is None:
            raise Refused("proof-missing")
        who.need("book_for_others", site)
    asked = question(site, service, persons, Pool(pool or "online"), first, days)
    if position := min_position(request):
        await office.caught_up(position)
    free: FreeSlots = request.app.state.free_slots
    return free, asked


ROUTES = (services, one_service, sites, one_site, free_slots, free_times)
