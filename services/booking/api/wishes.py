"""The waiting list over JSON: wish for a place or an earlier one, prove it, take an offer, or leave.

Promises: a wish is shown and changed only with its proof; the answer is the state right after the command,
so the same call again gets the first answer. Shown by ``tests/way/test_wishes_api.py``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from buergerbuero_contracts.booking import WishMade
from buergerbuero_contracts.envelope import Item
from servicekit.decider import Refused
from servicekit.handle import Outcome
from servicekit.log import Context
from servicekit.web.problems import local
from servicekit.web.requests import AnyRequest, done
from services.booking import wish_commands as wish
from services.booking.api import bodies, views
from services.booking.api import wish_bodies as b
from services.booking.api.bookings import OWN, PROVEN, PUBLIC, described, json_body
from services.booking.contact import normal_contact
from services.booking.office import Office
from services.booking.proof import command_context, device_of, office_of, origin_of, proven, staff_of
from services.booking.rules.limits import of_address
from services.booking.rules.waiting_events import Window
from services.booking.rules.waiting_list import PROVE_WITHIN
from services.booking.rules.wish_state import Wish, WishStatus
from services.booking.steady import steady
from services.booking.wish_proof import proven_wish, wish_token

WISH = ("proof-missing", "not-found", "wrong-state")
ASKED = ("unknown-service", "not-combinable", "no-visit-needed", "pickup-by-invitation", "too-long")
Nothing = Annotated[bodies.NothingBody, json_body({})]
Meant = Annotated[b.OfferBody, json_body({"offer_id": b.OFFER_ID})]


def window_of(suits: b.Suits) -> Window:
    """The days and times of a body. Refuses ``invalid-input`` for dates beyond all calendars."""
    bodies.near("earliest", suits.earliest)
    bodies.near("latest", suits.latest)
    return Window(
        earliest=suits.earliest,
        latest=suits.latest,
        weekdays=tuple(sorted(set(suits.weekdays))),
        from_=time.fromisoformat(suits.from_ or "00:00"),
        until=time.fromisoformat(suits.until) if suits.until else None,
    )


def _suits(window: Window) -> b.Suits:
    begins, ends = window.from_.strftime("%H:%M"), window.until
    until = ends.strftime("%H:%M") if ends else None
    return b.Suits(window.earliest, window.latest, list(window.weekdays), begins, until)


def answer(state: Wish, access: str | None = None) -> b.WishAnswer:
    """A wish as its holder sees it."""
    window, offer = state.window, state.offer if state.status is WishStatus.OFFERED else None
    if window is None:
        raise Refused("not-found")
    return b.WishAnswer(
        wish_id=state.wish_id,
        state=state.status.value,  # type: ignore[arg-type]  # never none: it was found
        site=state.site,
        items=tuple(bodies.ItemBody(item.service, item.quantity) for item in state.items),
        persons=state.persons,
        suits=_suits(window),
        confirm_until=local(state.confirm_until) if state.confirm_until else None,
        offer=b.OfferAnswer(offer.offer_id, local(offer.starts_at), local(offer.offered_until))
        if offer
        else None,
        booking_id=state.booking_id,
        ended=state.end.value if state.end else None,
        access=access,
    )


@post(
    "/wishes",
    opt=PUBLIC,
    status_code=202,
    responses=described(b.WishAnswer, b.MADE, *ASKED, "unknown-site", "mail-limit", status=202, post=True),
)
async def make(request: AnyRequest, data: Annotated[b.WishBody, json_body(b.WISH)]) -> Response[bytes]:
    """Wish for a place. A mail with a link goes out; offers come when the link was used within the hour.

    The answer is the same for every address. One that had its mails of the hour gets none and there is no
    wish; ``wish-exists`` is said to whoever uses the link.
    """
    office = office_of(request)
    if data.site not in office.sites:
        raise Refused("unknown-site")
    views.set_up(office, data.site)
    given = data.contact
    command = wish.MakeWish(
        site=data.site,
        items=tuple(Item(service=item.service, quantity=item.quantity) for item in data.items),
        persons=data.persons,
        language=data.language,
        window=window_of(data.suits),
        contact=normal_contact(given.name, given.email, given.phone, tuple(given.needs)),
        origin=origin_of(request),
    )
    asked_by, head = command_context(request, device_of(request) or "-"), office.position()
    outcome, state = Outcome(), _as_if_made(command, asked_by)
    try:
        async with steady(request):
            outcome = await office.execute(command, asked_by)
            state = await office.wish(outcome.of(WishMade).wish_id, outcome.position)
    except Refused as refused:
        if staff_of(request) or not of_address(refused):
            raise
    return done(replace(outcome, position=head), head, answer(state), 202)


def _as_if_made(command: wish.MakeWish, asked_by: Context) -> Wish:
    """What is said of a wish that was not stored: the same as of one that was."""
    return Wish(
        status=WishStatus.UNPROVEN,
        wish_id=asked_by.new_id("wish"),
        site=command.site,
        items=command.items,
        persons=command.persons,
        window=command.window,
        confirm_until=asked_by.at + PROVE_WITHIN,
    )


@post(
    "/bookings/{booking_id:uuid}/wish-earlier",
    opt=OWN,
    status_code=201,
    responses=described(
        b.WishAnswer,
        b.EARLIER,
        *PROVEN,
        *("wish-exists", "too-late", "too-many-moves"),
        status=201,
        post=True,
    ),
)
async def earlier(
    request: AnyRequest, booking_id: FromPath[UUID], data: Annotated[b.Suits, json_body(b.SUITS)]
) -> Response[bytes]:
    """Wish for an earlier time than the appointment's, which stays until an offer is accepted."""
    office, found = office_of(request), await proven(request, booking_id, change=True)
    command = wish.WishEarlier(booking_id=booking_id, window=window_of(data))
    outcome = await office.execute(command, command_context(request, found.principal, found.staff))
    state = await office.wish(outcome.of(WishMade).wish_id, outcome.position)
    return done(outcome, office.position(), answer(state, wish_token(office, state)), 201)


