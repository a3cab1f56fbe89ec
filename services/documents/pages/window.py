"""``/amt/ausgabe``: find a document by code, number, or surname and day of the pick-up.

Promises: what is searched for stands in the form's body, never in an address; only documents of the own
site are found; a surname without its day finds nothing. Shown by ``tests/way/test_window_pages.py`` and
``tests/pages/test_window.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from servicekit.decider import Refused
from servicekit.web.codes import is_code, read_code
from servicekit.web.names import has_surname
from servicekit.web.requests import AnyRequest
from servicekit.web.scanner import as_meant
from servicekit.web.staff_pages import Told, see_other, staff_page, told
from services.documents.access import staff_of
from services.documents.api.bodies import near
from services.documents.api.window import day_of
from services.documents.office import Office, office_of
from services.documents.pages.custody_words import KINDS, STATES, spot
from services.documents.pages.shared import WINDOW, held, names_of, typed, window_of, windows
from services.documents.pickups import Pickup, bounds
from services.documents.projections.document_queries import DocumentRow
from services.documents.rules.calendar import local_date

SEARCH, ADMITTED = "window_search", "window_admitted"
"""Reasons of the read record."""


@get("/amt/ausgabe", opt=WINDOW, include_in_schema=False)
async def show(request: AnyRequest) -> Response[bytes]:
    """The search, and who has been let in and waits for a document."""
    return await _page(request)


@post("/amt/ausgabe", opt=WINDOW, include_in_schema=False)
async def search(request: AnyRequest) -> Response[bytes]:
    """One document found: its page. Several: a list. None: says so."""
    try:
        found = await _found(request)
    except Refused as refused:
        return await _page(request, told=told(request, refused))
    if len(found) == 1:
        return see_other(f"/amt/ausgabe/{found[0].document_id}?fenster={window_of(request)}")
    return await _page(request, found)


async def _found(request: AnyRequest) -> Sequence[DocumentRow]:
    office, site = office_of(request), staff_of(request).site
    scan, surname, day = typed(request, "scan", 40), typed(request, "surname"), typed(request, "day")
    if scan:
        return await _by_scan(office, site, scan)
    if not surname or not day:
        missing = "surname" if not surname else "day"
        raise Refused("invalid-input", errors={missing if surname or day else "scan": "missing"})
    return await _by_surname(request, surname, _day(day))


async def _by_scan(office: Office, site: str, scan: str) -> Sequence[DocumentRow]:
    """A document's number, else the code of a pick-up booking; a scanner's wrong layout is undone (F06)."""
    document_id = await _numbered(office, scan)
    if document_id is not None:
        return [row for row in await office.documents.by_id([document_id]) if row.site == site]
    codes = {code for text in (scan, as_meant(scan)) if (code := read_code(text))}
    if not codes:
        return []
    booked = await office.documents.booked(site)
    mine = [one for one in booked if any(is_code(office.code_key, one, code) for code in codes)]
    return [row for one in mine for row in await office.documents.of_booking(one)]


async def _numbered(office: Office, scan: str) -> UUID | None:
    try:
        return await office.numbered(scan)
    except Refused:  # it has not the form of a number: then perhaps it is a code
        return None


async def _by_surname(request: AnyRequest, surname: str, day: date) -> Sequence[DocumentRow]:
    office = office_of(request)
    rows = await office.documents.of_day(staff_of(request).site, *bounds(day))
    people = {row.person_id for row in rows if row.person_id}
    names = await office.names.of(people, office.clock.now())
    mine = {person for person, name in names.items() if has_surname(name, surname)}
    return [row for row in rows if row.person_id in mine]


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Refused("invalid-input", errors={"day": "format"}) from None
    near("day", day)
    return day


async def _page(
    request: AnyRequest, found: Sequence[DocumentRow] | None = None, told: Told | None = None
) -> Response[bytes]:
    office, site = office_of(request), staff_of(request).site
    today = local_date(office.clock.now())
    waiting = [one for one in (await day_of(office, site, today)).pickups if one.admitted_at]
    names = await names_of(request, SEARCH, held(found or ()))
    names = {**names, **await names_of(request, ADMITTED, held(_documents(waiting)))}
    return staff_page(
        request,
        "staff/window.html.jinja",
        told=told,
        found=found,
        waiting=sorted(waiting, key=lambda one: one.admitted_at or one.starts_at),
        names=names,
        today=today,
        window=window_of(request),
        windows=windows(request),
        typed={} if request.method == "GET" else request.state.payload,
        **WORDS,
    )


def _documents(pickups: Sequence[Pickup]) -> list[DocumentRow]:
    return [row for one in pickups for row in one.documents]


WORDS: dict[str, Any] = {"kinds": KINDS, "states": STATES, "spot": spot}
"""What the templates of the window read out."""
ROUTES = (show, search)
