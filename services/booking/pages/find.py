"""The first screen: what do you want to get done? A search, the most used services, all services.

Promises: GET only and free of effects; what is typed is searched and shown, never kept or logged; whoever
finds nothing gets every service and the phone. Shown by ``tests/way/test_finding_pages.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from servicekit.web.requests import AnyRequest
from servicekit.web.requests import language as wished_language
from services.booking.api import views
from services.booking.api.bookings import PUBLIC
from services.booking.finding import LONGEST, Findable, find, most_used
from services.booking.office import Office
from services.booking.pages.citizen import language_of, page, site_of, texts_of, to
from services.booking.proof import office_of
from services.booking.rules.catalogue import Catalogue

MOST = 12
"""Services on the first screen."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of a list: the service, its name, and by which ways it is had."""

    code: str
    name: str
    channels: tuple[str, ...]


def on_offer(office: Office) -> Catalogue:
    """All services on offer, by code."""
    catalogue = views.set_up(office, site_of(office).code).catalogue
    return {code: one for code, one in catalogue.items() if one.on_offer}


def findable(office: Office, language: str) -> dict[str, Findable]:
    """What people find the services by: German names always, for who knows a matter by its German name."""
    texts, german = texts_of(office, language), office.texts["de"]
    return {
        code: Findable(code, (texts[code].name, german[code].name), texts[code].words, texts[code].often)
        for code in on_offer(office)
        if code in texts
    }


def listed(office: Office, language: str, codes: Iterable[str]) -> list[Listed]:
    """Lines for some services."""
    texts, catalogue = texts_of(office, language), on_offer(office)
    return [
        Listed(code, texts[code].name, tuple(one.value for one in catalogue[code].channels)) for code in codes
    ]


def grouped(office: Office, language: str) -> Mapping[str, list[Listed]]:
    """All services by group, by name."""
    catalogue, groups = on_offer(office), dict[str, list[Listed]]()
    for one in sorted(listed(office, language, findable(office, language)), key=lambda one: one.name):
        groups.setdefault(catalogue[one.code].group, []).append(one)
    return groups


@get("/", opt=PUBLIC, include_in_schema=False)
async def begin(request: AnyRequest) -> Response[bytes]:
    """To the first screen in the browser's language, German if we do not speak it."""
    answer = to(f"/{wished_language(request, request.app.state.languages)}/")
    answer.headers["Vary"] = "Accept-Language"
    return answer


@get("/{l:str}/", opt=PUBLIC, include_in_schema=False)
async def home(request: AnyRequest, l: FromPath[str]) -> Response[bytes]:  # noqa: E741 - the path's name
    """One search field, and the most used services."""
    language, office = language_of(request, l), office_of(request)
    most = most_used(findable(office, language), MOST)
    return _page(request, language, address=f"/{language}/", often=listed(office, language, most))


@get("/{l:str}/anliegen", opt=PUBLIC, include_in_schema=False)
async def search(request: AnyRequest, l: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """What fits the words of ``q``; all services without words, and where nothing fits."""
    language, office = language_of(request, l), office_of(request)
    typed = " ".join(str(request.query_params.get("q", "")).split())[:LONGEST]
    if not typed:
        return _page(request, language, groups=grouped(office, language))
    codes = find(typed, findable(office, language).values())
    if not codes:
        return _page(request, language, typed=typed, groups=grouped(office, language))
    return _page(request, language, typed=typed, found=listed(office, language, codes))


def unknown(request: AnyRequest, language: str, status: int = 404) -> Response[bytes]:
    """There is no such service: the search, and all there are."""
    groups = grouped(office_of(request), language)
    return _page(request, language, status, address=f"/{language}/anliegen", unknown=True, groups=groups)


def _page(request: AnyRequest, language: str, status: int = 200, **values: Any) -> Response[bytes]:
    shown = {"typed": "", "often": (), "found": (), "groups": {}, "unknown": False, **values}
    return page(request, language, "citizen/find.html.jinja", status, packed=True, **shown)


ROUTES = (begin, home, search)
