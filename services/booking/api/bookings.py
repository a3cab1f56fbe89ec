"""Bookings over JSON: a new one, a look at one, its calendar file.

Promises: a booking is shown only with its proof; the same call again gets the first answer,
rebuilt from the stored events. Shown by ``tests/way/test_booking_api.py``.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import Body, FromPath

from buergerbuero_contracts.booking import BookingOpened, Channel, Pool
from buergerbuero_contracts.envelope import Item
from servicekit.decider import Refused
from servicekit.staff import Staff
from servicekit.web.openapi import Described
from servicekit.web.requests import AnyRequest, done, language
from services.booking import commands as ask
from services.booking.api import bodies as b
from services.booking.api import examples as ex
from services.booking.api import views
from services.booking.api.calendar import calendar_file
from services.booking.contact import normal_contact
from services.booking.holding import proof_of
from services.booking.proof import command_context, device_of, office_of, origin_of, proven, staff_of
from services.booking.refusals import REFUSALS
from services.booking.rules.booking import DECIDER as BOOKING
from services.booking.rules.booking_state import folded
from services.booking.rules.events import EmergencyReason

described = Described(REFUSALS)
PUBLIC: dict[str, Any] = {"permission": "public"}
OWN: dict[str, Any] = {"permission": "own_booking"}
PROVEN = ("proof-missing", "not-found", "role-forbidden", "wrong-state")
PLACE = ("off-grid", "too-soon", "beyond-horizon", "day-closed", "not-released", "slot-taken")


def json_body(*examples: Any) -> Any:
    """The mark of a JSON body, with its examples."""
    return Body(media_type=RequestEncodingType.JSON, examples=[Example(value=one) for one in examples])


@post(
    "/bookings",
    opt=PUBLIC,
    responses=described(
        b.Held,
        ex.HELD,
        *PLACE,
        *("unknown-site", "unknown-service", "not-combinable", "no-visit-needed", "pickup-by-invitation"),
        *("too-long", "too-many-holds", "too-many-bookings", "mail-limit", "hold-proof-missing"),
        *("proof-missing", "role-forbidden", "pool-forbidden"),
        status=201,
        post=True,
    ),
)
async def reserve(
    request: AnyRequest, data: Annotated[b.ReserveBody, json_body(ex.RESERVE, ex.RESERVE_FOR_CALLER)]
) -> Response[bytes]:
    """Hold a place. With staff proof also for callers and people at the desk, then with a contact."""
    office, who = office_of(request), staff_of(request)
    if data.site not in office.sites:
        raise Refused("unknown-site")
    views.set_up(office, data.site)
    b.near("starts_at", data.starts_at)
    context = command_context(request, who.id if who else device_of(request) or "-", who)
    outcome = await office.execute(await _reserve(request, data, who), context)
    booking_id = outcome.of(BookingOpened).booking_id
    if outcome.replayed:
        history = await office.history(booking_id)
        made, opened_at = folded(history, outcome.position), history[0].meta.at
    else:
        told = [event for stream, event in outcome.events if stream.category == BOOKING.category]
        made, opened_at = BOOKING.fold(told), context.at
    body = views.held(office, made, opened_at)
    where = {"Location": f"/api/booking/v1/bookings/{booking_id}"}
    return done(outcome, office.position(), body, 201, where)


async def _reserve(request: AnyRequest, data: b.ReserveBody, who: Staff | None) -> ask.ReserveSlot:
    items = tuple(Item(service=item.service, quantity=item.quantity) for item in data.items)
    if who is None:
        if data.by_staff:
            raise Refused("proof-missing")
        return ask.ReserveSlot(
            site=data.site,
            starts_at=data.starts_at,
            items=items,
            persons=data.persons,
            language=data.language,
            origin=origin_of(request),
            proof=await proof_of(office_of(request), data.proof, data.site, items, data.persons),
        )
    who.need("book_for_others", data.site)
    channel = Channel(data.channel or "phone")
    if (data.pool == "emergency") != (data.reason is not None):
        raise Refused("invalid-input", errors={"reason": "missing" if data.reason is None else "value"})
    given = data.contact
    return ask.ReserveSlot(
        site=data.site,
        starts_at=data.starts_at,
        items=items,
        persons=data.persons,
        language=data.language,
        channel=channel,
        pool=Pool(data.pool or channel.value),
        emergency=EmergencyReason(data.reason) if data.reason else None,
        contact=normal_contact(given.name, given.email, given.phone, tuple(given.needs)) if given else None,
        by_letter=data.by_letter,
    )


@get("/bookings/{booking_id:uuid}", opt=OWN, responses=described(b.BookingState, ex.BOOKING, *PROVEN[:3]))
async def look(request: AnyRequest, booking_id: FromPath[UUID]) -> Response[bytes]:
    """The booking's state. Of the person only the first letter and the domain of the address."""
    office, found = office_of(request), await proven(request, booking_id)
    person = await office.person(found.booking.person_id) if found.booking.person_id else None
    body = views.booking(office, found.booking, person, mailbox=found.knows_mailbox)
    return Response(views.encoded(body), media_type="application/json")


@get(
    "/bookings/{booking_id:uuid}/calendar.ics",
    opt=OWN,
    responses={
        **described(str, "", *PROVEN),
        200: ResponseSpec(str, False, "The calendar file, METHOD PUBLISH.", "text/calendar"),
    },
)
async def calendar(request: AnyRequest, booking_id: FromPath[UUID]) -> Response[bytes]:
    """The appointment for a calendar program."""
    office, found = office_of(request), await proven(request, booking_id)
    if not found.knows_mailbox:
        raise Refused("not-found")
    wording = language(request, request.app.state.languages)
    file = calendar_file(office, found.booking, wording, office.clock.now())
    headers = {"Content-Disposition": 'attachment; filename="termin.ics"'}
    return Response(file, headers=headers, media_type="text/calendar")


ROUTES = (reserve, look, calendar)
