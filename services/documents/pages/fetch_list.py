"""``/amt/abholliste``: what is collected today, with the bin of each document; fetch and put back.

Promises: whoever is in the house stands first; what was just done is shown; a document that was left at
a window is listed until it is back. Shown by ``tests/way/test_window_pages.py`` and
``tests/pages/test_window.py``.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from litestar import Response, get, post

from servicekit.decider import Refused
from servicekit.web.requests import AnyRequest
from servicekit.web.staff_pages import Told, see_other, staff_page, told
from services.documents import commands as ask
from services.documents.access import command_context, document_of, staff_of
from services.documents.api.bodies import near
from services.documents.api.window import day_of
from services.documents.office import office_of
from services.documents.pages.custody_words import KINDS, STATES, spot
from services.documents.pages.shared import WINDOW, held, id_of, names_of, typed, window_of, windows
from services.documents.pickups import Pickup
from services.documents.rules.calendar import local_date

PATH = "/amt/abholliste"
LISTED = "fetch_list"
"""Reason of the read record."""


@get(PATH, opt=WINDOW, include_in_schema=False)
async def show(request: AnyRequest) -> Response[bytes]:
    """The list of a day."""
    return await _page(request)


@post(f"{PATH}/holen", opt=WINDOW, include_in_schema=False)
async def fetch(request: AnyRequest) -> Response[bytes]:
    """One document from the safe to this window."""
    document_id = id_of(request, "document_id")
    command = ask.FetchDocument(document_id=document_id, window=window_of(request))
    return await _do(request, document_id, command)


@post(f"{PATH}/zuruecklegen", opt=WINDOW, include_in_schema=False)
async def put_back(request: AnyRequest) -> Response[bytes]:
    """One document from the window where it lies into the safe."""
    document_id = id_of(request, "document_id")
    state = await document_of(request, document_id)
    window = state.window or window_of(request)
    command = ask.PutBack(document_id=document_id, window=window, bin=typed(request, "bin"))
    return await _do(request, document_id, command)


async def _do(request: AnyRequest, document_id: UUID, command: ask.Command) -> Response[bytes]:
    office = office_of(request)
    try:
        await document_of(request, document_id)
        outcome = await office.execute(command, command_context(request))
    except Refused as refused:
        if refused.code not in request.app.state.refusals:
            raise
        return await _page(request, told=told(request, refused))
    await office.shown(outcome.position)
    return see_other(f"{PATH}?fenster={window_of(request)}&tag={_day(request).isoformat()}")


def _day(request: AnyRequest) -> date:
    """The day of the list: as the address or form says, else today."""
    today = local_date(office_of(request).clock.now())
    text = request.query_params.get("tag", "") if request.method == "GET" else typed(request, "tag")
    try:
        day = date.fromisoformat(text) if text else today
        near("tag", day)
    except (ValueError, Refused):
        return today
    return day


async def _page(request: AnyRequest, told: Told | None = None) -> Response[bytes]:
    office, site, day = office_of(request), staff_of(request).site, _day(request)
    waiting = await day_of(office, site, day)
    pickups = sorted(waiting.pickups, key=_first)
    rows = [row for one in pickups for row in one.documents] + list(waiting.at_window)
    return staff_page(
        request,
        "staff/fetch_list.html.jinja",
        told=told,
        day=day,
        pickups=pickups,
        at_window=waiting.at_window,
        names=await names_of(request, LISTED, held(rows)),
        window=window_of(request),
        windows=windows(request),
        refused=typed(request, "document_id") if told else "",
        typed_bin=typed(request, "bin") if told else "",
        kinds=KINDS,
        states=STATES,
        spot=spot,
    )


def _first(one: Pickup) -> tuple[bool, object]:
    """Who is in the house first, then by time."""
    return (one.admitted_at is None, one.starts_at)


ROUTES = (show, fetch, put_back)
