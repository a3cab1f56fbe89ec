"""The fifth screen: look into your mailbox. Until when to confirm, and what to do if no mail comes.

Promises: of the address only its first letter and domain are shown; "send again" is offered only while the
mail limits allow it; a wrong address is put right without losing the place; what became of the booking
meanwhile is said, whatever was pressed. Shown by ``tests/way/test_mailbox_page.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from buergerbuero_contracts.booking import ConfirmationRequested
from servicekit.decider import Refused
from servicekit.log import Recorded
from servicekit.web.contact import normal_email, shown_email
from servicekit.web.problems import field_error
from servicekit.web.requests import AnyRequest
from services.booking import commands as ask
from services.booking.api.bookings import OWN
from services.booking.pages.citizen import (
    hold_token,
    keep_hold,
    language_of,
    page,
    sent_booking,
    texts_of,
    to,
)
from services.booking.pages.contact import LONGEST, nothing_held, waits
from services.booking.proof import command_context, office_of, origin_of
from services.booking.refusals import REFUSALS
from services.booking.rules.booking import CONFIRMED_BEFORE
from services.booking.rules.booking_state import Booking, Status
from services.booking.rules.limits import DAY, HOUR, LIMITS, Limits
from services.booking.steady import steady

DONE = ("gesendet", "adresse")
"""What the page may say on top: written once more, written to another address."""
SAID = ("mail-limit",)


@get("/{l:str}/postfach-pruefen", opt=OWN, include_in_schema=False)
async def show(request: AnyRequest, l: FromPath[str]) -> Response[bytes]:  # noqa: E741 - the path's name
    """Where we wrote to, and until when to confirm."""
    language, booking = language_of(request, l), await sent_booking(request)
    if booking is None:
        return nothing_held(request, language)
    said = str(request.query_params.get("neu", ""))
    return await _page(request, language, booking, done=said if said in DONE else "")


@post("/{l:str}/postfach-pruefen/noch-einmal", opt=OWN, include_in_schema=False)
async def send_again(request: AnyRequest, l: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """One mail more; the time to confirm begins anew."""
    language, booking = language_of(request, l), await sent_booking(request)
    if booking is None:
        return nothing_held(request, language)
    command = ask.ResendConfirmation(booking_id=booking.booking_id, origin=origin_of(request))
    return await _carried_out(request, language, booking, command, "gesendet")


@post("/{l:str}/postfach-pruefen/adresse", opt=OWN, include_in_schema=False)
async def correct(request: AnyRequest, l: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """Write to another address instead; links of earlier mails are dead, the place is kept."""
    language, booking = language_of(request, l), await sent_booking(request)
    if booking is None:
        return nothing_held(request, language)
    typed = str(request.state.payload.get("email", ""))[:LONGEST]
    try:
        email = normal_email(typed)
    except ValueError:
        code = "email" if typed.strip() else "missing"
        error = field_error("email", code, language).message
        return await _page(request, language, booking, 422, typed=typed, error=error)
    command = ask.CorrectAddress(booking_id=booking.booking_id, email=email, origin=origin_of(request))
    return await _carried_out(request, language, booking, command, "adresse", typed)


async def _carried_out(
    request: AnyRequest,
    language: str,
    booking: Booking,
    command: ask.ResendConfirmation | ask.CorrectAddress,
    done: str,
    typed: str = "",
) -> Response[bytes]:
    try:
        async with steady(request):
            await office_of(request).execute(command, command_context(request, str(booking.booking_id)))
    except Refused as refused:
        if refused.code not in (*SAID, "wrong-state", "hold-expired"):
            raise
        code = refused.code if refused.code in SAID else ""
        shown: dict[str, Any] = {"typed": typed, "retry_at": refused.details.get("retry_at"), "refused": code}
        return await _page(request, language, booking, REFUSALS[refused.code].status, **shown)
    answer = to(f"/{language}/postfach-pruefen?neu={done}")
    keep_hold(answer, hold_token(request, booking))
    return answer


async def _page(
    request: AnyRequest,
    language: str,
    booking: Booking,
    status: int = 200,
    *,
    done: str = "",
    typed: str = "",
    error: str | None = None,
    refused: str = "",
    retry_at: datetime | None = None,
) -> Response[bytes]:
    """The page for the booking as it is now; how it ended, if it did."""
    office, booking_id = office_of(request), booking.booking_id
    history, now = await office.history(booking_id), office.clock.now()
    booking = await office.booking(booking_id)
    if waits(booking):
        return to(f"/{language}/kontakt")
    late = booking.limit is not None and now >= booking.limit
    if booking.status is Status.EXPIRED or (booking.status is Status.UNCONFIRMED and late):
        return page(request, language, "ended.html.jinja", 410, ended="expired")
    if booking.status is Status.CANCELLED:
        return page(request, language, "ended.html.jinja", 409, ended="cancelled")
    person = await office.person(booking.person_id) if booking.person_id else None
    texts, limits = texts_of(office, language), LIMITS[office.site(booking.site).opening.level]
    return page(
        request,
        language,
        "mailbox.html.jinja",
        status,
        booking=booking,
        confirmed=booking.status in CONFIRMED_BEFORE,
        site=office.sites[booking.site],
        services=[(texts[item.service], item.quantity) for item in booking.items],
        mailbox=masked(person.email) if person and person.email and not person.erased else "",
        bounced=booking.undeliverable == booking.attempts > 0,
        again_from=retry_at or next_mail(history, limits, now),
        hold=hold_token(request, booking),
        done=done,
        typed=typed,
        error=error,
        refused=REFUSALS[refused].text(language) if refused else None,
    )


def masked(email: str) -> str:
    """``k…@müller.de``: enough to see a wrong domain, too little for whoever looks over a shoulder."""
    return f"{email[:1]}…@{shown_email(email).rpartition('@')[2]}"


def next_mail(history: Sequence[Recorded], limits: Limits, now: datetime) -> datetime | None:
    """From when on this booking's mailbox may get one mail more; None if at once.

    Other bookings of the same mailbox count as well, but only the log knows them: it then refuses.
    """
    asked = [
        (one.event.person_revision, one.meta.at)
        for one in history
        if isinstance(one.event, ConfirmationRequested)
    ]
    newest = max((revision for revision, _at in asked), default=0)
    sent = [at for revision, at in asked if revision == newest]
    free = now
    for span, most in ((HOUR, limits.mails_per_address_hour), (DAY, limits.mails_per_address_day)):
        recent = [at for at in sent if at > now - span]
        if len(recent) >= most:
            free = max(free, recent[-most] + span)
    return free if free > now else None


ROUTES: tuple[Any, ...] = (show, send_again, correct)
