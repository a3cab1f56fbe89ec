"""Another time for an appointment: the free times again, with the present one on top.

Promises: GET changes nothing; the present appointment stays until the new time is had, both in one step;
person, services and number of people stay as they are; a time that cannot be had shows the page again with
others. For pick-ups the window's times. Shown by ``tests/way/test_rebook_page.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath

from buergerbuero_contracts.booking import BookingKind, Pool
from servicekit.decider import Refused
from servicekit.web.requests import AnyRequest
from services.booking import commands as ask
from services.booking.api import views
from services.booking.api.bookings import OWN, PLACE
from services.booking.office import Office
from services.booking.pages.behind import Opened, link_page, open_link, pressed, to_ticket
from services.booking.pages.links import changeable
from services.booking.pages.wish import by_day, day_of, halves, moment_of
from services.booking.proof import command_context, office_of, origin_of
from services.booking.refusals import REFUSALS
from services.booking.rules.booking_state import Booking, start_of
from services.booking.rules.calendar import TICK, local_date
from services.booking.rules.catalogue import needs
from services.booking.rules.free_slots import FreeMasks, Times, alternatives, next_days
from services.booking.rules.places import Wanted

DAYS = 5
"""Dates with free times that one look shows."""


@dataclass(frozen=True, slots=True)
class Error:
    """Why the form is shown again: status, message (none if nothing was chosen), times to choose instead."""

    status: int
    message: str = ""
    instead: tuple[datetime, ...] = ()


@get("/{l:str}/t/{token:str}/verschieben", opt=OWN, include_in_schema=False)
async def choose(request: AnyRequest, l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """The free times; the ticket, if there is nothing to move any more."""
    opened = await open_link(request, l, token)
    opened.for_change()
    if not changeable(office_of(request), opened.booking):
        return to_ticket(office_of(request), opened, "")
    return _page(request, opened, day_of(request.query_params.get("ab", "")))


@post("/{l:str}/t/{token:str}/verschieben", opt=OWN, include_in_schema=False)
async def move(request: AnyRequest, l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """Swap the times, and show the ticket with the new one."""
    office, opened, typed = office_of(request), await pressed(request, l, token), request.state.payload
    opened.for_change()
    first, starts_at = day_of(str(typed.get("ab", ""))), moment_of(str(typed.get("starts_at", "")))
    if starts_at is None:
        return _page(request, opened, first, Error(422))
    command = ask.RescheduleBooking(
        booking_id=opened.booking.booking_id, starts_at=starts_at, origin=origin_of(request)
    )
    try:
        await office.execute(command, command_context(request, opened.proven.principal))
    except Refused as refused:
        if refused.code not in PLACE:
            raise
        return _page(request, opened, first, _error(office, opened, starts_at, refused))
    return to_ticket(office, opened, "moved")


def _error(office: Office, opened: Opened, starts_at: datetime, refused: Refused) -> Error:
    row, booking = REFUSALS[refused.code], opened.booking
    instead = refused.details.get("alternatives")
    if not instead:
        plans = _plans(office, booking, local_date(starts_at))
        settings = office.site(booking.site).opening.settings
        free = FreeMasks().of(_wanted(office, booking), office.clock.now(), settings)
        instead = alternatives(plans, free, starts_at)
    return Error(row.status, row.text(opened.language).detail, tuple(instead))


def _page(
    request: AnyRequest, opened: Opened, first: date | None, error: Error | None = None
) -> Response[bytes]:
    office, booking = office_of(request), opened.booking
    most = office.site(booking.site).opening.settings.max_moves
    found = _free(office, booking, first) if booking.own_moves < most else ()
    later = found[DAYS][0] if len(found) > DAYS else None
    return link_page(
        request,
        opened,
        "rebook.html.jinja",
        error.status if error else 200,
        blocked=booking.own_moves >= most,
        days=[(day, len(times), halves(times)) for day, times in found[:DAYS]],
        first=first,
        later=urlencode({"ab": later.isoformat()}) if later else None,
        error=error,
        instead=by_day(error.instead) if error else [],
        pickup=booking.kind is BookingKind.PICKUP,
        packed=True,
    )


def _free(office: Office, booking: Booking, first: date | None) -> tuple[tuple[date, Times], ...]:
    """The dates with times, one more than a page shows; the present time is no other time."""
    now = office.clock.now()
    plans = _plans(office, booking, max(first or local_date(now), local_date(now)))
    settings = office.site(booking.site).opening.settings
    found = next_days(plans, _wanted(office, booking), now, DAYS + 2, settings)
    others = ((day, tuple(one for one in times if one[0] != booking.starts_at)) for day, times in found)
    return tuple((day, times) for day, times in others if times)[: DAYS + 1]


def _plans(office: Office, booking: Booking, first: date) -> list[Any]:
    return [plan for day, plan in office.plans(booking.site).items() if day >= first]


def _wanted(office: Office, booking: Booking) -> Wanted:
    """A place like the present one, which itself counts as free."""
    catalogue = views.set_up(office, booking.site).catalogue
    pool = Pool.PICKUP_WINDOW if booking.kind is BookingKind.PICKUP else Pool.ONLINE
    starts_at = start_of(booking)
    ticks = ((booking.ends_at or starts_at) - starts_at) // TICK
    return Wanted(ticks, needs(catalogue, booking.items), pool, booking_id=booking.booking_id)


ROUTES: tuple[Any, ...] = (choose, move)
