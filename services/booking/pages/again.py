"""``/{l}/meine-termine``: the address that pages name for "send my appointments again".

Promises: it leads to notification's page, which has the mails; booking itself looks up nobody by address.
Shown by ``tests/way/test_mailbox_page.py``.
"""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from servicekit.web.requests import AnyRequest
from services.booking.api.bookings import PUBLIC
from services.booking.pages.citizen import language_of, to


@get("/{l:str}/meine-termine", opt=PUBLIC, include_in_schema=False)
async def lead(request: AnyRequest, l: FromPath[str]) -> Response[bytes]:  # noqa: E741 - the path's name
    """303 to where it is done."""
    return to(f"{request.app.state.notification_url}/{language_of(request, l)}/termine-senden")


ROUTES: tuple[Any, ...] = (lead,)
