"""What a mailed link opens: confirm, ticket, calendar file, cancel, undo.

Promises: GET and HEAD change nothing; only a POST from our own page does, with the token in its
body; unknown, expired, foreign and mutilated tokens get one page, byte for byte the same; what the
page says follows the booking's state, never the link's age.
Shown by ``tests/way/test_link_pages.py`` and ``tests/pages``.
"""

from __future__ import annotations

from datetime import date

from litestar import Response, get, post
from litestar.params import FromPath
from markupsafe import Markup

from servicekit.decider import Refused
from servicekit.tokens import Purpose
from servicekit.web.codes import is_code, spoken_code
from servicekit.web.problems import Refusal
from servicekit.web.requests import AnyRequest
from services.booking import commands as ask
from services.booking.api.bookings import OWN
from services.booking.api.calendar import calendar_file
from services.booking.office import Office
from services.booking.pages.behind import Opened, link_page, open_link, pressed, to_ticket
from services.booking.pages.dates import typed_date
from services.booking.pages.square import square
from services.booking.proof import command_context, office_of, origin_of
from services.booking.refusals import REFUSALS
from services.booking.rules.booking import CONFIRMED_BEFORE, STANDING
from services.booking.rules.booking_state import Booking, Status

DONE = ("confirmed", "already", "undone", "moved", "reaffirmed")
"""What the ticket may say on top, after a button was pressed."""


