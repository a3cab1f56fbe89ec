"""From a chosen time to the hold that the next screen works with.

Promises: a browser has one hold: whoever goes back and picks again moves it, or gives it back for another
matter; the same time again changes nothing, and the same form twice is one hold. Limits of device and
network are the log's. Shown by ``tests/way/test_choosing.py``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import uuid5

from buergerbuero_contracts.booking import BookingOpened
from servicekit.decider import Refused
from servicekit.log import Context
from servicekit.tokens import Purpose
from servicekit.web.requests import AnyRequest
from services.booking import commands as ask
from services.booking.api.views import ACCESS
from services.booking.pages.citizen import held_booking, site_of
from services.booking.pages.wish import Wish
from services.booking.proof import command_context, device_of, office_of, origin_of
from services.booking.rules.booking_state import Booking, Status
from services.booking.rules.hold_proof import Proof

SPENT = ("too-many-moves", "wrong-state", "too-late", "hold-expired")
"""The hold that is there can move no more: a new one is made."""
ENDED = ("wrong-state", "hold-expired")
"""The hold has ended by itself just now."""


async def hold(
    request: AnyRequest, language: str, wish: Wish, starts_at: datetime, proof: Proof | None = None
) -> str:
    """The token of a hold from ``starts_at`` on. Raises ``Refused`` if the time or a hold cannot be had."""
    office = office_of(request)
    present = await _present(request)
    context = command_context(request, device_of(request) or "-")
    if present and _is_for(present, wish) and await _moved(request, present, starts_at, context):
        return await _token(request, present)
    command = ask.ReserveSlot(
        site=site_of(office).code,
        starts_at=starts_at,
        items=wish.items,
        persons=wish.persons,
        language=language,
        origin=origin_of(request),
        proof=proof,
    )
    try:
        outcome = await office.execute(command, context)
    except Refused as refused:
        if present is None or not _stands_in_the_way(present, refused):
            raise
        await _leave(request, present, context)
        outcome = await office.execute(command, context)
    else:
        if present:
            await _leave(request, present, context)
    return await _token(request, await office.booking(outcome.of(BookingOpened).booking_id))


def _stands_in_the_way(present: Booking, refused: Refused) -> bool:
    """Whether the refusal would be over at the latest with the hold that this browser has."""
    if refused.code != "too-many-holds":
        return False
    retry_at = refused.details.get("retry_at")
    return retry_at is None or present.limit is None or bool(retry_at <= present.limit)


async def _present(request: AnyRequest) -> Booking | None:
    """The hold that this browser has, while it lasts."""
    booking, now = await held_booking(request), office_of(request).clock.now()
    if booking is None or booking.status is not Status.HELD:
        return None
    return booking if booking.limit is None or now < booking.limit else None


def _is_for(present: Booking, wish: Wish) -> bool:
    return (present.items, present.persons) == (wish.items, wish.persons)


async def _moved(request: AnyRequest, present: Booking, starts_at: datetime, context: Context) -> bool:
    """Whether the hold is at this time now. False if it can move no more."""
    if present.starts_at == starts_at:
        return True
    move = ask.RescheduleBooking(
        booking_id=present.booking_id, starts_at=starts_at, origin=origin_of(request)
    )
    try:
        await office_of(request).execute(move, context)
    except Refused as refused:
        if refused.code not in SPENT:
            raise
        return False
    return True


async def _leave(request: AnyRequest, present: Booking, context: Context) -> None:
    """Give back the hold for something else: the browser knows only the newest one, so nobody can use it."""
    own = replace(context, command_id=uuid5(context.command_id, "leave"))
    leave = ask.CancelBooking(booking_id=present.booking_id, origin=origin_of(request))
    try:
        await office_of(request).execute(leave, own)
    except Refused as refused:
        if refused.code not in ENDED:
            raise


async def _token(request: AnyRequest, booking: Booking) -> str:
    """The same for the same hold: it depends only on stored events."""
    office = office_of(request)
    history = await office.history(booking.booking_id)
    return office.tokens.sign(Purpose.HOLD, booking.booking_id, history[0].meta.at + ACCESS)
