"""The fourth screen: who comes, and how is the person reached? With the clock of the reserved time.

Promises: whatever is pressed, what was typed stays; a form that waited too long, even a day, takes its time
again or shows the nearest others; no time is asked for but the one that the form showed; pressed twice it
asks once; the clock is renewed and warns without a script. Shown by ``tests/way/test_contact_page.py`` and
``tests/pages/test_citizen_way.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from servicekit.decider import Refused
from servicekit.tokens import Purpose
from servicekit.web.contact import shown_email
from servicekit.web.problems import field_error
from servicekit.web.requests import AnyRequest
from servicekit.web.words import LANGUAGE_NAMES
from services.booking import commands as ask
from services.booking.api.bookings import OWN, PLACE
from services.booking.api.views import ticket_token
from services.booking.contact import NEEDS, ContactData, normal_contact
from services.booking.pages import hold_proof
from services.booking.pages.citizen import (
    hold_token,
    keep_hold,
    language_of,
    page,
    pages_of,
    sent_booking,
    texts_of,
    to,
)
from services.booking.pages.hold import hold
from services.booking.pages.service import free_slots
from services.booking.pages.wish import Wish, by_day, moment_of, read
from services.booking.proof import command_context, office_of, origin_of
from services.booking.refusals import REFUSALS
from services.booking.rules.booking_state import Booking, Status, start_of
from services.booking.rules.calendar import local_date
from services.booking.rules.hold_proof import Work
from services.booking.steady import steady

LONGEST = 320
"""Characters of a field that are shown again; no name or mailbox is longer."""
WARNING = timedelta(minutes=2)
"""How long before its end the clock warns."""
LATEST_WARNING = 8
"""Minutes; the style sheet has a rule for each from 0 on."""
TEXTS = ("name", "email", "phone", "language")
LIMITS = ("too-many-bookings", "too-many-holds", "mail-limit")


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form, as it was typed."""

    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = "de"
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """Why the form is shown again: status, field → code, or a refusal and the times to choose instead."""

    status: int = 200
    errors: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""
    instead: tuple[datetime, ...] = ()
    retry_at: datetime | None = None
    extended: bool = False


def waits(booking: Booking) -> bool:
    """Whether the booking still lacks its person: held, or a hold that ended."""
    ended = booking.status is Status.EXPIRED and booking.before is Status.HELD
    return ended or booking.status is Status.HELD


@get("/{l:str}/kontakt", opt=OWN, include_in_schema=False)
async def show(request: AnyRequest, l: FromPath[str]) -> Response[bytes]:  # noqa: E741 - the path's name
    """The form for the time that this browser holds."""
    language, booking = language_of(request, l), await sent_booking(request)
    if booking is None:
        return nothing_held(request, language)
    if not waits(booking):
        return to(f"/{language}/postfach-pruefen")
    known, typed = await hold_proof.who_proved(request), Typed(language=language)
    if known is not None and known.email:
        typed = replace(typed, name=known.name or "", email=shown_email(known.email))
    return _form(request, language, booking, typed)


