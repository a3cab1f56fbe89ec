"""The waiting list asked for: which days and times suit, with or without an appointment.

Promises: GET changes nothing; what was typed stays when the form is shown again, with what is wrong and what
to do; pressed twice it is one wish; whoever has no appointment proves the mailbox first, a ticket proves it.
Shown by ``tests/way/test_waiting_pages.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath

from buergerbuero_contracts.booking import BookingKind, WishMade
from servicekit.decider import Refused
from servicekit.web.problems import field_error
from servicekit.web.requests import AnyRequest
from services.booking import wish_commands as ask
from services.booking.api import views
from services.booking.api.bookings import OWN, PUBLIC
from services.booking.contact import NEEDS, normal_contact
from services.booking.pages.behind import Opened, link_page, open_link, pressed, to_ticket
from services.booking.pages.citizen import language_of, page, site_of, texts_of, to
from services.booking.pages.dates import typed_date
from services.booking.pages.links import movable
from services.booking.pages.wish import Wish, read
from services.booking.proof import command_context, device_of, office_of, origin_of
from services.booking.refusals import REFUSALS
from services.booking.rules.booking_state import start_of
from services.booking.rules.calendar import local_date
from services.booking.rules.catalogue import ask as fits
from services.booking.rules.limits import of_address
from services.booking.rules.waiting_events import Window
from services.booking.steady import steady
from services.booking.wish_proof import wish_token

LONGEST = 320
NOON = time(12)
TIMES: Mapping[str, dict[str, time]] = {"": {}, "vormittags": {"until": NOON}, "nachmittags": {"from_": NOON}}
"""What ``uhrzeit`` may say: any time, before noon, from noon on."""
WEEKDAYS = (1, 2, 3, 4, 5)
SHOWN_AGAIN = ("wish-exists", "mail-limit", "too-many-moves")


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form, as it was typed."""

    earliest: str = ""
    latest: str = ""
    weekdays: tuple[int, ...] = WEEKDAYS
    half: str = ""
    name: str = ""
    email: str = ""
    needs: tuple[str, ...] = ()

    def window(self, now: datetime) -> tuple[Window | None, dict[str, str]]:
        """The days and times, or the code of every field that is no day."""
        days = {"earliest": _day(self.earliest, now), "latest": _day(self.latest, now)}
        errors = {name: "value" for name, day in days.items() if day is None}
        if not self.weekdays:
            errors["weekdays"] = "range"
        if errors or days["earliest"] is None or days["latest"] is None:
            return None, errors
        begins = TIMES[self.half]
        found = Window(
            earliest=days["earliest"],
            latest=days["latest"],
            weekdays=self.weekdays,
            from_=begins.get("from_", time.min),
            until=begins.get("until"),
        )
        return found, {}


@dataclass(frozen=True, slots=True)
class Told:
    """Why the form is shown again: field → code, or a refusal of the whole."""

    status: int = 200
    errors: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""
    retry_at: datetime | None = None


def _day(typed: str, now: datetime) -> date | None:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return typed_date(typed, now)
    return day if 2000 <= day.year <= 2100 else None


def _typed(request: AnyRequest) -> Typed:
    sent = request.state.payload
    half = str(sent.get("uhrzeit", ""))
    return Typed(
        earliest=str(sent.get("earliest", ""))[:40],
        latest=str(sent.get("latest", ""))[:40],
        weekdays=tuple(day for day in WEEKDAYS if sent.get(f"tag_{day}")),
        half=half if half in TIMES else "",
        name=str(sent.get("name", ""))[:LONGEST],
        email=str(sent.get("email", ""))[:LONGEST],
        needs=tuple(need for need in NEEDS if sent.get(f"need_{need}")),
    )


def _told(refused: Refused) -> Told:
    """What to say of a refusal of the form; others are no matter of the form."""
    if refused.code == "invalid-input":
        return Told(422, dict(refused.details["errors"]))
    if refused.code in SHOWN_AGAIN:
        retry_at = refused.details.get("retry_at")
        return Told(REFUSALS[refused.code].status, refused=refused.code, retry_at=retry_at)
    raise refused


def _shown(language: str, typed: Typed, told: Told) -> dict[str, Any]:
    """What the form's template needs besides what it is for."""
    return {
        "typed": typed,
        "told": told,
        "row": REFUSALS[told.refused].text(language) if told.refused else None,
        "errors": {name: field_error(name, code, language).message for name, code in told.errors.items()},
        "weekdays": WEEKDAYS,
        "halves": tuple(TIMES),
    }


# --- without an appointment


@get("/{l:str}/frueher", opt=PUBLIC, include_in_schema=False)
async def show(request: AnyRequest, l: FromPath[str]) -> Response[bytes]:  # noqa: E741 - the path's name
    """The form for the services of the address; with ``gemerkt`` what happens next."""
    language, office = language_of(request, l), office_of(request)
    if request.query_params.get("gemerkt"):
        return page(request, language, "citizen/waiting_made.html.jinja")
    today = local_date(office.clock.now())
    wish = read(request.query_params.multi_items(), today)
    if elsewhere := _misfit(request, language, wish):
        return elsewhere
    horizon = office.site(site_of(office).code).opening.settings.horizon_days
    last = today + timedelta(days=horizon)
    return _form(request, language, wish, Typed(today.isoformat(), last.isoformat()))