@get("/{l:str}/t/{token:str}", opt=OWN, include_in_schema=False)
async def show(request: AnyRequest, l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """The confirm page for a confirm link that still waits, else the ticket, or how it ended."""
    office, opened = office_of(request), await open_link(request, l, token)
    booking, now = opened.booking, office.clock.now()
    if booking.status is Status.UNCONFIRMED and (booking.limit is None or now <= booking.limit):
        if opened.proven.purpose is not Purpose.CONFIRM:
            raise Refused("not-found")
        return link_page(request, opened, "confirm.html.jinja", row=None)
    if booking.status is Status.CANCELLED and opened.proven.purpose is not Purpose.CONFIRM:
        return await _ticket(request, opened)
    if ended := _standing(request, opened):
        return ended
    if opened.proven.purpose is Purpose.CONFIRM:  # with it, what the ticket offers would open nothing
        opened = opened.as_ticket(office)
    return await _ticket(request, opened, _done(request, opened))


def _done(request: AnyRequest, opened: Opened) -> str:
    if opened.proven.purpose is Purpose.CONFIRM:
        return "already"
    said = str(request.query_params.get("done", ""))
    return said if said in DONE else ""


def _standing(request: AnyRequest, opened: Opened) -> Response[bytes] | None:
    """The page for a booking that ended before this link was used; None if it stands."""
    status = opened.booking.status
    if status in CONFIRMED_BEFORE:
        return None
    if status is Status.CANCELLED:
        return link_page(request, opened, "ended.html.jinja", 409, ended="cancelled")
    return link_page(request, opened, "ended.html.jinja", 410, ended="expired")


async def _ticket(
    request: AnyRequest, opened: Opened, done: str = "", refused: Refusal | None = None
) -> Response[bytes]:
    """With the name as it was given: who opens it has the mailbox."""
    office, booking = office_of(request), opened.booking
    undo_until = booking.undo_until
    person = await office.person(booking.person_id) if booking.person_id else None
    return link_page(
        request,
        opened,
        "ticket.html.jinja",
        refused.status if refused else 200,
        done=done,
        row=refused.text(opened.language) if refused else None,
        name=person.name if person and not person.erased else None,
        mailed=bool(person and person.email),
        code=spoken_code(office.code_key, booking.booking_id),
        square=_square(office, booking),
        undo_until=undo_until if undo_until and office.clock.now() < undo_until else None,
        may_cancel=changeable(office, booking),
        may_move=movable(office, booking),
    )


def changeable(office: Office, booking: Booking) -> bool:
    """Whether the booking stands and has not begun."""
    starts_at = booking.starts_at
    return booking.status in STANDING and starts_at is not None and office.clock.now() < starts_at


def movable(office: Office, booking: Booking) -> bool:
    """Whether it may have another time once more."""
    most = office.site(booking.site).opening.settings.max_moves
    return changeable(office, booking) and booking.own_moves < most


def _square(office: Office, booking: Booking) -> Markup | None:
    """For the door's scanner, while the booking can still be let in."""
    if booking.status is not Status.CONFIRMED or booking.starts_at is None:
        return None
    nonce = booking.sequence % 256
    return square(office.door_codes.sign(booking.booking_id, booking.site, booking.starts_at, nonce))


@post("/{l:str}/t/{token:str}/bestaetigen", opt=OWN, include_in_schema=False)
async def confirm(request: AnyRequest, l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """Confirm. A second time, or after a move: the ticket with "already confirmed"."""
    office, opened = office_of(request), await pressed(request, l, token)
    opened.for_confirming()
    command = ask.ConfirmBooking(booking_id=opened.booking.booking_id, attempt=opened.attempt)
    try:
        outcome = await office.execute(command, command_context(request, opened.proven.principal))
    except Refused as refused:
        if refused.code == "hold-expired":
            return link_page(request, opened, "ended.html.jinja", 410, ended="expired")
        if refused.code == "wrong-state" and opened.booking.status is Status.CANCELLED:
            return link_page(request, opened, "ended.html.jinja", 409, ended="cancelled")
        if refused.code != "too-many-bookings":
            raise
        row = REFUSALS[refused.code]
        return link_page(request, opened, "confirm.html.jinja", row.status, row=row.text(opened.language))
    return to_ticket(office, opened, "confirmed" if outcome.events else "already")


@get("/{l:str}/t/{token:str}/termin.ics", opt=OWN, include_in_schema=False)
async def calendar(request: AnyRequest, l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """The appointment for a calendar program."""
    office, opened = office_of(request), await open_link(request, l, token)
    file = calendar_file(office, opened.booking, l, office.clock.now())
    headers = {"Content-Disposition": 'attachment; filename="termin.ics"'}
    return Response(file, headers=headers, media_type="text/calendar")


@get("/{l:str}/t/{token:str}/absagen", opt=OWN, include_in_schema=False)
async def ask_cancel(request: AnyRequest, l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """One question, one field; the ticket, if there is nothing to cancel any more."""
    opened = await open_link(request, l, token)
    opened.for_change()
    if opened.booking.status not in STANDING:
        return to_ticket(office_of(request), opened, "")
    return _cancel_page(request, opened)


def _cancel_page(
    request: AnyRequest, opened: Opened, typed: str = "", error: str | None = None
) -> Response[bytes]:
    code = spoken_code(office_of(request).code_key, opened.booking.booking_id)
    return link_page(
        request,
        opened,
        "cancel.html.jinja",
        422 if error else 200,
        code=code,
        typed=typed,
        error=error,
    )


@post("/{l:str}/t/{token:str}/absagen", opt=OWN, include_in_schema=False)
async def cancel(request: AnyRequest, l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """Cancel, if the day or the code was typed."""
    office, opened = office_of(request), await pressed(request, l, token)
    opened.for_change()
    typed = str(request.state.payload.get("typed", ""))[:40]
    command = ask.CancelBooking(
        booking_id=opened.booking.booking_id,
        code_matches=is_code(office.code_key, opened.booking.booking_id, typed),
        typed_day=_day(typed, opened.booking),
        origin=origin_of(request),
    )
    try:
        await office.execute(command, command_context(request, opened.proven.principal))
    except Refused as refused:
        if refused.code == "code-mismatch":
            return _cancel_page(request, opened, typed, "mismatch")
        if refused.code != "wrong-state":  # the ticket says how it ended meanwhile
            raise
    return to_ticket(office, opened, "")


def _day(typed: str, booking: Booking) -> date | None:
    return typed_date(typed, booking.starts_at) if booking.starts_at else None


@post("/{l:str}/t/{token:str}/rueckgaengig", opt=OWN, include_in_schema=False)
async def undo(request: AnyRequest, l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """Take a cancellation back, within its minutes."""
    office, opened = office_of(request), await pressed(request, l, token)
    opened.for_change()
    command = ask.UndoCancel(booking_id=opened.booking.booking_id)
    try:
        await office.execute(command, command_context(request, opened.proven.principal))
    except Refused as refused:
        if refused.code != "too-many-bookings":
            raise
        return await _ticket(request, opened, refused=REFUSALS[refused.code])
    return to_ticket(office, opened, "undone")


ROUTES = (show, confirm, calendar, ask_cancel, cancel, undo)
