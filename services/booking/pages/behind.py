"""What the pages behind a mailed link have in common: the link, the button, the page about a booking.

Promises: every link that is not good is the same ``not-found``; a button's form carries the token too, so
who only knows an address presses nothing. Shown by ``tests/way/test_link_pages.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from litestar import Response

from servicekit.decider import Refused
from servicekit.tokens import Purpose
from servicekit.web.requests import AnyRequest
from services.booking.api.views import ticket_token
from services.booking.office import Office
from services.booking.pages.citizen import language_of, page, texts_of, to
from services.booking.proof import CHANGING, Proven, mailed_link, office_of
from services.booking.rules.booking_state import Booking


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that is good: the booking behind it, what the link is for, its attempt, the language."""

    proven: Proven
    attempt: int
    language: str
    token: str

    @property
    def booking(self) -> Booking:
        """The booking as it is now."""
        return self.proven.booking

    @property
    def path(self) -> str:
        """The address of its ticket or confirm page."""
        return f"/{self.language}/t/{self.token}"

    def as_ticket(self, office: Office) -> Opened:
        """The same behind the ticket's link, which the button of a confirm link leads to anyway."""
        return replace(self, token=ticket_token(office, self.booking))

    def for_change(self) -> None:
        """Refuse ``not-found`` for a link that only confirms."""
        if self.proven.purpose not in CHANGING:
            raise Refused("not-found")

    def for_confirming(self) -> None:
        """Refuse ``not-found`` for every other link."""
        if self.proven.purpose is not Purpose.CONFIRM:
            raise Refused("not-found")


async def open_link(request: AnyRequest, l: str, token: str) -> Opened:  # noqa: E741 - the path's name
    """The booking behind a link, or ``not-found`` for every link that is not good."""
    language = language_of(request, l)
    found = await mailed_link(office_of(request), token)
    if found is None:
        raise Refused("not-found")
    proven, attempt = found
    return Opened(proven, attempt, language, token)


async def pressed(request: AnyRequest, l: str, token: str) -> Opened:  # noqa: E741
    """The link behind a form, which carries the token too."""
    if request.state.payload.get("token") != token:
        raise Refused("not-found")
    return await open_link(request, l, token)


def link_page(
    request: AnyRequest, opened: Opened, template: str, status: int = 200, **values: Any
) -> Response[bytes]:
    """A page about a booking."""
    office, booking = office_of(request), opened.booking
    texts = texts_of(office, opened.language)
    return page(
        request,
        opened.language,
        template,
        status,
        booking=booking,
        site=office.sites[booking.site],
        services=[(texts[item.service], item.quantity) for item in booking.items],
        path=opened.path,
        token=opened.token,
        **values,
    )


def to_ticket(office: Office, opened: Opened, done: str) -> Response[bytes]:
    """303 to the ticket, so that loading again sends no form."""
    where = f"/{opened.language}/t/{ticket_token(office, opened.booking)}"
    return to(f"{where}?done={done}" if done else where)
