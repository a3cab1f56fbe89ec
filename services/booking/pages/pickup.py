"""When shall the document be collected: the window's free times behind a grant.

Promises: GET changes nothing; one POST books and leads to the ticket, also the second of a double click
or after "back"; without a script; a time that cannot be had any more shows the page again, with what to
choose instead. Shown by ``tests/way/test_pickup_page.py`` and ``tests/pages/test_pickup_page.py``.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from servicekit.decider import Refused
from servicekit.web.pages import packed
from servicekit.web.requests import AnyRequest
from services.booking.api.bookings import PLACE
from services.booking.api.pickups import book, free_times
from services.booking.api.views import ticket_token
from services.booking.office import Office
from services.booking.pages.citizen import language_of, pages_of
from services.booking.pages.wish import by_day, day_of, halves, moment_of
from services.booking.proof import granted, office_of
from services.booking.refusals import REFUSALS
from services.booking.rules.booking_state import Booking, Status
from services.booking.rules.pickup import pickup_booking_id

OPEN: dict[str, Any] = {"permission": "own_booking"}
STANDS = frozenset({Status.CONFIRMED, Status.DISPLACED, Status.ADMITTED})


@dataclass(frozen=True, slots=True)
class Error:
    """Why the form is shown again: status, message (none if nothing was chosen), times to choose instead."""

    status: int
    message: str = ""
    instead: tuple[datetime, ...] = ()


@get("/{l:str}/abholtermin/{grant:str}", opt=OPEN, include_in_schema=False)
async def choose(request: AnyRequest, l: FromPath[str], grant: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """The free times; the ticket, if the invitation has its booking already."""
    office, language = office_of(request), language_of(request, l)
    booking = await office.booking(pickup_booking_id(granted(office, grant).invitation_id))
    if booking.status is not Status.NONE:
        return _to_ticket(office, language, booking, "already" if booking.status in STANDS else "")
    return await _page(request, language, grant, day_of(request.query_params.get("ab", "")))


@post("/{l:str}/abholtermin/{grant:str}", opt=OPEN, include_in_schema=False)
async def take(request: AnyRequest, l: FromPath[str], grant: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """Book the time that was chosen. The form carries the grant too, as all our forms behind links."""
    office, language, typed = office_of(request), language_of(request, l), request.state.payload
    if typed.get("token") != grant:
        raise Refused("not-found")
    starts_at, first = moment_of(str(typed.get("starts_at", ""))), day_of(str(typed.get("ab", "")))
    if starts_at is None:
        granted(office, grant)
        return await _page(request, language, grant, first, Error(422))
    try:
        booking_id, outcome = await book(request, granted(office, grant, late=True), starts_at)
    except Refused as refused:
        if refused.code not in PLACE:
            raise
        row = REFUSALS[refused.code]
        error = Error(row.status, row.text(language).detail, tuple(refused.details.get("alternatives", ())))
        return await _page(request, language, grant, first, error)
    booking = await office.booking(booking_id)
    return _to_ticket(office, language, booking, "confirmed" if outcome.events else "already")


def _to_ticket(office: Office, language: str, booking: Booking, done: str) -> Response[bytes]:
    """303 to the ticket, so that loading again sends no form."""
    where = f"/{language}/t/{ticket_token(office, booking)}"
    return Response(b"", status_code=303, headers={"Location": f"{where}?done={done}" if done else where})


async def _page(
    request: AnyRequest, language: str, grant: str, first: date | None, error: Error | None = None
) -> Response[bytes]:
    office, pages = office_of(request), pages_of(request)
    free = await free_times(office, granted(office, grant).invitation_id, first)
    texts = office.texts.get(language, office.texts["de"])
    content = pages.render(
        "pickup.html.jinja",
        language,
        site=office.sites[free.invitation.site],
        services=[(texts[item.service], item.quantity) for item in free.invitation.items],
        minutes=5 * len(free.invitation.documents),
        days=[(day, len(times), halves(times)) for day, times in free.days],
        next_from=free.next_from,
        first=first,
        error=error,
        instead=by_day(error.instead) if error else [],
        path=f"/{language}/abholtermin/{grant}",
        token=grant,
        key=secrets.token_urlsafe(12),
        links=pages.links(request.scope["path"], language) if request.method == "GET" else (),
    )
    return packed(request, pages.answer(content, error.status if error else 200))


ROUTES = (choose, take)