@get("/wishes/{wish_id:uuid}", opt=OWN, responses=described(b.WishAnswer, b.OFFERED, *WISH[:2]))
async def look(request: AnyRequest, wish_id: FromPath[UUID]) -> Response[bytes]:
    """The wish, and its offer if there is an open one."""
    state = await proven_wish(request, wish_id)
    return Response(views.encoded(answer(state)), media_type="application/json")


async def carry_out(
    request: AnyRequest, command: wish.OfWish | wish.AcceptOffer
) -> tuple[Office, Outcome, Wish]:
    """One command on a wish that is proven, and the wish right after it."""
    office, state = office_of(request), await proven_wish(request, command.wish_id)
    outcome = await office.execute(command, command_context(request, str(state.wish_id)))
    return office, outcome, await office.wish(command.wish_id, outcome.position)


async def _carried_out(request: AnyRequest, command: wish.OfWish) -> Response[bytes]:
    office, outcome, state = await carry_out(request, command)
    return done(outcome, office.position(), answer(state))


@post(
    "/wishes/{wish_id:uuid}/confirm",
    opt=OWN,
    status_code=200,
    responses=described(b.WishAnswer, b.ACTIVE, *WISH, "hold-expired", "wish-exists", post=True),
)
async def confirm(request: AnyRequest, wish_id: FromPath[UUID], data: Nothing) -> Response[bytes]:
    """Prove the wish with the token of the mailed link. From now on it gets offers."""
    return await _carried_out(request, wish.ConfirmWish(wish_id=wish_id))


@post(
    "/wishes/{wish_id:uuid}/accept",
    opt=OWN,
    status_code=200,
    responses=described(
        b.WishAnswer,
        b.TAKEN,
        *WISH,
        *("offer-over", "offer-taken", "too-many-bookings", "too-many-moves", "too-late"),
        post=True,
    ),
)
async def accept(request: AnyRequest, wish_id: FromPath[UUID], data: Meant) -> Response[bytes]:
    """Take the offered place: the present appointment moves there, or a new one is confirmed at once.

    ``access`` then proves the booking.
    """
    command = wish.AcceptOffer(wish_id=wish_id, offer_id=data.offer_id)
    office, outcome, state = await carry_out(request, command)
    booking = await office.booking(state.booking_id) if state.booking_id else None
    return done(
        outcome, office.position(), answer(state, views.ticket_token(office, booking) if booking else None)
    )


@post(
    "/wishes/{wish_id:uuid}/pass",
    opt=OWN,
    status_code=200,
    responses=described(b.WishAnswer, b.ACTIVE, *WISH, post=True),
)
async def decline(request: AnyRequest, wish_id: FromPath[UUID], data: Meant) -> Response[bytes]:
    """Not this place. The wish goes on waiting."""
    return await _carried_out(request, wish.DeclineOffer(wish_id=wish_id, offer_id=data.offer_id))


@post(
    "/wishes/{wish_id:uuid}/close",
    opt=OWN,
    status_code=200,
    responses=described(b.WishAnswer, b.CLOSED, *WISH, post=True),
)
async def close(request: AnyRequest, wish_id: FromPath[UUID], data: Nothing) -> Response[bytes]:
    """No more offers."""
    return await _carried_out(request, wish.CloseWish(wish_id=wish_id))


ROUTES = (make, earlier, look, confirm, accept, decline, close)
