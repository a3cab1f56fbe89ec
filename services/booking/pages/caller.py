"""A pick-up for somebody who calls or stands here: found by first name and surname, then the free times.

Promises: only people of the own site whose documents wait are found, and only by both names; whoever is
shown one leaves a read record first; names go by POST and stand in no address. The times are the page of a
grant (``pickup.py``), which books for whoever staff speak with.
Shown by ``tests/way/test_pickup_for_callers.py``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from servicekit.decider import Refused
from servicekit.staff import Staff
from servicekit.tokens import Purpose
from servicekit.web.names import has_names
from servicekit.web.requests import AnyRequest
from servicekit.web.staff_pages import staff_page, told
from services.booking.office import Office, Read
from services.booking.proof import office_of, staff_of
from services.booking.rules.pickup import pickup_booking_id

CALLER: dict[str, Any] = {"permission": "book_for_others"}
PATH = "/amt/abholtermin"
GRANTED = timedelta(minutes=30)
SEARCH = "pickup_search"
"""Reason of the read record."""
MOST = 5
"""Namesakes shown; with more, only the office's own register tells them apart."""


@get(PATH, opt=CALLER, include_in_schema=False)
async def show(request: AnyRequest) -> Response[bytes]:
    """The two names."""
    return _page(request)


@post(PATH, opt=CALLER, status_code=200, include_in_schema=False)
async def search(request: AnyRequest) -> Response[bytes]:
    """Whose documents wait, each with the way to the free times."""
    typed, office, who = request.state.payload, office_of(request), _who(request)
    first, surname = (str(typed.get(name, "")).strip()[:100] for name in ("first_name", "surname"))
    missing = {name: "missing" for name, text in (("first_name", first), ("surname", surname)) if not text}
    if missing:
        return _page(request, told=told(request, Refused("invalid-input", errors=missing)))
    called = await office.called(who.site)
    mine = [(one, name) for one, name in called if has_names(name, first, surname)][:MOST]
    seen = tuple(pickup_booking_id(one) for one, _name in mine)
    if seen:
        now = office.clock.now()
        await office.floor.record_read(Read(who.id, who.role, who.site, SEARCH, seen, now))
    ways = [await _way(office, one, name) for one, name in mine]
    return _page(request, found=[way for way in ways if way["services"]])


async def _way(office: Office, invitation_id: UUID, name: str) -> dict[str, Any]:
    """Who, what waits, and where the free times are."""
    invitation, texts = await office.waiting(invitation_id), office.texts["de"]
    grant = office.tokens.sign(Purpose.GRANT, invitation_id, office.clock.now() + GRANTED)
    return {
        "name": name,
        "services": [texts[item.service].name for item in invitation.items],
        "href": f"/de/abholtermin/{grant}",
    }


def _who(request: AnyRequest) -> Staff:
    who = staff_of(request)
    if who is None:
        raise Refused("proof-missing")
    return who


def _page(request: AnyRequest, **values: Any) -> Response[bytes]:
    typed = {} if request.method == "GET" else request.state.payload
    return staff_page(
        request, "staff/caller.html.jinja", **{"found": None, "told": None, **values}, home=PATH, typed=typed
    )


ROUTES = (show, search)