@post("/{l:str}/frueher", opt=PUBLIC, include_in_schema=False)
async def make(request: AnyRequest, l: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """Make the wish. The mail with the link goes out."""
    language, office, form = language_of(request, l), office_of(request), await request.form()
    now = office.clock.now()
    wish = read(form.multi_items(), local_date(now))
    request.state.payload = {**request.state.payload, "service": list(wish.codes)}
    if elsewhere := _misfit(request, language, wish):
        return elsewhere
    typed = _typed(request)
    window, errors = typed.window(now)
    if not typed.email.strip():
        errors["email"] = "missing"
    try:
        contact = normal_contact(typed.name, typed.email, None, typed.needs)
    except Refused as refused:
        errors = {**refused.details["errors"], **errors}
    if errors or window is None:
        return _form(request, language, wish, typed, Told(422, errors))
    command = ask.MakeWish(
        site=site_of(office).code,
        items=wish.items,
        persons=wish.persons,
        language=language,
        window=window,
        contact=contact,
        origin=origin_of(request),
    )
    try:
        async with steady(request):
            await office.execute(command, command_context(request, device_of(request) or "-"))
    except Refused as refused:
        if not of_address(refused):
            return _form(request, language, wish, typed, _told(refused))
    return to(f"/{language}/frueher?gemerkt=1")


def _misfit(request: AnyRequest, language: str, wish: Wish) -> Response[bytes] | None:
    """To the page that explains what cannot be one appointment; to the first one without any service."""
    office = office_of(request)
    if not wish.codes:
        return to(f"/{language}/")
    site = views.set_up(office, site_of(office).code)
    try:
        fits(site.catalogue, wish.items, wish.persons, site.opening.settings)
    except Refused:
        return to(f"/{language}/zeit?{wish.query}")
    return None


def _form(
    request: AnyRequest, language: str, wish: Wish, typed: Typed, told: Told | None = None
) -> Response[bytes]:
    told, office = told or Told(), office_of(request)
    texts = texts_of(office, language)
    return page(
        request,
        language,
        "citizen/waiting_form.html.jinja",
        told.status,
        address=f"/{language}/frueher?{urlencode(wish.choice)}",
        wish=wish,
        site=site_of(office),
        services=[(code, texts[code].name, quantity) for code, quantity in wish.quantities.items()],
        booking=None,
        path=f"/{language}",
        token=None,
        **_shown(language, typed, told),
    )


# --- from a ticket


@get("/{l:str}/t/{token:str}/frueher", opt=OWN, include_in_schema=False)
async def ask_earlier(request: AnyRequest, l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """The form for an earlier time than the appointment's; the wish, if it waits already; the ticket, if it
    can have none."""
    opened = await open_link(request, l, token)
    opened.for_change()
    if not may_be_earlier(request, opened):
        return to_ticket(office_of(request), opened, "")
    if waits := await _waiting(request, opened):
        return waits
    today, last = local_date(office_of(request).clock.now()), local_date(start_of(opened.booking))
    return _ticket_form(request, opened, Typed(today.isoformat(), last.isoformat()))


@post("/{l:str}/t/{token:str}/frueher", opt=OWN, include_in_schema=False)
async def earlier(request: AnyRequest, l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """Make the wish, and show it."""
    office, opened = office_of(request), await pressed(request, l, token)
    opened.for_change()
    typed = _typed(request)
    window, errors = typed.window(office.clock.now())
    if window is None:
        return _ticket_form(request, opened, typed, Told(422, errors))
    command = ask.WishEarlier(booking_id=opened.booking.booking_id, window=window)
    try:
        outcome = await office.execute(command, command_context(request, opened.proven.principal))
    except Refused as refused:
        if refused.code in ("wrong-state", "too-late"):
            return to_ticket(office, opened, "")
        own = await _waiting(request, opened) if refused.code == "wish-exists" else None
        return own or _ticket_form(request, opened, typed, _told(refused))
    wish = await office.wish(outcome.of(WishMade).wish_id)
    return to(f"/{opened.language}/frueher/{wish_token(office, wish)}?done=made")


async def _waiting(request: AnyRequest, opened: Opened) -> Response[bytes] | None:
    """To the wish that this very appointment has: no mail has told its link before there is an offer."""
    office = office_of(request)
    for wish_id in await office.wishes_of(opened.booking.booking_id):
        wish = await office.wish(wish_id)
        if wish.is_open:
            return to(f"/{opened.language}/frueher/{wish_token(office, wish)}")
    return None


def may_be_earlier(request: AnyRequest, opened: Opened) -> bool:
    """Whether the booking may be offered an earlier place: it may still move, and is no pick-up."""
    appointment = opened.booking.kind is BookingKind.APPOINTMENT
    return appointment and movable(office_of(request), opened.booking)


def _ticket_form(
    request: AnyRequest, opened: Opened, typed: Typed, told: Told | None = None
) -> Response[bytes]:
    told = told or Told()
    return link_page(
        request,
        opened,
        "citizen/waiting_form.html.jinja",
        told.status,
        wish=None,
        **_shown(opened.language, typed, told),
    )


ROUTES: tuple[Any, ...] = (show, make, ask_earlier, earlier)