@post("/{l:str}/kontakt", opt=OWN, include_in_schema=False)
async def give(request: AnyRequest, l: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """Name the person. The mail with the link goes out, and the next screen says where to."""
    language, booking = language_of(request, l), await sent_booking(request)
    if booking is None:
        return nothing_held(request, language)
    if not waits(booking):
        return to(f"/{language}/postfach-pruefen")
    typed = _typed(request, language)
    contact, errors = _contact(typed)
    if contact is None:
        return _form(request, language, booking, typed, Told(422, errors))
    if _moved(request, booking):
        return _form(request, language, booking, typed, Told(409))
    try:
        async with steady(request):
            booking = await _asked(request, language, booking, typed, contact)
    except Refused as refused:
        if refused.code == "wrong-state":  # the other click of a double click was faster
            return to(f"/{language}/postfach-pruefen")
        if refused.code not in (*PLACE, *LIMITS, "too-late"):
            raise
        return _form(request, language, booking, typed, _told(request, booking, refused))
    if booking.status is Status.CONFIRMED:  # the mailbox was proven before the time was chosen
        await hold_proof.waits_no_more(request)
        return to(f"/{language}/t/{ticket_token(office_of(request), booking)}?done=confirmed")
    answer = to(f"/{language}/postfach-pruefen")
    keep_hold(answer, hold_token(request, booking))
    return answer


@post("/{l:str}/kontakt/verlaengern", opt=OWN, include_in_schema=False)
async def extend(request: AnyRequest, l: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """More time, and the same page with everything that was typed."""
    language, booking = language_of(request, l), await sent_booking(request)
    if booking is None:
        return nothing_held(request, language)
    if not waits(booking):
        return to(f"/{language}/postfach-pruefen")
    command = ask.ExtendHold(booking_id=booking.booking_id, origin=origin_of(request))
    told = Told(extended=True)
    try:
        await office_of(request).execute(command, command_context(request, str(booking.booking_id)))
    except Refused as refused:
        if refused.code not in ("hold-expired", "no-more-extensions", "wrong-state"):
            raise
        code = refused.code if refused.code == "no-more-extensions" else ""
        told = Told(REFUSALS[code].status if code else 200, refused=code)
    booking = await office_of(request).booking(booking.booking_id)
    return _form(request, language, booking, _typed(request, language), told)


async def _asked(
    request: AnyRequest, language: str, booking: Booking, typed: Typed, contact: ContactData
) -> Booking:
    """The booking with its person. What is no longer reserved may have another time instead of its own."""
    office, starts_at = office_of(request), moment_of(str(request.state.payload.get("starts_at", "")))
    if _left(request, booking) is None and starts_at and starts_at != booking.starts_at:
        # The hold that ended was proven: it is good for one other time, so that no form is lost.
        proof = Work(str(booking.booking_id), office.clock.now() + timedelta(days=1))
        token = await hold(request, language, wish_of(booking), starts_at, proof)
        link = office.tokens.verify(token, Purpose.HOLD)
        booking = await office.booking(link.id) if link else booking
    command = ask.GiveContact(
        booking_id=booking.booking_id,
        contact=contact,
        language=typed.language,
        origin=origin_of(request),
        mailbox_proven=await hold_proof.has_proven(request, contact.email),
    )
    await office.execute(command, command_context(request, str(booking.booking_id)))
    return await office.booking(booking.booking_id)


def _told(request: AnyRequest, booking: Booking, refused: Refused) -> Told:
    """What to say of a refusal, with times to choose where the own one is gone."""
    status, retry_at = REFUSALS[refused.code].status, refused.details.get("retry_at")
    if refused.code in LIMITS:
        return Told(status, refused=refused.code, retry_at=retry_at)
    office = office_of(request)
    instead = refused.details.get("alternatives")
    if not instead:
        asked = wish_of(booking).question(booking.site, local_date(office.clock.now()))
        instead = free_slots(request).instead(asked, start_of(booking))
    code = "too-soon" if refused.code == "too-late" else refused.code  # no appointment has begun yet
    return Told(409, refused=code, instead=tuple(instead))


def _moved(request: AnyRequest, booking: Booking) -> bool:
    """Whether the form was about another time than the booking has now: another tab has moved the hold."""
    sent = request.state.payload if request.method == "POST" else {}
    shown = moment_of(str(sent.get("shown", "")))
    return shown is not None and shown != booking.starts_at


def wish_of(booking: Booking) -> Wish:
    """What a booking is for, as the screens before carry it."""
    return Wish({item.service: item.quantity for item in booking.items}, booking.persons)


def _typed(request: AnyRequest, language: str) -> Typed:
    sent = request.state.payload
    texts = {name: str(sent.get(name, ""))[:LONGEST] for name in TEXTS}
    if texts["language"] not in request.app.state.languages:
        texts["language"] = language
    return Typed(**texts, needs=tuple(need for need in NEEDS if sent.get(f"need_{need}")))


def _contact(typed: Typed) -> tuple[ContactData | None, Mapping[str, str]]:
    """The person in normal form, or the code of every field that is wrong."""
    errors = {} if typed.email.strip() else {"email": "missing"}
    try:
        contact = normal_contact(typed.name, typed.email, typed.phone, typed.needs)
    except Refused as refused:
        return None, {**refused.details["errors"], **errors}
    return (None if errors else contact), errors


def nothing_held(request: AnyRequest, language: str) -> Response[bytes]:
    """This browser has chosen no time: the way to one, with what is known of the wish."""
    pairs = request.query_params.multi_items() if request.method == "GET" else ()
    wish = read(pairs, local_date(office_of(request).clock.now()))
    return page(request, language, "nothing_held.html.jinja", wish=wish)


def _form(
    request: AnyRequest, language: str, booking: Booking, typed: Typed, told: Told | None = None
) -> Response[bytes]:
    told, office = told or Told(), office_of(request)
    texts, wish, left = texts_of(office, language), wish_of(booking), _left(request, booking)
    return page(
        request,
        language,
        "contact.html.jinja",
        told.status,
        booking=booking,
        site=office.sites[booking.site],
        services=[(texts[item.service], item.quantity) for item in booking.items],
        change={
            "what": f"/{language}/leistung/{wish.codes[0]}?{wish.query}",
            "when": f"/{language}/zeit?{wish.query}",
        },
        hold=hold_token(request, booking),
        languages=[(one, LANGUAGE_NAMES[one]) for one in pages_of(request).languages],
        typed=typed,
        told=told,
        moved=_moved(request, booking),
        row=REFUSALS[told.refused].text(language) if told.refused else None,
        errors={name: field_error(name, code, language).message for name, code in told.errors.items()},
        instead=by_day(told.instead),
        until=booking.limit if left is not None else None,
        warn_after=_warn_after(left) if left is not None else None,
    )


def _left(request: AnyRequest, booking: Booking) -> timedelta | None:
    """How long the time is still reserved; None if it no longer is."""
    if booking.status is not Status.HELD or booking.limit is None:
        return None
    left = booking.limit - office_of(request).clock.now()
    return left if left > timedelta() else None


def _warn_after(left: timedelta) -> int:
    """Whole minutes until the warning appears, rounded down."""
    return min(max(int((left - WARNING).total_seconds() // 60), 0), LATEST_WARNING)


ROUTES: tuple[Any, ...] = (show, give, extend)
