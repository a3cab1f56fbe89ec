"""Pick-ups over JSON: the window's free times, and booking one of them with a grant.

Promises: only a genuine grant is looked at, and every other is the one ``not-found``; staff who may book
for others at the site need none; an invitation has one booking, so whoever asks a second time, in whatever
way, gets that booking with its present time.
Shown by ``tests/way/test_pickups_api.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromQuery

from buergerbuero_contracts.booking import Channel, Pool
from servicekit.decider import Refused
from servicekit.handle import Outcome
from servicekit.staff import Staff
from servicekit.web.problems import local
from servicekit.web.requests import AnyRequest, done
from services.booking import commands as ask
from services.booking.api import bodies as b
from services.booking.api import examples as ex
from services.booking.api import views
from services.booking.api.bookings import PLACE, PUBLIC, described, json_body
from services.booking.api.catalogue import From
from services.booking.office import Office
from services.booking.proof import Grant, command_context, granted, office_of, staff_of
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


async def free_times(
    office: Office, invitation_id: UUID, first: date | None = None, most: int = DAYS
) -> Free:
    """The first dates from ``first`` on at which the window has time for the invitation's documents."""
    invitation = await office.waiting(invitation_id)
    if invitation.ended or not invitation.documents:
        raise Refused("invitation-ended")
    site, now = views.set_up(office, invitation.site), office.clock.now()
    first = max(first or local_date(now), local_date(now))
    skills = needs(site.catalogue, invitation.items)
    wanted = Wanted(len(invitation.documents), skills, Pool.PICKUP_WINDOW)
    plans = [plan for day, plan in office.plans(invitation.site).items() if day >= first]
    found = next_days(plans, wanted, now, most + 1, site.opening.settings)
    return Free(invitation, found[:most], found[most][0] if len(found) > most else None)


async def called(request: AnyRequest, grant: str, invitation_id: UUID | None, *, late: bool = False) -> Grant:
    """The invitation that a call is about: a grant's, or the one that staff name."""
    if invitation_id is None:
        return granted(office_of(request), grant, late=late)
    who = staff_of(request)
    if who is None:
        raise Refused("proof-missing")
    who.need("book_for_others", (await office_of(request).waiting(invitation_id)).site)
    return Grant(invitation_id, late=False)


async def book(request: AnyRequest, given: Grant, starts_at: datetime) -> tuple[UUID, Outcome]:
    """Book, or meet what is booked: the booking that has the documents, and what this call led to."""
    office = office_of(request)
    booking_id = pickup_booking_id(given.invitation_id)
    helper = await _helper(request, given.invitation_id)
    context = command_context(request, helper.id if helper else str(booking_id), helper)
    if given.late:
        history = await office.history(booking_id)
        if all(one.meta.command_id != context.command_id for one in history):
            raise Refused("grant-expired")
    channel = Channel.ONLINE if helper is None else Channel.DESK if helper.role == "desk" else Channel.PHONE
    command = ask.BookPickup(invitation_id=given.invitation_id, starts_at=starts_at, channel=channel)
    try:
        return booking_id, await office.execute(command, context)
    except Refused as refused:
        holder = refused.details.get("booking_id")
        if refused.code != "document-booked" or not isinstance(holder, UUID):
            raise
        return holder, Outcome()


async def _helper(request: AnyRequest, invitation_id: UUID) -> Staff | None:
    """Who of the office books for somebody else; None if people book for themselves."""
    who = staff_of(request)
    if who is None:
        return None
    site = (await office_of(request).waiting(invitation_id)).site
    return who if who.may("book_for_others", site) else None


@get(
    "/pickups/free-slots",
    opt=PUBLIC,
    responses=described(b.PickupTimes, ex.PICKUP_TIMES, "proof-missing", "role-forbidden", *GRANTED),
)
async def free_slots(
    request: AnyRequest,
    grant: FromQuery[str] = "",
    invitation: FromQuery[UUID | None] = None,
    from_: From = None,
    days: FromQuery[int] = DAYS,
) -> Response[bytes]:
    """The next dates with free times at the window, for all documents of the grant in one visit."""
    b.near("from", from_)
    if not 1 <= days <= 28:
        raise Refused("invalid-input", errors={"days": "range"})
    asked = await called(request, grant, invitation)
    free = await free_times(office_of(request), asked.invitation_id, from_, days)
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
    responses=described(
        b.Held,
        ex.PICKED,
        *("proof-missing", "role-forbidden"),
        *GRANTED,
        *PLACE,
        "document-booked",
        status=201,
        post=True,
    ),
)
async def reserve_pickup(
    request: AnyRequest, data: Annotated[b.PickupBody, json_body(ex.PICKUP, ex.PICKUP_FOR)]
) -> Response[bytes]:
    """A time at the window, confirmed at once. 200 with the present booking if there is one already."""
    b.near("starts_at", data.starts_at)
    office = office_of(request)
    given = await called(request, data.grant, data.invitation_id, late=True)
    booking_id, outcome = await book(request, given, data.starts_at)
    history = await office.history(booking_id)
    body = views.held(office, folded(history, outcome.position), history[0].meta.at)
    where = {"Location": f"/api/booking/v1/bookings/{booking_id}"}
    return done(outcome, office.position(), body, 201 if outcome.events else 200, where)


ROUTES = (free_slots, reserve_pickup)
