"""What the pages of the citizen's way have in common: language, answer, the browser's two cookies.

Promises: a page keeps its address, query included, in the links to other languages; a browser without a
device id gets a random one with each page; the hold's token travels in a cookie that no script reads and
never in an address. Shown by ``tests/way/test_choosing.py``.
"""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import Any

from litestar import Response

from servicekit.decider import Refused
from servicekit.tokens import Purpose
from servicekit.web.pages import Pages
from servicekit.web.pages import packed as compressed
from servicekit.web.requests import AnyRequest
from services.booking.office import Office, ServiceText, SiteInfo
from services.booking.proof import DEVICE_COOKIE, device_of, office_of
from services.booking.rules.booking_state import Booking, Status

HOLD_COOKIE = "__Host-booking-hold"
"""Holds the token (purpose ``hold``) of the booking that this browser is making."""
HOLD_SECONDS = int(timedelta(hours=24).total_seconds())
YEAR = 365 * 24 * 3600
BUTTONS = frozenset(
    ("ablehnen", "adresse", "annehmen", "bestaetigen", "noch-einmal", "rueckgaengig", "verlaengern")
)
"""Last words of addresses that are only posted to."""
_TOKEN = re.compile(r"^[A-Za-z0-9_-]{54}$")


def language_of(request: AnyRequest, l: str) -> str:  # noqa: E741 - the path's name
    """The language of the path, or ``not-found``."""
    if l not in request.app.state.languages:
        raise Refused("not-found")
    return l


def pages_of(request: AnyRequest) -> Pages:
    """The templates."""
    pages: Pages = request.app.state.pages
    return pages


def site_of(office: Office) -> SiteInfo:
    """The office whose appointments are booked: the first of the configuration."""
    return next(iter(office.sites.values()))


def texts_of(office: Office, language: str) -> dict[str, ServiceText]:
    """All services' texts, German where a language has none."""
    return {**office.texts["de"], **office.texts.get(language, {})}


def page(
    request: AnyRequest,
    language: str,
    template: str,
    status: int = 200,
    *,
    address: str | None = None,
    packed: bool = False,
    **values: Any,
) -> Response[bytes]:
    """A page of the citizen's way. ``address`` (path and query) is what the other languages show.

    Without ``address`` it is the one that was asked for, or after a form that of the page with the form.
    ``packed`` sends it compressed: only for pages of which nobody can learn a secret by their length.
    """
    pages = pages_of(request)
    if address is None:
        address = _asked(request)
    content = pages.render(
        template,
        language,
        key=secrets.token_urlsafe(12),
        links=pages.links(address, language),
        **values,
    )
    answer = pages.answer(content, status)
    if packed:
        compressed(request, answer)
    keep_device(request, answer)
    return answer


def _asked(request: AnyRequest) -> str:
    """The address of the page that a link can lead to: a button's own is not one."""
    path, query = request.scope["path"], request.scope.get("query_string", b"").decode("ascii", "replace")
    if request.method == "POST":
        page, _, button = path.rpartition("/")
        return page if button in BUTTONS else str(path)
    return f"{path}?{query}" if query else str(path)


def keep_device(request: AnyRequest, answer: Response[bytes]) -> None:
    """Give the browser a random id, if it has none yet."""
    if device_of(request) is None:
        cookie(answer, DEVICE_COOKIE, secrets.token_urlsafe(18), YEAR)


def keep_hold(answer: Response[bytes], token: str) -> None:
    """Let the browser carry the hold to the next screen."""
    cookie(answer, HOLD_COOKIE, token, HOLD_SECONDS)


def cookie(answer: Response[bytes], name: str, value: str, seconds: int) -> None:
    """Set one of our cookies, which no script reads."""
    answer.set_cookie(name, value, max_age=seconds, secure=True, httponly=True, samesite="lax")


def held_token(request: AnyRequest) -> str | None:
    """The token in the hold's cookie, genuine or not; None if there is none."""
    value = request.cookies.get(HOLD_COOKIE, "")
    return value if _TOKEN.match(value) else None


async def held_booking(request: AnyRequest) -> Booking | None:
    """The booking of the hold's cookie, in whatever state it is now; None without a genuine token."""
    office, token = office_of(request), held_token(request)
    link = office.tokens.verify(token, Purpose.HOLD, office.clock.now()) if token else None
    if link is None:
        return None
    booking = await office.booking(link.id)
    return None if booking.status is Status.NONE else booking


async def sent_booking(request: AnyRequest) -> Booking | None:
    """The booking that a form was made for, by its field ``hold``; else, and for GET, the cookie's.

    So two tabs mix nothing up, and a form is read also after its hold's day: what can still be done with
    it, the booking's state says.
    """
    office = office_of(request)
    sent = str(request.state.payload.get("hold", "")) if request.method == "POST" else ""
    link = office.tokens.verify(sent, Purpose.HOLD)
    booking = await office.booking(link.id) if link else None
    return await held_booking(request) if booking is None or booking.status is Status.NONE else booking


def hold_token(request: AnyRequest, booking: Booking) -> str:
    """What a form about a hold, or its cookie, carries from now on."""
    office = office_of(request)
    until = office.clock.now() + timedelta(seconds=HOLD_SECONDS)
    return office.tokens.sign(Purpose.HOLD, booking.booking_id, until)


def to(address: str) -> Response[bytes]:
    """303, so that loading again sends no form."""
    return Response(b"", status_code=303, headers={"Location": address})
