"""Pick-ups over JSON: the window's free times, and booking one of them with a grant.

Promises: only a genuine grant is looked at, and every other is the one ``not-found``; an invitation has
one booking, so whoever asks a second time, in whatever way, gets that booking with its present time.
Shown by ``tests/way/test_pickups_api.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromQuery

from buergerbuero_contracts.booking import Pool
from servicekit.decider import Refused
from servicekit.handle import Outcome
from servicekit.web.problems import local
from servicekit.web.requests import AnyRequest, done
from services.booking import commands as ask
from services.booking.api import bodies as b
from services.booking.api import examples as ex
from services.booking.api import views
from services.booking.api.bookings import PLACE, PUBLIC, described, json_body
from services.booking.api.catalogue import From
from services.booking.office import Office
from services.booking.proof import command_context, granted, office_of
from services.booking.rules.booking_state import folded
from services.booking.rules.calendar import local_date
from services.booking.rules.catalogue import needs
from services.booking.rules.free_slots import Times, next_days
from services.booking.rules.pickup import Invitation, pickup_booking_id
from services.booking.rules.places import Wanted

DAYS = 5
"""Dates with free times that one look shows."""
GRANTED = ("not-found", "grant-expired", "invitation-on-its-way", "invitation-ended")


@dataclass(frozen=True, slots=True)
class Free:
    """What waits, and when it can be collected. ``next_from`` is the date from which to look on, if any."""

    invitation: Invitation
    days: tuple[tuple[date, Times], ...]
    next_from: date | None


async def free_times(office: Office, grant: str, first: date | None, most: int = DAYS) -> Free:
    """The first dates from ``first`` on at which the window has time for the grant's documents."""
    invitation = await office.waiting(granted(office, grant).invitation_id)
    if invitation.ended or not invitation.documents:
        raise Refused("invitation-ended")
    site, now = views.set_up(office, invitation.site), office.clock.now()
    first = max(first or local_date(now), local_date(now))
    skills = needs(site.catalogue, invitation.items)
    wanted = Wanted(len(invitation.documents), skills, Pool.PICKUP_WINDOW)
    plans = [plan for day, plan in office.plans(invitation.site).items() if day >= first]
    found = next_days(plans, wanted, now, most + 1, site.opening.settings)
    return Free(invitation, found[:most], found[most][0] if len(found) > most else None)


async def book(request: AnyRequest, grant: str, starts_at: datetime) -> tuple[UUID, Outcome]:
    """Book, or meet what is booked: the booking that has the documents, and what this call led to."""
    office = office_of(request)
    given = granted(office, grant, late=True)
    booking_id = pickup_booking_id(given.invitation_id)
    context = command_context(request, str(booking_id))
    if given.late:
        history = await office.history(booking_id)
        if all(one.meta.command_id != context.command_id for one in history):
            raise Refused("grant-expired")
    command = ask.BookPickup(invitation_id=given.invitation_id, starts_at=starts_at)
    try:
        return booking_id, await office.execute(command, context)
    except Refused as refused:
        holder = refused.details.get("booking_id")
        if refused.code != "document-booked" or not isinstance(holder, UUID):
            raise
        return holder, Outcome()


@get(
    "/pickups/free-slots",
    opt=PUBLIC,
    responses=described(b.PickupTimes, ex.PICKUP_TIMES, *GRANTED),
)
async def free_slots(
    request: AnyRequest, grant: FromQuery[str] = "", from_: From = None, days: FromQuery[int] = DAYS
) -> Response[bytes]:
    """The next dates with free times at the window, for all documents of the grant in one visit."""
    b.near("from", from_)
    if not 1 <= days <= 28:
        raise Refused("invalid-input", errors={"days": "range"})
    free = await free_times(office_of(request), grant, from_, days)
    body = b.PickupTimes(
        site=free.invitation.site,
        items=tuple(b.ItemBody(item.service, item.quantity) for item in free.invitation.items),
        days=tuple(
            b.FreeTimesOfDay(day, tuple(b.FreeTime(local(start), local(end)) for start, end in times))
            for day, times in free.days
        ),
        next_from=free.next_from,
    )
    return Response(views.encoded(body), media_type="application/json")


@post(
    "/pickups",
    opt=PUBLIC,
    responses=described(b.Held, ex.PICKED, *GRANTED, *PLACE, "document-booked", status=201, post=True),
)
async def reserve_pickup(
    request: AnyRequest, data: Annotated[b.PickupBody, json_body(ex.PICKUP)]
) -> Response[bytes]:
    """A time at the window, confirmed at once. 200 with the present booking if there is one already."""
    b.near("starts_at", data.starts_at)
    office = office_of(request)
    booking_id, outcome = await book(request, data.grant, data.starts_at)
    history = await office.history(booking_id)
    body = views.held(office, folded(history, outcome.position), history[0].meta.at)
    where = {"Location": f"/api/booking/v1/bookings/{booking_id}"}
    return done(outcome, office.position(), body, 201 if outcome.events else 200, where)


ROUTES = (free_slots, reserve_pickup)
