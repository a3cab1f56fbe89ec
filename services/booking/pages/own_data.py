"""What does the office hold about me? The person's row behind a ticket, and who of the office has seen it.

Promises: all that is kept of the person for this booking, as it was given; when it will be erased; each
look of somebody of the office with its moment and its reason, never with a clerk's name. A link that only
confirms shows nothing of this. Shown by ``tests/way/test_own_data_page.py``.
"""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from servicekit.log import Person
from servicekit.web.contact import shown_email
from servicekit.web.requests import AnyRequest
from servicekit.web.words import LANGUAGE_NAMES
from services.booking.api.bookings import OWN
from services.booking.pages.behind import link_page, open_link
from services.booking.proof import office_of


@get("/{l:str}/t/{token:str}/meine-daten", opt=OWN, include_in_schema=False)
async def show(request: AnyRequest, l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """The row, its end, and the looks at it."""
    office, opened = office_of(request), await open_link(request, l, token)
    opened.for_change()
    booking = opened.booking
    person = await office.person(booking.person_id) if booking.person_id else None
    return link_page(
        request,
        opened,
        "own_data.html.jinja",
        person=_shown(person) if person and not person.erased else None,
        looks=await office.floor.reads_of(booking.booking_id),
    )


def _shown(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "email": shown_email(person.email) if person.email else None,
        "phone": person.phone,
        "language": LANGUAGE_NAMES.get(person.language, person.language),
        "needs": person.needs,
        "keep_until": person.keep_until,
    }


ROUTES: tuple[Any, ...] = (show,)
