"""``/{l}/termine-senden``: send my appointments again, and the calls to collect documents. Booking's
``/{l}/meine-termine`` leads here, and so does the page of every link that does not work.

Promises: one field; the answer is the same for a mailbox with appointments and one without, in words, status
and time; an address that cannot be one is said at the field, with what was typed; the address stands in no
URL and no log. Shown by ``tests/way/test_send_again.py``.
"""

from __future__ import annotations

import secrets
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath

from servicekit.decider import Refused
from servicekit.web.contact import normal_email
from servicekit.web.pages import Pages
from servicekit.web.problems import field_error
from servicekit.web.requests import AnyRequest, network
from services.notification.again import Again

PATH = "/{l:str}/termine-senden"
LONGEST = 320
OPEN: dict[str, Any] = {"permission": "public"}


def routes(again: Again, pages: Pages) -> Router:
    """The handlers; ``pages`` speaks the citizens' languages."""

    def page(request: AnyRequest, language: str, status: int = 200, **values: Any) -> Response[bytes]:
        shown = {"typed": "", "error": None, "sent": False, **values}
        links = pages.links(request.scope["path"], language)
        key = secrets.token_urlsafe(12)
        content = pages.render("citizen/again.html.jinja", language, key=key, links=links, **shown)
        return pages.answer(content, status)

    def language_of(l: str) -> str:  # noqa: E741 - the path's name
        if l not in pages.languages:
            raise Refused("not-found")
        return l

    @get(PATH, opt=OPEN, include_in_schema=False)
    async def show(request: AnyRequest, l: FromPath[str]) -> Response[bytes]:  # noqa: E741
        """The field, or that it is done."""
        return page(request, language_of(l), sent=request.query_params.get("gesendet") == "ja")

    @post(PATH, opt=OPEN, include_in_schema=False)
    async def send(request: AnyRequest, l: FromPath[str]) -> Response[bytes]:  # noqa: E741
        """Ask for the mails; 303, so that loading again asks for nothing."""
        language, typed = language_of(l), str(request.state.payload.get("email", ""))[:LONGEST]
        try:
            address = normal_email(typed)
        except ValueError:
            code = "email" if typed.strip() else "missing"
            error = field_error("email", code, language).message
            return page(request, language, 422, typed=typed, error=error)
        await again.ask(address, network(request, request.app.state.proxies))
        where = f"/{language}/termine-senden?gesendet=ja"
        return Response(b"", status_code=303, headers={"Location": where})

    return Router("/", route_handlers=[show, send])
