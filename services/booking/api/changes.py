"""Commands on a booking over JSON: more time, the person, the confirmation, another time, the end.

Promises: each needs the booking's proof; the answer is the state right after the command, so the
same call again gets the first answer. Shown by ``tests/way/test_booking_repeats.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Annotated
from uuid import UUID

from litestar import Response, post
from litestar.params import FromPath

from buergerbuero_contracts.booking import By, CancelReason, Pool
from servicekit.decider import Refused
from servicekit.tokens import Purpose
from servicekit.web.codes import is_code
from servicekit.web.contact import normal_email
from servicekit.web.requests import AnyRequest, done
from services.booking import commands as ask
from services.booking.api import bodies as b
from services.booking.api import examples as ex
from services.booking.api import views
from services.booking.api.bookings import OWN, PLACE, PROVEN, described, json_body
from services.booking.contact import normal_contact
from services.booking.proof import Proven, command_context, office_of, origin_of, proven
from services.booking.steady import steady


async def carry_out(
    request: AnyRequest, booking_id: UUID, make: Callable[[Proven], ask.OfBooking], status: int = 200
) -> Response[bytes]:
    """One command on a booking that is proven; the answer is the state right after it."""
    found = await proven(request, booking_id, change=True)
    return await _carried_out(request, found, make(found), status)


async def _carried_out(
    request: AnyRequest, found: Proven, command: ask.OfBooking, status: int = 200, *, ticket: bool = False
) -> Response[bytes]:
    office, mails = office_of(request), isinstance(command, ask.MAILING)
    async with steady(request) if mails else nullcontext():
        outcome = await office.execute(command, command_context(request, found.principal, found.staff))
    state = await office.booking(command.booking_id, outcome.position)
    person = await office.person(state.person_id) if state.person_id else None
    body = views.booking(office, state, person, mailbox=found.knows_mailbox, ticket=ticket)
    return done(outcome, office.position(), body, status)


@post(
    "/bookings/{booking_id:uuid}/extend-hold",
    opt=OWN,
    status_code=200,
    responses=described(
        b.BookingState,
        {**ex.UNCONFIRMED, "state": "held"},
        *PROVEN,
        "hold-expired",
        "no-more-extensions",
        post=True,
    ),
)
async def extend_hold(
    request: AnyRequest, booking_id: FromPath[UUID], data: Annotated[b.NothingBody, json_body({})]
) -> Response[bytes]:
    """Ten minutes more to give the contact, at most ten times."""
    return await carry_out(
        request, booking_id, lambda _: ask.ExtendHold(booking_id=booking_id, origin=origin_of(request))
    )


@post(
    "/bookings/{booking_id:uuid}/give-contact",
    opt=OWN,
    status_code=202,
    responses=described(
        b.BookingState,
        ex.UNCONFIRMED,
        *PROVEN,
        *("too-many-bookings", "too-many-holds", "mail-limit", "too-late"),
        *("too-soon", "day-closed", "not-released", "slot-taken"),
        status=202,
        post=True,
    ),
)
async def give_contact(
    request: AnyRequest, booking_id: FromPath[UUID], data: Annotated[b.ContactBody, json_body(ex.CONTACT)]
) -> Response[bytes]:
    """Say who comes. A mail with a link goes out; the appointment stands when the link is used.

    After the end of a hold its place is taken again, if it can still be had. The answer tells citizens
    nothing about the mailbox; ``too-many-bookings`` is said to staff, and to whoever uses the link.
    """
    contact = normal_contact(data.name, data.email, data.phone, tuple(data.needs))

    def make(found: Proven) -> ask.GiveContact:
        if found.staff is None and contact.email is None:
            raise Refused("invalid-input", errors={"email": "missing"})
        return ask.GiveContact(booking_id=booking_id, contact=contact, origin=origin_of(request))

    return await carry_out(request, booking_id, make, 202)


@post(
    "/bookings/{booking_id:uuid}/resend-confirmation",
    opt=OWN,
    status_code=200,
    responses=described(b.BookingState, ex.UNCONFIRMED, *PROVEN, "mail-limit", "hold-expired", post=True),
)
async def resend_confirmation(
    request: AnyRequest, booking_id: FromPath[UUID], data: Annotated[b.NothingBody, json_body({})]
) -> Response[bytes]:
    """Send the mail again; the time to confirm begins anew."""
    return await carry_out(
        request,
        booking_id,
        lambda _: ask.ResendConfirmation(booking_id=booking_id, origin=origin_of(request)),
    )


@post(
    "/bookings/{booking_id:uuid}/correct-address",
    opt=OWN,
    status_code=200,
    responses=described(
        b.BookingState,
        ex.UNCONFIRMED,
        *PROVEN,
        *("too-many-bookings", "mail-limit", "hold-expired"),
        post=True,
    ),
)
async def correct_address(
    request: AnyRequest,
    booking_id: FromPath[UUID],
    data: Annotated[b.AddressBody, json_body({"email": "erika@example.org"})],
) -> Response[bytes]:
    """Send the mail to another address; links of older mails are dead."""
    try:
        email = normal_email(data.email)
    except ValueError:
        raise Refused("invalid-input", errors={"email": "email"}) from None
    return await carry_out(
        request,
        booking_id,
        lambda _: ask.CorrectAddress(booking_id=booking_id, email=email, origin=origin_of(request)),
    )


@post(
    "/bookings/{booking_id:uuid}/confirm",
    opt=OWN,
    status_code=200,
    responses=described(
        b.BookingState,
        ex.BOOKING,
        *("not-found", "wrong-state", "hold-expired", "too-many-bookings"),
        post=True,
    ),
)
async def confirm(
    request: AnyRequest,
    booking_id: FromPath[UUID],
    data: Annotated[b.ConfirmBody, json_body({"token": ex.TOKEN})],
) -> Response[bytes]:
    """The button behind the mailed link. A second time it answers with the present state.

    With too many appointments already the booking waits on: cancel one of them, then confirm this one.
    """
    office = office_of(request)
    link = office.tokens.verify(data.token, Purpose.CONFIRM, office.clock.now())
    if link is None or link.id != booking_id:
        raise Refused("not-found")
    found = Proven(await office.booking(booking_id), None, Purpose.CONFIRM)
    command = ask.ConfirmBooking(booking_id=booking_id, attempt=link.attempt)
    return await _carried_out(request, found, command, ticket=True)


@post(
    "/bookings/{booking_id:uuid}/reschedule",
    opt=OWN,
    status_code=200,
    responses=described(
        b.BookingState,
        ex.BOOKING,
        *(*PROVEN, *PLACE, "too-late", "too-many-moves", "hold-expired"),
        post=True,
    ),
)
async def reschedule(
    request: AnyRequest,
    booking_id: FromPath[UUID],
    data: Annotated[b.MoveBody, json_body({"starts_at": "2026-12-03T10:20:00+01:00"})],
) -> Response[bytes]:
    """Another time for the same person and services. The old place stays until the new one is had."""
    b.near("starts_at", data.starts_at)

    def make(found: Proven) -> ask.RescheduleBooking:
        if found.staff is None:
            if data.pool is not None:
                raise Refused("proof-missing")
            return ask.RescheduleBooking(
                booking_id=booking_id, starts_at=data.starts_at, origin=origin_of(request)
            )
        return ask.RescheduleBooking(
            booking_id=booking_id, starts_at=data.starts_at, by=By.OFFICE, pool=Pool(data.pool or "phone")
        )

    return await carry_out(request, booking_id, make)


@post(
    "/bookings/{booking_id:uuid}/cancel",
    opt=OWN,
    status_code=200,
    responses=described(b.BookingState, ex.CANCELLED, *PROVEN, "code-mismatch", "too-late", post=True),
)
async def cancel(
    request: AnyRequest,
    booking_id: FromPath[UUID],
    data: Annotated[b.CancelBody, json_body({"date": "2026-12-01"}, {"code": "4K7M-9QTX-C"})],
) -> Response[bytes]:
    """End the booking. Citizens type the day or the code of a confirmed one; staff give a reason."""
    office = office_of(request)

    def make(found: Proven) -> ask.CancelBooking:
        if found.staff is None:
            return ask.CancelBooking(
                booking_id=booking_id,
                code_matches=is_code(office.code_key, booking_id, data.code or ""),
                typed_day=data.date,
                origin=origin_of(request),
            )
        if data.reason is None:
            raise Refused("invalid-input", errors={"reason": "missing"})
        return ask.CancelBooking(booking_id=booking_id, by=By.OFFICE, reason=CancelReason(data.reason))

    return await carry_out(request, booking_id, make)


@post(
    "/bookings/{booking_id:uuid}/undo-cancel",
    opt=OWN,
    status_code=200,
    responses=described(
        b.BookingState,
        ex.BOOKING,
        *(*PROVEN, "undo-over", "too-many-bookings", "document-gone", "document-booked"),
        post=True,
    ),
)
async def undo_cancel(
    request: AnyRequest, booking_id: FromPath[UUID], data: Annotated[b.NothingBody, json_body({})]
) -> Response[bytes]:
    """Take the cancellation back, within ten minutes, unless too much was booked meanwhile."""
    return await carry_out(request, booking_id, lambda _: ask.UndoCancel(booking_id=booking_id))


@post(
    "/bookings/{booking_id:uuid}/reaffirm",
    opt=OWN,
    status_code=200,
    responses=described(b.BookingState, ex.BOOKING, *PROVEN, post=True),
)
async def reaffirm(
    request: AnyRequest, booking_id: FromPath[UUID], data: Annotated[b.NothingBody, json_body({})]
) -> Response[bytes]:
    """Say again that you will come."""
    return await carry_out(request, booking_id, lambda _: ask.ReaffirmAttendance(booking_id=booking_id))


ROUTES = (
    extend_hold,
    give_contact,
    resend_confirmation,
    correct_address,
    confirm,
    reschedule,
    cancel,
    undo_cancel,
    reaffirm,
)
