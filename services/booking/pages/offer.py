"""What a wish's link opens: prove it, see and take an offer, pass it, leave the list.

Promises: GET and HEAD change nothing, so a scanner that opens links proves, takes and ends nothing; what the
page says follows the wish's state, never the link's age; whoever was too slow is told so and stays on the
list. Shown by ``tests/way/test_waiting_pages.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from servicekit.decider import Refused
from servicekit.web.requests import AnyRequest
from services.booking import wish_commands as ask
from services.booking.api.bookings import OWN
from services.booking.api.views import ticket_token
from services.booking.pages.citizen import language_of, page, texts_of, to
from services.booking.pages.hold_proof import keep_mailbox
from services.booking.pages.wish import Wish as Chosen
from services.booking.proof import command_context, office_of
from services.booking.refusals import REFUSALS
from services.booking.rules.waiting_list import end_by_time
from services.booking.rules.wish_state import Wish, WishStatus
from services.booking.wish_proof import wish_behind

DONE = ("made", "confirmed", "passed")
"""What the page may say on top, after a button was pressed."""
SHOWN = ("offer-taken", "offer-over", "too-many-bookings", "too-many-moves", "too-late", "wish-exists")
"""Refusals that the wish's own page explains."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that is good: its wish as it is now."""

    wish: Wish
    language: str
    token: str

    @property
    def path(self) -> str:
        """The address of its page."""
        return f"/{self.language}/frueher/{self.token}"

    @property
    def again(self) -> str:
        """What it was for, as addresses carry it."""
        chosen = Chosen({item.service: item.quantity for item in self.wish.items}, self.wish.persons)
        return urlencode(chosen.choice)


async def _open(request: AnyRequest, l: str, token: str) -> Opened:  # noqa: E741 - the path's name
    language = language_of(request, l)
    return Opened(await wish_behind(office_of(request), token), language, token)


async def _pressed(request: AnyRequest, l: str, token: str) -> Opened:  # noqa: E741
    """The link behind a form, which carries the token too."""
    if request.state.payload.get("token") != token:
        raise Refused("not-found")
    return await _open(request, l, token)


@get("/{l:str}/frueher/{token:str}", opt=OWN, include_in_schema=False)
async def show(request: AnyRequest, l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """The wish as it stands; the ticket, if it was fulfilled."""
    opened = await _open(request, l, token)
    said = str(request.query_params.get("done", ""))
    return await _page(request, opened, said if said in DONE else "")


async def _page(request: AnyRequest, opened: Opened, done: str = "", refused: str = "") -> Response[bytes]:
    office, wish = office_of(request), opened.wish
    if wish.fulfilled_by is not None:
        return await _to_ticket(request, opened, "already")
    row = REFUSALS[refused] if refused else None
    late = wish.is_open and end_by_time(wish, office.clock.now()) is not None
    over = wish.status is WishStatus.CLOSED or late
    offer = wish.offer if wish.status is WishStatus.OFFERED and not late else None
    if offer is not None and office.clock.now() >= offer.offered_until:
        offer = None
    status = row.status if row else 410 if over else 200
    texts = texts_of(office, opened.language)
    present = await office.booking(wish.booking_id) if wish.booking_id else None
    answer = page(
        request,
        opened.language,
        "citizen/waiting_wish.html.jinja",
        status,
        wish=wish,
        over=over,
        offer=offer,
        present=present,
        done=done,
        row=row.text(opened.language) if row else None,
        refused=refused,
        site=office.sites[wish.site],
        services=[(texts[item.service].name, item.quantity) for item in wish.items],
        path=opened.path,
        token=opened.token,
        again=opened.again,
        unproven=wish.status is WishStatus.UNPROVEN and not over,
        reason=wish.end.value if wish.end else "",
    )
    await keep_mailbox(request, answer, opened.token)
    return answer


async def _to_ticket(request: AnyRequest, opened: Opened, done: str) -> Response[bytes]:
    """303 to the ticket of the appointment that was got."""
    office, booking_id = office_of(request), opened.wish.booking_id
    booking = await office.booking(booking_id or opened.wish.wish_id)
    return to(f"/{opened.language}/t/{ticket_token(office, booking)}?done={done}")


async def _press(
    request: AnyRequest, opened: Opened, command: ask.OfWish | ask.AcceptOffer
) -> Response[bytes] | None:
    """Carry out; the wish's page with what is wrong, if it was refused, else None."""
    office = office_of(request)
    try:
        await office.execute(command, command_context(request, str(opened.wish.wish_id)))
    except Refused as refused:
        now = Opened(await office.wish(opened.wish.wish_id), opened.language, opened.token)
        if refused.code in ("hold-expired", "wrong-state"):
            return await _page(request, now)
        if refused.code not in SHOWN:
            raise
        return await _page(request, now, refused=refused.code)
    return None


@post("/{l:str}/frueher/{token:str}/bestaetigen", opt=OWN, include_in_schema=False)
async def confirm(request: AnyRequest, l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """Prove the wish. A second time: the wish as it stands."""
    opened = await _pressed(request, l, token)
    refused = await _press(request, opened, ask.ConfirmWish(wish_id=opened.wish.wish_id))
    return refused or to(f"{opened.path}?done=confirmed")


@post("/{l:str}/frueher/{token:str}/annehmen", opt=OWN, include_in_schema=False)
async def accept(request: AnyRequest, l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """Take the place, and show the ticket. Who is too slow sees that, and what now."""
    opened = await _pressed(request, l, token)
    moves = opened.wish.booking_id is not None and opened.wish.is_open
    command = ask.AcceptOffer(wish_id=opened.wish.wish_id, offer_id=_offer_id(request))
    if refused := await _press(request, opened, command):
        return refused
    got = Opened(await office_of(request).wish(opened.wish.wish_id), opened.language, opened.token)
    done = "already" if not opened.wish.is_open else "moved" if moves else "confirmed"
    return await _to_ticket(request, got, done)


@post("/{l:str}/frueher/{token:str}/ablehnen", opt=OWN, include_in_schema=False)
async def decline(request: AnyRequest, l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """Not this place; the wish goes on waiting."""
    opened = await _pressed(request, l, token)
    command = ask.DeclineOffer(wish_id=opened.wish.wish_id, offer_id=_offer_id(request))
    return await _press(request, opened, command) or to(f"{opened.path}?done=passed")


@get("/{l:str}/frueher/{token:str}/beenden", opt=OWN, include_in_schema=False)
async def ask_leave(request: AnyRequest, l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """One question, one button."""
    opened = await _open(request, l, token)
    if not opened.wish.is_open:
        return await _page(request, opened)
    texts = texts_of(office_of(request), opened.language)
    return page(
        request,
        opened.language,
        "citizen/waiting_leave.html.jinja",
        services=[(texts[item.service].name, item.quantity) for item in opened.wish.items],
        moves=opened.wish.booking_id is not None,
        path=opened.path,
        token=token,
    )


@post("/{l:str}/frueher/{token:str}/beenden", opt=OWN, include_in_schema=False)
async def leave(request: AnyRequest, l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """No more offers."""
    opened = await _pressed(request, l, token)
    return await _press(request, opened, ask.CloseWish(wish_id=opened.wish.wish_id)) or to(opened.path)


def _offer_id(request: AnyRequest) -> UUID:
    """The offer that the form was about. Refuses ``not-found`` for what no form of ours carries."""
    try:
        return UUID(str(request.state.payload.get("offer", "")))
    except ValueError:
        raise Refused("not-found") from None


ROUTES: tuple[Any, ...] = (show, confirm, accept, decline, ask_leave, leave)
