"""Pages of the development mailbox: list, mail, its raw form, its calendar entry, and the same as JSON.

Promises: none of these routes exists outside development; a mail's HTML is shown in a frame that runs no
script and may open links only; GET changes nothing, and emptying needs no key, as twice is once; tools
send ``Sec-Fetch-Site: same-origin`` with DELETE. Shown by ``tests/way/test_postfach.py``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Response, Router, delete, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from servicekit.decider import Refused
from servicekit.web.body import check_body
from servicekit.web.headers import PAGE_CSP
from servicekit.web.pages import Pages
from servicekit.web.requests import AnyRequest
from services.notification.postfach import Mail, Postfach

PATH = "/dev/postfach"
PAGE = {"Content-Security-Policy": f"{PAGE_CSP}; frame-src 'self'"}
FRAMED = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox",
    "X-Frame-Options": "SAMEORIGIN",
}
NEW_TAB = "<base target=_blank>"


def routes(postfach: Postfach, pages: Pages) -> Router:
    """The handlers; ``pages`` has notification's templates among its folders."""

    @get("/")
    async def overview() -> Response[bytes]:
        content = pages.render("postfach.html.jinja", "de", mails=await postfach.mails())
        return pages.answer(content, headers=PAGE)

    @get("/{name:str}")
    async def one(name: FromPath[str]) -> Response[Any]:
        number, _, ending = name.partition(".")
        mail = await postfach.mail(int(number)) if number.isdecimal() and len(number) < 10 else None
        if mail is None or ending not in ("", "html", "ics", "eml"):
            raise Refused("not-found")
        if ending == "html":
            return Response(NEW_TAB + mail.page, headers=FRAMED, media_type="text/html")
        if ending == "ics":
            return Response(mail.body("calendar"), media_type="text/calendar")
        if ending == "eml":
            return Response(mail.content, media_type="message/rfc822")
        return pages.answer(pages.render("postfach_mail.html.jinja", "de", mail=mail), headers=PAGE)

    @get("/dev/postfach.json")
    async def as_json(to: FromQuery[str | None] = None, since: FromQuery[datetime | None] = None) -> Any:
        return [told(mail) for mail in await postfach.mails(to, since)]

    @delete("/", status_code=204)
    async def clear() -> None:
        await postfach.clear()

    @post("/leeren")
    async def clear_by_form() -> Redirect:
        await postfach.clear()
        return Redirect(PATH, status_code=303)

    opt = {"permission": "public"}
    shown = Router(PATH, route_handlers=[overview, one, clear, clear_by_form])
    return Router(
        "/", route_handlers=[shown, as_json], opt=opt, include_in_schema=False, before_request=check_question
    )


async def check_question(request: AnyRequest) -> None:
    """What the edge checks of a question; emptying has no body to check."""
    if request.method == "GET":
        await check_body(request)


def told(mail: Mail) -> dict[str, Any]:
    """A mail as JSON tells it."""
    return {
        "id": mail.mail_id,
        "to": mail.to,
        "subject": mail.subject,
        "sent_at": mail.received_at,
        "text": mail.body("plain"),
        "html": mail.body("html"),
        "links": mail.links,
        "attachments": mail.attachments,
    }
