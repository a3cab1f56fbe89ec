"""The mailbox first: the way to a hold at the raised level that needs no script.

The mail is the waiting list's: its link proves the mailbox, and whoever has proven it may choose any free
time (``holding.py``); until then the person waits for what comes back.

Promises: GET changes nothing; the answer is the same for a mailbox that we know, one that had its mails
already and a new one, in words, status and time; what was typed stays when it is no address, and when too
many asked from here.
Shown by ``tests/way/test_mailbox_first.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from servicekit.decider import Refused
from servicekit.web.problems import field_error
from servicekit.web.requests import AnyRequest
from services.booking import wish_commands as ask
from services.booking.api.bookings import PUBLIC
from services.booking.contact import normal_contact
from services.booking.pages import times
from services.booking.pages.citizen import language_of, page, site_of, to
from services.booking.pages.wish import Wish, read
from services.booking.proof import command_context, device_of, office_of, origin_of
from services.booking.refusals import REFUSALS
from services.booking.rules.calendar import local_date
from services.booking.rules.limits import of_address
from services.booking.rules.waiting_events import Window
from services.booking.steady import steady

LONGEST = 320
SHOWN_AGAIN = ("mail-limit",)
"""Refusals of who asks, not of the mailbox: the form says so and keeps what was typed."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form, as it was typed."""

    name: str = ""
    email: str = ""


@get("/{l:str}/postfach-zuerst", opt=PUBLIC, include_in_schema=False)
async def show(request: AnyRequest, l: FromPath[str]) -> Response[bytes]:  # noqa: E741 - the path's name
    """The form for the services of the address; with ``gesendet`` what happens next."""
    language, wish = language_of(request, l), _wish(request, request.query_params.multi_items())
    if request.query_params.get("gesendet"):
        return page(request, language, "citizen/mailbox_first.html.jinja", asked=True, errors={}, row=None)
    if not wish.codes:
        return to(f"/{language}/")
    return times.misfit(request, language, wish) or _form(request, language, wish, Typed(), {})


@post("/{l:str}/postfach-zuerst", opt=PUBLIC, include_in_schema=False)
async def send(request: AnyRequest, l: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """Ask for the mail; 303, so that loading again asks for nothing."""
    language, wish = language_of(request, l), _wish(request, (await request.form()).multi_items())
    request.state.payload = {**request.state.payload, "service": list(wish.codes)}
    if not wish.codes:
        return to(f"/{language}/")
    if elsewhere := times.misfit(request, language, wish):
        return elsewhere
    sent = request.state.payload
    typed = Typed(str(sent.get("name", ""))[:LONGEST], str(sent.get("email", ""))[:LONGEST])
    errors = {} if typed.email.strip() else {"email": "missing"}
    try:
        contact = normal_contact(typed.name, typed.email)
    except Refused as refused:
        return _form(request, language, wish, typed, {**refused.details["errors"], **errors})
    if errors:
        return _form(request, language, wish, typed, errors)
    office = office_of(request)
    command = ask.MakeWish(
        site=site_of(office).code,
        items=wish.items,
        persons=wish.persons,
        language=language,
        window=_any_time(request),
        contact=contact,
        origin=origin_of(request),
    )
    try:
        async with steady(request):
            await office.execute(command, command_context(request, device_of(request) or "-"))
    except Refused as refused:
        if not of_address(refused):
            if refused.code not in SHOWN_AGAIN:
                raise
            return _form(request, language, wish, typed, {}, refused)
    return to(f"/{language}/postfach-zuerst?gesendet=1")


def _any_time(request: AnyRequest) -> Window:
    office = office_of(request)
    today = local_date(office.clock.now())
    days = office.site(site_of(office).code).opening.settings.horizon_days
    return Window(earliest=today, latest=today + timedelta(days=days))


def _wish(request: AnyRequest, pairs: Any) -> Wish:
    return read(pairs, local_date(office_of(request).clock.now()))


def _form(
    request: AnyRequest,
    language: str,
    wish: Wish,
    typed: Typed,
    errors: Mapping[str, str],
    refused: Refused | None = None,
) -> Response[bytes]:
    row = REFUSALS[refused.code] if refused else None
    return page(
        request,
        language,
        "citizen/mailbox_first.html.jinja",
        row.status if row else 422 if errors else 200,
        row=row.text(language) if row else None,
        retry_at=refused.details.get("retry_at") if refused else None,
        address=f"/{language}/postfach-zuerst?{wish.query}",
        asked=False,
        typed=typed,
        errors={name: field_error(name, code, language).message for name, code in errors.items()},
        **times.facts(request, language, wish),
    )


ROUTES: tuple[Any, ...] = (show, send)
